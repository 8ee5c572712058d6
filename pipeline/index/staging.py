"""Staged parts: results of workers that the publisher reads at the end of a run.

Invariants: a part is durable before its name is handed on. Its name is the digest of its content, so a bundle that
runs twice writes the same part, and the name shows nothing about a document. Nothing here is served: a part counts
only when a finished run names it.
"""

import hashlib
import mmap
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.domain.documents.documents import Chunk, Outcome
from pipeline.domain.errors import IntegrityError
from pipeline.domain.ports import Vectors
from pipeline.domain.rates.breaches import WindowRates
from pipeline.files.durable import sweep_unfinished, write_file
from pipeline.index.segments import ROWS

_CHUNKS, _OUTCOMES, _RATES = "chunks-", "outcomes-", "rates-"
_VECTOR = "vector"
KEYS = ("access_id", "doc_id", "ordinal", "chunk_id", "content_digest")


class StagingWriter:
    """Writes parts into the staging folder of one run; used by many processes at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write_chunks(self, chunks: Sequence[Chunk], vectors: Vectors) -> str:
        """Store chunks with their vectors, shape (chunks, dimensions); returns the part's name."""
        if vectors.shape[0] != len(chunks) or vectors.dtype != np.float32:
            raise IntegrityError("Chunks and vectors of a part do not belong together.", done="The part was refused.")
        flat = pa.array(np.ascontiguousarray(vectors).reshape(-1), pa.float32())
        columns = {field.name: pa.array([getattr(chunk, field.name) for chunk in chunks], field.type) for field in ROWS}
        vector: Any = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
        table = pa.table({**columns, _VECTOR: vector})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return self._write(_CHUNKS, ".arrow", sink.getvalue().to_pybytes())

    def write_outcomes(self, outcomes: Sequence[Outcome]) -> str:
        """Store where documents ended; returns the part's name."""
        return self._write(_OUTCOMES, ".jsonl", b"".join(o.model_dump_json().encode() + b"\n" for o in outcomes))

    def write_rates(self, rates: WindowRates) -> str:
        """Store what a source did in one window; returns the part's name."""
        return self._write(_RATES, ".jsonl", rates.model_dump_json().encode() + b"\n")

    def _write(self, prefix: str, suffix: str, data: bytes) -> str:
        name = f"{prefix}{hashlib.sha256(data).hexdigest()}{suffix}"
        if not (self._folder / name).exists():
            write_file(self._folder / name, data)
        return name


class StagingReader:
    """Reads the named parts of one run; texts and vectors stay on disk until asked for."""

    def __init__(self, folder: Path, parts: Iterable[str]) -> None:
        self._folder = folder
        names = sorted(set(parts))
        self._tables = [_open(folder, name) for name in names if name.startswith(_CHUNKS)]
        self._outcomes = [name for name in names if name.startswith(_OUTCOMES)]
        self._rates = [name for name in names if name.startswith(_RATES)]

    def outcomes(self) -> Iterator[Outcome]:
        """One outcome a document, by document id; of several the most severe one (law 3)."""
        found: dict[str, Outcome] = {}
        for name in self._outcomes:
            for line in _read(self._folder, name).splitlines():
                outcome = Outcome.model_validate_json(line)
                known = found.get(outcome.doc_id)
                found[outcome.doc_id] = outcome if known is None else max(known, outcome, key=_severity)
        yield from (found[doc_id] for doc_id in sorted(found))

    def rates(self) -> tuple[WindowRates, ...]:
        """What sources did, by source."""
        found = [WindowRates.model_validate_json(_read(self._folder, name)) for name in self._rates]
        return tuple(sorted(found, key=lambda window: (window.source, window.start)))

    def keys(self) -> pa.Table:
        """Every distinct chunk without text and vector, in no order; `part` and `row` say where it is stored."""
        tables = []
        for part, table in enumerate(self._tables):
            keys = table.select(KEYS).append_column("part", pa.array(np.full(len(table), part, np.int32)))
            keys = keys.append_column("row", pa.array(np.arange(len(table), dtype=np.int64)))
            tables.append(keys)
        if not tables:
            return pa.table({**{name: [] for name in KEYS}, "part": [], "row": []})
        keys = pa.concat_tables(tables)
        _, first = np.unique(keys["chunk_id"].to_numpy(), return_index=True)
        return keys.take(first)

    @property
    def dimensions(self) -> int:
        """Length of one staged vector; 0 when nothing was staged."""
        sizes = {table.schema.field(_VECTOR).type.list_size for table in self._tables}
        if len(sizes) > 1:
            raise IntegrityError("Staged vectors have different lengths.", done="Nothing was published.")
        return sizes.pop() if sizes else 0

    def take(self, parts: NDArray[np.int32], rows: NDArray[np.int64]) -> tuple[pa.Table, Vectors]:
        """The rows stored at these places, shape (n,) each, in this order, and their vectors, shape (n, dimensions)."""
        taken, places = [], []
        for part in np.unique(parts):
            here = np.flatnonzero(parts == part)
            taken.append(self._tables[part].take(rows[here]))
            places.append(here)
        back = np.argsort(np.concatenate(places), kind="stable")
        table = pa.concat_tables(taken).take(back).combine_chunks()
        flat: Any = table[_VECTOR].combine_chunks()
        return table.select(ROWS.names), flat.flatten().to_numpy().reshape(len(table), self.dimensions)


def sweep(root: Path, keep: Collection[str] = ()) -> int:
    """Remove the staging folders of runs in `root` that are not in `keep`; returns how many."""
    folders = [path for path in root.iterdir() if path.is_dir() and path.name not in keep] if root.is_dir() else []
    for folder in folders:
        shutil.rmtree(folder)
    return len(folders) + sweep_unfinished(root)


def _severity(outcome: Outcome) -> tuple[int, str]:
    return (outcome.verdict.action.rank if outcome.verdict else -1, outcome.version_id)


def _read(folder: Path, name: str) -> bytes:
    try:
        data = (folder / name).read_bytes()
    except OSError:
        raise _damaged(name, "is missing") from None
    _check(name, hashlib.sha256(data).hexdigest())
    return data


def _open(folder: Path, name: str) -> pa.Table:
    try:
        with (folder / name).open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        raise _damaged(name, "is missing") from None
    _check(name, hashlib.sha256(content).hexdigest())
    return pa.ipc.open_file(pa.py_buffer(content)).read_all()


def _check(name: str, sha256: str) -> None:
    if name.partition("-")[2].partition(".")[0] != sha256:
        raise _damaged(name, "does not hold what was written")


def _damaged(name: str, difference: str) -> IntegrityError:
    return IntegrityError(
        f"The staged part {name[:24]}… {difference}.", done="Nothing was published.", fix="Run the refresh again."
    )
