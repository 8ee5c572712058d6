"""One generation ready to search.

Invariants: only rows the principal may read are scored (law 2), so no count, score or error depends on hidden
documents; `ranked` alone knows no principal, and is for auditors. Each distinct access rule is evaluated once a
principal, and again when the end of some rule has passed. Equal scores go by chunk id, never by layout. Knows no
ledger: a result may have been taken back already.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.errors import IntegrityError
from pipeline.domain.identity.permissions import Principal, permits
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.generations import Generation
from pipeline.index.search.hits import CandidateHit, Hit, Ranked, Trace
from pipeline.index.search.permitted import Permitted
from pipeline.index.segments import Segment
from pipeline.index.signing import Verifier
from pipeline.index.vectors.kernels import Rows, Scores
from pipeline.settings.application import IndexSettings

_PRINCIPALS_CACHED = 4096
_LAYOUTS_CACHED = 256
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
Integers = NDArray[np.int64]


def now() -> datetime:
    """The moment access is judged at."""
    return datetime.now(UTC)


class OpenGeneration:
    """A generation with its segments open. Safe to use from many threads; nothing in it changes."""

    def __init__(self, generation: Generation, settings: IndexSettings) -> None:
        self.generation, self._settings = generation, settings
        opened = generation.segments()
        self._segments: list[Segment] = list(opened.values())
        placements = generation.placements
        starts, stops = placements["start"].to_numpy(), placements["stop"].to_numpy()
        self._access_ids, self._access = _encoded(placements["access_id"])
        self._classifications = [generation.access[access_id].classification for access_id in self._access_ids]
        names, segment_of = _encoded(placements["segment"])
        self._ends = sorted({rule.until for rule in generation.access.values() if rule.until is not None})
        self._versions: pa.Array[Any] = placements["version_id"].combine_chunks()
        self._doc_ids: pa.Array[Any] = placements["doc_id"].combine_chunks()
        self._placed: list[_Placed] = []
        for digest, segment in opened.items():
            here = np.flatnonzero(segment_of == names.index(digest))
            here = here[np.argsort(starts[here], kind="stable")]
            placed = _Placed(here, starts[here], stops[here], self._access[here])
            placed.check(len(segment))
            self._placed.append(placed)
        self._allowed = lru_cache(maxsize=_PRINCIPALS_CACHED)(self._evaluate)
        self._permitted = lru_cache(maxsize=_LAYOUTS_CACHED)(self._lay_out)

    @classmethod
    def open(
        cls,
        index_root: Path,
        record: GenerationRecord,
        verifier: Verifier,
        settings: IndexSettings,
    ) -> Self:
        """Open any kept generation; raises `IntegrityError` unless every byte of it verifies."""
        return cls(Generation.open(index_root, record, verifier), settings)

    def _evaluate(self, principal: Principal, ended: int) -> bytes:
        """Which access rules let `principal` read, one byte a rule; each distinct rule is evaluated once."""
        rules = self.generation.access
        at = self._ends[ended - 1] if ended else _BEFORE_ALL
        return bytes(permits(rules[access_id], principal, at) for access_id in self._access_ids)

    def _lay_out(self, allowed: bytes) -> list[Permitted]:
        """The rows under the allowed rules, by segment; principals who may read the same share one layout."""
        chosen = np.frombuffer(allowed, np.bool_)
        return [
            Permitted.of(segment, placed.starts[mine], placed.stops[mine], self._settings.approximate_from)
            for segment, placed in zip(self._segments, self._placed, strict=True)
            for mine in (chosen[placed.access],)
        ]

    def closest(self, question: Vectors, principal: Principal, k: int) -> list[CandidateHit]:
        """The best `k` permitted rows over all segments. `question`: shape (1, dimensions)."""
        ended = bisect_right(self._ends, now())
        return self._best(self._permitted(self._allowed(principal, ended)), question, k)

    def ranked(self, question: Vectors, k: int) -> list[Ranked]:
        """The best `k` rows of all, not only of permitted ones, scored exactly; for auditors only.

        `question`: shape (1, dimensions).
        """
        everything = [
            Permitted.of(segment, placed.starts, placed.stops, None)
            for segment, placed in zip(self._segments, self._placed, strict=True)
        ]
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

    def _best(self, permitted: Iterable[Permitted], question: Vectors, k: int) -> list[CandidateHit]:
        candidates: list[CandidateHit] = []
        for number, mine in enumerate(permitted):
            if mine.ranges:
                scores, rows = mine.top(self._segments[number], question, k, self._settings.recall)
                candidates.extend(self._candidates(number, scores, rows, k))
        return sorted(candidates, key=lambda c: (-c.score, c.chunk_id))[:k]

    def _candidates(self, number: int, scores: Scores, rows: Rows, k: int) -> Iterator[CandidateHit]:
        segment = self._segments[number]
        if len(rows) > k:  # there are ties; any number of copies of one text may be among them
            chunk_ids = [segment.cells(row, "chunk_id")[0] for row in rows.tolist()]
            best = np.lexsort((np.array(chunk_ids), -scores))[:k]
            scores, rows = scores[best], rows[best]
        placements = self._placed[number].holding(rows)
        for score, row, at in zip(scores.tolist(), rows.tolist(), placements.tolist(), strict=True):
            version_id: str = self._versions[at].as_py()  # for a handful, quicker than `take`
            yield CandidateHit(score, number, row, at, segment.cells(row, "chunk_id")[0], version_id)

    def hit(self, candidate: CandidateHit) -> Hit:
        """Read the chunk itself: only for what was found live."""
        start, end, text = self._segments[candidate.segment].cells(candidate.row, "start", "end", "text")
        return Hit(
            score=candidate.score,
            chunk_id=candidate.chunk_id,
            doc_id=self._doc_ids[candidate.placement].as_py(),
            version_id=candidate.version_id,
            classification=self._classifications[self._access[candidate.placement]],
            start=start,
            end=end,
            text=text,
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


def _encoded(column: "pa.ChunkedArray[Any]") -> tuple[list[str], Integers]:
    """The distinct values of a column, and for each row which one it has."""
    encoded: Any = column.combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


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

    def holding(self, rows: Rows) -> Integers:
        """The placements that hold rows known to be placed; both of shape (n,)."""
        at = np.searchsorted(self.starts, rows, side="right") - 1
        if np.any(at < 0) or np.any(rows >= self.stops[at]):
            raise IntegrityError("A row was found that no document of the generation owns.", done="It was not shown.")
        return self.index[at]
