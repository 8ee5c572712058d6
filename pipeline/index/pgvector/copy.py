"""Loads a signed generation into Postgres, which serves it.

Invariants: the generation's files stay the truth; Postgres holds a copy that can be dropped and loaded again. A load
is one transaction and changes nothing that a reader of another generation sees; the ledger's commit makes what it
loaded current (law 6). Loading again, after a crash or over the leftovers of a run that never committed, gives the
same rows. Rows come from verified segments. An access-only change writes no vector. `keep_only` deletes rows that
only other generations used.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from pipeline.domain.errors import IntegrityError
from pipeline.domain.identity.permissions import AccessRule, canonical
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.generations import Generation
from pipeline.index.pgvector import schema as tables
from pipeline.index.pgvector.connection import Connection, Postgres, compose, copy_rows, number_of
from pipeline.index.pgvector.rows import Block, ChunkRow, block_digest, blocks, chunk_rows
from pipeline.index.pgvector.schema import schema_name
from pipeline.index.segments import Segment

_LOCK = 0x636F7076  # any constant: the key of a Postgres advisory lock


class PgvectorCopy:
    """The copy in one database, as the role that owns its tables. The caller holds the publisher's lock.

    Args:
        url: Of the database, under that role.
        reader: Name of the role that searches.
        dimensions: Length of a vector where no segment says it.

    """

    def __init__(self, url: str, reader: str, dimensions: int) -> None:
        self._postgres, self._reader, self._dimensions = Postgres(url), reader, dimensions

    def load(self, generation: Generation) -> bool:
        """Load a generation beside those that are there; False when it was there already."""
        record, schema = generation.record, schema_name(generation.record.model_digest)
        with self._postgres.connection() as connection:
            segments = generation.segments()
            self._prepare(connection, schema, next((s.description.dimensions for s in segments.values()), None))
            if _holds(connection, schema, record):
                return False
            served = list(blocks(generation, segments))
            with connection.transaction():
                _lock(connection)
                connection.execute(compose(tables.UNDO, schema=schema, number=number_of(record.number)))
                keys = _access_keys(connection, schema, generation.access)
                connection.execute(compose(tables.CREATE_INCOMING))
                copy_rows(connection, compose(tables.COPY_INCOMING), tables.INCOMING_TYPES, _incoming(served, keys))
                missing = _missing(connection, schema, served, segments)
                _add_chunks(connection, schema, (row for block in missing for row in chunk_rows(block, segments)))
                connection.execute(compose(tables.PLACE, schema=schema, number=number_of(record.number)))
                seal = (record.number, record.digest, record.manifest_digest)
                connection.execute(compose(tables.ADD_GENERATION, schema=schema), seal)
                connection.execute(compose(tables.COUNT, schema=schema, number=number_of(record.number)))
                if record.chunks > tables.EXACT_UP_TO:
                    connection.execute("SET LOCAL maintenance_work_mem = '1GB'")
                    connection.execute(compose(tables.CREATE_NEIGHBOURS, schema=schema))
                for table in tables.TABLES:
                    connection.execute(compose("ANALYZE {schema}.{table}", schema=schema, table=table))
        return True

    def write_chunks(self, model_digest: str, rows: Iterable[ChunkRow]) -> None:
        """Write chunks ahead of a load that will find them there. No reader sees them before that.

        The same rows may be written any number of times, by many processes at once.
        """
        schema = schema_name(model_digest)
        with self._postgres.connection() as connection:
            self._prepare(connection, schema)
            with connection.transaction():
                _add_chunks(connection, schema, rows)

    def keep_only(self, record: GenerationRecord) -> None:
        """Delete everything that this generation does not serve."""
        schema = schema_name(record.model_digest)
        with self._postgres.connection() as connection:
            if not _holds(connection, schema, record):
                raise IntegrityError(
                    f"Generation {record.number} is to be all that Postgres holds, but it is not there.",
                    fix="Load it: corpusgate refresh",
                )
            with connection.transaction():
                _lock(connection)
                connection.execute(compose(tables.UNDO, schema=schema, number=number_of(record.number + 1)))
                connection.execute(compose(tables.FORGET, schema=schema, number=number_of(record.number)))
                for (other,) in connection.execute(compose(tables.OTHER_SCHEMAS), (schema,)).fetchall():
                    connection.execute(compose("DROP SCHEMA {schema} CASCADE", schema=other))

    def scrub(self) -> None:
        """Overwrite what deleted rows left behind, in the graph of neighbours too, as far as a client can."""
        with self._postgres.connection() as connection:
            for (schema,) in connection.execute(compose(tables.OTHER_SCHEMAS), ("",)).fetchall():
                for table in tables.TABLES:
                    connection.execute(compose("VACUUM {schema}.{table}", schema=schema, table=table))

    def contents(self) -> Iterator[tuple[frozenset[str], bytes]]:
        """Text and vector of every chunk there is, placed or not, with the documents it is placed for."""
        with self._postgres.connection() as connection:
            for (schema,) in connection.execute(compose(tables.OTHER_SCHEMAS), ("",)).fetchall():
                with connection.transaction(), connection.cursor("contents") as cursor:
                    for text, vector, documents in cursor.execute(compose(tables.CONTENTS, schema=schema)):
                        yield frozenset(documents), bytes(text) + vector.to_numpy().astype("<f4").tobytes()

    def holds(self, record: GenerationRecord) -> bool:
        """Whether this very generation is loaded."""
        with self._postgres.connection() as connection:
            return _holds(connection, schema_name(record.model_digest), record)

    def differences(self, generation: Generation) -> list[str]:
        """How the copy differs from the signed generation, each row compared; empty when it does not."""
        schema, number = schema_name(generation.record.model_digest), number_of(generation.record.number)
        segments = generation.segments()
        with self._postgres.connection() as connection:
            if not _holds(connection, schema, generation.record):
                return ["generation not loaded"]
            placed = set(connection.execute(compose(tables.PLACED, schema=schema, number=number)))
            rules = {row[0]: row[2:] for row in connection.execute(compose(tables.ACCESS, schema=schema))}
            digests = dict(connection.execute(compose(tables.BLOCK_DIGESTS, schema=schema), (None, None)))
        served = list(blocks(generation, segments))
        found = []
        if placed != {(b.block, b.chunks, d.doc_id, d.version_id, d.access_id) for b, d in _with_documents(served)}:
            found.append("other documents")
        if any(rules.get(b.placement.document.access_id) != _columns(generation, b) for b in served):
            found.append("other access rules")
        if any(bytes(digests.get(b.block, b"")) != block_digest(chunk_rows(b, segments)) for b in served):
            found.append("other chunks")
        return found

    def dispose(self) -> None:
        """Close every connection."""
        self._postgres.dispose()

    def _prepare(self, connection: Connection, schema: str, dimensions: int | None = None) -> None:
        """Make the tables of a model's vectors, and what guards them, unless they are there."""
        if _exists(connection, schema):
            return
        with connection.transaction():
            _lock(connection)
            if _exists(connection, schema):
                return
            connection.execute(compose("CREATE SCHEMA {schema}", schema=schema))
            connection.execute(
                compose("GRANT USAGE ON SCHEMA {schema} TO {reader}", schema=schema, reader=self._reader)
            )
            length = number_of(dimensions or self._dimensions)
            connection.execute(compose(tables.CREATE_TABLES, schema=schema, dimensions=length))
            for table, condition in tables.CONDITIONS.items():
                connection.execute(
                    compose(
                        tables.PROTECT_TABLE,
                        schema=schema,
                        table=table,
                        loader=connection.info.user,
                        reader=self._reader,
                        condition=compose(condition, schema=schema),
                    )
                )


def _lock(connection: Connection) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))


def _exists(connection: Connection, schema: str) -> bool:
    return connection.execute("SELECT to_regclass(%s)", (f"{schema}.chunks",)).fetchone() != (None,)


def _holds(connection: Connection, schema: str, record: GenerationRecord) -> bool:
    if not _exists(connection, schema):
        return False
    seal = (record.number, record.digest, record.manifest_digest)
    return connection.execute(compose(tables.FIND_GENERATION, schema=schema), seal).fetchone() is not None


def _rule_columns(rule: AccessRule) -> tuple[Any, ...]:
    classification = rule.classification
    until = getattr(rule, "until", None)
    allow, deny = (sorted({canonical(name) for name in names}) for names in (rule.allow, rule.deny))
    columns = (rule.tenant, classification.rank, classification.value, allow, deny, until)
    return (rule.digest, *columns)


def _columns(generation: Generation, block: Block) -> tuple[Any, ...]:
    return _rule_columns(generation.access[block.placement.document.access_id])


def _access_keys(connection: Connection, schema: str, access: Mapping[str, AccessRule]) -> dict[str, int]:
    for access_id, rule in access.items():
        connection.execute(compose(tables.ADD_ACCESS, schema=schema), (access_id, *_rule_columns(rule)))
    stored = {row[0]: row[1:] for row in connection.execute(compose(tables.ACCESS, schema=schema))}
    if any(stored[access_id][1:] != _rule_columns(rule) for access_id, rule in access.items()):
        raise IntegrityError(
            "Postgres holds another access rule under the same access id.",
            done="Nothing was loaded.",
            fix="Somebody changed it there. Drop the schema and refresh: the copy is made anew from the signed files.",
        )
    return {access_id: stored[access_id][0] for access_id in access}


def _incoming(served: Iterable[Block], keys: Mapping[str, int]) -> Iterator[tuple[UUID, int, int, str, str]]:
    for block, document in _with_documents(served):
        yield block.block, keys[document.access_id], block.chunks, document.doc_id, document.version_id


def _missing(
    connection: Connection, schema: str, served: Iterable[Block], segments: Mapping[str, Segment]
) -> list[Block]:
    """Blocks that are to be written. What a Beam job wrote ahead counts only if it is what was signed."""
    unplaced = {block for (block,) in connection.execute(compose(tables.UNPLACED, schema=schema))}
    ahead: dict[UUID, bytes] = dict(
        connection.execute(compose(tables.BLOCK_DIGESTS, schema=schema), (list(unplaced), list(unplaced)))
    )
    missing = [
        block
        for block in served
        if block.block in unplaced
        and (block.block not in ahead or bytes(ahead[block.block]) != block_digest(chunk_rows(block, segments)))
    ]
    wrong = [block.block for block in missing if block.block in ahead]
    connection.execute(compose(tables.DROP_CHUNKS, schema=schema), (wrong,))
    return missing


def _with_documents(served: Iterable[Block]) -> Iterator[tuple[Block, Any]]:
    for block in served:
        yield block, block.placement.document


def _add_chunks(connection: Connection, schema: str, rows: Iterable[ChunkRow]) -> None:
    connection.execute(compose(tables.CREATE_ARRIVING, schema=schema))
    copy_rows(connection, compose(tables.COPY_ARRIVING), tables.CHUNK_TYPES, rows)
    connection.execute(compose(tables.ADD_CHUNKS, schema=schema))
