"""Permission-filtered search over the current generation, answered by Postgres.

Invariants: row-level security decides inside the database which rows are seen, under a role that cannot bypass it; a
role that could is refused (law 2). The principal reaches the database as bind parameters of one transaction and is gone
with it. That transaction names one generation and sees one state of the tables (law 6). Every result is checked
against the ledger once more before its text is read. A copy other than the generation the ledger calls current, or
older than one served before, is refused.
"""

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from pipeline.domain.errors import ConfigError, IntegrityError, UsageError, VectorStoreError
from pipeline.domain.identity.permissions import Classification, Principal
from pipeline.domain.ports import EmbeddedQuestion, Embedder, Vectors
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.pgvector import schema as tables
from pipeline.index.pgvector.connection import Connection, Postgres, compose
from pipeline.index.pgvector.schema import schema_name
from pipeline.index.search.hits import Hit, Ranked, Trace
from pipeline.index.search.question_embedders import QuestionEmbedders

if TYPE_CHECKING:
    from pipeline.index.search.searcher import Searcher

_TRIES = 5
"""The current generation may change between asking the ledger and asking Postgres; more often than this it does not."""


class _CandidateRow(NamedTuple):
    """A permitted chunk, before the ledger was asked whether it is still live."""

    block: UUID
    ordinal: int
    chunk_id: UUID
    first: int
    last: int
    doc_id: str
    version_id: str
    classification: str
    distance: float


class PgvectorSearcher:
    """Answers questions from the generation the ledger calls current. Safe to use from many threads."""

    def __init__(
        self,
        url: str,
        current: Callable[[], GenerationRecord | None],
        live_versions: Callable[[Collection[str]], set[str]],
        embedder_reading: Callable[[str], Embedder],
        files: "Callable[[], Searcher]",
    ) -> None:
        self._postgres, self._current, self._live_versions = Postgres(url), current, live_versions
        self._questions, self._files = QuestionEmbedders(embedder_reading), files
        self._newest = 0
        self._guard = threading.Lock()

    def search(
        self, question: str, principal: Principal, k: int = 10, embedded: EmbeddedQuestion | None = None
    ) -> list[Hit]:
        """The `k` chunks closest in meaning to `question` among those `principal` may read, best first.

        `embedded` is the question where it was embedded before; it counts if the generation's embedder made it.
        """
        if k < 1 or not question.strip():
            raise UsageError(
                "A search needs a question and at least one result to ask for.",
                fix="Write a question, and ask for 1 result or more.",
            )
        for _ in range(_TRIES):
            seen = self._newest  # before the ledger is asked: what others see meanwhile says nothing about its answer
            record = self._current()
            if record is None:
                return []
            # Embedded before the filter is consulted: the time taken says nothing about what is permitted.
            vector = self._questions.vector(question, record, embedded)
            self._check(record, seen)
            try:
                with self._postgres.connection() as connection, connection.transaction():
                    return self._answer(connection, record, vector, principal, k)
            except VectorStoreError as error:
                # Superseded in between? Then the ledger names another generation by now.
                if not error.missing or self._current() == record:
                    raise
        raise VectorStoreError("The generation in Postgres changed faster than it could be asked.", fix="Ask again.")

    def trace(self, chunk_id: str) -> Trace | None:
        """Where the current generation holds a chunk, by the signed files; None when it serves no such chunk."""
        return self._files().trace(chunk_id)

    def ranked(self, record: GenerationRecord, question: str, k: int) -> list[Ranked]:
        """How all rows of a kept generation rank, by the signed files; for auditors only."""
        return self._files().ranked(record, question, k)

    def opened_by(self, wake: Callable[[], None] | None) -> None:
        """Nothing is left to a caller of `prepare`: a copy is loaded before its generation is current."""

    @property
    def waits(self) -> bool:
        """No search opens anything."""
        return False

    def prepare(self) -> None:
        """Raise `IntegrityError` if the current generation cannot be searched."""
        seen = self._newest
        if (record := self._current()) is not None:
            self._questions.prepare(record)
            self._check(record, seen)

    @property
    def embedder(self) -> Embedder | None:
        """What embeds questions for the current generation; None while there is none. Raises `IntegrityError`."""
        record = self._current()
        return None if record is None else self._questions.reading(record)

    def dispose(self) -> None:
        """Close every connection."""
        self._postgres.dispose()

    def _answer(
        self, connection: Connection, record: GenerationRecord, vector: Vectors, principal: Principal, k: int
    ) -> list[Hit]:
        permitted = self._enter(connection, record, principal)
        fetch = 2 * k + 8
        while True:
            found = _closest(connection, record, vector, permitted, fetch)
            live = self._live_versions({chunk.version_id for chunk in found}) if found else set()
            kept = [chunk for chunk in found if chunk.version_id in live]
            if len(kept) >= k or len(found) < fetch:
                return _hits(connection, record, kept[:k])
            fetch *= 4

    def _enter(self, connection: Connection, record: GenerationRecord, principal: Principal) -> int:
        """Say who asks and what is looked at; returns how many chunks the principal may read."""
        schema = schema_name(record.model_digest)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        labels = tables.SEPARATOR.join(sorted(principal.labels))
        who = (principal.tenant, str(principal.clearance.rank), labels, str(record.number))
        connection.execute(tables.PIN, who)
        _refuse_unguarded(connection, schema)
        row = connection.execute(compose(tables.OPENED, schema=schema)).fetchone()
        if row is None or row[:2] != (record.digest, record.manifest_digest):
            raise VectorStoreError(
                f"Postgres does not hold generation {record.number}, which the ledger calls current.",
                done="Nothing was searched.",
                fix="Load it: corpusgate refresh",
                missing=True,
            )
        return int(row[2])

    def _check(self, record: GenerationRecord, seen: int) -> None:
        """Refuse a generation older than `seen`, the newest one served before the ledger was asked."""
        with self._guard:
            self._newest = max(self._newest, record.number)
        if record.number < seen:
            raise IntegrityError(
                f"Generation {record.number} was presented as current after generation {seen} had been served.",
                done="It was refused.",
                fix="Check who changed the ledger; a rollback makes a new generation.",
            )


def _refuse_unguarded(connection: Connection, schema: str) -> None:
    names = [f"{schema}.{table}" for table in tables.TABLES]
    rows = connection.execute(tables.GUARDED, (names,)).fetchall()
    if any(guarded is False for _, guarded in rows):
        raise ConfigError(
            "The role that searches in Postgres is not bound by row-level security.",
            done="Nothing was searched.",
            fix="Let it be neither superuser nor BYPASSRLS nor owner: see configs/deploy/postgres/roles.sql.",
        )
    if any(guarded is None for _, guarded in rows):
        raise VectorStoreError(
            "Postgres holds no tables for the current generation.",
            done="Nothing was searched.",
            fix="Load it: corpusgate refresh",
            missing=True,
        )


def _closest(
    connection: Connection, record: GenerationRecord, vector: Vectors, permitted: int, k: int
) -> list[_CandidateRow]:
    """The best `k` permitted chunks: all of them scored while they are few, else the graph walked."""
    wanted = min(k, permitted)
    if permitted > tables.EXACT_UP_TO:
        for setting in tables.WALK:
            connection.execute(setting)
        found = _ask(connection, tables.NEAREST, record, vector, wanted)
        if len(found) == wanted:
            return found
    return _ask(connection, tables.EXACTLY, record, vector, wanted)


def _ask(
    connection: Connection, question: str, record: GenerationRecord, vector: Vectors, k: int
) -> list[_CandidateRow]:
    statement = compose(question, schema=schema_name(record.model_digest))
    return [_CandidateRow(*row) for row in connection.execute(statement, (vector[0], k))]


def _hits(connection: Connection, record: GenerationRecord, chunks: list[_CandidateRow]) -> list[Hit]:
    """Read the texts: only of what was found live."""
    wanted = [chunk.block for chunk in chunks], [chunk.ordinal for chunk in chunks]
    rows: list[Any] = connection.execute(
        compose(tables.TEXTS, schema=schema_name(record.model_digest)), wanted
    ).fetchall()
    texts = {(block, ordinal): bytes(text).decode("utf-8", "surrogatepass") for block, ordinal, text in rows}
    return [
        Hit(
            score=-chunk.distance,
            chunk_id=chunk.chunk_id.hex,
            doc_id=chunk.doc_id,
            version_id=chunk.version_id,
            classification=Classification(chunk.classification),
            start=chunk.first,
            end=chunk.last,
            text=texts[chunk.block, chunk.ordinal],
            generation=record.number,
            generation_digest=record.digest,
        )
        for chunk in chunks
    ]
