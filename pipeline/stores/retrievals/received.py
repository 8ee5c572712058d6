"""Principals who received passages, counted from the retrieval log.

Invariant: an answer counts once for a principal, however many passages of the question it held.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, cast, func, select

from pipeline.domain.serving.exposure import ReceivedBy
from pipeline.stores.tables import retrieval_answers, retrieved_passages, versions

_a, _p = retrieval_answers.c, retrieved_passages.c


def of_versions(wanted: Select[tuple[str]]) -> ColumnElement[bool]:
    """The condition for passages of some versions, given as a query for their ids."""
    return _p.version_id.in_(wanted)


def of_chunk(chunk_id: str) -> ColumnElement[bool]:
    """The condition for one passage."""
    return _p.chunk_id == chunk_id


def received(
    connection: Connection, which: ColumnElement[bool], since: datetime | None, until: datetime | None
) -> tuple[ReceivedBy, ...]:
    """Principals who received such passages from `since` on and before `until`; the most answers first."""
    answers = func.count(_a.number.distinct())
    query = _joined(
        select(
            _a.principal,
            _a.on_behalf_of,
            answers.label("answers"),
            func.count().label("passages"),
            func.sum(cast(_p.shown, Integer)).label("shown"),
            func.min(_a.at).label("first"),
            func.max(_a.at).label("last"),
        ),
        which,
        since,
        until,
    )
    rows = connection.execute(
        query.group_by(_a.principal, _a.on_behalf_of).order_by(answers.desc(), _a.principal, _a.on_behalf_of)
    )
    return tuple(ReceivedBy(**row) for row in rows.mappings())


def by_document(
    connection: Connection, which: ColumnElement[bool], since: datetime | None, until: datetime | None, most: int
) -> dict[str, int]:
    """Answers by document, for the `most` documents with the most answers."""
    answers = func.count(_a.number.distinct())
    query = _joined(select(versions.c.doc_id, answers), which, since, until)
    query = query.join(versions, versions.c.version_id == _p.version_id).group_by(versions.c.doc_id)
    rows = connection.execute(query.order_by(answers.desc(), versions.c.doc_id).limit(most))
    return {doc_id: int(count) for doc_id, count in rows}


def versions_of_chunk(connection: Connection, chunk_id: str) -> Sequence[str]:
    """Versions with which a passage left."""
    return connection.execute(select(_p.version_id).where(of_chunk(chunk_id)).distinct()).scalars().all()


def oldest(connection: Connection) -> datetime | None:
    """When the oldest answer on record left; None if there is none."""
    moment: datetime | None = connection.execute(select(_a.at).order_by(_a.number).limit(1)).scalar()
    return moment


def _joined(
    query: Select[Any], which: ColumnElement[bool], since: datetime | None, until: datetime | None
) -> Select[Any]:
    query = query.select_from(retrieved_passages).join(retrieval_answers, _a.number == _p.answer).where(which)
    if since is not None:
        query = query.where(_a.at >= since)
    return query if until is None else query.where(_a.at < until)
