"""Reads a published generation for Beam's own vector sinks, and writes our Postgres tables as such a sink.

Invariants: `ReadGeneration` reads a generation whose signature and digests hold, so its chunks passed every gate (law
1) and carry their whole access rule. Writing is idempotent: ids are derived, so bundles may run twice. Nothing that
`PgvectorWriteConfig` writes is served: the load places it later, in one transaction, after comparing it with what was
signed (law 6). Passwords are read on the worker and are not part of the graph.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import apache_beam as beam
import numpy as np
from apache_beam.ml.rag.ingestion.base import VectorDatabaseWriteConfig
from apache_beam.ml.rag.types import Content, EmbeddableItem, Embedding

from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.generations import Generation
from pipeline.index.pgvector.copy import PgvectorCopy
from pipeline.index.pgvector.rows import Block, ChunkRow, blocks, chunk_rows
from pipeline.index.signing import Verifier
from pipeline.settings.environment import with_database_password

CHUNKS_PER_WRITE = 2_000


class ReadGeneration(beam.PTransform):
    """A published generation → its chunks as Beam's `EmbeddableItem`, one read for each segment."""

    def __init__(self, index_root: str, record: GenerationRecord, keys: str, *, text_in_metadata: bool = False) -> None:
        super().__init__()
        self._read = _ReadSegment(index_root, record.model_dump_json(), keys, text_in_metadata)
        opened = Generation.open(Path(index_root), record, Verifier.load(Path(keys)))
        self._segments = opened.statement.segments

    def expand(self, pipeline: Any) -> beam.PCollection:
        segments = pipeline | "segments" >> beam.Create(self._segments)
        return segments | "read" >> beam.ParDo(self._read).with_output_types(EmbeddableItem)


class _ReadSegment(beam.DoFn):
    def __init__(self, index_root: str, record: str, keys: str, text_in_metadata: bool) -> None:
        self._index_root, self._record, self._keys, self._text = index_root, record, keys, text_in_metadata

    def setup(self) -> None:
        record = GenerationRecord.model_validate_json(self._record)
        self._generation = Generation.open(Path(self._index_root), record, Verifier.load(Path(self._keys)))
        self._segments = self._generation.segments()

    def process(self, digest: str) -> Iterator[EmbeddableItem]:
        for block in blocks(self._generation, self._segments):
            if block.placement.segment == digest:
                rule = self._generation.access[block.placement.document.access_id]
                for row in chunk_rows(block, self._segments):
                    yield to_beam(row, block, rule, self._generation.record, text_in_metadata=self._text)


def to_beam(
    row: ChunkRow, block: Block, rule: AccessRule, record: GenerationRecord, *, text_in_metadata: bool = False
) -> EmbeddableItem:
    """A served chunk as Beam's sinks take it, with everything a filter or an auditor needs.

    Some sinks store the metadata alone; for those `text_in_metadata` puts the text there too.
    """
    document, text = block.placement.document, row.text.decode("utf-8", "surrogatepass")
    metadata: dict[str, Any] = {
        "doc_id": document.doc_id,
        "version_id": document.version_id,
        "content_digest": document.content_digest,
        "text_digest": document.text_digest,
        "block": str(row.block),
        "start": row.first,
        "end": row.last,
        "access_id": rule.access_id,
        "tenant": rule.tenant,
        "classification": rule.classification.value,
        "clearance": rule.classification.rank,
        "allow": list(rule.allow),
        "deny": list(rule.deny),
        "generation": record.number,
        "generation_digest": record.digest,
        "model_digest": record.model_digest,
    }
    until = getattr(rule, "until", None)
    if until is not None:
        metadata["until"] = until.timestamp()
    if text_in_metadata:
        metadata["text"] = text
    return EmbeddableItem(
        content=Content(text=text),
        id=str(row.chunk_id),
        index=row.ordinal,
        metadata=metadata,
        embedding=Embedding(dense_embedding=row.embedding.tolist()),
    )


@dataclass(frozen=True)
class PgvectorWriteConfig(VectorDatabaseWriteConfig):
    """Writes chunks into our tables ahead of the load, from many workers at once."""

    url: str
    """Under the loader's role; `${PASSWORD}` is filled in on the worker, from CORPUSGATE_DATABASE_PASSWORD."""
    reader: str
    """Name of the role that searches."""
    dimensions: int

    def create_write_transform(self) -> beam.PTransform:
        """Elements without an embedding or without our metadata stop the job: they did not come through the gate."""
        return beam.ParDo(_WriteRows(self))


class _WriteRows(beam.DoFn):
    def __init__(self, config: PgvectorWriteConfig) -> None:
        self._config = config

    def setup(self) -> None:
        url = with_database_password(self._config.url)
        self._copy = PgvectorCopy(url, self._config.reader, self._config.dimensions)

    def teardown(self) -> None:
        self._copy.dispose()

    def start_bundle(self) -> None:
        self._waiting: dict[str, list[ChunkRow]] = {}
        self._count = 0

    def process(self, item: EmbeddableItem) -> None:
        self._waiting.setdefault(item.metadata["model_digest"], []).append(_row(item))
        self._count += 1
        if self._count >= CHUNKS_PER_WRITE:
            self.finish_bundle()

    def finish_bundle(self) -> None:
        for model_digest, rows in self._waiting.items():
            self._copy.write_chunks(model_digest, rows)
        self.start_bundle()


def _row(item: EmbeddableItem) -> ChunkRow:
    if item.dense_embedding is None:
        raise ValueError("a chunk without an embedding")
    return ChunkRow(
        block=UUID(item.metadata["block"]),
        ordinal=item.index,
        chunk_id=UUID(item.id),
        first=item.metadata["start"],
        last=item.metadata["end"],
        text=item.content_string.encode("utf-8", "surrogatepass"),
        embedding=np.array(item.dense_embedding, np.float32),
    )
