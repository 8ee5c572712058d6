"""Segments: immutable blocks of vectors and rows.

Invariants: a segment is a folder named by the digest of its description, which lists size and digest of every file in
it, so nothing in it can change unnoticed. Row i and vector i are one chunk. Rows are sorted by access id, document
and ordinal: an access id is one contiguous range when the segment is written, and a document one range inside it. The
access id of a row is only a hint for the layout; the generation's placements decide who may read it. A large segment
also holds inverted lists of its vectors; they are digested, mapped and verified like the rest.
"""

import io
import itertools
import json
import mmap
import os
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast
from weakref import WeakValueDictionary

import numpy as np
import pyarrow as pa
from pydantic import Field, ValidationError

from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.frozen import Frozen
from pipeline.domain.ports import Vectors
from pipeline.files.durable import FileSeal, HashingFile, finish_folder, unfinished_folder, write_file
from pipeline.index.mapped import damaged, map_verified
from pipeline.index.vectors.names import COVARIANCE, LISTS, MEANS, SEGMENTS
from pipeline.settings.application import IndexSettings

if TYPE_CHECKING:
    from pipeline.index.vectors.approximate import Approximate

FOLDER = SEGMENTS
DESCRIPTION, VECTORS, ROW_FILE = "segment.json", "vectors.npy", "rows.arrow"
_FILES = ({VECTORS, ROW_FILE}, {VECTORS, ROW_FILE, LISTS, MEANS, COVARIANCE})
BATCH_ROWS = 1024
"""Part of the format: another value gives other bytes for equal rows."""
_COLUMNS: dict[str, pa.DataType] = {
    "chunk_id": pa.string(),
    "doc_id": pa.string(),
    "content_digest": pa.string(),
    "access_id": pa.string(),
    "ordinal": pa.int32(),
    "start": pa.int64(),
    "end": pa.int64(),
    "text": pa.large_string(),
    "text_digest": pa.string(),
}
ROWS = pa.schema(_COLUMNS)


class SegmentDescription(Frozen):
    """`segment.json`."""

    format: Literal[2] = 2
    rows: int = Field(ge=0)
    dimensions: int = Field(ge=1)
    model_digest: str
    files: dict[str, FileSeal]


class Segment:
    """An opened and verified segment; vectors and rows stay on disk until touched."""

    def __init__(
        self,
        digest: str,
        description: SegmentDescription,
        vectors: Vectors,
        rows: pa.Table,
        contents: Mapping[str, mmap.mmap],
    ) -> None:
        self.digest, self.description = digest, description
        self.vectors, self.rows, self._contents = vectors, rows, contents
        # Looked up once: making these objects anew costs more than a search of few rows.
        self._chunks: dict[str, list[Any]] = {name: rows[name].chunks for name in rows.column_names}
        self._ends = list(itertools.accumulate(map(len, self._chunks["chunk_id"])))

    @property
    def model_digest(self) -> str:
        """Digest of the embedder that made the vectors."""
        return self.description.model_digest

    @cached_property
    def approximate(self) -> "Approximate | None":
        """The segment's inverted lists, if it has any. Loads FAISS, which only searches need."""
        if LISTS not in self._contents:
            return None
        from pipeline.index.vectors.approximate_files import open_lists

        name = f"{FOLDER}/{self.digest}"
        means, covariance = (_matrix(self._contents[file], f"{name}/{file}") for file in (MEANS, COVARIANCE))
        try:
            return open_lists(self._contents[LISTS], self.vectors.shape, means, covariance)
        except ValueError:
            raise damaged(f"{name}/{LISTS}", "does not hold lists of the segment's vectors") from None

    def cells(self, row: int, *columns: str) -> tuple[Any, ...]:
        """Some columns of one row."""
        batch = bisect_right(self._ends, row)
        place = row - (self._ends[batch - 1] if batch else 0)
        return tuple([self._chunks[name][batch][place].as_py() for name in columns])

    def __len__(self) -> int:
        return self.description.rows

    @classmethod
    def open(cls, root: Path, digest: str, *, fresh: bool = False) -> Self:
        """Open segment `digest` of index `root`; verified once per process unless `fresh` asks for it again."""
        key = (str(root), digest)
        known = None if fresh else _OPENED.get(key)
        if isinstance(known, cls):
            return known
        name = f"{FOLDER}/{digest}"
        description = _description(map_verified(root, f"{name}/{DESCRIPTION}", digest), name)
        contents = {
            file: map_verified(root, f"{name}/{file}", seal.sha256, seal.size)
            for file, seal in sorted(description.files.items())
        }
        vectors, rows = _matrix(contents[VECTORS], f"{name}/{VECTORS}"), _rows(contents[ROW_FILE], name)
        if vectors.shape != (description.rows, description.dimensions) or len(rows) != description.rows:
            raise damaged(name, "has another number of rows or dimensions than it says")
        segment = cls(digest, description, vectors, rows, contents)
        if not fresh:
            _OPENED[key] = segment
        return segment


_OPENED: WeakValueDictionary[tuple[str, str], Segment] = WeakValueDictionary()


def segment_rows(root: Path, digest: str) -> int:
    """Number of rows of a segment, from its verified description. Raises `IntegrityError`."""
    name = f"{FOLDER}/{digest}"
    return _description(map_verified(root, f"{name}/{DESCRIPTION}", digest), name).rows


def write_segment(
    root: Path,
    model_digest: str,
    rows: int,
    dimensions: int,
    batches: Iterable[tuple[pa.Table, Vectors]],
    layout: IndexSettings,
) -> str:
    """Write a segment of `rows` rows, given in their final order in batches; returns its digest.

    Vectors of a batch have the shape (rows of its table, dimensions), float32. Equal rows in equal batches and an equal
    layout give equal bytes, and so an equal digest.
    """
    with unfinished_folder(root / FOLDER) as folder:
        files = _write_files(folder, rows, dimensions, batches)
        if layout.approximate_from is not None and rows >= layout.approximate_from:
            from pipeline.index.vectors.approximate_files import write_lists

            files |= write_lists(folder, np.load(folder / VECTORS, mmap_mode="r"), layout.compression)
        description = SegmentDescription(
            rows=rows,
            dimensions=dimensions,
            model_digest=model_digest,
            files=files,
        )
        data = canonical_json(description.model_dump(mode="json"))
        write_file(folder / DESCRIPTION, data)
        digest = digest_bytes(data)
        finish_folder(folder, root / FOLDER / digest)
    return digest


def _write_files(
    folder: Path, rows: int, dimensions: int, batches: Iterable[tuple[pa.Table, Vectors]]
) -> dict[str, FileSeal]:
    with (folder / VECTORS).open("wb") as vector_file, (folder / ROW_FILE).open("wb") as row_file:
        vectors_out, rows_out = HashingFile(vector_file), HashingFile(row_file)
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f4", "fortran_order": False, "shape": (rows, dimensions)}
        )
        vectors_out.write(header.getvalue())
        with pa.ipc.new_file(pa.PythonFile(cast("io.IOBase", rows_out), mode="w"), ROWS) as writer:
            for table, vectors in batches:
                writer.write_table(table.select(ROWS.names).cast(ROWS).combine_chunks())
                vectors_out.write(np.ascontiguousarray(vectors, dtype="<f4").tobytes())
        for file in (vector_file, row_file):
            file.flush()
            os.fsync(file.fileno())
    return {
        VECTORS: FileSeal(size=vectors_out.size, sha256=vectors_out.sha256),
        ROW_FILE: FileSeal(size=rows_out.size, sha256=rows_out.sha256),
    }


def _description(content: mmap.mmap, name: str) -> SegmentDescription:
    try:
        description = SegmentDescription.model_validate(json.loads(content[:]))
    except (ValueError, ValidationError):
        raise damaged(f"{name}/{DESCRIPTION}", "is no description of a segment") from None
    if set(description.files) not in _FILES:
        raise damaged(f"{name}/{DESCRIPTION}", "does not list the files of a segment")
    return description


def _matrix(content: mmap.mmap, name: str) -> Vectors:
    try:
        content.seek(0)
        if np.lib.format.read_magic(_reader(content)) != (1, 0):
            raise ValueError
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(_reader(content))
        if fortran or dtype != np.dtype("<f4"):
            raise ValueError
        return np.frombuffer(content, np.float32, offset=content.tell()).reshape(shape)
    except ValueError:
        raise damaged(name, "does not hold vectors of 32-bit floats") from None


def _reader(content: mmap.mmap) -> Any:
    # numpy's stubs want an abstract reader; a mapping has the same `read`.
    return content


def _rows(content: mmap.mmap, name: str) -> pa.Table:
    try:
        rows = pa.ipc.open_file(pa.py_buffer(content)).read_all()
    except (pa.ArrowInvalid, OSError):
        raise damaged(f"{name}/{ROW_FILE}", "does not hold rows") from None
    if not rows.schema.equals(ROWS):
        raise damaged(f"{name}/{ROW_FILE}", "has other columns than a segment has")
    return rows
