"""`corpusgate revoke`, `lift` and `revocations list`: revoke at once, and lift again."""

from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.caller import caller, viewer
from pipeline.cli.options import AsJson, Reason, TokenFile
from pipeline.cli.output import out, print_json, table
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.reports import records
from pipeline.takedown import revoke as operation
from pipeline.workspace import Workspace

commands = typer.Typer(help="List revocations.", no_args_is_help=True)
Kind = Annotated[RevocationKind, typer.Argument(help="The kind of the name.")]
Subject = Annotated[
    str, typer.Argument(help="A document id or its end; the name of a source, owner, principal or run.")
]
_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog='Example: corpusgate revoke document handbook:salaries.md --reason "sent by mistake"')(revoke)
    app.command(epilog='Example: corpusgate lift document handbook:salaries.md --reason "checked, it may be read"')(
        lift
    )
    app.add_typer(commands, name="revocations")


def revoke(
    context: typer.Context,
    kind: Kind,
    subject: Subject,
    reason: Reason,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Accept a name that the ledger does not know yet.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be revoked; revoke nothing.")] = False,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Stop serving everything a name stands for, at once, in every running server."""
    workspace: Workspace = context.obj
    taken = operation.revoke(
        workspace, kind, subject, caller(workspace, token_file), reason, unknown=unknown, dry_run=dry_run
    )
    if as_json:
        print_json(taken.model_dump(mode="json"))
        return
    chunks = "an unknown number of chunks" if taken.chunks is None else _count(taken.chunks, "chunk")
    verb = "Would take" if dry_run else "Took"
    out.print(
        f"[bold]{verb} {_count(len(taken.documents), 'document')} with {chunks} out of every answer[/] "
        f"({escape(taken.kind.value)} {escape(taken.subject)})."
    )
    for doc_id in taken.documents[:_SHOWN]:
        out.print(f"  {doc_id}", markup=False)
    if len(taken.documents) > _SHOWN:
        out.print(f"  … and {len(taken.documents) - _SHOWN:,} more: --json lists all")
    if not dry_run:
        undo = f"corpusgate lift {taken.kind.value} {taken.subject} --reason …"
        out.print(f"A reviewer lifts the revocation with: {undo}", markup=False)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def lift(
    context: typer.Context,
    kind: Kind,
    subject: Subject,
    reason: Reason,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Lift a revocation. Documents that no generation holds come back with the next refresh."""
    workspace: Workspace = context.obj
    lifted = operation.lift(workspace, kind, subject, caller(workspace, token_file), reason)
    if as_json:
        print_json(lifted.model_dump(mode="json"))
        return
    out.print(f"The revocation of {lifted.kind.value} {lifted.subject} is lifted.", markup=False)
    out.print(operation.LEFT_TO_REFRESH, markup=False)


@commands.command("list", epilog="Example: corpusgate revocations list --all")
def list_(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Include lifted revocations.")] = False,
    as_json: AsJson = False,
) -> None:
    """List revocations: names that must not be served, whatever a generation holds."""
    workspace: Workspace = context.obj
    found = records.revocations(workspace, viewer(workspace, None), everything=everything)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    rows = [
        (
            one.kind.value,
            one.subject,
            f"{one.revoked_at:%Y-%m-%d %H:%M}",
            one.revoked_by,
            one.reason,
            f"by {one.lifted_by}: {one.lift_reason}" if one.lifted_at else "",
        )
        for one in found
    ]
    columns = ("kind", "name", "since (UTC)", "by", "why", "lifted")
    table("Revocations", columns, rows, empty="nothing is revoked.")
