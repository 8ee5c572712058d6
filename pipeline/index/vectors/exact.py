"""Exact inner-product search over ranges of rows.

Invariants: no row outside the given ranges is scored, so nothing about it can show. Vectors are read where they are
mapped. Scores do not depend on how rows are cut into ranges, and rows that tie for the last place are all returned.
"""

from typing import NamedTuple

import numpy as np

from pipeline.domain.ports import Vectors
from pipeline.index.vectors.kernels import Rows, Scores, inner_products, inner_products_of_range

_LONG_RANGE = 4096
"""Rows from which a range is worth a call of its own; shorter ranges share one."""


class RowRanges(NamedTuple):
    """Disjoint ranges of rows of one segment: long ones by their bounds, the rest row by row."""

    long: tuple[tuple[int, int], ...]
    rows: Rows

    @classmethod
    def of(cls, starts: Rows, stops: Rows) -> "RowRanges":
        """Coalesce `[start, stop)` ranges, sorted by start and disjoint, shape (ranges,) each; split them by length."""
        filled = stops > starts
        starts, stops = starts[filled], stops[filled]
        if not len(starts):
            return cls((), np.empty(0, np.int64))
        gap = np.flatnonzero(starts[1:] != stops[:-1]) + 1
        starts, stops = starts[np.r_[0, gap]], stops[np.r_[gap - 1, len(stops) - 1]]
        lengths = stops - starts
        wide = lengths >= _LONG_RANGE
        short = [np.arange(start, stop) for start, stop in zip(starts[~wide], stops[~wide], strict=True)]
        long = tuple(zip(starts[wide].tolist(), stops[wide].tolist(), strict=True))
        return cls(long, np.concatenate(short) if short else np.empty(0, np.int64))

    def __bool__(self) -> bool:
        return bool(self.long) or len(self.rows) > 0

    @property
    def total(self) -> int:
        """How many rows they hold."""
        return len(self.rows) + sum(stop - start for start, stop in self.long)


def top(vectors: Vectors, ranges: RowRanges, question: Vectors, k: int) -> tuple[Scores, Rows]:
    """The `k` best rows of `vectors` inside `ranges` for one question (shape (1, d)), best first; and ties."""
    scores, rows = [inner_products(vectors, ranges.rows, question)], [ranges.rows]
    for start, stop in ranges.long:
        found = inner_products_of_range(vectors, start, stop, question)
        best = _at_least_kth(found, k)
        scores.append(found[best])
        rows.append(best + start)
    return best_first(np.concatenate(scores), np.concatenate(rows), k)


def best_first(scores: Scores, rows: Rows, k: int) -> tuple[Scores, Rows]:
    """The `k` best of these rows, best first, and those that tie with the last of them; all of shape (n,)."""
    kept = _at_least_kth(scores, k)
    scores, rows = scores[kept], rows[kept]
    order = np.lexsort((rows, -scores))
    return scores[order], rows[order]


def _at_least_kth(scores: Scores, k: int) -> Rows:
    if len(scores) <= k:
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
