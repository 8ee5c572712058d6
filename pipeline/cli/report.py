"""`corpusgate report`: the signals of a week, their trend, and the ones that need a person."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, Since, TokenFile, Until, given_moment
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.errors import ConfigError, UsageError
from pipeline.domain.signals.report import SignalsReport
from pipeline.workspace import Workspace


class ReportFormat(StrEnum):
    """A form of the report for a file."""

    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "report", epilog="Examples: corpusgate report --week 2026-W48 · corpusgate report --format html --out w"
    )(report_)


def report_(
    context: typer.Context,
    week: Annotated[str, typer.Option("--week", metavar="WEEK", help="An ISO week, such as 2026-W48.")] = "",
    since: Since = "",
    until: Until = "",
    form: Annotated[ReportFormat | None, typer.Option("--format", help="Default: tables for a terminal.")] = None,
    to: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to a new file.")] = None,
    tell: Annotated[
        bool, typer.Option("--notify", help="Send the counts to the channels for reports. Default: the last week.")
    ] = False,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the signals of a week with their trend, and first the ones that need a person. Never shows text."""
    from pipeline.reports.signals import notify, reported_week, signals_report

    workspace: Workspace = context.obj
    by = viewer(workspace, token_file)
    if as_json and form not in (None, ReportFormat.JSON):
        raise UsageError("--json and another --format contradict each other.", fix="Give one of them.")
    form = ReportFormat.JSON if as_json else form
    if tell and not (week or since or until):
        week = reported_week(workspace)
    found = signals_report(workspace, by, week, given_moment(since), given_moment(until))
    if tell:
        notify(workspace, found, by)
        workspace.notifications.deliver(at_once=True)
    if to is not None:
        _write(to, _rendered(found, form or _named(to)))
    elif form is ReportFormat.JSON:
        print_json(found.model_dump(mode="json"))
    elif form is not None:
        out.print(_rendered(found, form), markup=False, end="")
    else:
        _print(found)


def _rendered(report: SignalsReport, form: ReportFormat) -> str:
    from pipeline.reports.signals_markdown import signals_markdown

    if form is ReportFormat.JSON:
        return report.model_dump_json(indent=2) + "\n"
    if form is ReportFormat.MARKDOWN:
        return signals_markdown(report)
    from pipeline.web.display.signals import standalone

    return standalone(report)


def _named(file: Path) -> ReportFormat:
    """The form that the ending of a file asks for."""
    endings = {".json": ReportFormat.JSON, ".md": ReportFormat.MARKDOWN, ".markdown": ReportFormat.MARKDOWN}
    if file.suffix.lower() in (".html", ".htm"):
        return ReportFormat.HTML
    if file.suffix.lower() not in endings:
        raise UsageError("The name of the file does not say its form.", fix="Give --format as well.")
    return endings[file.suffix.lower()]


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as written:
            file.chmod(0o600)
            written.write(text)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.", fix="Name a new file.") from None
    out.print(f"Wrote {file}.", markup=False)


def _print(report: SignalsReport) -> None:
    from pipeline.domain.signals.sections import all_quiet, sections, text_of

    out.print(f"[bold]Signals report, {report.name}[/bold]; standings as of {report.as_of:%Y-%m-%d %H:%M} UTC")
    out.print()
    needed = [(one.signal, one.what, one.command) for one in report.escalations]
    table("What needs somebody", ("signal", "what", "look closer"), needed, empty=all_quiet(report))
    for section in sections(report):
        facts(section.title, [(name, text_of(cell)) for name, cell in section.facts])
        for one in section.tables:
            rows = [tuple(cell if isinstance(cell, int) else text_of(cell) for cell in row) for row in one.rows]
            table(f"{section.title}: {one.title.lower()}", one.columns, rows, empty=one.empty)
            if one.more:
                out.print(f"{one.more:,} more.", style="dim")
        if section.note:
            out.print(section.note, style="dim", markup=False)
    for sentence in report.unknown:
        out.print(sentence, style="dim", markup=False)
