"""Figures of a signals report from verdicts, findings, runs, sources and ingest rates.

Invariants: reads only, and neither previews of values nor text. A verdict belongs to the period in which it was
committed; verdicts are found by the index over their runs. Documents that were only judged again count as judged, and
their findings are counted apart.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, case, cast, func, or_, select

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.emptiness import NO_TEXT
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.policy.redacting import REDACTION_INCOMPLETE
from pipeline.domain.rates.breaches import Breach
from pipeline.domain.signals.periods import ReportPeriod
from pipeline.domain.signals.report import (
    PAYLOADS,
    BreakerFigures,
    CoverageFigures,
    EntityFigures,
    InjectionFigures,
    PayloadPattern,
    RedactionFigures,
    SourceFreshness,
    UnreadReason,
    Widening,
    WideningFigures,
)
from pipeline.domain.signals.trends import counted, known
from pipeline.stores.audit.signals import deletions, source_states
from pipeline.stores.tables import erasures, findings, ingest_figures, runs, sources, verdicts

LISTED = 10
"""Rows of each list; counts are of all."""
_f, _v, _r = findings.c, verdicts.c, runs.c
_HITS = and_(_f.lowered.is_(None), _v.rescan.is_(False))
_FAILED = _f.kind == FindingKind.SCAN_FAILED


class CountedPeriods(NamedTuple):
    """The periods that are counted, and which of them the record does not reach."""

    period: ReportPeriod
    as_of: datetime
    unknown: tuple[bool, ...]

    def verdicts(self, number: int | None = None) -> ColumnElement[bool]:
        """Condition for the verdicts of a period; without a number, for those of all periods."""
        starts = self.period.starts
        since = starts[number or 0]
        until = self.as_of if number is None else min(since + self.period.length, self.as_of)
        ended = select(_r.run_id).where(_r.started_at < until, or_(_r.finished_at.is_(None), _r.finished_at >= since))
        return and_(_v.run_id.in_(ended), _v.decided_at >= since, _v.decided_at < until)

    @property
    def last(self) -> int:
        """Position of the period of the report."""
        return self.period.earlier


def oldest_run(connection: Connection) -> datetime | None:
    """When the first run began; None before it."""
    moment: datetime | None = connection.execute(select(func.min(_r.started_at))).scalar()
    return moment


def oldest_rates(connection: Connection) -> datetime | None:
    """When the first window with ingest rates began that is still on record; None without one."""
    moment: datetime | None = connection.execute(select(func.min(ingest_figures.c.start))).scalar()
    return moment


def erased_since(connection: Connection, at: datetime) -> int:
    """How many documents were erased from a moment on: their findings are in no figure, also of earlier periods."""
    count = select(func.count(erasures.c.doc_id.distinct())).where(erasures.c.erased_at >= at)
    return int(connection.execute(count).scalar_one())


def entities(connection: Connection, scope: CountedPeriods) -> tuple[EntityFigures, ...]:
    """Findings by kind and entity, the most frequent ones of the period first; without failed scans."""
    hits: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(scope.unknown))
    lowered: Counter[tuple[str, str]] = Counter()
    again: Counter[tuple[str, str]] = Counter()
    fields = (_v.decided_at, _f.kind, _f.entity, _f.lowered.is_not(None).label("low"), _v.rescan)
    for row in connection.execute(_findings(func.count(), *fields).where(scope.verdicts(), ~_FAILED).group_by(*fields)):
        place = scope.period.place(row.decided_at)
        if place is None:
            continue
        key = row.kind, row.entity
        if not row.low and not row.rescan:
            hits[key][place] += row[0]
        elif place == scope.last:
            (again if row.rescan else lowered)[key] += row[0]
    held = _documents_with(connection, scope, _f.kind, _f.entity)
    found = [
        EntityFigures(
            kind=FindingKind(key[0]),
            entity=key[1],
            findings=known(hits[key], scope.unknown),
            documents=known([period.get(key, 0) for period in held], scope.unknown),
            lowered=lowered[key],
            again=again[key],
        )
        for key in {*hits, *lowered, *again}
    ]
    return tuple(sorted(found, key=lambda one: (one.kind, -(one.findings.now or 0), one.entity)))


def _documents_with(
    connection: Connection, scope: CountedPeriods, *fields: ColumnElement[str]
) -> list[dict[tuple[str, ...], int]]:
    """For each period, how many documents have a hit, by the values of the fields of their findings."""
    counted_by = _findings(func.count(_v.doc_id.distinct()), *fields).where(_HITS, ~_FAILED)
    return [
        {tuple(row[1:]): int(row[0]) for row in connection.execute(query)}
        for query in (
            counted_by.where(scope.verdicts(number)).group_by(*fields) for number in range(len(scope.unknown))
        )
    ]


def injection(connection: Connection, scope: CountedPeriods) -> InjectionFigures:
    """Hits of the rules against injection, with the most frequent rules of the period."""
    payload = _f.kind.in_(PAYLOADS)
    fields = (_v.decided_at, _f.detector, _f.kind, _f.entity)
    rows = connection.execute(
        _findings(func.count(), *fields).where(scope.verdicts(), payload, _HITS).group_by(*fields)
    )
    hits = [0] * len(scope.unknown)
    by_rule: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * len(scope.unknown))
    for row in rows:
        place = scope.period.place(row.decided_at)
        if place is not None:
            hits[place] += row[0]
            by_rule[row.detector, row.kind, row.entity][place] += row[0]
    length = _f.end - _f.start
    shapes = _findings(
        _f.detector, _f.kind, _f.entity, func.min(length), func.max(length), func.count(_v.doc_id.distinct())
    )
    shapes = shapes.where(scope.verdicts(scope.last), payload, _HITS).group_by(_f.detector, _f.kind, _f.entity)
    patterns = [
        PayloadPattern(
            rule=rule,
            kind=kind,
            entity=entity,
            shortest=shortest,
            longest=longest,
            documents=of_documents,
            trend=known(by_rule[rule, kind, entity], scope.unknown),
        )
        for rule, kind, entity, shortest, longest, of_documents in connection.execute(shapes)
    ]
    patterns.sort(key=lambda one: (-(one.trend.now or 0), one.rule, one.entity))
    ended = _findings(_v.doc_id, _v.action, _v.decided_at).where(scope.verdicts(scope.last), payload, _HITS).distinct()
    last = {doc_id: action for doc_id, action, _ in connection.execute(ended.order_by(_v.decided_at))}
    affected = [
        connection.execute(_findings(func.count(_v.doc_id.distinct())).where(scope.verdicts(number), payload, _HITS))
        for number in range(len(scope.unknown))
    ]
    return InjectionFigures(
        hits=known(hits, scope.unknown),
        documents=known([int(one.scalar_one()) for one in affected], scope.unknown),
        actions=_by_action(last.values()),
        patterns=tuple(patterns[:LISTED]),
        more=len(patterns[LISTED:]),
    )


def redaction(connection: Connection, scope: CountedPeriods) -> RedactionFigures:
    """Redactions, those without a proof, and those that were incomplete."""
    incomplete = cast(_v.rule_ids, Text).contains(f'"{REDACTION_INCOMPLETE}"')
    fields = (_v.decided_at, _v.action, _v.served_digest.is_(None).label("unproven"))
    wanted = or_(_v.action == Action.REDACT, incomplete)
    done, left, unproven = ([0] * len(scope.unknown) for _ in range(3))
    for row in connection.execute(select(func.count(), *fields).where(scope.verdicts(), wanted).group_by(*fields)):
        place = scope.period.place(row.decided_at)
        if place is not None:
            redacted = row.action == Action.REDACT
            (done if redacted else left)[place] += row[0]
            unproven[place] += row[0] if redacted and row.unproven else 0
    return RedactionFigures(
        redacted=known(done, scope.unknown), unproven=unproven[-1], incomplete=known(left, scope.unknown)
    )


def widenings(connection: Connection, scope: CountedPeriods) -> WideningFigures:
    """Changes with more readers or a lower classification; a document counts once a period, by its last verdict."""
    impact = cast(_v.impact, Text)
    wider = or_(impact.contains('"access_widened":true'), impact.contains('"classification_lowered":true'))
    query = select(_v.doc_id, _v.action, _v.decided_at).where(scope.verdicts(), _v.rescan.is_(False), wider)
    by_period: list[dict[str, Widening]] = [{} for _ in scope.unknown]
    for row in connection.execute(query.order_by(_v.decided_at, _v.doc_id)):
        place = scope.period.place(row.decided_at)
        if place is not None:
            by_period[place][row.doc_id] = Widening(doc_id=row.doc_id, action=row.action, at=row.decided_at)
    here = by_period[-1].values()
    newest = sorted(here, key=lambda one: one.doc_id)
    newest.sort(key=lambda one: one.at, reverse=True)
    return WideningFigures(
        documents=known([len(period) for period in by_period], scope.unknown),
        actions=_by_action(one.action for one in here),
        listed=tuple(newest[:LISTED]),
    )


def coverage(connection: Connection, scope: CountedPeriods) -> CoverageFigures:
    """Documents that were not read or scanned to their end, and why."""
    judged, unread, blank = [], [], []
    for number in range(len(scope.unknown)):
        mine = scope.verdicts(number)
        failed = case((select(_f.ordinal).where(_f.verdict_id == _v.verdict_id, _FAILED).exists(), _v.doc_id))
        textless = case((cast(_v.reasons, Text).contains(NO_TEXT), _v.doc_id))
        counts = (func.count(one.distinct()) for one in (_v.doc_id, failed, textless))
        row = connection.execute(select(*counts).where(mine)).one()
        judged.append(int(row[0]))
        unread.append(int(row[1]))
        blank.append(int(row[2]))
    reasons = _findings(_f.detector, _f.reason, func.count(_v.doc_id.distinct()))
    reasons = reasons.where(scope.verdicts(scope.last), _FAILED).group_by(_f.detector, _f.reason)
    why = [UnreadReason(detector=row[0], reason=row[1], documents=row[2]) for row in connection.execute(reasons)]
    return CoverageFigures(
        judged=known(judged, scope.unknown),
        unread=known(unread, scope.unknown),
        blank=known(blank, scope.unknown),
        reasons=tuple(sorted(why, key=lambda one: (-one.documents, one.detector, one.reason))[:LISTED]),
        omitted=_omitted(connection, scope),
        unread_at_end=_unread_at_end(connection, scope.as_of),
    )


def _unread_at_end(connection: Connection, as_of: datetime) -> int:
    """Documents whose last verdict before a moment was that they were not read, and which had not left by then."""
    later = verdicts.alias()
    again = select(later.c.verdict_id).where(
        later.c.doc_id == _v.doc_id, later.c.decided_at > _v.decided_at, later.c.decided_at < as_of
    )
    last = _findings(_v.doc_id, _v.decided_at).where(_FAILED, _v.decided_at < as_of, ~again.exists()).distinct()
    unread = {row.doc_id: row.decided_at for row in connection.execute(last)}
    gone = {doc_id for doc_id, at in deletions(connection, unread, as_of) if at >= unread[doc_id]}
    return len(unread) - len(gone)


def _omitted(connection: Connection, scope: CountedPeriods) -> dict[str, int]:
    ended = select(_r.sources, _r.summary).where(
        _r.finished_at >= scope.period.since, _r.finished_at < scope.as_of, _r.state == "finished"
    )
    last: dict[str, int] = {}
    for names, summary in connection.execute(ended.order_by(_r.finished_at)):
        incomplete = (summary or {}).get("incomplete", {})
        last |= {name: len(incomplete.get(name, ())) for name in names}
    return {name: count for name, count in sorted(last.items()) if count}


def freshness(connection: Connection, scope: CountedPeriods) -> tuple[SourceFreshness, ...]:
    """Sources that contributed at the end, with the last finished run over each; those read longest ago first."""
    contributed = (SourceState.APPROVED, SourceState.NARROWED)
    states = {name: state for name, state in source_states(connection, scope.as_of).items() if state in contributed}
    rows = [
        row for row in connection.execute(select(sources.c.name, sources.c.approved_at)).all() if row.name in states
    ]
    waiting, last = {row.name for row in rows}, {}
    ended = select(_r.sources, _r.finished_at).where(_r.state == "finished", _r.finished_at < scope.as_of)
    with connection.execute(ended.order_by(_r.finished_at.desc())) as newest:
        for names, at in newest:
            for name in waiting & {*names}:
                last[name] = at
                waiting.discard(name)
            if not waiting:
                break
    found = [
        SourceFreshness(
            source=row.name, state=states[row.name], approved_at=row.approved_at, last_read=last.get(row.name)
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.last_read is not None, one.last_read, one.source)))


def breaker(connection: Connection, scope: CountedPeriods) -> BreakerFigures:
    """Breaches of ingest rates, and the sources that were narrowed at the end."""
    oldest = oldest_rates(connection)
    wanted = (ingest_figures.c.start >= scope.period.first, ingest_figures.c.start < scope.as_of)
    rows = connection.execute(select(ingest_figures.c.breaches).where(*wanted, ingest_figures.c.breaches != []))
    breaches = [Breach.model_validate(one) for row in rows for one in row.breaches]
    places = [scope.period.place(one.start) for one in breaches]
    here = [one for one, place in zip(breaches, places, strict=True) if place == scope.last]
    here.sort(key=lambda one: (one.source, one.owner or "", one.figure))
    here.sort(key=lambda one: one.start, reverse=True)
    ends = [start + scope.period.length for start in scope.period.starts]
    unknown = [missing or oldest is None or end <= oldest for missing, end in zip(scope.unknown, ends, strict=True)]
    states = source_states(connection, scope.as_of).items()
    return BreakerFigures(
        breaches=counted(places, unknown),
        listed=tuple(here[:LISTED]),
        narrowed=tuple(name for name, state in states if state is SourceState.NARROWED),
    )


def _findings(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(findings.join(verdicts, _v.verdict_id == _f.verdict_id))


def _by_action(actions: Iterable[str]) -> dict[Action, int]:
    counts = Counter(map(Action, actions))
    return {action: counts[action] for action in Action if counts[action]}


def unknown_periods(period: ReportPeriod, oldest: datetime | None) -> tuple[bool, ...]:
    """For each period, whether it ended before a record began; every period of a record that is empty."""
    return tuple(oldest is None or start + period.length <= oldest for start in period.starts)
