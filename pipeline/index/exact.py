"""Exact inner-product search over ranges of rows. The only importer of faiss.

Invariant: no row outside the given ranges is scored, so nothing about it can show. Vectors are read where they are
mapped; nothing is copied. Scores do not depend on how rows are cut into ranges.
"""

from typing import NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

from pipeline.domain.ports import Vectors

_LONG_RANGE = 4096
"""Rows from which a range is worth a call of its own; shorter ranges share one."""

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]


class RowRanges(NamedTuple):
    """Disjoint ranges of rows of one segment: long ones by their bounds, the rest row by row."""

    long: tuple[tuple[int, int], ...]
    rows: Rows

    @classmethod
    def of(cls, starts: Rows, stops: Rows) -> "RowRanges":
        """Coalesce `[start, stop)` ranges, sorted by start and disjoint, and split them by length."""
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


def top(vectors: Vectors, ranges: RowRanges, question: Vectors, k: int) -> tuple[Scores, Rows]:
    """The `k` best rows of `vectors` inside `ranges` for one question (shape (1, d)), best first."""
    scores, rows = [np.empty(0, np.float32)], [np.empty(0, np.int64)]
    for start, stop in ranges.long:
        found, places = faiss.knn(
            question, vectors[start:stop], min(k, stop - start), metric=faiss.METRIC_INNER_PRODUCT
        )
        scores.append(found[0])
        rows.append(places[0] + start)
    if len(ranges.rows):
        products = np.empty(len(ranges.rows), np.float32)
        faiss.fvec_inner_products_by_idx(  # type: ignore[attr-defined]
            faiss.swig_ptr(products),
            faiss.swig_ptr(question),
            faiss.swig_ptr(vectors),
            faiss.swig_ptr(ranges.rows),
            vectors.shape[1],
            1,
            len(ranges.rows),
        )
        scores.append(products)
        rows.append(ranges.rows)
    all_scores, all_rows = np.concatenate(scores), np.concatenate(rows)
    if len(all_scores) > k:
        best = np.argpartition(-all_scores, k - 1)[:k]
        all_scores, all_rows = all_scores[best], all_rows[best]
    order = np.lexsort((all_rows, -all_scores))
    return all_scores[order], all_rows[order]
