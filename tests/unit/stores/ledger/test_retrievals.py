"""Answers are counted by day, together, and never at a search's expense."""

from datetime import UTC, datetime, timedelta
from threading import Thread

from sqlalchemy import insert, select

from pipeline.stores.database import Database
from pipeline.stores.ledger.retrievals import RECENT_DAYS, RetrievalCounts, recent
from pipeline.stores.tables import retrievals


def counted(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return recent(connection, datetime.now(UTC).date())


def test_a_document_counts_once_an_answer(database: Database) -> None:
    counts = RetrievalCounts(database)
    counts.count(["s:a", "s:a", "s:b"])
    counts.count(["s:a"])
    assert counted(database) == {}, "nothing is written while a search waits"
    counts.flush()
    counts.flush()
    assert counted(database) == {"s:a": 2, "s:b": 1}


def test_many_threads_lose_nothing(database: Database) -> None:
    counts = RetrievalCounts(database, flush_seconds=0)
    threads = [Thread(target=lambda: [counts.count(["s:a"]) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts.flush()
    assert counted(database) == {"s:a": 40}


def test_what_is_older_than_a_month_is_forgotten(database: Database) -> None:
    day = datetime.now(UTC).date() - timedelta(days=RECENT_DAYS + 1)
    with database.begin() as connection:
        connection.execute(insert(retrievals), {"doc_id": "s:old", "day": day, "answers": 9})
    assert counted(database) == {}
    counts = RetrievalCounts(database)
    counts.count(["s:a"])
    counts.flush()
    with database.read() as connection:
        assert connection.execute(select(retrievals.c.doc_id)).scalars().all() == ["s:a"]


def test_a_ledger_that_cannot_write_fails_no_search(database: Database) -> None:
    counts = RetrievalCounts(database, flush_seconds=0)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE retrievals RENAME TO elsewhere")
    counts.count(["s:a"])
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO retrievals")
    counts.flush()
    assert counted(database) == {"s:a": 1}
