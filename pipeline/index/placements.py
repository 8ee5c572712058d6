"""Placements: which rows of which segment hold a served document, and their form in files.

Invariant: equal placements give equal bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.domain.serving.publication import LiveDocument

_COLUMNS: dict[str, pa.DataType] = {
    "doc_id": pa.string(),
    "version_id": pa.string(),
    "content_digest": pa.string(),
    "text_digest": pa.string(),
    "access_id": pa.string(),
    "segment": pa.string(),
    "start": pa.int64(),
    "stop": pa.int64(),
}
SCHEMA = pa.schema(_COLUMNS)
_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Placement:
    """A served document and the rows that hold it: `[start, stop)` of `segment`, none for a document without text."""

    document: LiveDocument
    segment: str
    start: int
    stop: int

    @property
    def doc_id(self) -> str:
        """Id of the document."""
        return self.document.doc_id

    @property
    def chunks(self) -> int:
        """Number of rows."""
        return self.stop - self.start


def placed_in(table: pa.Table) -> Iterator[Placement]:
    """The placements of a table, in its order."""
    for batch in table.to_batches(max_chunksize=_BATCH):
        for row in batch.to_pylist():
            place = row.pop("segment"), row.pop("start"), row.pop("stop")
            yield Placement(LiveDocument.model_construct(**row), *place)


def to_bytes(placements: Sequence[Placement]) -> bytes:
    """The placements as an Arrow stream."""
    columns: dict[str, list[Any]] = {
        name: [getattr(p.document, name) for p in placements] for name in LiveDocument.model_fields
    }
    columns |= {name: [getattr(p, name) for p in placements] for name in ("segment", "start", "stop")}
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        writer.write_table(pa.table(columns, SCHEMA))
    return sink.getvalue().to_pybytes()
