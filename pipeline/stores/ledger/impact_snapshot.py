"""Data for weighing changes, in addition to the documents, as one file in a run's staging folder.

Invariants: a snapshot of the ledger, the same on every worker; workers read it and never the ledger. It holds names,
numbers and sketches, never text. It is read where the first changed document is judged: an unchanged corpus costs the
writing only.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import func, select

from pipeline.domain.findings.resemblance import PERMUTATIONS, Sketches, resemblances, unpacked
from pipeline.domain.identity.persons import person
from pipeline.stores.database import Connection, Database
from pipeline.stores.retrievals import counts
from pipeline.stores.tables import canary_answers, documents, sketches, versions

FILE = "surroundings.arrow"
_SCHEMA = pa.schema(
    [
        ("doc_id", pa.string()),
        ("owner", pa.dictionary(pa.int32(), pa.string())),
        ("retrieved", pa.int64()),
        ("canary_questions", pa.int32()),
        ("sketch", pa.binary(4 * PERMUTATIONS)),
    ]
)
_PAGE = 20_000


def write(database: Database, path: Path) -> None:
    """Write the snapshot: every document that is served, with what is known around it."""
    with database.read() as connection:
        at = database.now(connection)
        since = {owner: moment.isoformat() for owner, moment in _owners(connection)}
        schema = _SCHEMA.with_metadata({f"owner {owner}": moment for owner, moment in since.items()})
        answers, canary_questions = counts.recent(connection, at.date()), _canary_questions(connection)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for rows in _served(connection):
                columns: dict[str, list[Any]] = {
                    "doc_id": [row.doc_id for row in rows],
                    "owner": [row.owner for row in rows],
                    "retrieved": [answers.get(row.doc_id, 0) for row in rows],
                    "canary_questions": [canary_questions.get(row.doc_id, 0) for row in rows],
                    "sketch": [None if row.sketch is None else unpacked(row.sketch).tobytes() for row in rows],
                }
                writer.write_table(pa.table(columns, _SCHEMA).replace_schema_metadata(schema.metadata))


class Snapshot:
    """The file, opened on a worker."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _table(self) -> pa.Table:
        with pa.memory_map(str(self._path)) as source:
            return pa.ipc.open_file(source).read_all().unify_dictionaries()

    @cached_property
    def _rows(self) -> dict[str, int]:
        doc_ids: list[Any] = self._table["doc_id"].to_pylist()
        return {doc_id: row for row, doc_id in enumerate(doc_ids)}

    def row(self, doc_id: str) -> dict[str, Any]:
        """Owner, retrievals and canary questions of a served document; empty for one that is not served."""
        at = self._rows.get(doc_id)
        return {} if at is None else {n: self._table[n][at].as_py() for n in ("owner", "retrieved", "canary_questions")}

    def owner_since(self, owner: str) -> datetime | None:
        """When the first version of that owner was recorded."""
        moment = (self._table.schema.metadata or {}).get(f"owner {person(owner)}".encode())
        return None if moment is None else datetime.fromisoformat(moment.decode())

    def closest_of_others(self, sketch: str, owner: str) -> float:
        """The highest resemblance to a served document of another owner; 0.0 where there is none."""
        everybody, owners = self._sketches
        others = owners != owner_number if (owner_number := self._owner_numbers.get(person(owner))) is not None else ...
        compared = everybody[others]
        return float(resemblances(sketch, compared).max()) if len(compared) else 0.0

    @cached_property
    def _sketches(self) -> tuple[Sketches, np.ndarray[Any, Any]]:
        known = self._table.filter(pc.is_valid(self._table["sketch"]))
        packed: list[Any] = known["sketch"].to_pylist()
        names: list[Any] = known["owner"].to_pylist()
        owners = [self._owner_numbers[owner] for owner in names]
        return np.frombuffer(b"".join(packed), "<u4").reshape(-1, PERMUTATIONS), np.array(owners, np.int64)

    @cached_property
    def _owner_numbers(self) -> dict[str, int]:
        names: list[Any] = self._table["owner"].to_pylist()
        return {owner: number for number, owner in enumerate(sorted(set(names)))}


def _owners(connection: Connection) -> Iterator[tuple[str, datetime]]:
    query = select(versions.c.owner, func.min(versions.c.recorded_at)).group_by(versions.c.owner)
    yield from map(tuple, connection.execute(query))


def _canary_questions(connection: Connection) -> Counter[str]:
    """How many canary questions each document answers in what is served."""
    answers = connection.execute(select(canary_answers.c.answer)).scalars()
    return Counter(found["doc_id"] for answer in answers for found in answer)


def _served(connection: Connection) -> Iterator[Any]:
    query = (
        select(documents.c.doc_id, versions.c.owner, sketches.c.sketch)
        .join(versions, versions.c.version_id == documents.c.live_version)
        .outerjoin(sketches, sketches.c.version_id == documents.c.live_version)
        .order_by(documents.c.doc_id)
    )
    yield from connection.execute(query).partitions(_PAGE)
