"""`corpusgate reconcile`: whether ledger, access table, segments, files and sources agree."""

from typing import Annotated

import typer
from rich.markup import escape

from pipeline.checks import reconcile as operation
from pipeline.cli.caller import caller
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.workspace import Workspace

_SHOWN = 100


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: corpusgate reconcile --repair")(reconcile)


def reconcile(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair differences that need no person. Needs an operator.")
    ] = False,
    sources: Annotated[bool, typer.Option(help="Compare with the contents of sources too.")] = True,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Compare ledger, index, files and sources, and name each difference. Exit code 3 if one is left."""
    workspace: Workspace = context.obj
    by = caller(workspace, token_file) if repair else None
    contents = []
    if sources:
        from pipeline.checks.source_contents import source_contents  # imports Beam: seconds, so only here

        contents = list(source_contents(workspace))
    result = operation.reconcile(workspace, contents, repair_by=by)
    if as_json:
        print_json({**result.model_dump(mode="json"), "agrees": result.agrees})
    else:
        _report(result)
    if not result.agrees:
        raise typer.Exit(ExitCode.WAITING)


def _report(result: operation.Reconciliation) -> None:
    rows = [
        (one.kind.value, one.subject, one.says, "settled" if one in result.repaired else one.to_do)
        for one in result.differences
    ]
    columns = ("difference", "where", "what", "to do")
    table("Differences", columns, rows[:_SHOWN], empty="none: ledger, access table, segments and files agree.")
    if len(rows) > _SHOWN:
        out.print(f"… and {len(rows) - _SHOWN:,} more: --json lists all")
    if result.generation:
        out.print(f"Serving generation {escape(str(result.generation))}.")
