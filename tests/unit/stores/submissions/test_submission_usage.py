"""What submitters and sources have used of their limits: counted by indexes alone, on both databases."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from pipeline.stores import tables
from pipeline.stores.database import MIGRATIONS, Database
from pipeline.stores.submissions import submissions
from pipeline.stores.submissions.submissions import SubmissionRecord
from pipeline.stores.submissions.usage import _query, used
from tests.support.ledger_samples import approved_source

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
AGES = {"a": timedelta(seconds=10), "b": timedelta(minutes=10), "c": timedelta(hours=5), "d": timedelta(days=2)}


def record(name: str, *, person: str = "olga", age: timedelta, number: int = 1, doc: str = "") -> SubmissionRecord:
    return SubmissionRecord(
        submission_id=f"{name:0>16}",
        doc_id=f"letters:{doc or name}",
        source="letters",
        number=number,
        submitter=f"user:{person}",
        person=person,
        received_at=NOW - age,
        name=name,
        file=f"{name}.md",
        declared={},
        content_digest="0" * 64,
        bytes=100,
    )


@pytest.fixture
def filled(database: Database) -> Database:
    """Olga submitted four documents at four moments, Otto a fifth, and one of Olga's was withdrawn."""
    approved_source(database, "letters")
    with database.begin() as connection:
        for name, age in AGES.items():
            submissions.add(connection, record(name, age=age), name)
        submissions.add(connection, record("e", person="otto", age=timedelta(seconds=5)), "e")
        submissions.withdraw(connection, "letters:a", "user:olga", "", NOW)
    return database


def test_windows_sizes_and_kept_documents_are_counted_for_both_at_once(filled: Database) -> None:
    with filled.read() as connection:
        mine, theirs = used(connection, NOW, person="olga", source="letters")
        (nobodys,) = used(connection, NOW, person="nobody")
    assert (dict(mine.counts), mine.bytes, mine.stored) == ({"per_minute": 1, "per_hour": 2, "per_day": 3}, 300, 3)
    assert (dict(theirs.counts), theirs.bytes, theirs.stored) == (
        {"per_minute": 2, "per_hour": 3, "per_day": 4},
        400,
        4,
    )
    assert (set(nobodys.counts.values()), nobodys.bytes, nobodys.stored) == ({0}, 0, 0)


def test_a_document_is_kept_for_whoever_submitted_its_newest_version(filled: Database) -> None:
    with filled.begin() as connection:
        newer = record("f", person="otto", age=timedelta(0), number=2, doc="b")
        submissions.add(connection, newer, "b")
        mine, ottos = (used(connection, NOW, person=one)[0].stored for one in ("olga", "otto"))
    assert (mine, ottos) == (2, 2)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # Postgres plans by statistics
def test_sqlite_reads_nothing_but_indexes(filled: Database) -> None:
    with filled.read() as connection:
        query = str(_query("person", "source").compile(dialect=connection.dialect))
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("",) * query.count("?"))]
    searched = [step for step in plan if "submi" in step]
    assert len(searched) == 4
    assert all("USING COVERING INDEX" in step for step in searched), searched


def test_the_migration_says_whose_each_document_is(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database._engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
        known = sa.MetaData()
        known.reflect(connection, only=["sources", "submitted_documents", "submissions"])
        source = {"name": "letters", "uri": "inbox:letters", "owner": "user:olga", "classification": "internal"}
        _insert(connection, known.tables["sources"], source)
        document = {"doc_id": "letters:a", "source": "letters", "uri": "a", "latest": "2", "versions": 2}
        _insert(connection, known.tables["submitted_documents"], document)
        for number, person in (("1", "olga"), ("2", "otto")):
            row = {"submission_id": number, "doc_id": "letters:a", "source": "letters", "number": int(number)}
            _insert(connection, known.tables["submissions"], row | {"person": person, "submitter": person})
    database.migrate()
    with database.read() as connection:
        assert connection.execute(sa.select(tables.submitted_documents.c.person)).scalars().all() == ["otto"]
    database.dispose()


def _insert(connection: sa.Connection, table: sa.Table, row: Mapping[str, object]) -> None:
    """A row of an earlier schema; what the test does not care for is filled with something of the right type."""
    filler = {int: 0, str: "", datetime: NOW.replace(tzinfo=None), bool: False}
    missing = (column for column in table.columns if column.name not in row and not column.nullable)
    connection.execute(table.insert(), {**{one.name: filler[one.type.python_type] for one in missing}, **row})
