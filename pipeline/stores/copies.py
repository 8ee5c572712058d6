"""Copies of the whole database: the file of SQLite, or the rows of every table, one consistent state each.

Invariants: a copy is made in one read transaction and blocks no writer. Rows are JSON lines with the kind of each
column, so that either database reads back what the other one gave. Rows are loaded into a database without tables only,
in one transaction, at the schema they were written with.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Date,
    Float,
    Integer,
    String,
    Table,
    Text,
    column,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import table as named_table
from sqlalchemy.types import TypeEngine

from pipeline.domain.errors import IntegrityError, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.stores.audit import log as audit_log
from pipeline.stores.database import Database
from pipeline.stores.tables import current_generation, metadata, run_locks, sessions
from pipeline.stores.tables.columns import Json, UtcDateTime

FILE, ROWS = "ledger.sqlite", "rows"
"""The copy of SQLite's file, and the folder of rows with a file for each table."""
_TOGETHER = 2_000
_PREPARED = ("audit_head", "audit_tree", "notification_cursor")
"""Tables in which a migration puts the first row."""

_KINDS: dict[str, type[TypeEngine[Any]]] = {
    "json": Json,
    "moment": UtcDateTime,
    "date": Date,
    "flag": Boolean,
    "large": BigInteger,
    "number": Integer,
    "real": Float,
    "text": Text,
}
_READ: dict[str, Callable[[str], Any]] = {"moment": datetime.fromisoformat, "date": date.fromisoformat}


class CopiedState(Frozen):
    """The state of the ledger that a copy holds."""

    schema_revision: str
    size: int
    """Entries of the audit log."""
    head: str
    """Hash of the last one."""
    generation: int | None
    """The one that is current."""


def copy_to(database: Database, folder: Path) -> CopiedState:
    """Copy the database into an empty folder: SQLite as a file, Postgres as rows."""
    if not database.is_sqlite:
        return dump_rows(database, folder)
    file = folder / FILE
    database.copy_file(file)
    copy = Database(f"sqlite:///{file}")
    try:
        with copy.read() as connection:
            state = _state(connection)
    finally:
        copy.dispose()
    return state


def dump_rows(database: Database, folder: Path) -> CopiedState:
    """Write every table as JSON lines, ordered by its key; the first line names columns and kinds."""
    rows = folder / ROWS
    rows.mkdir(mode=0o700)
    with database.read() as connection:
        for table in metadata.sorted_tables:
            with (rows / f"{table.name}.jsonl").open("xb") as file:
                file.write(_line({one.name: _kind(one.type) for one in table.columns}))
                for line in _lines(connection, table):
                    file.write(line)
        return _state(connection)


def load_rows(folder: Path, database: Database, schema_revision: str) -> None:
    """Read dumped rows into a database without tables.

    Raises:
        UsageError: The database has tables: nothing there is overwritten.
        IntegrityError: A file of rows is missing or cannot be read.

    """
    if database.tables():
        raise UsageError(
            "The database to restore into has tables already.",
            done="Nothing was written to it.",
            fix="Make an empty database and give its address.",
        )
    database.migrate(schema_revision)
    with database.begin() as connection:
        for name in _PREPARED:
            connection.execute(delete(named_table(name)))
        for path in _in_order(folder / ROWS):
            _load(connection, path)
    database.migrate()


def settle(database: Database) -> int:
    """End the sessions and free the locks of the home that was copied; returns how many sessions."""
    with database.begin() as connection:
        connection.execute(update(run_locks).values(held=False))
        return connection.execute(delete(sessions)).rowcount


def _state(connection: Connection) -> CopiedState:
    size, head = audit_log.head(connection)
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    current = connection.execute(select(current_generation.c.number)).scalar()
    return CopiedState(schema_revision=revision, size=size, head=head, generation=current)


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    found = connection.execute(select(table).order_by(*table.primary_key), execution_options={"yield_per": _TOGETHER})
    for row in found:
        values = [value.isoformat() if isinstance(value, date) else value for value in row]
        yield _line(values)


def _line(value: object) -> bytes:
    """One line; not canonical JSON, which sorts columns and has no integers beyond 2**53."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _kind(given: TypeEngine[Any]) -> str:
    if isinstance(given, String):
        return "text"
    return next(kind for kind, known in _KINDS.items() if isinstance(given, known))


def _in_order(folder: Path) -> Iterator[Path]:
    """Files of tables, those that others refer to first."""
    for table in metadata.sorted_tables:
        path = folder / f"{table.name}.jsonl"
        if path.exists():
            yield path


def _load(connection: Connection, path: Path) -> None:
    try:
        with path.open("rb") as file:
            kinds: dict[str, str] = json.loads(next(file))
            into = named_table(path.stem, *(column(name, _KINDS[kind]) for name, kind in kinds.items()))
            while lines := list(islice(file, _TOGETHER)):
                rows = [_row(kinds, json.loads(line)) for line in lines]
                connection.execute(insert(into), rows)
    except (ValueError, KeyError, StopIteration, OSError) as error:
        raise IntegrityError(
            f"The rows of table {path.stem} cannot be read ({type(error).__name__}).",
            done="Nothing was written to the database.",
            fix="Restore another backup.",
        ) from None


def _row(kinds: dict[str, str], values: list[Any]) -> dict[str, Any]:
    pairs = zip(kinds.items(), values, strict=True)
    return {name: _READ[kind](value) if kind in _READ and value is not None else value for (name, kind), value in pairs}
