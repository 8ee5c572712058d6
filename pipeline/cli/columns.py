"""Widths of the columns of a table, so that no word is folded and every id can be copied.

Invariant: a column is never narrower than its longest word. Where columns do not fit side by side, the widest go
beneath their row. Pure arithmetic, in columns of a terminal.
"""

from collections.abc import Sequence
from typing import NamedTuple

GAP = 2
"""Between two columns of a table."""
READABLE = 28
"""Columns that a sentence needs: in fewer it becomes a tower of words."""


class Arrangement(NamedTuple):
    """Columns by their number."""

    beside: dict[int, int]
    """Columns side by side, and the width of each."""
    beneath: tuple[int, ...]
    """Columns that have lines of their own beneath each row."""


def arranged(natural: Sequence[int], words: Sequence[int], width: int) -> Arrangement:
    """Arrange columns within a width.

    Args:
        natural: Width of each column if nothing is wrapped.
        words: Width of the longest word of each column.
        width: Columns of the terminal.

    """
    needed = [min(wide, max(word, READABLE)) for wide, word in zip(natural, words, strict=True)]
    beside = list(range(len(natural)))
    while beside and sum(needed[index] for index in beside) + GAP * (len(beside) - 1) > width:
        # The first column names the row, so it is the last to leave.
        beside.remove(max(beside[1:] or beside, key=lambda index: (needed[index], index)))
    widths = {index: natural[index] for index in beside}
    spare = width - GAP * (len(beside) - 1)
    while sum(widths.values()) > spare:
        widths[max((index for index in beside if widths[index] > needed[index]), key=lambda index: widths[index])] -= 1
    return Arrangement(widths, tuple(index for index in range(len(natural)) if index not in beside))
