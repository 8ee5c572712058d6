"""A generation as rows: placements and chunks. Knows no database.

Invariants: a block is a document's chunks as one generation serves them; its id follows from the chunks' ids, so
equal blocks in two segments or generations are one. Only rows of a placement are returned.
"""

import hashlib
import struct
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.digests import digest_json
from pipeline.index.generations import Generation
from pipeline.index.mapped import damaged
from pipeline.index.placements import Placement
from pipeline.index.segments import FOLDER, Segment


class Block(NamedTuple):
    """A document with text and the rows that hold it."""

    block: UUID
    placement: Placement

    @property
    def chunks(self) -> int:
        """How many rows."""
        return self.placement.stop - self.placement.start


class ChunkRow(NamedTuple):
    """One row of the table of chunks, in the order of its columns."""

    block: UUID
    ordinal: int
    chunk_id: UUID
    first: int
    last: int
    text: bytes
    """UTF-8, lone surrogates kept: Postgres' own text type takes neither those nor NUL."""
    embedding: NDArray[np.float32]


def blocks(generation: Generation, segments: Mapping[str, Segment]) -> Iterator[Block]:
    """Every served document that has text."""
    chunk_ids: dict[str, list[Any]] = {name: s.rows["chunk_id"].to_pylist() for name, s in segments.items()}
    for placement in generation.documents():
        if placement.stop > placement.start:
            ids = chunk_ids[placement.segment]
            if not 0 <= placement.start < placement.stop <= len(ids):
                raise damaged(f"{FOLDER}/{placement.segment}", "does not hold the rows a generation places in it")
            yield Block(block_id(ids[placement.start : placement.stop]), placement)


def block_id(chunk_ids: Collection[str]) -> UUID:
    """The id of the block of these chunks, in order."""
    return UUID(digest_json(["corpusgate-block-1", *chunk_ids])[:32])


def chunk_rows(block: Block, segments: Mapping[str, Segment]) -> Iterator[ChunkRow]:
    """The chunks of a block, in order."""
    place = block.placement
    segment = segments[place.segment]
    rows = segment.rows.slice(place.start, place.stop - place.start)
    columns = (rows[name].to_pylist() for name in ("chunk_id", "start", "end", "text"))
    vectors = segment.vectors[place.start : place.stop]
    for ordinal, (chunk_id, first, last, text) in enumerate(zip(*columns, strict=True)):
        yield ChunkRow(
            block.block, ordinal, UUID(chunk_id), first, last, text.encode("utf-8", "surrogatepass"), vectors[ordinal]
        )


def block_digest(rows: Iterator[ChunkRow]) -> bytes:
    """SHA-256 over a block's rows, as `BLOCK_DIGESTS` computes it inside Postgres."""
    whole = hashlib.sha256()
    for row in rows:
        vector = struct.pack(">hh", len(row.embedding), 0) + row.embedding.astype(">f4").tobytes()
        whole.update(row.chunk_id.bytes + struct.pack(">qq", row.first, row.last))
        whole.update(hashlib.sha256(row.text).digest() + hashlib.sha256(vector).digest())
    return whole.digest()
