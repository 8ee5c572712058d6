"""`corpusgate audit …`: the audit log, and proof that it was not changed."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.caller import caller
from pipeline.cli.options import AsJson, Reason, Since, TokenFile, Until, given_moment
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.audit import AuditFilter
from pipeline.domain.digests import digest_text
from pipeline.domain.errors import ConfigError, ExitCode
from pipeline.workspace import Workspace

commands = typer.Typer(help="Read, sign and verify the audit log.", no_args_is_help=True)


_TAMPERED_WITH = (
    "Copy the home aside before anything else changes it, and compare it with a backup and a kept checkpoint: "
    "`corpusgate backup verify`, `corpusgate audit verify --from`. If the disk was put back on purpose, an operator "
    "accepts that with `corpusgate audit accept-older-copy`."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="audit")


@commands.command(epilog="Example: corpusgate audit verify --from checkpoint.note")
def verify(
    context: typer.Context,
    checkpoint: Annotated[Path | None, typer.Option("--from", help="An older signed checkpoint you kept.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check the whole log and every checkpoint in anchors: edits, removals, reordering, truncation, an older copy."""
    workspace: Workspace = context.obj
    report = workspace.checkpoints.verify(_kept(checkpoint) if checkpoint else None)
    unread = [state for state in workspace.checkpoints.examine() if state.unreachable]
    if as_json:
        unreachable = [str(state.folder) for state in unread]
        fix = None if report.ok else _TAMPERED_WITH
        print_json({**report.model_dump(mode="json"), "unreachable_anchors": unreachable, "ok": report.ok, "fix": fix})
    elif report.ok:
        out.print(f"The audit log is whole: {report.events:,} events, {report.checkpoints:,} checkpoints hold.")
        out.print(f"Head {report.head_hash[:16]}, root {report.root[:16]}.")
    else:
        where = "The ledger" if report.first_bad_seq is None else "The audit log"
        place = "" if report.first_bad_seq is None else f" at event {report.first_bad_seq}"
        problem = escape(report.problem or "")
        err.print(f"[bold red]{where} was tampered with[/]{place}: {problem}", _TAMPERED_WITH, sep="\n")
    if not as_json:
        for state in unread:
            err.print(f"[yellow]not compared[/] with {state.folder}: {state.unreachable}")
        if report.accepted_checkpoints:
            err.print(f"{report.accepted_checkpoints:,} checkpoints of a newer copy were given up by an operator.")
    if not report.ok:
        raise typer.Exit(ExitCode.FAILED)


@commands.command(epilog="Example: corpusgate audit checkpoint --to /mnt/offsite")
def checkpoint(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option("--to", help="One more folder that gets it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign the log as it is, and write the checkpoint to every anchor. It proves the log later."""
    workspace: Workspace = context.obj
    made = workspace.checkpoints.make(also=to)
    if as_json:
        print_json(made.model_dump(mode="json"))
    else:
        for file in made.files:
            out.print(f"Wrote {file}", markup=False)
        for failure in made.failures:
            err.print(f"[bold red]missing[/] {escape(failure)}")
    if made.failures:
        raise typer.Exit(ExitCode.FAILED)


@commands.command(epilog="Example: corpusgate audit export --to audit-log.jsonl")
def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", help="File to write, one entry a line.")],
) -> None:
    """Write the log to a file, every line as it is hashed. `scripts/verify_evidence.py log` verifies it."""
    workspace: Workspace = context.obj
    written = 0
    try:
        with to.open("xb") as file:
            to.chmod(0o600)
            for event in workspace.audit.events():
                file.write(event.line + b"\n")
                written += 1
    except OSError as error:
        raise ConfigError(f"{to} cannot be written: {error.strerror}.", fix="Name a new file.") from None
    out.print(f"Wrote {written:,} entries to {to}", markup=False)


@commands.command(epilog="Example: corpusgate audit prove --entry 1200 --to entry.tlog-proof")
def prove(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", help="File to write.")],
    entry: Annotated[int | None, typer.Option("--entry", min=1, help="That this entry is in the log.")] = None,
    since: Annotated[
        Path | None, typer.Option("--since", help="That the log of this older checkpoint is its beginning.")
    ] = None,
) -> None:
    """Write a proof for somebody who has the public key only: that an entry is in the log, or that it only grew."""
    workspace: Workspace = context.obj
    if (entry is None) == (since is None):
        raise ConfigError("That asks for no proof, or for two.", fix="Give either --entry or --since.")
    if entry is not None:
        proof = workspace.checkpoints.prove_entry(entry)
    else:
        kept = _kept(since) if since else ""
        if not isinstance(kept, str):
            raise ConfigError("That checkpoint is of the older format.", fix="Use `corpusgate audit verify --from`.")
        proof = workspace.checkpoints.prove_growth(kept)
    to.write_text(proof, "utf-8")
    out.print(f"Wrote {to}", markup=False)


@commands.command(
    "accept-older-copy",
    epilog='Example: corpusgate audit accept-older-copy --reason "Disk lost" --token-file oper.token',
)
def accept_older_copy(
    context: typer.Context,
    reason: Reason,
    token_file: TokenFile = None,
) -> None:
    """Go on with a home that lost what happened since it was copied. Takedowns are lost, too: apply them again."""
    workspace: Workspace = context.obj
    lost = workspace.checkpoints.accept_older_copy(caller(workspace, token_file), digest_text(reason))
    out.print(f"Gave up {lost:,} checkpoints of the newer copy. The audit log says so from now on.")


@commands.command("list", epilog="Example: corpusgate audit list --action review --since 2026-11-20T10:00Z")
def list_(
    context: typer.Context,
    subject: Annotated[str, typer.Option("--subject", help="Only about this document, source or run.")] = "",
    actor: Annotated[str, typer.Option("--actor", help="Only by this person or service, such as user:ada.")] = "",
    action: Annotated[
        str, typer.Option("--action", help="Only this action, or actions that begin so, such as review.")
    ] = "",
    since: Since = "",
    until: Until = "",
    last: Annotated[int, typer.Option("--last", min=1, help="How many.")] = 30,
    digests: Annotated[bool, typer.Option("--digests", help="Show digests and long ids among the details.")] = False,
    as_json: AsJson = False,
) -> None:
    """The newest events that match, the last one at the end."""
    from pipeline.reports.records import newest_events  # opens the index

    workspace: Workspace = context.obj
    wanted = AuditFilter(
        actor=actor, action=action, subject=subject, since=given_moment(since), until=given_moment(until)
    )
    events = newest_events(workspace, wanted, last)[::-1]
    if as_json:
        print_json([event.model_dump(mode="json") for event in events])
        return
    rows = [(f"{e.at:%Y-%m-%d %H:%M:%S}", e.actor, e.action, e.subject, e.said(digests=digests), e.seq) for e in events]
    table("Audit log", ("when (UTC)", "who", "did", "to", "details", "entry"), rows, empty="no entry matches.")
    if len(events) == last:
        out.print(f"The newest {last:,}. `--last` shows more, `corpusgate audit export` all.", style="dim")


def _kept(path: Path) -> str | dict[str, object]:
    """A checkpoint of either format. Its signature is checked where it is used."""
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError):
        text = ""
    if not text.startswith("{") and text.strip():
        return text
    try:
        envelope = json.loads(text)
    except ValueError:
        envelope = None
    if not isinstance(envelope, dict):
        raise ConfigError(
            f"{path} is not a checkpoint.", done="Nothing was verified.", fix="Use a file that audit checkpoint wrote."
        )
    return envelope
