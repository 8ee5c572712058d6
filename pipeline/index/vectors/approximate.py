"""Search through inverted lists, with the filter inside, for principals who may read much of a large segment.

Vectors of like direction stand in one list. A list can be left out when it is improbable that it holds one of the best
rows: projections on the question of the rows of a list scatter about that of their mean, so the expected number of
rows above the k-th best found so far is known for each list. Lists are read, the most promising first, until all
others together are expected to hold less than the share of misses allowed. Only permitted rows count in that, so
probing widens by itself where permitted rows are few, far from the question, or all in one corner.

Invariants: no row outside the filter is scored. Copies in the lists are compressed, but every score that leaves was
computed from the vector itself, and the candidates are widened until compression cannot have hidden a better one.
Nothing depends on threads. If reading every permitted row is just as cheap, it returns None.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.ports import Vectors
from pipeline.index.vectors.exact import best_first
from pipeline.index.vectors.kernels import Bitmap, InvertedLists, Rows, Scores, inner_products, inner_products_of_range

Floats = NDArray[np.float64]

_FIRST_ROWS = 512
"""Permitted rows of the first lists read; they only have to give a first idea of the k-th best."""
_GROWTH = 2.0
"""A further round reads at most this many times what was read before: what it finds may spare the rest."""
_WORTH = 0.5
"""Share of the permitted rows from which reading all of them in order is no slower."""
_SPREAD = 1.15
"""Residuals of real text have heavier tails than a normal distribution; docs/concepts/search.md says how it was set."""


class Filter(NamedTuple):
    """The permitted rows of a segment as its lists see them."""

    visible: Bitmap | None
    """One bit a row; None when every row is permitted."""
    counts: NDArray[np.int64]
    """Permitted rows in each list."""


class Approximate:
    """The inverted lists of one segment with what is known about each list."""

    def __init__(self, lists: InvertedLists, means: Vectors, covariance: Vectors) -> None:
        """Raises `ValueError` when the parts do not belong together."""
        self._lists, self._means, self._covariance = lists, means, covariance
        self._list_of_row = lists.list_of_rows()
        dimensions = lists.shape[1]
        if means.shape[1:] != (dimensions,) or covariance.shape != (dimensions, dimensions):
            raise ValueError("other dimensions")
        if len(self._list_of_row) and self._list_of_row.max() >= len(means):
            raise ValueError("more lists than means")
        # Rows have unit length, so what a mean lacks to it is how far its rows scatter.
        scatter = np.clip(1 - np.square(means, dtype=np.float64).sum(axis=1), 1e-6, 1)
        self._scatter: Floats = scatter / max(float(np.trace(covariance)), 1e-9)

    def filter(self, starts: Rows, stops: Rows) -> Filter:
        """The filter for disjoint ranges `[start, stop)` of rows, shape (ranges,) each."""
        rows = len(self._list_of_row)
        edges = np.zeros(rows + 1, np.int32)
        np.add.at(edges, starts, 1)
        np.add.at(edges, stops, -1)
        mask = np.cumsum(edges[:-1]) > 0
        counts = np.bincount(self._list_of_row[mask], minlength=len(self._means))
        return Filter(None if mask.all() else np.packbits(mask, bitorder="little"), counts)

    def top(
        self, vectors: Vectors, permitted: Filter, question: Vectors, k: int, recall: float
    ) -> tuple[Scores, Rows] | None:
        """About the `k` best permitted rows, best first; None where scoring every permitted row is no dearer.

        `vectors`: shape (rows, dimensions). `question`: shape (1, dimensions). The answer: shape (found,) each.
        """
        search = _Search(self._lists, vectors, permitted, question, k)
        budget = _WORTH * permitted.counts.sum()
        if k >= budget:
            return None
        projected, deviation = self._projections(question)
        read = np.zeros(len(self._means), bool)
        read[permitted.counts == 0] = True
        room, wanted = float(max(_FIRST_ROWS, 4 * k)), len(self._means)
        while True:
            distance = (search.kth - projected) / deviation if search.full else -projected / deviation
            left = np.flatnonzero(~read)
            order = left[np.argsort(distance[left], kind="stable")]
            counts = permitted.counts[order]
            if search.full:
                above = counts * np.exp(-0.5 * np.square(np.maximum(distance[order], 0)))
                missed = np.cumsum(above[::-1])[::-1]
                wanted = int(np.count_nonzero(missed > (1 - recall) * k))
            if not wanted or not len(order):
                return search.best()
            rows = np.cumsum(counts)
            chosen = order[: min(wanted, int(np.searchsorted(rows, room)) + 1)]
            if search.rows + permitted.counts[chosen].sum() > budget:
                return None
            search.read(chosen)
            read[chosen] = True
            room = _GROWTH * search.rows

    def _projections(self, question: Vectors) -> tuple[Floats, Floats]:
        """Where the rows of each list lie along the question: the mean and the standard deviation."""
        projected = inner_products_of_range(self._means, 0, len(self._means), question).astype(np.float64)
        turned = inner_products_of_range(self._covariance, 0, len(self._covariance), question)
        variance = max(float(np.dot(turned.astype(np.float64), question[0])), 1e-9)
        return projected, _SPREAD * np.sqrt(variance * self._scatter)


class _Search:
    """What one question has read and found so far."""

    def __init__(self, lists: InvertedLists, vectors: Vectors, permitted: Filter, question: Vectors, k: int) -> None:
        self._lists, self._vectors, self._permitted, self._question = lists, vectors, permitted, question
        self._k, self.rows = k, 0
        self._rounds: list[tuple[Rows, Scores, Rows]] = []
        self.full, self.kth = False, -np.inf

    def read(self, chosen: Rows) -> None:
        """Read these lists, shape (n,)."""
        self._rounds.append((chosen, *self._found(chosen, 2 * self._k + 16)))
        self.rows += int(self._permitted.counts[chosen].sum())
        scores = np.concatenate([scores for _, scores, _ in self._rounds])
        self.full = len(scores) >= self._k
        if self.full:
            self.kth = float(np.partition(scores, len(scores) - self._k)[len(scores) - self._k])

    def _found(self, chosen: Rows, wanted: int) -> tuple[Scores, Rows]:
        return self._lists.search(self._question, chosen, wanted, self._permitted.visible)

    def best(self) -> tuple[Scores, Rows]:
        """The best rows read, scored from their vectors: shape (found,) each."""
        parts = [self._settled(*one) for one in self._rounds]
        scores, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
        return best_first(scores, rows, self._k)

    def _settled(self, chosen: Rows, copies: Scores, rows: Rows) -> tuple[Scores, Rows]:
        """Score the candidates of one round; fetch more while one left out could still be among the best."""
        while True:
            scores = inner_products(self._vectors, rows, self._question)
            if len(rows) >= self._permitted.counts[chosen].sum() or not len(rows):
                return scores, rows
            error = max(self._lists.doubt(self._question), float(np.abs(scores - copies).max()))
            if copies[-1] + error < self.kth - error:
                return scores, rows
            copies, rows = self._found(chosen, 4 * len(rows))
