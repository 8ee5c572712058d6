"""A signals report in words: sections with facts and tables, the same for a terminal, Markdown and pages.

Invariants: pure. An unknown figure is written as `unknown`, never as zero. Cells hold what the report holds: no text.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from pipeline.domain.documents.documents import Action
from pipeline.domain.frozen import Frozen
from pipeline.domain.rates.breaches import BreachKind
from pipeline.domain.signals.report import SignalFigures, SignalsReport
from pipeline.domain.signals.trends import Trend

Cell = str | int | Trend | None
"""A text, a number, a number with its trend, or None for an unknown one."""
SHOWN = 10
"""Rows of a table; the JSON of a report has all that it lists."""
_UNKNOWN = "Unknown: nothing is on record for the period."


class ReportTable(Frozen):
    """A table of a section."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    """A sentence in place of a table without rows."""
    more: int = 0
    """Rows that are not shown."""


class ReportSection(Frozen):
    """One signal, or two that belong together."""

    key: str
    """As `Escalation.signal` names it."""
    title: str
    facts: tuple[tuple[str, Cell], ...]
    tables: tuple[ReportTable, ...] = ()
    note: str = ""


def number(value: float | None) -> str:
    """A figure as people read it; whole where it is whole."""
    if value is None:
        return "unknown"
    return f"{int(value):,}" if value == int(value) else f"{value:,.1f}"


def text_of(cell: Cell) -> str:
    """A cell in words."""
    if isinstance(cell, Trend):
        return number(cell.now) if cell.usual is None else f"{number(cell.now)} (usual {number(cell.usual)})"
    return cell if isinstance(cell, str) else number(cell)


def all_quiet(report: SignalsReport) -> str:
    """The sentence for a report in which no signal needs a person; it names the signals that are unknown."""
    figures = report.figures
    trends = {
        "documents": figures.coverage.judged, "ingest rates": figures.breaker.breaches,
        "retrievals": figures.retrievals.answers,
    }  # fmt: skip
    unknown = [name for name, trend in trends.items() if trend.now is None]
    if unknown:
        return f"Nothing on record needs anybody. Unknown for this period: {', '.join(unknown)}."
    new = [name for name, trend in trends.items() if trend.usual is None]
    if new:
        return f"No fixed threshold was reached. Too few earlier periods to know what is usual: {', '.join(new)}."
    return "Nothing needs anybody: every signal is within its threshold."


def sections(report: SignalsReport) -> tuple[ReportSection, ...]:
    """The sections in the order of the report."""
    figures = report.figures
    return (
        *_content(figures),
        *_sources(figures),
        *_people(figures),
        *_machinery(figures),
        _retrievals(figures),
    )


def _content(figures: SignalFigures) -> Iterator[ReportSection]:
    rows = [
        (one.kind.value.replace("_", " "), one.entity, one.findings, one.documents, one.lowered, one.again)
        for one in figures.entities
        if one.findings.now or one.findings.usual or one.lowered or one.again
    ]
    columns: tuple[str, ...] = ("kind", "entity", "findings", "documents", "judged harmless", "judged again")
    empty = _empty("No detector found anything.", figures.coverage.judged)
    yield ReportSection(
        key="detections",
        title="Detections",
        facts=(),
        tables=(_table("By kind and entity", columns, rows, empty, len(rows)),),
        note="Findings in new and changed documents. Those judged harmless, or only judged again, are counted apart.",
    )
    found = figures.injection
    patterns = [
        (
            one.rule,
            one.kind.value.replace("_", " "),
            f"{one.entity.lower().replace('_', ' ')}, {_range(one.shortest, one.longest)} characters",
            one.trend,
            one.documents,
        )
        for one in found.patterns
    ]
    columns = ("rule", "kind", "masked shape", "hits", "documents")
    payloads = _table(
        "Most frequent payload patterns", columns, patterns, _empty("No pattern fired.", found.hits), more=found.more
    )
    yield ReportSection(
        key="injection",
        title="Injection",
        facts=(
            ("hits", found.hits),
            ("documents", found.documents),
            ("by verdict", _empty(_actions(found.actions), found.hits)),
        ),
        tables=(payloads,),
    )
    redaction = figures.redaction
    yield ReportSection(
        key="redaction",
        title="Redaction",
        facts=(
            ("redacted, scanned again and clean", redaction.redacted),
            ("redacted without a proof", None if redaction.redacted.now is None else redaction.unproven),
            ("kept out, because the second scan found more", redaction.incomplete),
        ),
        note="The proof is the digest of the redacted text that every detector scanned and policy admitted.",
    )


def _sources(figures: SignalFigures) -> Iterator[ReportSection]:
    breaker = figures.breaker
    breaches = [
        (
            one.source,
            one.owner or "whole source",
            one.figure.value.replace("_", " "),
            one.value,
            one.bound,
            "learned band" if one.kind is BreachKind.LEARNED else "fixed limit",
            _when(one.start),
        )
        for one in breaker.listed
    ]
    columns: tuple[str, ...] = ("source", "owner", "figure", "value", "bound", "kind", "window")
    more = int(breaker.breaches.now or 0) - len(breaches)
    table = _table(
        "Figures outside their bounds",
        columns,
        breaches,
        _empty("No figure left its bound.", breaker.breaches),
        more=max(0, more),
    )
    yield ReportSection(
        key="breaker",
        title="Anomalies",
        facts=(
            ("figures outside their bounds", breaker.breaches),
            ("sources that were narrowed at the end", ", ".join(breaker.narrowed) or "none"),
        ),
        tables=(table,),
    )
    widened = figures.widenings
    listed = [(one.doc_id, one.action.value, _when(one.at)) for one in widened.listed]
    more = int(widened.documents.now or 0) - len(listed)
    table = _table(
        "Newest",
        ("document", "last verdict", "at"),
        listed,
        _empty("No change widened access.", widened.documents),
        more=max(0, more),
    )
    yield ReportSection(
        key="widenings",
        title="Access widenings",
        facts=(("documents", widened.documents), ("by verdict", _empty(_actions(widened.actions), widened.documents))),
        tables=(table,),
    )
    rows = [(one.source, one.state.value, _when(one.last_read) or "never") for one in figures.freshness]
    columns = ("source", "state", "last read")
    yield ReportSection(
        key="freshness",
        title="Freshness",
        facts=(("contributing sources", len(rows)),),
        tables=(_table("Read longest ago", columns, rows, "No source contributes."),),
    )


def _people(figures: SignalFigures) -> Iterator[ReportSection]:
    review = figures.review
    yield ReportSection(
        key="review",
        title="Review",
        facts=(
            ("opened", review.opened),
            ("decided", review.decided),
            ("hours to decide, median", review.p50_hours if review.decided.now else "nothing was decided"),
            ("hours to decide, 95th percentile", review.p95_hours if review.decided.now else "nothing was decided"),
            ("waiting at the end", review.open),
            ("oldest since", _when(review.oldest) or "none waits"),
        ),
    )
    waivers, glass = figures.waivers, figures.glass
    columns = ("waiver", "source", "in force since", "ends")
    rows = [(one.id, one.subject, _when(one.since), _when(one.ends_at)) for one in waivers.ending]
    yield ReportSection(
        key="waivers",
        title="Waivers",
        facts=(("asked for", waivers.asked), ("in force", waivers.active), ("waiting for approval", waivers.pending)),
        tables=(_table("Ending first", columns, rows, "No waiver is in force."),),
    )
    columns = ("item", "document", "admitted", "ends")
    rows = [(one.id, one.subject, _when(one.since), _when(one.ends_at)) for one in glass.open]
    yield ReportSection(
        key="glass",
        title="Break-glass",
        facts=(("admitted by an operator alone", glass.broken), ("not reviewed", len(glass.open))),
        tables=(_table("Not reviewed", columns, rows, "Every admission was reviewed."),),
    )


def _machinery(figures: SignalFigures) -> Iterator[ReportSection]:
    canaries, runs, coverage = figures.canaries, figures.runs, figures.coverage
    yield ReportSection(
        key="canaries",
        title="Canaries",
        facts=(
            ("runs stopped by a missed or forbidden canary", canaries.missed),
            ("generations held for changed answers", canaries.held),
            ("held and waiting at the end", canaries.waiting),
            ("oldest since", _when(canaries.oldest) or "none waits"),
        ),
    )
    failed = [(code, count) for code, count in runs.reasons.items()]
    yield ReportSection(
        key="runs",
        title="Runs",
        facts=(("finished", runs.finished), ("failed", runs.failed)),
        tables=(_table("Failed runs by reason", ("reason", "runs"), failed, _empty("No run failed.", runs.failed)),),
    )
    drills = [(one.drill, "passed" if one.passed else "failed", _when(one.at)) for one in figures.drills]
    yield ReportSection(
        key="drills",
        title="Drills",
        facts=(),
        tables=(_table("Last results", ("drill", "result", "at"), drills, "No drill is on record."),),
    )
    unread = [(one.reason, one.detector, one.documents) for one in coverage.reasons]
    omitted = [(source, count) for source, count in coverage.omitted.items()]
    columns = ("reason", "step", "documents")
    yield ReportSection(
        key="coverage",
        title="Coverage",
        facts=(
            ("documents judged", coverage.judged),
            ("not read or scanned to their end", coverage.unread),
            ("read, and without text", coverage.blank),
            ("not read of all documents, at the end", coverage.unread_at_end),
        ),
        tables=(
            _table(
                "Why",
                columns,
                unread,
                _empty("Every judged document was read and scanned to its end.", coverage.judged),
            ),
            _table(
                "Not listed",
                ("source", "folders and feeds"),
                omitted,
                _empty("Every source was listed completely.", runs.finished),
            ),
        ),
    )


def _retrievals(figures: SignalFigures) -> ReportSection:
    used = figures.retrievals
    rows = [(one.kind, one.name, one.trend, f"{one.trend.score:.1f}") for one in used.unusual]
    empty = "Unknown: too few earlier periods are on record." if used.answers.usual is None else "None."
    empty = _empty(empty, used.answers)
    columns = ("kind", "name", "answers", "score")
    return ReportSection(
        key="retrievals",
        title="Retrievals",
        facts=(("answers", used.answers), ("principals", used.principals)),
        tables=(_table("Far above their usual", columns, rows, empty, more=used.more),),
        note="The score is a modified z-score over the median and the MAD of earlier periods (Iglewicz and Hoaglin).",
    )


def _table(
    title: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[Cell, ...]],
    empty: str,
    shown: int = SHOWN,
    more: int = 0,
) -> ReportTable:
    listed = tuple(rows)
    hidden = max(0, len(listed) - shown)
    return ReportTable(title=title, columns=columns, rows=listed[:shown], empty=empty, more=more + hidden)


def _empty(sentence: str, trend: Trend) -> str:
    """The sentence in place of a table without rows, or that its record does not reach the period."""
    return _UNKNOWN if trend.now is None else sentence


def _actions(counts: Mapping[Action, int]) -> str:
    return ", ".join(f"{count:,} {action.value}" for action, count in counts.items()) or "none"


def _range(shortest: int, longest: int) -> str:
    return f"{shortest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
