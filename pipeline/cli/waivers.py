"""`corpusgate waivers …`: findings that two people decided to accept."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer

from pipeline.cli.caller import caller
from pipeline.cli.options import AsJson, DocumentName, Reason, SourceName, TokenFile
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.policy.waivers import WaivedFinding, Waiver
from pipeline.workspace import Workspace

commands = typer.Typer(help="Waive findings that two people judged harmless, for a time.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="WAIVER", help="Waiver id, or its beginning.")]
Days = Annotated[int, typer.Option("--days", min=1, help="How long it lasts. The settings limit it.")]

SHOWN = 40
"""Documents of a baseline that are listed on a terminal; `--json` has all."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="waivers")


@commands.command(
    epilog='Example: corpusgate waivers add handbook:setup.md --finding 2 --reason "sample key of the vendor" '
    "--days 90 --token-file ada.token"
)
def add(
    context: typer.Context,
    document: DocumentName,
    reason: Reason,
    days: Days,
    finding: Annotated[
        list[int] | None, typer.Option("--finding", help="Number in the newest verdict of explain; repeatable.")
    ] = None,
    detector: Annotated[str | None, typer.Option(help="With --fingerprint, instead of a number.")] = None,
    fingerprint: Annotated[str | None, typer.Option(help="Of the finding, or at least 8 characters of it.")] = None,
    whole_source: Annotated[
        bool, typer.Option("--whole-source", help="Equal findings anywhere in the document's source too.")
    ] = False,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a waiver. It has no effect until another person approves it."""
    workspace: Workspace = context.obj
    asked = workspace.waivers.ask(
        document,
        caller(workspace, token_file),
        reason,
        days,
        numbers=finding or (),
        detector=detector,
        fingerprint=fingerprint,
        whole_source=whole_source,
    )
    if as_json:
        print_json(asked.model_dump(mode="json"))
        return
    out.print(f"Asked for waiver {asked.waiver_id}: {_what(asked.findings)} in {_where(asked)}.")
    _next_step(asked)


@commands.command(
    epilog='Example: corpusgate waivers baseline handbook --reason "read by security, March" --days 180 '
    "--token-file ada.token"
)
def baseline(
    context: typer.Context,
    source: SourceName,
    reason: Reason,
    days: Days,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Ask for one waiver for every finding that keeps documents of a source out now. Later findings are not in it."""
    workspace: Workspace = context.obj
    proposed = workspace.waivers.baseline(source, caller(workspace, token_file), reason, days, workspace.home.policy)
    if as_json:
        print_json(proposed.model_dump(mode="json"))
        return
    counts = Counter((f.kind.value, f.detector, f.entity) for f in proposed.waiver.findings)
    table(
        f"Baseline of {source}, waiver {proposed.waiver.waiver_id}",
        ("findings", "kind", "detector", "what"),
        [(count, *names) for names, count in counts.most_common()],
    )
    listed: list[tuple[str, object]] = [("covers", name) for name in proposed.documents[:SHOWN]]
    if len(proposed.documents) > SHOWN:
        listed.append(("", f"and {len(proposed.documents) - SHOWN:,} more"))
    listed.append(("documents", len(proposed.documents)))
    listed.append(("left out: scan failed", len(proposed.failed) or None))
    listed.append(("left out: held by something else", len(proposed.otherwise_held) or None))
    facts("Documents", listed)
    _next_step(proposed.waiver)


@commands.command("list", epilog="Example: corpusgate waivers list --all")
def list_(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Include expired and ended waivers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Waivers that wait for approval or are in force, oldest first."""
    workspace: Workspace = context.obj
    found = workspace.waivers.list_waivers(everything=everything)
    if as_json:
        print_json([{**waiver.model_dump(mode="json"), "state": state.value} for waiver, state in found])
        return
    rows = [
        (
            waiver.waiver_id,
            state.value,
            _where(waiver),
            _what(waiver.findings),
            waiver.asked_by,
            waiver.approved_by or "",
            f"{waiver.expires_at:%Y-%m-%d}",
            waiver.reason,
        )
        for waiver, state in found
    ]
    columns = ("waiver", "state", "where", "what", "asked by", "approved by", "expires", "why")
    table("Waivers", columns, rows, empty="none.")


@commands.command(epilog="Example: corpusgate waivers approve 4f2a --token-file grace.token")
def approve(context: typer.Context, name: Name, token_file: TokenFile = None) -> None:
    """Put a waiver, or a whole baseline, into force. The next refresh acts on it."""
    workspace: Workspace = context.obj
    approved = workspace.waivers.approve(name, caller(workspace, token_file))
    out.print(
        f"Waiver {approved.waiver_id} is in force until {approved.expires_at:%Y-%m-%d %H:%M} UTC. "
        "The next refresh evaluates the documents it covers again."
    )


@commands.command(
    epilog='Example: corpusgate waivers expire 4f2a --token-file grace.token --reason "the key turned out to work"'
)
def expire(context: typer.Context, name: Name, reason: Reason, token_file: TokenFile = None) -> None:
    """End a waiver now, or withdraw a request."""
    workspace: Workspace = context.obj
    ended = workspace.waivers.expire(name, caller(workspace, token_file), reason)
    out.print(f"Waiver {ended.waiver_id} has ended. Documents served because of it are no longer served.")


def _what(named: Iterable[WaivedFinding]) -> str:
    counts = Counter(finding.entity for finding in named).most_common()
    words = [entity if count == 1 else f"{count} {entity}" for entity, count in counts[:3]]
    return ", ".join(words) + (f" and {len(counts) - 3} other kinds" if len(counts) > 3 else "")


def _where(waiver: Waiver) -> str:
    scopes = sorted({finding.scope for finding in waiver.findings})
    if scopes == [waiver.source]:
        return f"all of {waiver.source}"
    return scopes[0] if len(scopes) == 1 else f"{len(scopes):,} documents of {waiver.source}"


def _next_step(waiver: Waiver) -> None:
    out.print(f"It has no effect until somebody else approves it: corpusgate waivers approve {waiver.waiver_id}")
