"""`corpusgate rollback`: serve an earlier generation, without documents taken back since."""

from typing import Annotated

import typer

from pipeline.cli.caller import caller
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import out, print_json, table
from pipeline.takedown import rollback as operation
from pipeline.workspace import Workspace

_SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: corpusgate rollback 7 --reason "a poisoned source came in" --dry-run')(rollback)


def rollback(
    context: typer.Context,
    generation: Annotated[int, typer.Argument(min=1, help="Number of the generation to return to.")],
    reason: Annotated[str, typer.Option("--reason", help="Why. Kept on record; the audit log keeps its digest.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Go back to an earlier generation, at once. Documents revoked, deleted or erased since stay away."""
    workspace: Workspace = context.obj
    result = operation.rollback(workspace, generation, caller(workspace, token_file), reason, dry_run=dry_run)
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    rows = [
        *((doc_id, "comes back", "") for doc_id in result.returned),
        *((doc_id, "leaves", "") for doc_id in result.left),
        *((doc_id, "is served in its earlier version", "") for doc_id in result.changed),
        *((doc_id, "does not come back as it was", why.sentence) for doc_id, why in result.withheld.items()),
    ]
    title = f"Back to generation {result.to_generation}" + (" (dry run: nothing was changed)" if dry_run else "")
    table(title, ("document", "", "why"), rows[:_SHOWN], empty="no document changes.")
    if len(rows) > _SHOWN:
        out.print(f"… and {len(rows) - _SHOWN:,} more: --json lists all\n")
    if result.generation:
        out.print(
            f"Serving generation {result.generation.number}, {result.documents:,} documents, "
            f"after {result.seconds:.2f} s. What it took off waits for review when its source offers it again."
        )
