"""The signals report of a home: figures of a period, their trend, and the signals that need a person.

Invariants: no text, no value and no preview of one. For auditors, reviewers and operators of the whole corpus. The
report says each limit of the records. Nothing is changed, but the journal of the retrieval log is loaded first.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from pipeline.domain.errors import ConfigError, UsageError
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.signals.escalations import EscalationLimits, escalations, far_above
from pipeline.domain.signals.periods import ReportPeriod, asked_period, last_week
from pipeline.domain.signals.report import (
    RetrievalFigures,
    SignalFigures,
    SignalsReport,
    UnusualUse,
)
from pipeline.domain.signals.trends import LEAST_PERIODS, Trend
from pipeline.domain.telemetry.notifications import EventKind
from pipeline.reports.older_forms import PresentIds
from pipeline.review.rights import SEE
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.audit.signals import last_drills, past_acts
from pipeline.stores.database import Connection
from pipeline.stores.ledger import signals as ledger_signals
from pipeline.stores.ledger.signals import LISTED, CountedPeriods, unknown_periods
from pipeline.stores.retrievals import received
from pipeline.stores.retrievals import signals as retrieval_signals
from pipeline.stores.review import signals as review_signals
from pipeline.workspace import Workspace

_A_DAY = timedelta(days=1)
"""Rates that begin this soon after the first run reach back as far as everything else."""
REPORTED = "report.made"
"""Audit action of a report that people are notified of."""


def signals_report(
    workspace: Workspace, caller: Caller, week: str = "", since: datetime | None = None, until: datetime | None = None
) -> SignalsReport:
    """The report of an ISO week or of a time; of the last seven days if neither is given.

    Raises:
        NotAllowed: The caller does not audit, review or operate the whole corpus.
        UsageError: There is no such week or time, or it has not begun.

    """
    caller.require(*SEE)
    settings = workspace.home.settings.report
    workspace.retrievals.load()
    with workspace.database.read() as connection:
        now = workspace.database.now(connection)
        period = asked_period(week, since, until, now=now, earlier=settings.earlier)
        as_of = min(period.until, now)
        figures, unknown = _figures(connection, period, as_of, settings.escalate)
    figures = _in_present_form(figures, PresentIds(workspace))
    return SignalsReport(
        period=period,
        name=period.name,
        as_of=as_of,
        starts=period.starts,
        escalations=escalations(figures, settings.escalate, as_of),
        figures=figures,
        unknown=unknown,
    )


def reported_week(workspace: Workspace) -> str:
    """The week that a report by schedule is about: the newest one that is over."""
    with workspace.database.read() as connection:
        return last_week(workspace.database.now(connection))


def notify(workspace: Workspace, report: SignalsReport, by: Caller) -> None:
    """Put the counts of a week's report on the audit log; channels with the event `report` get them next.

    Raises:
        ConfigError: No channel gets reports.
        UsageError: The report is not about a week.

    """
    by.require(Role.OPERATOR)
    if report.period.week is None:
        raise UsageError("Only the report of a week is sent.", done="Nothing was sent.", fix="Give --week, or nothing.")
    channels = workspace.home.settings.notifications.channels
    if not any(EventKind.REPORT in channel.kinds and not channel.sources for channel in channels):
        raise ConfigError(
            "No notification channel gets reports.",
            done="Nothing was sent.",
            fix="Give a channel of configs/corpusgate.yaml the role auditor, reviewer or operator and no `sources`.",
        )
    workspace.audit.record(AuditEntry(by.name, REPORTED, report.period.week, {**report.counts()}))


def _figures(
    connection: Connection, period: ReportPeriod, as_of: datetime, limits: EscalationLimits
) -> tuple[SignalFigures, tuple[str, ...]]:
    # A record that began after the period is as silent about it as one that has not begun.
    began, log, rates = (
        None if at is None or at >= as_of else at
        for at in (
            ledger_signals.oldest_run(connection),
            received.oldest(connection),
            ledger_signals.oldest_rates(connection),
        )
    )
    records = _Records(period, as_of, began, log, rates, ledger_signals.erased_since(connection, as_of))
    acts = past_acts(connection, as_of)
    scope = CountedPeriods(period, as_of, unknown_periods(period, began))
    retrievals = _retrievals(connection, scope._replace(unknown=unknown_periods(period, log)), limits)
    figures = SignalFigures(
        entities=ledger_signals.entities(connection, scope),
        injection=ledger_signals.injection(connection, scope),
        redaction=ledger_signals.redaction(connection, scope),
        breaker=ledger_signals.breaker(connection, scope),
        widenings=ledger_signals.widenings(connection, scope),
        review=review_signals.review(connection, scope, acts),
        waivers=review_signals.waivers(connection, scope),
        glass=review_signals.glass(connection, scope),
        canaries=review_signals.canaries(connection, scope, acts),
        runs=review_signals.ended_runs(connection, scope, acts),
        coverage=ledger_signals.coverage(connection, scope),
        drills=last_drills(connection, as_of),
        freshness=ledger_signals.freshness(connection, scope),
        retrievals=retrievals,
    )
    return figures, tuple(_limits(figures, records))


def _retrievals(connection: Connection, scope: CountedPeriods, limits: EscalationLimits) -> RetrievalFigures:
    used = retrieval_signals.use(connection, scope, limits.least)
    named: tuple[tuple[str, dict[str, Trend]], ...] = (("principal", used.principals), ("document", used.documents))
    unusual = [
        UnusualUse(kind=kind, name=name, trend=trend)
        for kind, trends in named
        for name, trend in sorted(trends.items())
        if far_above(trend, limits)
    ]
    unusual.sort(key=attrgetter("trend.score"), reverse=True)
    return RetrievalFigures(
        answers=used.answers,
        principals=used.receivers,
        unusual=tuple(unusual[:LISTED]),
        more=len(unusual[LISTED:]),
    )


class _Records(NamedTuple):
    """Since when each record reaches back; None if it does not reach the period."""

    period: ReportPeriod
    as_of: datetime
    began: datetime | None
    """The first run."""
    log: datetime | None
    """The oldest answer in the retrieval log."""
    rates: datetime | None
    """The oldest ingest rates."""
    erased: int
    """Documents that were erased after the period."""


def _limits(figures: SignalFigures, records: _Records) -> Iterator[str]:
    period, as_of, began, log, rates, erased = records
    if as_of < period.until:
        yield "The period is not over. Its figures still grow, and are compared with whole earlier periods."
    if began is None:
        yield "No run had begun here by then: figures of documents, findings and reviews are unknown."
    elif began > period.first:
        yield f"Nothing is on record from before {began:%Y-%m-%d %H:%M} UTC."
    if len(figures.runs.finished.earlier) < LEAST_PERIODS:
        yield f"Fewer than {LEAST_PERIODS} earlier periods are on record: no figure has a usual value yet."
    if log is None:
        yield "The retrieval log holds nothing up to then: who received an answer is unknown."
    elif log > period.first:
        yield f"Answers from before {log:%Y-%m-%d %H:%M} UTC are unknown: the retrieval log begins then."
    if figures.breaker.breaches.now is None:
        yield "No ingest rates are on record for the period: breaches are unknown."
    elif rates is not None and rates > period.first and (began is None or rates - began > _A_DAY):
        yield f"Ingest rates from before {rates:%Y-%m-%d %H:%M} UTC are unknown."
    if erased:
        yield f"Documents erased since: {erased:,}. Their findings are gone, and no longer counted in earlier periods."
    yield "The findings of the second scan of a redacted text are not recorded, only that policy admitted it."


def _in_present_form(figures: SignalFigures, present: PresentIds) -> SignalFigures:
    """The figures with ids from before names were scanned as they are shown now."""
    widened, glass, used = figures.widenings, figures.glass, figures.retrievals
    listed = [one.model_copy(update={"doc_id": present(one.doc_id)}) for one in widened.listed]
    broken = [one.model_copy(update={"subject": present(one.subject)}) for one in glass.open]
    unusual = [
        one.model_copy(update={"name": present(one.name)}) if one.kind == "document" else one for one in used.unusual
    ]
    return figures.model_copy(
        update={
            "widenings": widened.model_copy(update={"listed": tuple(listed)}),
            "glass": glass.model_copy(update={"open": tuple(broken)}),
            "retrievals": used.model_copy(update={"unusual": tuple(unusual)}),
        }
    )
