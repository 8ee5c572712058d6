"""`corpusgate drill …`: rehearse bad days on a copy, with a signed record."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.drills.names import SENTENCES

if TYPE_CHECKING:
    from pipeline.drills.rehearse import FinishedDrill
    from pipeline.workspace import Workspace

commands = typer.Typer(help="Rehearse bad days on a copy of this home, and keep a signed record.", no_args_is_help=True)
Scratch = Annotated[
    Path | None,
    typer.Option("--in", help="Folder for the copies, with room for three homes. Default: that for temporary files."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="drill")


@commands.command("list", epilog="Example: corpusgate drill list --json")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the newest record of each drill, and its age."""
    from pipeline.drills.record import ages

    found = list(ages(context.obj, SENTENCES))
    if as_json:
        print_json([age.model_dump(mode="json") for age in found])
        return
    rows = [
        (
            age.drill,
            age.state,
            "" if age.at is None else f"{age.at:%Y-%m-%d %H:%M}",
            "" if age.days is None else f"{age.days} days",
            "" if age.seconds is None else f"{age.seconds:,.1f} s",
            age.file or "",
        )
        for age in found
    ]
    table("Drills", ("drill", "last result", "when (UTC)", "age", "took", "record"), rows)


def _command(name: str, says: str) -> None:
    @commands.command(name, help=says, epilog=f"Example: corpusgate drill {name}")
    def run(
        context: typer.Context, scratch: Scratch = None, token_file: TokenFile = None, as_json: AsJson = False
    ) -> None:
        _run(context.obj, name, scratch, token_file, as_json=as_json)


for _name, _says in SENTENCES.items():
    _command(_name, _says)


def _run(workspace: "Workspace", name: str, scratch: Path | None, token_file: Path | None, *, as_json: bool) -> None:
    from pipeline.drills.catalogue import DRILLS
    from pipeline.drills.rehearse import rehearse

    finished = rehearse(workspace, name, DRILLS, viewer(workspace, token_file), scratch)
    if as_json:
        print_json(finished.record.model_dump(mode="json") | {"passed": finished.record.passed, "file": finished.file})
    else:
        _show(finished)
    if not finished.record.passed:
        raise typer.Exit(ExitCode.FAILED)


def _show(finished: "FinishedDrill") -> None:
    record = finished.record
    rows = [
        (step.name, "fine" if step.fine else "problem", f"{step.seconds:.2f} s", step.says) for step in record.steps
    ]
    table(f"Drill {record.drill}", ("step", "state", "took", "seen"), rows)
    verdict = "Everything was proven" if record.passed else "[bold red]Not everything was proven[/]"
    out.print(f"{verdict}, in {record.seconds:,.1f} seconds, on a copy that is removed now.")
    out.print(f"Signed record: {finished.file}", markup=False)
