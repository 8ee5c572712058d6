"""Thresholds of a signals report, and the signals that are beyond them.

Invariants: pure. An escalation names a figure, its threshold and a command that looks closer; never text of a document.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from shlex import quote

from pydantic import Field

from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.signals.report import PAYLOADS, Escalation, SignalFigures
from pipeline.domain.signals.trends import Trend


class EscalationLimits(Frozen):
    """Thresholds from which a signal needs a person; None: never."""

    score: float | None = Field(default=5, gt=0)
    """Modified z-score from which a count is far above its usual. `null`: never."""
    least: int = Field(default=10, ge=1)
    """A count below this is never far above its usual."""
    injection_score: float | None = Field(default=3, gt=0)
    """The same score for documents with a hit of the rules against injection. `null`: never."""
    injection_least: int = Field(default=3, ge=1)
    """Fewer such documents are never far above their usual."""
    breaches: int | None = Field(default=1, ge=1)
    """Figures of sources outside their bounds in the period. `null`: never."""
    review_days: float | None = Field(default=7, gt=0)
    """Days that the oldest review item has waited. `null`: never."""
    review_p95_days: float | None = Field(default=7, gt=0)
    """Days from opening to decision that 95 % of the items do not exceed. `null`: never."""
    waiver_days: float | None = Field(default=7, gt=0)
    """Days before its end at which an active waiver is named. `null`: never."""
    glass_hours: float | None = Field(default=24, ge=0)
    """Hours that a break-glass admission has waited for its review. `null`: never."""
    held_hours: float | None = Field(default=24, ge=0)
    """Hours that a held generation has waited. `null`: never."""
    failed_runs: int | None = Field(default=1, ge=1)
    """Failed runs in the period. `null`: never."""
    drill_days: float | None = Field(default=90, gt=0)
    """Days since the last drill of a name. `null`: never."""
    unread_share: float | None = Field(default=0.05, ge=0, le=1)
    """Share of the judged documents that were not read or scanned to their end. `null`: never."""
    stale_days: float | None = Field(default=8, gt=0)
    """Days since an approved source was last read. `null`: never."""


def far_above(trend: Trend, limits: EscalationLimits) -> bool:
    """Whether a count of this period is far above its usual; never while nothing is usual yet."""
    return _is_above(trend, limits.score, limits.least)


def _is_above(trend: Trend, score: float | None, least: int) -> bool:
    if score is None or trend.score is None or trend.now is None:
        return False
    return trend.now >= least and trend.score >= score


def escalations(figures: SignalFigures, limits: EscalationLimits, as_of: datetime) -> tuple[Escalation, ...]:
    """The signals beyond their thresholds, in the order of the report's sections."""
    return tuple(
        Escalation(signal=signal, what=what, command=command)
        for signal, what, command in (
            *_content(figures, limits),
            *_sources(figures, limits, as_of),
            *_people(figures, limits, as_of),
            *_machinery(figures, limits, as_of),
            *_use(figures),
        )
    )


_Signal = tuple[str, str, str]


def _content(figures: SignalFigures, limits: EscalationLimits) -> Iterator[_Signal]:
    for one in figures.entities:
        if one.kind not in PAYLOADS and far_above(one.documents, limits):
            listed = f"corpusgate findings --kind {one.kind.value} --entity {one.entity}"
            yield "detections", f"Documents with {one.entity}: {_against(one.documents)}.", listed
    injected = figures.injection.documents
    if _is_above(injected, limits.injection_score, limits.injection_least):
        kinds = sorted({one.kind.value for one in figures.injection.patterns})
        command = f"corpusgate findings --kind {kinds[0] if kinds else FindingKind.INJECTION.value}"
        yield "injection", f"Documents with hits of the rules against injection: {_against(injected)}.", command
    if unproven := figures.redaction.unproven:
        what = f"Redactions without the digest of the scanned text: {unproven:,}."
        yield "redaction", what, "corpusgate documents --verdict redact"
    if far_above(figures.redaction.incomplete, limits):
        what = f"Documents whose redaction was incomplete: {_against(figures.redaction.incomplete)}."
        yield "redaction", what, "corpusgate documents --rule redaction-incomplete"


def _sources(figures: SignalFigures, limits: EscalationLimits, as_of: datetime) -> Iterator[_Signal]:
    breaker, widened = figures.breaker, figures.widenings.documents
    if _reached(breaker.breaches.now, limits.breaches):
        sources = sorted({breach.source for breach in breaker.listed})
        what = f"Figures outside their bounds: {breaker.breaches.now:,}, in {_named(sources)}."
        yield "breaker", what, f"corpusgate sources rates {sources[0]}"
    if narrowed := breaker.narrowed:
        yield "breaker", f"Narrowed at the end: {_named(narrowed)}.", f"corpusgate sources show {narrowed[0]}"
    if far_above(widened, limits):
        what = f"Documents that would get more readers: {_against(widened)}."
        yield "widenings", what, "corpusgate review list"
    if limits.stale_days is not None:
        late = as_of - timedelta(days=limits.stale_days)
        stale = [one.source for one in figures.freshness if (one.last_read or one.approved_at or late) <= late]
        if stale:
            what = f"Not read for {limits.stale_days:g} days or more: {_named(stale)}."
            yield "freshness", what, f"corpusgate refresh {stale[0]}"


def _people(figures: SignalFigures, limits: EscalationLimits, as_of: datetime) -> Iterator[_Signal]:
    review = figures.review
    if review.oldest is not None and limits.review_days is not None:
        days = (as_of - review.oldest) / timedelta(days=1)
        if days >= limits.review_days:
            what = f"The oldest review item has waited {days:.0f} days; {review.open:,} wait."
            yield "review", what, "corpusgate review list --sort age"
    if limits.review_p95_days is not None and (review.p95_hours.now or 0) >= 24 * limits.review_p95_days:
        what = f"95 % of the decisions took up to {(review.p95_hours.now or 0) / 24:.1f} days."
        yield "review", what, "corpusgate review list --sort age"
    if limits.waiver_days is not None:
        soon = as_of + timedelta(days=limits.waiver_days)
        ending = [one for one in figures.waivers.ending if one.ends_at <= soon]
        if ending:
            first = ending[0].ends_at
            what = f"Waivers that end within {limits.waiver_days:g} days: {len(ending):,}, the first {first:%Y-%m-%d}."
            yield "waivers", what, "corpusgate waivers list"
    if limits.glass_hours is not None:
        before = as_of - timedelta(hours=limits.glass_hours)
        waiting = [one for one in figures.glass.open if one.since <= before]
        if waiting:
            what = f"Break-glass admissions not reviewed for {limits.glass_hours:g} hours or more: {len(waiting):,}."
            yield "glass", what, f"corpusgate review show {waiting[0].id}"


def _machinery(figures: SignalFigures, limits: EscalationLimits, as_of: datetime) -> Iterator[_Signal]:
    canaries, coverage, runs = figures.canaries, figures.coverage, figures.runs
    if canaries.missed.now:
        yield "canaries", f"Runs that a canary stopped: {canaries.missed.now:,}.", "corpusgate doctor"
    if canaries.oldest is not None and limits.held_hours is not None:
        hours = (as_of - canaries.oldest) / timedelta(hours=1)
        if hours >= limits.held_hours:
            what = f"A generation has been held for {hours:.0f} hours for changed answers."
            yield "canaries", what, "corpusgate generations held"
    if _reached(runs.failed.now, limits.failed_runs):
        yield "runs", f"Failed runs: {runs.failed.now:,} ({', '.join(sorted(runs.reasons))}).", "corpusgate runs list"
    if failed := [one.drill for one in figures.drills if not one.passed]:
        yield "drills", f"Drills that failed the last time: {_named(failed)}.", "corpusgate drill list"
    if limits.drill_days is not None:
        before = as_of - timedelta(days=limits.drill_days)
        if old := [one.drill for one in figures.drills if one.at <= before]:
            yield "drills", f"No drill for {limits.drill_days:g} days or more: {_named(old)}.", "corpusgate drill list"
    judged, unread = coverage.judged.now, coverage.unread.now
    if limits.unread_share is not None and judged and unread and unread / judged > limits.unread_share:
        what = f"Not read or scanned to their end: {unread:,} of {judged:,} documents."
        yield "coverage", what, "corpusgate findings --kind scan_failed"
    if far_above(coverage.blank, limits):
        yield "coverage", f"Documents without text: {_against(coverage.blank)}.", "corpusgate documents --verdict admit"
    if coverage.omitted:
        what = f"Sources with folders or feeds that could not be listed: {_named(sorted(coverage.omitted))}."
        yield "coverage", what, "corpusgate runs list"


def _use(figures: SignalFigures) -> Iterator[_Signal]:
    unusual, more = figures.retrievals.unusual, figures.retrievals.more
    for one in unusual[:_NAMED]:
        what = f"Answers {'to' if one.kind == 'principal' else 'that held'} {one.name}: {_against(one.trend)}."
        option = "--principal" if one.kind == "principal" else "--document"
        yield "retrievals", what, f"corpusgate retrievals list {option} {quote(one.name)}"
    if rest := len(unusual[_NAMED:]) + more:
        what = f"Further principals and documents far above their usual: {rest:,}."
        yield "retrievals", what, "corpusgate retrievals list"


_NAMED = 3
"""Names in a sentence."""


def _reached(count: int | float | None, threshold: int | None) -> bool:
    return threshold is not None and count is not None and count >= threshold


def _against(trend: Trend) -> str:
    return f"{trend.now:,} against a median of {trend.usual:,g} (score {trend.score:.1f})"


def _named(names: tuple[str, ...] | list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
