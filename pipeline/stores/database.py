"""One engine for SQLite and Postgres.

Invariants: every write transaction takes the writer's lock when it begins (SQLite) or locks the rows it decides on
(Postgres), so no decision is made on rows that another writer changes. SQLite runs in WAL mode with foreign keys on
and `synchronous=FULL`: what was committed survives a power cut. A database of another schema is refused by name.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from pipeline.domain.errors import ConfigError, LedgerError
from pipeline.stores.tables import SCHEMA_REVISION

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

__all__ = ["Connection", "Database", "insert_into"]

BUSY_TIMEOUT_SECONDS = 60
MIGRATIONS = Path(__file__).parent / "migrations"
READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"
"""How SQLite begins a transaction; a write takes the writer's lock at once instead of failing half-way."""
_POOL: dict[str, Any] = {
    "pool_size": 16,
    "max_overflow": 48,
    "pool_timeout": BUSY_TIMEOUT_SECONDS,
    "pool_use_lifo": True,
}
"""A server's threads each have a connection without waiting, and most of the time the same few are used."""
_SWITCH_PAUSE_SECONDS = 0.02
_MIGRATION_LOCK = 0x636F7270  # any constant: the key of a Postgres advisory lock


class Database:
    """The ledger's database, by URL: `sqlite:///path` or `postgresql://…`."""

    def __init__(self, url: str) -> None:
        self.url = _driver_url(url)
        self._checked = False
        self._engine: Engine = _create(self.url)
        self._engines = {
            begin: self._engine.execution_options(**options) for begin, options in _options(self.is_sqlite)
        }
        self._writer = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction: committed when the block ends, rolled back when it raises."""
        with self._turn(), self._transaction(WRITE) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: sees one state from beginning to end and blocks nobody."""
        with self._transaction(READ) as connection:
            yield connection

    def migrate(self, revision: str = SCHEMA_REVISION) -> None:
        """Bring the schema to that revision; safe to call at every start and by several processes at once."""
        if self._is_at(revision):
            self._checked = True
            return
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self._connection(WRITE) as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            _refuse_newer(_revision(connection))
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        self._checked = True

    def _is_at(self, revision: str) -> bool:
        with self._connection(READ) as connection:
            return _revision(connection) == revision

    def now(self, connection: Connection) -> datetime:
        """The clock all users of this database share: the server's, or this machine's for SQLite."""
        if self.is_sqlite:
            return datetime.now(UTC)
        moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)

    def scrub(self) -> None:
        """Overwrite what deleted and replaced rows left behind, as far as a client of the database can."""
        with _ledger_errors():
            raw = self._engine.raw_connection()
            try:
                if self.is_sqlite:
                    for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                        raw.cursor().execute(statement).fetchall()
                else:
                    raw.driver_connection.autocommit = True  # type: ignore[union-attr]
                    raw.cursor().execute("VACUUM")
            finally:
                raw.invalidate()

    def copy_file(self, to: Path) -> None:
        """Copy an embedded database to a new file of mode 0600, as one committed state; writers go on.

        With SQLite's backup interface (https://sqlite.org/backup.html): all pages in one step are one read transaction.
        """
        os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with _ledger_errors(), closing(sqlite3.connect(to)) as target:
            raw = self._engine.raw_connection()
            try:
                raw.driver_connection.backup(target)  # type: ignore[union-attr]
            finally:
                raw.close()
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log next to it

    def is_sound(self) -> bool:
        """Whether the pages of an embedded database are what they must be; a server watches over its own."""
        if not self.is_sqlite:
            return True
        with self._connection(READ) as connection:
            return connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"

    def tables(self) -> list[str]:
        """Names of the tables there are."""
        with self._connection(READ) as connection:
            return inspect(connection).get_table_names()

    @property
    def files(self) -> list[Path]:
        """The files of an embedded database; none where a server keeps it."""
        if not self.is_sqlite:
            return []
        path = Path(str(self.url.database))
        return [p for p in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))) if p.exists()]

    def dispose(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Threads of this process that write to SQLite take turns here.

        SQLite's own waiting is sleeping and trying again: with many writers some would try for seconds.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._writer.acquire(timeout=BUSY_TIMEOUT_SECONDS):
            raise LedgerError(
                "The ledger database was being written to for too long.",
                done="Nothing was written.",
                fix="Try again; if it stays so, look for a run that hangs.",
            )
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self._connection(begin) as connection:
            if not self._checked:
                _check_revision(_revision(connection))
                self._checked = True
            yield connection

    @contextmanager
    def _connection(self, begin: str) -> Iterator[Connection]:
        with _ledger_errors(), self._engines[begin].begin() as connection:
            yield connection


def _driver_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(
            "The database address is not a URL.",
            fix="Give sqlite:///path/to/ledger.sqlite or postgresql://user@host/database.",
        ) from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    raise ConfigError(
        "The database address names neither a SQLite file nor Postgres.",
        fix="Give sqlite:///path/to/ledger.sqlite or postgresql://user@host/database.",
    )


def _create(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        # Parameters hold names and digests, never text; still no error message should repeat them.
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, **_POOL)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, **_POOL)

    @event.listens_for(engine, "do_connect")
    def _private_file(*_: Any) -> None:
        path = Path(str(url.database))
        if path.parent.is_dir() and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        # The driver's own transaction handling opens transactions late and commits around DDL; ours does neither.
        connection.isolation_level = None
        _write_ahead(connection)
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "cache_size=-32768",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", READ))

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL mode, also while another process sets up the same new file.

    The busy timeout does not cover this switch: where two connections would wait for each other, SQLite refuses one at
    once (https://sqlite.org/rescode.html#busy).
    """
    deadline = monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
        sleep(_SWITCH_PAUSE_SECONDS)


def _options(is_sqlite: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    yield WRITE, {"begin": WRITE}
    yield READ, {"begin": READ} | ({} if is_sqlite else {"isolation_level": "REPEATABLE READ"})


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _refuse_newer(revision: str | None) -> None:
    # Revisions are numbered, so they compare as text.
    if revision is not None and revision > SCHEMA_REVISION:
        raise LedgerError(
            f"The ledger has schema {revision}; this Corpusgate knows schemas up to {SCHEMA_REVISION}.",
            fix="Install the Corpusgate version that wrote it, or a newer one.",
        )


def _check_revision(revision: str | None) -> None:
    _refuse_newer(revision)
    if revision is None:
        raise LedgerError("The ledger database has no tables yet.", fix="Run `corpusgate init` for this home.")
    if revision != SCHEMA_REVISION:
        raise LedgerError(
            f"The ledger has schema {revision}; this Corpusgate needs {SCHEMA_REVISION}.",
            fix="Run `corpusgate init` for this home again: it migrates the ledger and keeps everything in it.",
        )


def insert_into(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that can say what happens on a conflict."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


@contextmanager
def _ledger_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        reason = type(error.orig).__name__ if error.orig else type(error).__name__
        raise LedgerError(
            f"The ledger database refused a statement ({reason}).",
            done="The transaction was rolled back.",
            fix="Check that the database is reachable, writable and has space, then try again.",
        ) from None
