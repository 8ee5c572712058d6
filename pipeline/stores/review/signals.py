"""Figures of a signals report from the review queue, waivers, break-glass, canary questions and the ends of runs.

Invariants: reads only. Standings are those at the end of the period, from moments on record and not from the state of
today. Reasons that people wrote are not read.
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from pipeline.domain.errors import CanaryForbidden, CanaryMissed, code_of
from pipeline.domain.signals.report import (
    CanaryFigures,
    Ending,
    GlassFigures,
    ReviewFigures,
    RunFigures,
    WaiverFigures,
)
from pipeline.domain.signals.trends import counted, known, percentile
from pipeline.stores.audit.signals import PastActs
from pipeline.stores.ledger.signals import CountedPeriods
from pipeline.stores.tables import break_glass, held_decisions, held_generations, review_items, runs
from pipeline.stores.tables import waivers as waiver_table

_HOUR = timedelta(hours=1)
_CANARIES = tuple(code_of(error("")) for error in (CanaryMissed, CanaryForbidden))
_i, _w, _g, _h, _r = review_items.c, waiver_table.c, break_glass.c, held_generations.c, runs.c


def review(connection: Connection, scope: CountedPeriods, acts: PastActs) -> ReviewFigures:
    """Latency and backlog of the review queue."""
    query = select(_i.item_id, _i.opened_at, _i.closed_at).where(
        _i.opened_at < scope.as_of, or_(_i.closed_at.is_(None), _i.closed_at >= scope.period.first)
    )
    opened, ends = [], []
    hours: list[list[float]] = [[] for _ in scope.unknown]
    waiting: list[datetime] = []
    for row in connection.execute(query):
        opened.append(scope.period.place(row.opened_at))
        at = acts.decided.get(row.item_id)
        if at is not None and (place := scope.period.place(at)) is not None:
            ends.append(place)
            hours[place].append((at - row.opened_at) / _HOUR)
        if at is None and (row.closed_at is None or row.closed_at >= scope.as_of):
            waiting.append(row.opened_at)
    return ReviewFigures(
        opened=counted(opened, scope.unknown),
        decided=counted(ends, scope.unknown),
        p50_hours=known([_rounded(percentile(one, 0.5)) for one in hours], scope.unknown),
        p95_hours=known([_rounded(percentile(one, 0.95)) for one in hours], scope.unknown),
        open=len(waiting),
        oldest=min(waiting, default=None),
    )


def waivers(connection: Connection, scope: CountedPeriods) -> WaiverFigures:
    """Waivers: asked for, in force, waiting for approval, and the ones that end first."""
    places, active, pending = [], [], 0
    query = select(_w.waiver_id, _w.source, _w.asked_at, _w.expires_at, _w.approved_at, _w.ended_at)
    for row in connection.execute(query.where(_w.asked_at < scope.as_of).order_by(_w.expires_at, _w.waiver_id)):
        places.append(scope.period.place(row.asked_at))
        if row.expires_at <= scope.as_of or (row.ended_at is not None and row.ended_at < scope.as_of):
            continue
        if row.approved_at is None or row.approved_at >= scope.as_of:
            pending += 1
        else:
            active.append(Ending(id=row.waiver_id, subject=row.source, since=row.approved_at, ends_at=row.expires_at))
    return WaiverFigures(
        asked=counted(places, scope.unknown), active=len(active), pending=pending, ending=tuple(active)
    )


def glass(connection: Connection, scope: CountedPeriods) -> GlassFigures:
    """Break-glass admissions, and the ones that no one has reviewed."""
    places, waiting = [], []
    query = select(_g.item_id, _g.doc_id, _g.broken_at, _g.expires_at, _g.confirmed_at, _g.undone_at)
    for row in connection.execute(query.where(_g.broken_at < scope.as_of).order_by(_g.broken_at, _g.item_id)):
        places.append(scope.period.place(row.broken_at))
        reviewed = [at for at in (row.confirmed_at, row.undone_at) if at is not None and at < scope.as_of]
        if not reviewed:
            waiting.append(Ending(id=row.item_id, subject=row.doc_id, since=row.broken_at, ends_at=row.expires_at))
    return GlassFigures(broken=counted(places, scope.unknown), open=tuple(waiting))


def canaries(connection: Connection, scope: CountedPeriods, acts: PastActs) -> CanaryFigures:
    """Generations that were held for changed answers, and runs that a canary stopped."""
    decided = select(held_decisions.c.held_id, func.min(held_decisions.c.at).label("at"))
    first = decided.group_by(held_decisions.c.held_id).subquery()
    query = select(_h.opened_at, _h.closed_at, first.c.at).select_from(
        held_generations.outerjoin(first, first.c.held_id == _h.held_id)
    )
    places, waiting = [], []
    for row in connection.execute(query.where(_h.opened_at < scope.as_of)):
        places.append(scope.period.place(row.opened_at))
        if all(at is None or at >= scope.as_of for at in (row.closed_at, row.at)):
            waiting.append(row.opened_at)
    stopped = [at for at, code in acts.failed if code in _CANARIES]
    return CanaryFigures(
        held=counted(places, scope.unknown),
        waiting=len(waiting),
        oldest=min(waiting, default=None),
        missed=counted(map(scope.period.place, stopped), scope.unknown),
    )


def ended_runs(connection: Connection, scope: CountedPeriods, acts: PastActs) -> RunFigures:
    """Finished and failed runs. A run that failed and was started again counts as failed, too."""
    finished = select(_r.finished_at).where(
        _r.state == "finished", _r.finished_at >= scope.period.first, _r.finished_at < scope.as_of
    )
    here = Counter(code for at, code in acts.failed if scope.period.place(at) == scope.last)
    return RunFigures(
        finished=counted(map(scope.period.place, connection.execute(finished).scalars()), scope.unknown),
        failed=counted((scope.period.place(at) for at, _ in acts.failed), scope.unknown),
        reasons=dict(sorted(here.items())),
    )


def _rounded(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 2)
