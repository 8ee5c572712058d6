"""Connections to Postgres for the copy that is served from there. The only importer of psycopg and pgvector.

Invariants: an error holds neither the statement nor its parameters, which could hold text of a document. A connection
that broke is never used again.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any
from weakref import finalize

import psycopg
from pgvector.psycopg import register_vector
from psycopg import sql
from psycopg.pq import TransactionStatus

from pipeline.domain.errors import ConfigError, VectorStoreError

Connection = psycopg.Connection[tuple[Any, ...]]
_KEPT = 16


class Postgres:
    """Connections under one role, opened on demand and used by one thread at a time."""

    def __init__(self, url: str) -> None:
        self._url = _plain(url)
        role_of(self._url)
        self._idle: LifoQueue[Connection] = LifoQueue(_KEPT)
        finalize(self, _close_all, self._idle)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit mode; `transaction()` it for more than one statement."""
        with _without_details():
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            if connection.info.transaction_status is not TransactionStatus.IDLE or self._idle.full():
                connection.close()
            else:
                self._idle.put(connection)

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        _close_all(self._idle)

    def _take(self) -> Connection:
        while (connection := _next(self._idle)) is not None:
            if not connection.closed and _answers(connection):
                return connection
            connection.close()
        opened = psycopg.connect(self._url, autocommit=True, connect_timeout=10, application_name="corpusgate")
        try:
            register_vector(opened)
        except psycopg.ProgrammingError:
            opened.close()
            raise VectorStoreError(
                "The Postgres database has no extension `vector`.",
                fix="Let a database administrator run configs/deploy/postgres/roles.sql in it.",
            ) from None
        return opened


def role_of(url: str) -> str:
    """The role a Postgres URL names."""
    try:
        role = psycopg.conninfo.conninfo_to_dict(_plain(url)).get("user")
    except psycopg.ProgrammingError:
        role = None
    if not role:
        raise ConfigError(
            "The address of the vector database is no Postgres URL with a role.",
            fix="Write postgresql://role:${PASSWORD}@host/database under index.pgvector.",
        )
    return str(role)


def _plain(url: str) -> str:
    # The ledger's URLs may name SQLAlchemy's driver; libpq knows none.
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def compose(template: str, **names: str | sql.Composable) -> sql.Composed:
    """A statement whose `{names}` are identifiers, quoted as such, or statements already composed."""
    quoted = {key: sql.Identifier(name) if isinstance(name, str) else name for key, name in names.items()}
    return sql.SQL(template).format(**quoted)


def number_of(value: int) -> sql.Literal:
    """A number as a part of a statement."""
    return sql.Literal(int(value))


def copy_rows(connection: Connection, statement: sql.Composed, types: Sequence[str], rows: Iterable[Any]) -> None:
    """Stream `rows` into a `COPY … FROM STDIN (FORMAT BINARY)`."""
    with connection.cursor().copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def is_missing(error: Exception) -> bool:
    """Whether a statement failed because its table or schema is not there."""
    return isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName)


def _next(idle: LifoQueue[Connection]) -> Connection | None:
    try:
        return idle.get_nowait()
    except Empty:
        return None


def _close_all(idle: LifoQueue[Connection]) -> None:
    while (connection := _next(idle)) is not None:
        connection.close()


def _answers(connection: Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


@contextmanager
def _without_details() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        missing = is_missing(error)
        raise VectorStoreError(
            f"The vector database refused a statement ({type(error).__name__}).",
            done="The transaction was rolled back.",
            fix="Load the generation into it: corpusgate refresh"
            if missing
            else "Run corpusgate doctor: it says whether database, extension, roles and policies are as they must be.",
            missing=missing,
        ) from None
