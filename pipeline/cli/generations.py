"""`corpusgate generations …`: what was and is served."""

from typing import Annotated

import typer

from pipeline.cli import held
from pipeline.cli.output import facts, print_json, table
from pipeline.workspace import Workspace

commands = typer.Typer(help="See the states of the index.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    held.add_to(commands)
    app.add_typer(commands, name="generations")


@commands.command("list", epilog="Example: corpusgate generations list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """Every generation, newest first."""
    workspace: Workspace = context.obj
    records = workspace.ledger.generations()
    if as_json:
        print_json([record.model_dump(mode="json") for record in records])
        return
    current = workspace.ledger.current_generation()
    rows = [
        (
            record.number,
            "served" if current and record.number == current.number else "",
            record.documents,
            record.chunks,
            f"{record.created_at:%Y-%m-%d %H:%M:%S}",
            record.run_id,
            record.digest[:16],
        )
        for record in records
    ]
    columns = ("generation", "", "documents", "chunks", "made (UTC)", "run", "digest")
    table("Generations", columns, rows, empty="none yet: corpusgate refresh.")


@commands.command(epilog="Example: corpusgate generations show 3")
def show(context: typer.Context, number: Annotated[int, typer.Argument(min=1)], as_json: AsJson = False) -> None:
    """One generation; its signature and every digest are verified first."""
    workspace: Workspace = context.obj
    record = workspace.ledger.generation(number)
    documents = workspace.verified_documents(record)
    if as_json:
        print_json({**record.model_dump(mode="json"), "document_list": [d.model_dump() for d in documents]})
        return
    facts(f"Generation {number} (signature and digests hold)", record.model_dump().items())
    rows = [(d.doc_id, d.version_id[:12], d.access_id) for d in documents]
    table("Documents", ("document", "version", "access id"), rows)
