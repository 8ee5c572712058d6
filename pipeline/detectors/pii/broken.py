"""Runs of digits and capitals that a line end may have cut in two, read as if it were not there.

Invariants: a seam is the place of one line end; `Seams.span` gives a span of the text itself, and only for a stretch
that crosses a seam. Windows on both sides are bounded, so time and memory are linear in the text.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable

_REACH = 48
_LEAST_DIGITS = 8
_HEAD = re.compile(r"(?<![A-Za-z0-9])[A-Z0-9](?:[ .-]?[A-Z0-9])*(?P<hyphen>-?)[ \t]*\r?$")
_TAIL = re.compile(r"[ \t>|*#]{0,8}(?P<run>[A-Z0-9](?:[ .-]?[A-Z0-9])*)(?![A-Za-z0-9])")
_BETWEEN = "\n\n"


class Seams:
    """Every cut run in some blocks of a text, put together twice: with a separator for the line end, and without."""

    def __init__(self, text: str, blocks: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._runs: list[tuple[int, int, int, int]] = []
        pieces: list[str] = []
        length, seen = 0, -1
        for start, end in blocks:
            # The lines before and after a block may hold the rest of what begins or ends in it.
            place = text.rfind("\n", max(seen + 1, start - 1), start)
            place = text.find("\n", start) if place < 0 else place
            while seen < place <= end:
                seen = place
                for piece, run in _runs(text, place):
                    self._starts.append(length)
                    self._runs.append(run)
                    pieces.append(piece + _BETWEEN)
                    length += len(pieces[-1])
                place = text.find("\n", place + 1)
        self.text = "".join(pieces)

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where self.text[start:end] stands in the text; None when it does not cross the seam of one run."""
        index = bisect_right(self._starts, start) - 1
        head_start, head_end, gap, tail_start = self._runs[index]
        left, right = start - self._starts[index], end - self._starts[index]
        size = head_end - head_start
        if left >= size or right <= size + gap:
            return None
        return head_start + left, tail_start + right - size - gap

    def sides(self, start: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """What stands before and after the seam of the run that holds self.text[start], as spans of self.text."""
        index = bisect_right(self._starts, start) - 1
        head_start, head_end, gap, _ = self._runs[index]
        begin = self._starts[index]
        seam = begin + head_end - head_start
        stop = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.text)
        return (begin, seam), (seam + gap, stop - len(_BETWEEN))


def _runs(text: str, newline: int) -> Iterable[tuple[str, tuple[int, int, int, int]]]:
    before = text[max(0, newline - _REACH) : newline]
    head = _HEAD.search(before)
    tail = _TAIL.match(text, newline + 1, min(len(text), newline + 1 + _REACH)) if head else None
    if head is None or tail is None:
        return
    run = head[0].rstrip(" \t\r")
    if sum(map(str.isdigit, run)) + sum(map(str.isdigit, tail["run"])) < _LEAST_DIGITS:
        return
    bare = run.removesuffix("-")
    at = newline - len(before) + head.start()
    for gap in (head["hyphen"] or " ", ""):
        yield bare + gap + tail["run"], (at, at + len(bare), len(gap), tail.start("run"))
