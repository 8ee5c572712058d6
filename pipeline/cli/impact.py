"""`corpusgate impact`: how much an edit would matter, and why."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.output import print_json, table
from pipeline.cli.scan import home_or_passing


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: corpusgate impact old/notice.md new/notice.md")(impact)


def impact(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(help="The current document.", exists=True, dir_okay=False)],
    new: Annotated[Path, typer.Argument(help="The edited document.", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Score the edit between two files with the policy's weights. Reads no ledger and changes nothing."""
    from pipeline.checks.scan import weigh_edit

    with home_or_passing(context) as workspace:
        found = weigh_edit(workspace, old, new)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    rows = [(factor.name, factor.points, factor.reason) for factor in found.factors]
    table(f"Impact {found.score} of 100", ("factor", "points", "why"), rows, empty="the texts are the same.")
