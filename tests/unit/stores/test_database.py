import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.domain.errors import ConfigError, LedgerError
from pipeline.stores import tables
from pipeline.stores.database import MIGRATIONS, Database


def test_the_migrated_schema_is_the_declared_one(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    database.migrate()
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    database.dispose()


def test_the_revision_the_code_expects_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == tables.SCHEMA_REVISION


def test_migrating_again_changes_nothing(database: Database) -> None:
    database.migrate()
    with database.read() as connection:
        assert connection.execute(sa.select(tables.audit_head.c.seq)).all() == [(0,)]


def test_several_processes_may_migrate_at_once(empty_database_url: str) -> None:
    code = f"from pipeline.stores.database import Database; Database({empty_database_url!r}).migrate()"
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [process.wait(60) for process in started] == [0, 0]
    database = Database(empty_database_url)
    with database.read() as connection:
        assert connection.execute(sa.select(tables.audit_head.c.seq)).all() == [(0,)]
    database.dispose()


def test_a_new_file_that_another_process_sets_up_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # SQLite does not wait for this lock before it switches to WAL mode
    pauses = []

    def let_the_other_finish(seconds: float) -> None:
        pauses.append(seconds)
        other.execute("COMMIT")

    monkeypatch.setattr("pipeline.stores.database.sleep", let_the_other_finish)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(LedgerError, match="no tables yet"), database.read():
        pass
    assert len(pauses) == 1
    other.close()
    database.dispose()


def test_a_database_without_tables_says_what_to_do(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with pytest.raises(LedgerError, match=re.escape("corpusgate init")), database.read():
        pass
    database.dispose()


def test_a_database_of_a_newer_schema_is_refused(database: Database, database_url: str) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    newer = Database(database_url)
    for use in (newer.migrate, lambda: newer.begin().__enter__()):
        with pytest.raises(LedgerError, match=r"schema 9999.*Install the Corpusgate version that wrote it"):
            use()
    newer.dispose()


def test_a_database_of_an_older_schema_asks_for_migration(database: Database, database_url: str) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    older = Database(database_url)
    with pytest.raises(LedgerError, match="migrates the ledger"), older.read():
        pass
    older.dispose()


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/database", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="sqlite:///"):
        Database(url)


def test_sqlite_keeps_what_it_committed_and_shows_it_to_nobody(migrated_sqlite: Path) -> None:
    database = Database(f"sqlite:///{migrated_sqlite}")
    with database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    # synchronous: 2 is FULL; busy_timeout in milliseconds.
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}
    assert migrated_sqlite.stat().st_mode & 0o777 == 0o600
    database.dispose()


def test_times_come_back_as_the_same_moment_in_utc(database: Database) -> None:
    local = datetime(2026, 7, 1, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    row = {"run_id": "r", "sources": [], "state": "started", "started_at": local}
    with database.begin() as connection:
        connection.execute(sa.insert(tables.runs), row)
    with database.read() as connection:
        stored = connection.execute(sa.select(tables.runs.c.started_at)).scalar_one()
    assert stored == datetime(2026, 7, 1, 4, 0, 0, 123456, tzinfo=UTC)
    assert stored.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 7, 1)  # noqa: DTZ001
    row = {"run_id": "r", "sources": [], "state": "started", "started_at": naive}
    with pytest.raises((sa.exc.StatementError, LedgerError)), database.begin() as connection:
        connection.execute(sa.insert(tables.runs), row)


def test_an_error_of_the_database_repeats_no_value(database: Database) -> None:
    row = {"doc_id": "opensesame", "source": "nowhere", "latest_version": "v", "latest_verdict": "w"}
    with pytest.raises(LedgerError) as caught, database.begin() as connection:
        connection.execute(sa.insert(tables.documents), row)
    assert "opensesame" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_read_sees_one_state(database: Database) -> None:
    run = {"sources": [], "state": "started", "started_at": datetime(2026, 7, 1, tzinfo=UTC)}
    count = sa.select(sa.func.count()).select_from(tables.runs)
    with database.read() as reader:
        assert reader.execute(count).scalar() == 0
        with database.begin() as writer:
            writer.execute(sa.insert(tables.runs), run | {"run_id": "r"})
        assert reader.execute(count).scalar() == 0
