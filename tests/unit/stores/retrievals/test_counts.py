"""Answers are counted by day, in the transaction that puts them on record."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from pipeline.stores.database import Database
from pipeline.stores.retrievals.counts import RECENT_DAYS, count, recent
from pipeline.stores.retrievals.log import RetrievalLog
from pipeline.stores.tables import retrievals
from tests.support.retrievals import MOMENT, retrieval

TODAY = MOMENT.date()


def counted(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return dict(recent(connection, TODAY))


def test_a_document_counts_once_in_an_answer(database: Database) -> None:
    log = RetrievalLog(database)
    log.add([(retrieval(1), ["s:a", "s:a", "s:b"]), (retrieval(2), ["s:a"])])
    assert counted(database) == {"s:a": 2, "s:b": 1}


def test_an_answer_that_comes_twice_counts_once(database: Database) -> None:
    log = RetrievalLog(database)
    log.add([(retrieval(1), ["s:a"])])
    log.add([(retrieval(1), ["s:a"]), (retrieval(2), ["s:a"])])
    assert counted(database) == {"s:a": 2}


def test_counts_older_than_a_month_are_forgotten(database: Database) -> None:
    day = datetime.now(UTC).date() - timedelta(days=RECENT_DAYS + 1)
    with database.begin() as connection:
        connection.execute(insert(retrievals), {"doc_id": "s:old", "day": day, "answers": 9})
        count(connection, [(datetime.now(UTC).date(), ["s:a"])])
    with database.read() as connection:
        assert connection.execute(select(retrievals.c.doc_id)).scalars().all() == ["s:a"]
