"""The rows of one segment that a principal may read, and how to search them.

Invariants: few rows are searched exactly, many through the segment's inverted lists. The choice depends on the number
of permitted rows, never on hidden rows, and no hidden row is scored.
"""

from typing import NamedTuple, Self

from pipeline.domain.ports import Vectors
from pipeline.index.segments import Segment
from pipeline.index.vectors import exact
from pipeline.index.vectors.approximate import Filter
from pipeline.index.vectors.exact import RowRanges
from pipeline.index.vectors.kernels import Rows, Scores


class Permitted(NamedTuple):
    """Permitted rows of a segment."""

    ranges: RowRanges
    filter: Filter | None
    """The same rows as the inverted lists see them, where they are many enough for those."""

    @classmethod
    def of(cls, segment: Segment, starts: Rows, stops: Rows, approximate_from: int | None) -> Self:
        """The rows in these ranges, shape (ranges,) each, sorted by start and disjoint."""
        ranges = RowRanges.of(starts, stops)
        many = approximate_from is not None and ranges.total >= approximate_from
        lists = segment.approximate if many else None
        return cls(ranges, lists.filter(starts, stops) if lists else None)

    def top(self, segment: Segment, question: Vectors, k: int, recall: float) -> tuple[Scores, Rows]:
        """The `k` best of these rows, best first, and those that tie with the last: shape (found,) each.

        `question`: shape (1, dimensions).
        """
        if self.filter is not None and segment.approximate is not None:
            found = segment.approximate.top(segment.vectors, self.filter, question, k, recall)
            if found is not None:
                return found
        return exact.top(segment.vectors, self.ranges, question, k)
