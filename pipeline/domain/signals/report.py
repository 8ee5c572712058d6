"""The figures of a signals report.

Invariants: pure. The figures are counts, times, ids, codes and rule ids: no text of a document, no value and no preview
of one (law 4). Figures that the record cannot give are None, or named in `unknown`; they are never zero.
"""

from collections.abc import Mapping
from datetime import datetime

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.rates.breaches import Breach
from pipeline.domain.signals.periods import ReportPeriod
from pipeline.domain.signals.trends import Trend

PAYLOADS = (FindingKind.INJECTION, FindingKind.PLAIN_ORDER, FindingKind.HIDDEN_TEXT)
"""Kinds of findings that can carry an attack on a model."""


class EntityFigures(Frozen):
    """Findings of one kind and entity in new and changed documents."""

    kind: FindingKind
    entity: str
    findings: Trend
    documents: Trend
    lowered: int
    """Findings of the period that a detector judged harmless; they are not in the trends."""
    again: int
    """Findings in documents that were only judged again, as after a new detector; they are not in the trends."""


class PayloadPattern(Frozen):
    """A rule that fired on orders, overrides or hidden text, with the masked shape of its hits."""

    rule: str
    kind: FindingKind
    entity: str
    shortest: int
    """Characters of the shortest hit."""
    longest: int
    documents: int
    trend: Trend
    """Of its hits."""


class InjectionFigures(Frozen):
    """Hits of the rules against injection in new and changed documents."""

    hits: Trend
    documents: Trend
    """Documents with a hit."""
    actions: dict[Action, int]
    """The documents of the period by their last verdict."""
    patterns: tuple[PayloadPattern, ...]
    """The most frequent ones."""
    more: int
    """Patterns that are not listed."""


class RedactionFigures(Frozen):
    """Redactions, and the proof of each.

    A `redact` verdict is recorded only after every detector scanned the redacted text and the policy admitted it; the
    digest of that text is the proof. Otherwise the document is kept out under the rule `redaction-incomplete`.
    """

    redacted: Trend
    unproven: int
    """Redactions of the period without the digest of the scanned text."""
    incomplete: Trend
    """Documents kept out because the second scan still found something."""


class BreakerFigures(Frozen):
    """Anomalies of ingest rates."""

    breaches: Trend
    """Figures of sources and owners that left their bounds."""
    listed: tuple[Breach, ...]
    """Of the period, newest first."""
    narrowed: tuple[str, ...]
    """Sources that were narrowed at the end of the period."""


class Widening(Frozen):
    """A document whose change would give it more readers or a lower classification."""

    doc_id: str
    action: Action
    """The last verdict of the period on it."""
    at: datetime


class WideningFigures(Frozen):
    """Changes that widen access."""

    documents: Trend
    actions: dict[Action, int]
    """Documents of the period by their last verdict."""
    listed: tuple[Widening, ...]
    """The newest ones."""


class ReviewFigures(Frozen):
    """Latency and backlog of the review queue."""

    opened: Trend
    decided: Trend
    """Items that people decided; latencies are of those."""
    p50_hours: Trend
    """From the opening of an item to its last decision."""
    p95_hours: Trend
    open: int
    """Items that waited for people at the end."""
    oldest: datetime | None


class Ending(Frozen):
    """A permission that ends soon, or has not been reviewed."""

    id: str
    subject: str
    """Source or document."""
    since: datetime
    ends_at: datetime


class WaiverFigures(Frozen):
    """Waivers."""

    asked: Trend
    active: int
    """At the end of the period; the next two as well."""
    pending: int
    ending: tuple[Ending, ...]
    """Active ones that end soon, the soonest first."""


class GlassFigures(Frozen):
    """Break-glass: versions that an operator admitted alone."""

    broken: Trend
    open: tuple[Ending, ...]
    """Not reviewed at the end of the period, the oldest first."""


class CanaryFigures(Frozen):
    """Canaries: generations held for changed answers, and runs that a missed canary stopped."""

    held: Trend
    waiting: int
    """Held generations that waited for a person at the end."""
    oldest: datetime | None
    missed: Trend
    """Runs that a missed canary or a forbidden answer stopped."""


class RunFigures(Frozen):
    """Runs that ended."""

    finished: Trend
    failed: Trend
    reasons: dict[str, int]
    """Failed runs of the period by reason code."""


class UnreadReason(Frozen):
    """Documents that were not read or scanned to their end, by reason."""

    detector: str
    reason: str
    """A sentence from a closed set."""
    documents: int


class CoverageFigures(Frozen):
    """Documents that were not read or scanned to their end."""

    judged: Trend
    """Documents with a verdict."""
    unread: Trend
    blank: Trend
    """Documents that were read to their end and hold no text."""
    reasons: tuple[UnreadReason, ...]
    omitted: dict[str, int]
    """By source: folders and feeds that its last run of the period could not list."""
    unread_at_end: int
    """Documents whose last verdict by the end of the period is that they were not read or scanned to their end."""


class LastDrill(Frozen):
    """The newest drill of a name before the end of the period."""

    drill: str
    at: datetime
    passed: bool


class SourceFreshness(Frozen):
    """When a source was read for the last time."""

    source: str
    state: SourceState
    approved_at: datetime | None
    last_read: datetime | None
    """End of the last finished run over it, before the end of the period; None if there is none."""


class UnusualUse(Frozen):
    """A principal or a document that is far from its usual number of answers."""

    kind: str
    """`principal` or `document`."""
    name: str
    trend: Trend


class RetrievalFigures(Frozen):
    """Use of the corpus, from the retrieval log."""

    answers: Trend
    principals: Trend
    """That received an answer."""
    unusual: tuple[UnusualUse, ...]
    """The farthest first."""
    more: int


class SignalFigures(Frozen):
    """Everything counted for a report."""

    entities: tuple[EntityFigures, ...]
    injection: InjectionFigures
    redaction: RedactionFigures
    breaker: BreakerFigures
    widenings: WideningFigures
    review: ReviewFigures
    waivers: WaiverFigures
    glass: GlassFigures
    canaries: CanaryFigures
    runs: RunFigures
    coverage: CoverageFigures
    drills: tuple[LastDrill, ...]
    freshness: tuple[SourceFreshness, ...]
    retrievals: RetrievalFigures

    def of_kind(self, kind: FindingKind) -> tuple[int | float | None, ...]:
        """Findings of a kind, period by period; empty if none is in any period."""
        trends = [one.findings.values for one in self.entities if one.kind is kind]
        return tuple(
            None if any(value is None for value in period) else sum(value for value in period if value is not None)
            for period in zip(*trends, strict=True)
        )


class Escalation(Frozen):
    """A figure beyond its threshold, and the command that looks closer."""

    signal: str
    """The section of the report that it belongs to."""
    what: str
    command: str


class SignalsReport(Frozen):
    """A report: its figures, and the signals that need a person."""

    period: ReportPeriod
    name: str
    """The period in words."""
    as_of: datetime
    """The moment of standings, such as open items: the end of the period, or now if it is not over."""
    starts: tuple[datetime, ...]
    """Beginnings of the periods of each trend."""
    escalations: tuple[Escalation, ...]
    figures: SignalFigures
    unknown: tuple[str, ...]
    """Limits of the records, in sentences."""

    @property
    def over(self) -> bool:
        """Whether the period has ended."""
        return self.as_of >= self.period.until

    def counts(self) -> Mapping[str, int]:
        """The few counts that a notification carries; unknown ones are left out."""
        figures = self.figures
        found = {
            "escalations": len(self.escalations),
            "injection_hits": figures.injection.hits.now,
            "not_read": figures.coverage.unread.now,
            "open_reviews": figures.review.open,
        }
        return {name: int(count) for name, count in found.items() if count is not None}
