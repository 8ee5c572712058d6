"""A signals report for a browser: its charts, the small bars next to a figure, and the whole report as one file.

Invariants: shapes have classes and no colours of their own. The file holds its style and nothing that runs: its content
security policy allows that one style by its digest.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.signals.periods import ReportPeriod
from pipeline.domain.signals.report import SignalsReport
from pipeline.domain.signals.sections import all_quiet, number, sections, text_of
from pipeline.domain.signals.trends import Trend
from pipeline.web.display.assets import ASSETS
from pipeline.web.display.charts import Chart, Rectangle, Series, columns
from pipeline.web.display.page import environment

BAR_HEIGHT = 16.0
"""Units of the height of the small bars; each is four units wide, with one unit between two."""
_KINDS = tuple(kind for kind in FindingKind if kind is not FindingKind.SCAN_FAILED)
_STYLES = ("app.css", "pages.css")


def context(report: SignalsReport) -> dict[str, Any]:
    """Names and functions for the template of the report."""
    found = sections(report)
    return {
        "report": report,
        "charts": list(_charts(report)),
        "sections": found,
        "titles": {section.key: section.title for section in found},
        "quiet": all_quiet(report),
        "text_of": text_of,
        "number": number,
        "bars": bars,
        "is_trend": lambda cell: isinstance(cell, Trend),
        "is_number": lambda cell: cell is None or isinstance(cell, int | Trend),
    }


def standalone(report: SignalsReport) -> str:
    """The report as one HTML file that loads nothing."""
    style = "\n".join(asset.content.decode() for name in _STYLES if (asset := ASSETS.find(name)) is not None)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    return environment.get_template("pages/report_file.html").render(style=style, policy=policy, **context(report))


def bars(trend: Trend) -> tuple[Rectangle, ...]:
    """A bar for each period, as high as its share of the highest; an unknown period is a pale bar of full height."""
    highest = max((value for value in trend.values if value is not None), default=0) or 1
    return tuple(
        _bar(place, value, highest, place == len(trend.values) - 1) for place, value in enumerate(trend.values)
    )


def _bar(place: int, value: float | None, highest: float, now: bool) -> Rectangle:
    if value is None:
        return Rectangle("unknown", 5 * place, 0, 4, BAR_HEIGHT)
    height = max(1.0, round(BAR_HEIGHT * value / highest, 2)) if value else 0.5
    return Rectangle("bar-now" if now else "bar-earlier", 5 * place, BAR_HEIGHT - height, 4, height)


def _charts(report: SignalsReport) -> Iterator[Chart]:
    figures, period = report.figures, report.period
    by_kind = {kind: figures.of_kind(kind) for kind in _KINDS}
    base = figures.redaction.redacted
    yield _chart(
        period,
        "findings",
        "Findings by kind",
        "findings",
        [(kind.value.replace("_", " "), f"finding-{kind.value}", values) for kind, values in by_kind.items() if values]
        or [("findings", "finding-pii", base.values and tuple(None if v is None else 0 for v in base.values))],
        f"{_named(period)}: {number(_total(values[-1] for values in by_kind.values() if values))} findings.",
    )
    redaction, widened = figures.redaction, figures.widenings.documents
    yield _trend_chart(
        period,
        "payloads",
        "Injection hits",
        "hits",
        (("hits", "finding-injection", figures.injection.hits),),
    )
    yield _trend_chart(
        period,
        "redactions",
        "Redactions",
        "documents",
        (("redacted", "verdict-redact", redaction.redacted), ("incomplete", "verdict-reject", redaction.incomplete)),
    )
    yield _trend_chart(
        period,
        "unread",
        "Not read or scanned",
        "documents",
        (("documents", "verdict-quarantine", figures.coverage.unread),),
    )
    yield _trend_chart(period, "widened", "Access widenings", "documents", (("documents", "kind-access", widened),))
    review = figures.review
    median, p95 = review.p50_hours.values, review.p95_hours.values
    longer = tuple(None if a is None or b is None else b - a for a, b in zip(median, p95, strict=True))
    decided = review.decided.now
    yield _chart(
        period,
        "latency",
        "Hours to decide",
        "hours",
        [("median", "seconds-median", median), ("more for the 95th percentile", "seconds-longest", longer)],
        f"{_named(period)}: median {number(median[-1])}, 95th percentile {number(p95[-1])} hours."
        if decided
        else f"{_named(period)}: nothing was decided.",
        unknown=[value is None for value in review.decided.values],
    )
    yield _trend_chart(
        period, "answers", "Answers to searches", "answers", (("answers", "verdict-admit", figures.retrievals.answers),)
    )
    yield _trend_chart(
        period, "breaches", "Figures out of bounds", "figures",
        (("figures", "finding-secret", figures.breaker.breaches),),
    )  # fmt: skip


def _trend_chart(
    period: ReportPeriod, name: str, title: str, unit: str, trends: Sequence[tuple[str, str, Trend]]
) -> Chart:
    said = ", ".join(f"{label} {text_of(trend)}" for label, _, trend in trends)
    series = [(label, kind, trend.values) for label, kind, trend in trends]
    return _chart(period, name, title, unit, series, f"{_named(period)}: {said}.")


def _chart(
    period: ReportPeriod,
    name: str,
    title: str,
    unit: str,
    series: Sequence[tuple[str, str, Sequence[float | None]]],
    summary: str,
    unknown: Sequence[bool] = (),
) -> Chart:
    labels = [period.label(place) for place in range(len(period.starts))]
    missing = unknown or [
        any(value is None for value in values) for values in zip(*(v for *_, v in series), strict=True)
    ]
    drawn = [Series(label, kind, tuple(float(value or 0) for value in values)) for label, kind, values in series]
    each = "Week" if period.week else "From"
    return columns(f"report-{name}", title, unit, labels, drawn, summary, each=each, unknown=missing)


def _named(period: ReportPeriod) -> str:
    return period.week or "This period"


def _total(values: Iterator[float | None]) -> float | None:
    counts = list(values)
    return None if any(value is None for value in counts) else sum(value for value in counts if value is not None)
