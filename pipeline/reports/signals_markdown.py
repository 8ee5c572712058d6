"""A signals report as Markdown.

Invariants: pure. Names come from outside, so every character with a meaning in Markdown or HTML is escaped.
"""

import re
from collections.abc import Iterator

from pipeline.domain.signals.report import SignalsReport
from pipeline.domain.signals.sections import ReportTable, all_quiet, sections, text_of

_MEANING = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def signals_markdown(report: SignalsReport) -> str:
    """The report, signals that need a person first."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: SignalsReport) -> Iterator[str]:
    yield f"# Signals report, {report.name}"
    yield ""
    yield f"Standings as of {report.as_of:%Y-%m-%d %H:%M} UTC. Times are UTC."
    yield ""
    yield "## What needs somebody"
    yield ""
    if not report.escalations:
        yield all_quiet(report)
    for one in report.escalations:
        yield f"- {_escaped(one.what)} Look closer: {_code(one.command)}"
    for section in sections(report):
        yield from ("", f"## {section.title}")
        if section.facts:
            yield ""
        for name, cell in section.facts:
            yield f"- {name}: {_escaped(text_of(cell))}"
        for table in section.tables:
            yield ""
            yield from _table(table)
        if section.note:
            yield from ("", _escaped(section.note))
    yield from ("", "## Limits of the records", "")
    for sentence in report.unknown:
        yield f"- {_escaped(sentence)}"


def _table(table: ReportTable) -> Iterator[str]:
    if not table.rows:
        yield f"{table.title}: {table.empty}"
        return
    yield f"{table.title}:"
    yield ""
    yield f"| {' | '.join(table.columns)} |"
    yield f"|{' --- |' * len(table.columns)}"
    for row in table.rows:
        yield f"| {' | '.join(_escaped(text_of(cell)) for cell in row)} |"
    if table.more:
        yield ""
        yield f"{table.more:,} more."


def _escaped(text: str) -> str:
    return _MEANING.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """A code span around any text: its fence is longer than every run of backticks inside (CommonMark 6.1)."""
    text = " ".join(text.split())
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"
