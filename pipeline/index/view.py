"""One generation ready to search.

Invariants: only rows the principal may read are scored (law 2), so no count, score or error depends on hidden
documents; `ranked` alone knows no principal, and is for auditors. Each distinct access rule is evaluated once a
principal. Equal scores go by chunk id, never by layout. Knows no ledger: what is found here may be taken back already.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.errors import IntegrityError
from pipeline.domain.permissions import Principal, permits
from pipeline.domain.ports import Vectors
from pipeline.domain.publication import GenerationRecord
from pipeline.index.exact import RowRanges, top
from pipeline.index.generations import Generation
from pipeline.index.hits import Candidate, Hit, Ranked, Trace
from pipeline.index.segments import Segment
from pipeline.index.signing import Verifier

_PRINCIPALS_CACHED = 1024
Integers = NDArray[np.int64]


class View:
    """A generation with its segments open. Safe to use from many threads; nothing in it changes."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        opened = generation.segments()
        self._segments: list[Segment] = list(opened.values())
        placements = generation.placements
        columns = {name: placements[name].to_numpy() for name in ("segment", "start", "stop", "access_id")}
        self._access_ids, access = np.unique(columns["access_id"].astype(str), return_inverse=True)
        self._versions = placements["version_id"]
        self._placed: list[_Placed] = []
        for digest, segment in opened.items():
            here = np.flatnonzero(columns["segment"] == digest)
            here = here[np.argsort(columns["start"][here], kind="stable")]
            placed = _Placed(here, columns["start"][here], columns["stop"][here], access[here])
            placed.check(len(segment))
            self._placed.append(placed)
        self._ranges = lru_cache(maxsize=_PRINCIPALS_CACHED)(self._permitted)

    @classmethod
    def open(cls, index_root: Path, record: GenerationRecord, verifier: Verifier) -> Self:
        """Open any kept generation; raises `IntegrityError` unless every byte of it verifies."""
        return cls(Generation.open(index_root, record, verifier))

    def _permitted(self, principal: Principal) -> list[RowRanges]:
        """The rows `principal` may read, by segment; each distinct access rule is evaluated once."""
        rules = self.generation.access
        allowed = np.array([permits(rules[access_id], principal) for access_id in self._access_ids], dtype=bool)
        return [RowRanges.of(p.starts[mine], p.stops[mine]) for p in self._placed for mine in (allowed[p.access],)]

    def closest(self, question: Vectors, principal: Principal, k: int) -> list[Candidate]:
        """The best `k` permitted rows over all segments."""
        return self._best(self._ranges(principal), question, k)

    def ranked(self, question: Vectors, k: int) -> list[Ranked]:
        """The best `k` rows of all, whoever may read them, scored exactly; for auditors only."""
        everything = [RowRanges.of(placed.starts, placed.stops) for placed in self._placed]
        return [
            Ranked(
                rank=rank,
                score=candidate.score,
                chunk_id=candidate.chunk_id,
                version_id=candidate.version_id,
                access=self.generation.access[placed["access_id"]],
                **placed,
            )
            for rank, candidate in enumerate(self._best(everything, question, k), start=1)
            for placed in (_cells(self.generation.placements, candidate.placement, "doc_id", "access_id"),)
        ]

    def _best(self, permitted: Iterable[RowRanges], question: Vectors, k: int) -> list[Candidate]:
        candidates: list[Candidate] = []
        for number, ranges in enumerate(permitted):
            if ranges:
                scores, rows = top(self._segments[number].vectors, ranges, question, k)
                candidates.extend(self._candidates(number, scores.tolist(), rows.tolist()))
        return sorted(candidates, key=lambda c: (-c.score, c.chunk_id))[:k]

    def _candidates(self, number: int, scores: list[float], rows: list[int]) -> Iterator[Candidate]:
        chunk_ids = self._segments[number].rows["chunk_id"]
        for score, row in zip(scores, rows, strict=True):
            placement = self._placed[number].holding(row)
            version_id = str(self._versions[placement])
            yield Candidate(score, number, row, placement, str(chunk_ids[row]), version_id)

    def hit(self, candidate: Candidate) -> Hit:
        """Read the chunk itself: only for what was found live."""
        row = _cells(self._segments[candidate.segment].rows, candidate.row, "start", "end", "text")
        placed = _cells(self.generation.placements, candidate.placement, "doc_id", "access_id")
        return Hit(
            score=candidate.score,
            chunk_id=candidate.chunk_id,
            doc_id=placed["doc_id"],
            version_id=candidate.version_id,
            classification=self.generation.access[placed["access_id"]].classification,
            start=row["start"],
            end=row["end"],
            text=row["text"],
            generation=self.generation.record.number,
            generation_digest=self.generation.record.digest,
        )

    def trace(self, chunk_id: str) -> Trace | None:
        """Where this generation holds a chunk; None when it serves no such chunk."""
        for number, segment in enumerate(self._segments):
            for row in np.flatnonzero(pc.equal(segment.rows["chunk_id"], pa.scalar(chunk_id)).to_numpy()).tolist():
                placement = self._placed[number].find(row)
                if placement is not None:
                    return self._trace(segment, row, placement)
        return None

    def _trace(self, segment: Segment, row: int, placement: int) -> Trace:
        stored = _cells(segment.rows, row, "chunk_id", "text_digest", "ordinal", "start", "end")
        placed = _cells(self.generation.placements, placement, "doc_id", "version_id", "content_digest", "access_id")
        return Trace(
            chunk_id=stored["chunk_id"],
            doc_id=placed["doc_id"],
            version_id=placed["version_id"],
            content_digest=placed["content_digest"],
            text_digest=stored["text_digest"],
            ordinal=stored["ordinal"],
            start=stored["start"],
            end=stored["end"],
            access_id=placed["access_id"],
            access=self.generation.access[placed["access_id"]],
            segment=segment.digest,
            row=row,
            generation=self.generation.record,
        )


def _cells(table: pa.Table, row: int, *columns: str) -> dict[str, Any]:
    return {name: table[name][row].as_py() for name in columns}


@dataclass(frozen=True, slots=True)
class _Placed:
    """Placements in one segment, by start."""

    index: Integers
    starts: Integers
    stops: Integers
    access: Integers

    def check(self, rows: int) -> None:
        """Refuse placements outside the segment and rows that belong to two documents."""
        bounds = np.column_stack((self.starts, self.stops)).ravel()
        if len(bounds) and (bounds[0] < 0 or bounds[-1] > rows or np.any(np.diff(bounds) < 0)):
            raise IntegrityError(
                "A generation places documents outside their segment or over each other.",
                done="The generation was refused.",
            )

    def find(self, row: int) -> int | None:
        """The placement that holds `row`, if a document of this generation does."""
        at = int(np.searchsorted(self.starts, row, side="right")) - 1
        return int(self.index[at]) if at >= 0 and row < self.stops[at] else None

    def holding(self, row: int) -> int:
        """The placement that holds a row known to be placed."""
        placement = self.find(row)
        if placement is None:
            raise IntegrityError("A row was found that no document of the generation owns.", done="It was not shown.")
        return placement
