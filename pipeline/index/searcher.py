"""Permission-filtered search over the current generation.

Invariants: only rows the principal may read are scored (law 2), so no count, score or error depends on hidden
documents. Every result is checked against the ledger once more before its text is read. A search sees one generation
from beginning to end. A generation that does not verify, or is older than one served before, is refused.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.errors import IntegrityError, UsageError
from pipeline.domain.permissions import AccessRule, Classification, Principal, permits
from pipeline.domain.ports import Embedder, Vectors
from pipeline.domain.publication import GenerationRecord
from pipeline.index.exact import RowRanges, top
from pipeline.index.generations import Generation
from pipeline.index.segments import Segment
from pipeline.index.signing import Verifier

_PRINCIPALS_CACHED = 1024


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk the principal may read."""

    score: float
    chunk_id: str
    doc_id: str
    version_id: str
    classification: Classification
    start: int
    end: int
    text: str = field(repr=False)
    generation: int
    generation_digest: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a served chunk is and what it came from; for auditors. Holds no text."""

    chunk_id: str
    doc_id: str
    version_id: str
    content_digest: str
    text_digest: str
    """Digest of the chunk's text."""
    ordinal: int
    start: int
    end: int
    access_id: str
    access: AccessRule
    segment: str
    row: int
    generation: GenerationRecord


@dataclass(frozen=True, slots=True)
class _Candidate:
    score: float
    segment: int
    row: int
    placement: int
    chunk_id: str
    version_id: str


class Searcher:
    """Answers questions from the generation the ledger calls current. Safe to use from many threads."""

    def __init__(
        self,
        index_root: Path,
        current: Callable[[], GenerationRecord | None],
        live_versions: Callable[[Collection[str]], set[str]],
        embedder: Embedder,
        verifier: Verifier,
    ) -> None:
        self._root, self._current, self._live_versions = index_root, current, live_versions
        self._embedder, self._verifier = embedder, verifier
        self._view: _View | None = None
        self._loading = threading.Lock()

    def search(self, question: str, principal: Principal, k: int = 10) -> list[Hit]:
        """The `k` chunks closest in meaning to `question` among those `principal` may read, best first."""
        if k < 1 or not question.strip():
            raise UsageError("A search needs a question and at least one result to ask for.")
        view = self._up_to_date()
        # Embedded before the filter is consulted: the time taken says nothing about what is permitted.
        vector = self._embedder.embed([question])
        if view is None:
            return []
        if view.generation.record.model_digest != self._embedder.digest:
            raise IntegrityError(
                "The index was built with another embedding model or precision than questions are embedded with.",
                done="Nothing was searched.",
                fix="Use the configuration the index was built with, or refresh to build it anew.",
            )
        fetch = 2 * k + 8
        while True:
            found = view.closest(vector, principal, fetch)
            live = self._live_versions({candidate.version_id for candidate in found}) if found else set()
            kept = [candidate for candidate in found if candidate.version_id in live]
            if len(kept) >= k or len(found) < fetch:
                return [view.hit(candidate) for candidate in kept[:k]]
            fetch *= 4

    def trace(self, chunk_id: str) -> Trace | None:
        """Where the current generation holds a chunk; None when it serves no such chunk."""
        view = self._up_to_date()
        return view.trace(chunk_id) if view else None

    def _up_to_date(self) -> "_View | None":
        record, view = self._current(), self._view
        if record is None:
            return None
        if view is not None and view.generation.record == record:
            return view
        # While one thread loads, others may go on with the generation before: what it must no longer show is
        # not live in the ledger any more. Only where there is none yet do they wait.
        if not self._loading.acquire(blocking=view is None):
            return view
        try:
            if self._view is None or self._view.generation.record != record:
                self._refuse_older(record)
                self._view = _View(Generation.open(self._root, record, self._verifier))
            return self._view
        finally:
            self._loading.release()

    def _refuse_older(self, record: GenerationRecord) -> None:
        if self._view is not None and record.number <= self._view.generation.record.number:
            raise IntegrityError(
                f"Generation {record.number} was presented as current after "
                f"generation {self._view.generation.record.number} had been served.",
                done="It was refused.",
                fix="Check who changed the ledger; a rollback makes a new generation.",
            )


class _View:
    """One generation ready to search."""

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

    def _permitted(self, principal: Principal) -> list[RowRanges]:
        """The rows `principal` may read, by segment; each distinct access rule is evaluated once."""
        rules = self.generation.access
        allowed = np.array([permits(rules[access_id], principal) for access_id in self._access_ids], dtype=bool)
        return [RowRanges.of(p.starts[mine], p.stops[mine]) for p in self._placed for mine in (allowed[p.access],)]

    def closest(self, question: Vectors, principal: Principal, k: int) -> list[_Candidate]:
        """The best `k` permitted rows over all segments; ties go by chunk id, never by layout."""
        candidates: list[_Candidate] = []
        for number, ranges in enumerate(self._ranges(principal)):
            if ranges:
                scores, rows = top(self._segments[number].vectors, ranges, question, k)
                candidates.extend(self._candidates(number, scores.tolist(), rows.tolist()))
        return sorted(candidates, key=lambda c: (-c.score, c.chunk_id))[:k]

    def _candidates(self, number: int, scores: list[float], rows: list[int]) -> Iterator[_Candidate]:
        chunk_ids = self._segments[number].rows["chunk_id"]
        for score, row in zip(scores, rows, strict=True):
            placement = self._placed[number].holding(row)
            version_id = str(self._versions[placement])
            yield _Candidate(score, number, row, placement, str(chunk_ids[row]), version_id)

    def hit(self, candidate: _Candidate) -> Hit:
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

    index: np.ndarray[tuple[int], np.dtype[np.int64]]
    starts: np.ndarray[tuple[int], np.dtype[np.int64]]
    stops: np.ndarray[tuple[int], np.dtype[np.int64]]
    access: np.ndarray[tuple[int], np.dtype[np.int64]]

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
