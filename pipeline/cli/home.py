"""`corpusgate init` and `corpusgate doctor`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.options import AsJson
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: corpusgate init ./home")(init)
    app.command(epilog="Example: corpusgate --home ./home doctor")(doctor)


def init(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of the home. Default: the home given with --home.")
    ] = None,
    fastest: Annotated[
        bool,
        typer.Option("--fastest", help="Measure the engines of this machine, and embed with the fastest that holds."),
    ] = False,
) -> None:
    """Make a home: commented configuration, keys that only you can read, an empty ledger. Never overwrites."""
    workspace = Workspace(folder) if folder else context.obj
    if workspace.derives_at_creation:
        err.print("Deriving the embedding model, once for this installation: about 15 seconds …", style="dim")
    made = workspace.create()
    out.print(f"[bold]{workspace.home.folder}[/] is ready" + (f": made {', '.join(made)}." if made else " as it was."))
    if fastest:
        from pipeline.publishing.models_of_home import choose_engine

        err.print("Deriving the model again and measuring the engines …", style="dim")
        chosen, lineage = choose_engine(workspace)
        for each in lineage.engines:
            out.print(f"{each.engine}: {each.texts_per_processor_second} probe texts for each processor second")
        out.print(f"This home embeds with {chosen}.")
    show_next_steps(workspace)


def show_next_steps(workspace: Workspace) -> None:
    """The commands that are left until the home answers a question; then where to go on."""
    from pipeline.checks.next_steps import next_steps

    steps = next_steps(workspace)
    if not steps:
        err.print("It answers questions. Next: `corpusgate serve` for pages and REST; docs/guides/scheduling.md for")
        err.print("refreshes on a schedule.")
        return
    err.print(f"Next, with `export CORPUSGATE_HOME={escape(str(workspace.home.folder))}`:")
    for number, step in enumerate(steps, start=1):
        err.print(f"  {number}. {step.what}:\n     [bold]{escape(step.command)}[/]")


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check models, database, index, keys, clock and configuration, and show what to do."""
    from pipeline.checks.doctor import examine

    checks = examine(context.obj)
    if as_json:
        print_json([check.model_dump() for check in checks])
    else:
        rows = [(c.name, c.state, c.says, c.fix) for c in checks]
        table("Health of this home", ("what", "state", "seen", "to do"), rows)
    if not all(check.fine for check in checks):
        raise typer.Exit(ExitCode.FAILED)
