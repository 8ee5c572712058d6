"""Figures of a signals report from the retrieval log.

Invariants: reads only. Answers of a period are found by their time; passages by the positions of their answers.
"""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, select

from pipeline.domain.signals.trends import Trend, known
from pipeline.stores.ledger.signals import CountedPeriods
from pipeline.stores.tables import retrieval_answers, retrieved_passages, versions

_a, _p = retrieval_answers.c, retrieved_passages.c


class Use(NamedTuple):
    """Answers in each period: all, by principal and by document."""

    answers: Trend
    receivers: Trend
    """Principals with an answer."""
    principals: dict[str, Trend]
    documents: dict[str, Trend]


def use(connection: Connection, scope: CountedPeriods) -> Use:
    """Answers of the periods that the log reaches. Only principals and documents of the last period are named."""
    periods = range(len(scope.unknown))
    principals: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(periods))
    documents: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(periods))
    answers, distinct = [0] * len(periods), [0] * len(periods)
    for number in periods:
        within = _within(scope, number)
        receivers = select(_a.principal, func.count(), func.min(_a.number), func.max(_a.number)).where(within)
        rows = connection.execute(receivers.group_by(_a.principal)).all()
        answers[number], distinct[number] = sum(row[1] for row in rows), len(rows)
        for principal, count, *_ in rows:
            principals[principal][number] = count
        if not rows:
            continue
        # Positions first: the rows of the passages lie in their order.
        between = _p.answer.between(min(row[2] for row in rows), max(row[3] for row in rows))
        passages = retrieved_passages.join(retrieval_answers, and_(_a.number == _p.answer, within))
        held = select(versions.c.doc_id, func.count(_p.answer.distinct()))
        held = held.select_from(passages.join(versions, versions.c.version_id == _p.version_id)).where(between)
        for doc_id, count in connection.execute(held.group_by(versions.c.doc_id)):
            documents[doc_id][number] = count
    return Use(
        answers=known(answers, scope.unknown),
        receivers=known(distinct, scope.unknown),
        principals={name: known(counts, scope.unknown) for name, counts in principals.items() if counts[-1]},
        documents={name: known(counts, scope.unknown) for name, counts in documents.items() if counts[-1]},
    )


def _within(scope: CountedPeriods, number: int) -> ColumnElement[bool]:
    since: datetime = scope.period.starts[number]
    return and_(_a.at >= since, _a.at < min(since + scope.period.length, scope.as_of))
