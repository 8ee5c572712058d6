"""Thresholds: each signal alone, both sides of its threshold, and never for a threshold that is switched off."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.rates.breaches import Breach, BreachKind
from pipeline.domain.rates.ingest_rates import Figure
from pipeline.domain.signals.escalations import EscalationLimits, escalations, far_above
from pipeline.domain.signals.periods import ReportPeriod
from pipeline.domain.signals.report import (
    BreakerFigures,
    CanaryFigures,
    CoverageFigures,
    Ending,
    EntityFigures,
    GlassFigures,
    InjectionFigures,
    LastDrill,
    RedactionFigures,
    RetrievalFigures,
    ReviewFigures,
    RunFigures,
    SignalFigures,
    SignalsReport,
    SourceFreshness,
    UnusualUse,
    WaiverFigures,
    WideningFigures,
)
from pipeline.domain.signals.sections import all_quiet, sections, text_of
from pipeline.domain.signals.trends import Trend
from pipeline.reports.signals_markdown import signals_markdown

END = datetime(2026, 11, 30, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OFF = EscalationLimits(**dict.fromkeys(EscalationLimits.model_fields.keys() - {"least", "injection_least"}))


def trend(now: float | None, before: float | None = 0) -> Trend:
    return Trend(values=(before,) * 8 + (now,))


def figures(**changed: Any) -> SignalFigures:
    """Figures of a quiet week, but for what is given."""
    none = trend(0)
    quiet: dict[str, Any] = {
        "entities": (),
        "injection": InjectionFigures(hits=none, documents=none, actions={}, patterns=(), more=0),
        "redaction": RedactionFigures(redacted=none, unproven=0, incomplete=none),
        "breaker": BreakerFigures(breaches=none, listed=(), narrowed=()),
        "widenings": WideningFigures(documents=none, actions={}, listed=()),
        "review": ReviewFigures(
            opened=none, decided=none, p50_hours=trend(None), p95_hours=trend(None), open=0, oldest=None
        ),
        "waivers": WaiverFigures(asked=none, active=0, pending=0, ending=()),
        "glass": GlassFigures(broken=none, open=()),
        "canaries": CanaryFigures(held=none, waiting=0, oldest=None, missed=none),
        "runs": RunFigures(finished=trend(7, 7), failed=none, reasons={}),
        "coverage": CoverageFigures(
            judged=trend(100, 100), unread=none, blank=none, reasons=(), omitted={}, unread_at_end=0
        ),
        "drills": (),
        "freshness": (),
        "retrievals": RetrievalFigures(answers=trend(50, 50), principals=trend(5, 5), unusual=(), more=0),
    }
    return SignalFigures(**quiet | changed)


QUIET = figures()


def part(name: str, **values: Any) -> dict[str, Any]:
    return {name: getattr(QUIET, name).model_copy(update=values)}


def source(read: datetime | None, approved: datetime = END - 90 * DAY) -> dict[str, Any]:
    fresh = SourceFreshness(source="wiki", state=SourceState.APPROVED, approved_at=approved, last_read=read)
    return {"freshness": (fresh,)}


def drill(ago: timedelta, *, passed: bool = True) -> dict[str, Any]:
    return {"drills": (LastDrill(drill="restore", at=END - ago, passed=passed),)}


def ending(since: timedelta, left: timedelta) -> tuple[Ending, ...]:
    return (Ending(id="w1", subject="wiki", since=END - since, ends_at=END + left),)


BREACH = Breach(source="wiki", owner=None, figure=Figure.DELETED, value=9, bound=3, kind=BreachKind.FIXED, start=END)
MANY = EntityFigures(
    kind=FindingKind.PII, entity="EMAIL_ADDRESS", findings=trend(60, 4), documents=trend(60, 4), lowered=0, again=0
)
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "detections": ({"entities": (MANY,)}, {"entities": (MANY.model_copy(update={"documents": trend(6, 4)}),)}),
    "injection": (part("injection", documents=trend(3)), part("injection", documents=trend(2), hits=trend(90))),
    "redaction": (part("redaction", unproven=1), part("redaction", redacted=trend(5, 5))),
    "breaker": (part("breaker", breaches=trend(1), listed=(BREACH,)), part("breaker", breaches=trend(None))),
    "widenings": (part("widenings", documents=trend(30, 2)), part("widenings", documents=trend(3, 2))),
    "freshness": (source(END - 8 * DAY), source(END - 7 * DAY)),
    "review": (
        part("review", open=2, oldest=END - 7 * DAY),
        part("review", open=2, oldest=END - 7 * DAY + HOUR, p95_hours=trend(167.9)),
    ),
    "waivers": (part("waivers", ending=ending(DAY, 7 * DAY)), part("waivers", ending=ending(DAY, 7 * DAY + HOUR))),
    "glass": (part("glass", open=ending(24 * HOUR, DAY)), part("glass", open=ending(23 * HOUR, DAY))),
    "canaries": (part("canaries", oldest=END - DAY), part("canaries", oldest=END - DAY + HOUR)),
    "runs": (part("runs", failed=trend(1), reasons={"source-error": 1}), part("runs", failed=trend(None))),
    "drills": (drill(90 * DAY), drill(90 * DAY - HOUR)),
    "coverage": (part("coverage", unread=trend(6)), part("coverage", unread=trend(5))),
}
"""Figures at the threshold of a signal, and just short of it."""


def told(found: SignalFigures, limits: EscalationLimits | None = None) -> list[str]:
    return [one.signal for one in escalations(found, limits or EscalationLimits(), END)]


@pytest.mark.parametrize("signal", CASES)
def test_a_signal_is_told_from_its_threshold_on(signal: str) -> None:
    at, short = CASES[signal]
    assert told(figures(**at)) == [signal]
    assert told(figures(**short)) == []


@pytest.mark.parametrize("signal", sorted(CASES.keys() - {"redaction"}))
def test_a_threshold_that_is_off_stays_silent(signal: str) -> None:
    assert told(figures(**CASES[signal][0]), OFF) == []


@pytest.mark.parametrize(
    ("signal", "changed"),
    [
        ("breaker", part("breaker", narrowed=("wiki",))),
        ("drills", drill(DAY, passed=False)),
        ("canaries", part("canaries", missed=trend(1))),
        ("coverage", part("coverage", omitted={"wiki": 1})),
        ("review", part("review", p95_hours=trend(168))),
        ("coverage", part("coverage", blank=trend(12))),
        ("redaction", part("redaction", incomplete=trend(30, 1))),
    ],
)
def test_second_signals_of_a_section_are_told(signal: str, changed: dict[str, Any]) -> None:
    assert told(figures(**changed)) == [signal]


def test_a_source_approved_lately_has_time_for_its_first_run() -> None:
    assert told(figures(**source(None, END - DAY))) == []
    assert told(figures(**source(None))) == ["freshness"]


def test_a_few_of_anything_are_never_far_above_their_usual() -> None:
    limits = EscalationLimits()
    assert not far_above(trend(9), limits)
    assert far_above(trend(10), limits)
    assert not far_above(trend(10**6, None), limits)


def test_a_quiet_week_says_so_and_an_unknown_one_does_not() -> None:
    assert all_quiet(_report(QUIET)) == "Nothing needs anybody: every signal is within its threshold."
    unknown = figures(**part("retrievals", answers=trend(None, None)))
    assert all_quiet(_report(unknown)) == "Nothing on record needs anybody. Unknown for this period: retrievals."
    new = figures(**part("retrievals", answers=trend(50, None)))
    assert all_quiet(_report(new)) == (
        "No fixed threshold was reached. Too few earlier periods to know what is usual: retrievals."
    )
    assert "- answers: unknown" in signals_markdown(_report(unknown))


def test_names_from_outside_cannot_make_markdown() -> None:
    name = "wiki:a|b`c``<img src=x>[x](http://y).md"
    used = UnusualUse(kind="document", name=name, trend=trend(99, 1))
    text = signals_markdown(_report(figures(**part("retrievals", unusual=(used,)))))
    (row,) = (line for line in text.splitlines() if line.startswith("| document"))
    assert row.count("|") - row.count("\\|") == 5
    assert "\\<img" in row
    assert "\\[x\\]" in row
    (said,) = (line for line in text.splitlines() if line.startswith("- Answers that held"))
    assert said.endswith(f"``` corpusgate retrievals list --document '{name}' ```")


def test_every_escalation_belongs_to_a_section() -> None:
    keys = {section.key for section in sections(_report(QUIET))}
    assert {*CASES, "retrievals"} <= keys


def test_figures_are_written_as_people_read_them() -> None:
    assert [text_of(cell) for cell in (1200, None, "x", trend(3, 1.5), trend(4, None))] == [
        "1,200", "unknown", "x", "3 (usual 1.5)", "4",
    ]  # fmt: skip


def _report(found: SignalFigures) -> SignalsReport:
    period = ReportPeriod(since=END - 7 * DAY, until=END, earlier=8)
    return SignalsReport(
        period=period,
        name=period.name,
        as_of=END,
        starts=period.starts,
        escalations=escalations(found, EscalationLimits(), END),
        figures=found,
        unknown=(),
    )
