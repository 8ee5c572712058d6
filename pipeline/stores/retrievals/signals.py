"""Figures of a signals report from the retrieval log.

Invariants: reads only. Answers of a period are found by their time; passages by the positions of their answers.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Subquery, and_, func, select

from pipeline.domain.signals.trends import Trend, known
from pipeline.stores.ledger.signals import CountedPeriods
from pipeline.stores.tables import retrieval_answers, retrieved_passages, versions

_a, _p = retrieval_answers.c, retrieved_passages.c
Counts = Mapping[str, int]


class Use(NamedTuple):
    """Answers in each period: all, by principal and by document."""

    answers: Trend
    receivers: Trend
    """Principals with an answer."""
    principals: dict[str, Trend]
    documents: dict[str, Trend]


class _PeriodOfUse(NamedTuple):
    principals: Counts
    documents: Counts


def use(connection: Connection, scope: CountedPeriods, least: int) -> Use:
    """Answers of the periods; principals and documents with at least so many in the last one are named."""
    periods = [_period(connection, scope, number) for number in range(len(scope.unknown))]
    return Use(
        answers=known([sum(period.principals.values()) for period in periods], scope.unknown),
        receivers=known([len(period.principals) for period in periods], scope.unknown),
        principals=_named([period.principals for period in periods], scope, least),
        documents=_named([period.documents for period in periods], scope, least),
    )


def _named(periods: list[Counts], scope: CountedPeriods, least: int) -> dict[str, Trend]:
    return {
        name: known([period.get(name, 0) for period in periods], scope.unknown)
        for name, count in sorted(periods[-1].items())
        if count >= least
    }


def _period(connection: Connection, scope: CountedPeriods, number: int) -> _PeriodOfUse:
    since = scope.period.starts[number]
    within = and_(_a.at >= since, _a.at < min(since + scope.period.length, scope.as_of))
    receivers = select(_a.principal, func.count(), func.min(_a.number), func.max(_a.number)).where(within)
    rows = connection.execute(receivers.group_by(_a.principal)).all()
    if not rows:
        return _PeriodOfUse({}, {})
    first, last = min(row[2] for row in rows), max(row[3] for row in rows)
    between = connection.execute(select(func.count()).where(_a.number.between(first, last))).scalar_one()
    whole = between == sum(row[1] for row in rows)
    documents: defaultdict[str, int] = defaultdict(int)
    # One version of a document is live in a generation, so no answer holds two.
    counted = _by_version(_p.answer.between(first, last), None if whole else within)
    query = select(versions.c.doc_id, counted.c.answers).join(counted, counted.c.version_id == versions.c.version_id)
    for doc_id, answers in connection.execute(query):
        documents[doc_id] += answers
    return _PeriodOfUse({row[0]: row[1] for row in rows}, documents)


def _by_version(between: ColumnElement[bool], within: ColumnElement[bool] | None) -> Subquery:
    """Answers by version, of the positions; the times are compared only if other answers lie between them."""
    query = select(_p.version_id, func.count(_p.answer.distinct()).label("answers")).where(between)
    if within is not None:
        query = query.join(retrieval_answers, _a.number == _p.answer).where(within)
    return query.group_by(_p.version_id).subquery()
