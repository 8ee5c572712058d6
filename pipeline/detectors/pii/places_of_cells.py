"""Which cell a stretch of a text fills.

Invariants: a look-up is a binary search; cells of different columns may overlap, then the one that begins last counts.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.domain.documents.tables import TableColumn

_WHOLE = 0.5
"""Share of a cell that a value fills if the cell is about nothing else."""


class CellPlaces:
    """The cells of some columns by place."""

    def __init__(self, columns: Sequence[TableColumn]) -> None:
        sizes = [len(column) for column in columns]
        starts = np.concatenate([np.zeros(0, np.uint64), *(np.frombuffer(c.starts, np.uint64) for c in columns if c)])
        ends = np.concatenate([np.zeros(0, np.uint64), *(np.frombuffer(c.ends, np.uint64) for c in columns if c)])
        order = np.argsort(starts, kind="stable")
        self._starts, self._ends = starts[order].astype(np.int64), ends[order].astype(np.int64)
        self._columns = np.repeat(np.arange(len(columns)), sizes)[order]

    def column(self, start: int, end: int) -> int | None:
        """Index of the column one cell of which text[start:end] fills; None if it fills none."""
        place = self._cell(start)
        if place is None or end > self._ends[place]:
            return None
        whole = int(self._ends[place]) - int(self._starts[place])
        return int(self._columns[place]) if end - start >= _WHOLE * whole else None

    def crossed(self, start: int, end: int) -> tuple[int, int] | None:
        """Indices of the columns in which text[start:end] begins and ends; None if it crosses no border of cells."""
        first, last = self._cell(start), self._cell(end - 1)
        return (
            None
            if first is None or last is None or first == last
            else (
                int(self._columns[first]),
                int(self._columns[last]),
            )
        )

    def _cell(self, place: int) -> int | None:
        cell = int(np.searchsorted(self._starts, place, "right")) - 1
        return None if cell < 0 or place >= self._ends[cell] else cell
