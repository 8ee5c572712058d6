"""`corpusgate audit …`: the audit log, and proof that it was not changed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import ConfigError, ExitCode
from pipeline.workspace import Workspace

commands = typer.Typer(help="Read and verify the audit log.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="audit")


@commands.command(epilog="Example: corpusgate audit verify --from checkpoint.json")
def verify(
    context: typer.Context,
    checkpoint: Annotated[Path | None, typer.Option("--from", help="An older signed checkpoint you kept.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check the whole chain: edits, removals, reordering, truncation."""
    workspace: Workspace = context.obj
    report = workspace.audit.verify(_envelope(checkpoint) if checkpoint else None)
    if as_json:
        print_json({**report.model_dump(mode="json"), "ok": report.ok})
    elif report.ok:
        out.print(f"The audit log is whole: {report.events:,} events, head {report.head_hash[:16]}.")
    else:
        err.print(f"[bold red]The audit log was tampered with[/] at event {report.first_bad_seq}: {report.problem}")
    if not report.ok:
        raise typer.Exit(ExitCode.FAILED)


@commands.command(epilog="Example: corpusgate audit checkpoint --to /mnt/offsite")
def checkpoint(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option("--to", help="Folder; default: checkpoints in the home.")] = None,
) -> None:
    """Sign the present end of the log. Keep the file elsewhere: it proves the log later."""
    workspace: Workspace = context.obj
    out.print(f"Wrote {workspace.audit.checkpoint(to or workspace.home.checkpoints)}")


@commands.command("list", epilog="Example: corpusgate audit list --subject handbook:pages/notice.md")
def list_(
    context: typer.Context,
    subject: Annotated[str | None, typer.Option("--subject", help="Only about this document, source or run.")] = None,
    last: Annotated[int, typer.Option("--last", min=1, help="How many.")] = 30,
    as_json: AsJson = False,
) -> None:
    """The newest events."""
    events = list(context.obj.audit.events(subject))[-last:]
    if as_json:
        print_json([event.model_dump(mode="json") for event in events])
        return
    rows = [(e.seq, f"{e.at:%Y-%m-%d %H:%M:%S}", e.actor, e.action, e.subject, e.details) for e in events]
    table("Audit log", ("event", "when (UTC)", "who", "did", "to", "details"), rows)


def _envelope(path: Path) -> dict[str, object]:
    try:
        envelope = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        envelope = None
    if not isinstance(envelope, dict):
        raise ConfigError(
            f"{path} is not a checkpoint.", done="Nothing was verified.", fix="Use a file that audit checkpoint wrote."
        )
    return envelope
