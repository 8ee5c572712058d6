"""`corpusgate index …`: verify that the served bytes are the signed ones."""

from typing import Annotated

import typer
from rich.progress import Progress

from pipeline.checks import verify_index as operation
from pipeline.cli.options import AsJson
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.workspace import Workspace

commands = typer.Typer(help="Verify the index.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="index")


@commands.callback()
def _group() -> None:
    """Keep `verify` a command of its own: a group of one would be merged into it."""


@commands.command(epilog="Example: corpusgate index verify --all")
def verify(
    context: typer.Context,
    generation: Annotated[int | None, typer.Option("--generation", min=1, help="Only this generation.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every kept generation, not only the current generation.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Verify signature, digests on disk, documents, access table, rows and lists. Exit code 1 if one is wrong."""
    workspace: Workspace = context.obj
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Verifying", total=None)
        verified = operation.verify(
            workspace,
            generation,
            every=every,
            advance=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if as_json:
        print_json([one.model_dump(mode="json") for one in verified])
    else:
        rows = [
            (
                one.number,
                one.difference or "signature and every digest hold",
                one.documents,
                one.chunks,
                one.digest[:16],
            )
            for one in verified
        ]
        table(
            "Generations",
            ("generation", "", "documents", "chunks", "digest"),
            rows,
            empty="no generation is served yet.",
        )
    if any(one.difference for one in verified):
        if not as_json:
            out.print("Restore the index from a backup, roll back to a generation that holds, or reconcile --repair.")
        raise typer.Exit(ExitCode.FAILED)
