"""Stretches of a text that are asked often what overlaps them: a table has as many as cells."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Stretches:
    """Some stretches of one text, which may overlap each other."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = sorted(spans)
        self._ends = list(accumulate((end for _, end in self._spans), max))
        """The furthest end of each stretch and of all before it, which grows."""

    def first(self, start: int, end: int) -> tuple[int, int] | None:
        """The first of them that shares a character with text[start:end], in logarithmic time."""
        at = bisect_right(self._ends, start)
        return self._spans[at] if at < len(self._spans) and self._spans[at][0] < end else None
