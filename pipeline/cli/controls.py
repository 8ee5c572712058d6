"""`corpusgate controls`: the control map, with the coverage of each framework and live state."""

from typing import Annotated

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import err, print_json, table
from pipeline.domain.controls import ControlReport, ControlStatus, MappedControl
from pipeline.reports.controls import controls, controls_without_home
from pipeline.workspace import Workspace

_COUNTED = ("framework", *(status.value for status in ControlStatus), "all")
_COLUMNS = ("framework", "control", "asks", "status", "why", "last recorded (UTC)", "look with")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "controls",
        epilog="Examples: corpusgate controls · corpusgate controls --framework aisvs --status not-met",
    )(controls_)


def controls_(
    context: typer.Context,
    framework: Annotated[str, typer.Option("--framework", help="Only this framework: aisvs, gdpr and others.")] = "",
    status: Annotated[ControlStatus | None, typer.Option("--status", help="Only controls with this status.")] = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Show which control of which framework is met and by what, and when this home last recorded it at work."""
    workspace: Workspace = context.obj
    if (workspace.files.configs / "corpusgate.yaml").is_file():
        report = controls(workspace, viewer(workspace, token_file), framework, status)
    else:
        report = controls_without_home(workspace, framework, status)
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    if not report.asked_home:
        err.print(f"{workspace.files.folder} is not a home: the map is shown without live state.", style="yellow")
    _print(report)


def _print(report: ControlReport) -> None:
    counted = [
        (one.framework, *(one.counts[status] for status in ControlStatus), sum(one.counts.values()))
        for one in report.coverage
    ]
    table("Coverage", _COUNTED, counted)
    table("Controls", _COLUMNS, map(_cells, report.controls), empty="none match.")


def _cells(one: MappedControl) -> tuple[object, ...]:
    last = f"{one.last.at:%Y-%m-%d %H:%M} {one.last.of}" if one.last else "never" if one.recorded else ""
    commands = "; ".join(one.commands)
    return one.framework, one.id, one.asks, one.status.value, one.why, last, commands
