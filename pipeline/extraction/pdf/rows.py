"""Glyphs → runs of neighbouring glyphs → rows.

Invariants: what is drawn twice in one place counts once. Texts that lie over each other stay apart, so neither is
mixed into the other.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from pipeline.extraction.pdf.glyphs import BLANK, Glyph

_REACH = 0.5
"""Widest gap inside a run, in heights of a line: narrower than between columns and between most boxes of a form."""
_LEAP = -0.5
"""Widest overlap inside a run, in heights."""
_SAME_LINE = 0.7
"""Share of their height that neighbours in one run have in common."""
_SAME_PLACE = 0.3
"""Distance of two drawings of one glyph, in heights: bold by drawing twice, and shadows."""
_LEFT, _ORDER = attrgetter("left"), attrgetter("order")
_COMB_FROM, _COMB_GAP, _COMB_TOLERANCE = 6, 2.2, 0.15
"""Boxes for single characters: how many make a comb, their widest gap and how much it differs, in heights."""


@dataclass(slots=True)
class GlyphRun:
    """Neighbouring glyphs of one line, from left to right."""

    glyphs: list[Glyph]
    left: float
    bottom: float
    right: float
    top: float
    label: str = ""
    """Its text if it is not drawn as glyphs, such as the value of a form field."""
    is_comb: bool = False
    """Single characters in boxes of their own, which are one word."""

    @property
    def height(self) -> float:
        """Height of the line in points."""
        return self.top - self.bottom

    @property
    def order(self) -> int:
        """Place of its first glyph in the order of drawing."""
        return min((glyph.order for glyph in self.glyphs), default=0)

    @property
    def length(self) -> int:
        """Glyphs in it, white space included."""
        return len(self.label) or len(self.glyphs)


def run_of(glyphs: list[Glyph]) -> GlyphRun:
    """A run of glyphs of one line."""
    glyphs.sort(key=_ORDER)
    glyphs.sort(key=_LEFT)
    lefts, bottoms, rights, tops, _, _ = zip(*glyphs, strict=True)
    return GlyphRun(glyphs, lefts[0], min(bottoms), max(rights), max(tops))


def runs(glyphs: Sequence[Glyph]) -> list[GlyphRun]:
    """Runs in the order of drawing, without white space at their ends."""
    found: list[GlyphRun] = []
    start = 0
    last_left = last_right = floor = ceiling = widest_overlap = widest_gap = math.nan
    for at, (left, bottom, right, top, _, _) in enumerate(glyphs):
        if bottom == floor and top == ceiling and left >= last_left:  # nearly all: one line, to the right
            continues = widest_overlap < left - last_right < widest_gap
        else:
            continues = at == 0 or _continues(glyphs[at - 1], glyphs[at])
            floor, ceiling = bottom, top
            widest_overlap, widest_gap = _LEAP * (top - bottom), _REACH * (top - bottom)
        if not continues:
            found += _trimmed(glyphs[start:at])
            start = at
        last_left, last_right = left, right
    return found + _trimmed(glyphs[start:])


def _trimmed(glyphs: Sequence[Glyph]) -> list[GlyphRun]:
    start, end = 0, len(glyphs)
    while start < end and glyphs[start].text == BLANK:
        start += 1
    while end > start and glyphs[end - 1].text == BLANK:
        end -= 1
    return [run_of(list(glyphs[start:end]))] if start < end else []


def _continues(last: Glyph, glyph: Glyph) -> bool:
    height = min(last.size, glyph.size)
    if (last.bottom, last.top) != (glyph.bottom, glyph.top) and _shared(last, glyph) < _SAME_LINE * height:
        return False
    if glyph.left >= last.left:
        return _LEAP * height < glyph.left - last.right < _REACH * height
    leftwards = not glyph.text.isascii() or glyph.text in " .,:-" or not last.text.isascii()
    return leftwards and _LEAP * height < last.left - glyph.right < _REACH * height


def _shared(one: Glyph | GlyphRun, other: Glyph | GlyphRun) -> float:
    """How much of their heights two boxes share, in points."""
    return min(one.top, other.top) - max(one.bottom, other.bottom)


def rows(parts: Iterable[GlyphRun]) -> list[list[GlyphRun]]:
    """Rows from top to bottom, each from left to right: runs that share most of their height and do not overlap."""
    found: list[list[GlyphRun]] = []
    for run in sorted(parts, key=lambda run: (-run.top, run.left)):
        for row in reversed(found[-8:]):
            if _shared(row[0], run) > 0.5 * min(row[0].height, run.height):
                rest = _beside(row, run)
                if rest is not None:
                    row.extend(rest)
                    break
        else:
            found.append([run])
    for row in found:
        row.sort(key=lambda run: run.left)
    return [_combed(row) for row in sorted(found, key=lambda row: -max(run.top + run.bottom for run in row))]


def _beside(row: Sequence[GlyphRun], run: GlyphRun) -> list[GlyphRun] | None:
    """The runs that a run adds to a row: none if it repeats what is there, None if another text lies in its place."""
    crossed = [other for other in row if min(other.right, run.right) - max(other.left, run.left) > 0.4 * run.height]
    if not crossed:
        return [run]
    drawn = [glyph for other in crossed for glyph in other.glyphs]
    rest = [glyph for glyph in run.glyphs if not any(_repeats(glyph, other) for other in drawn)]
    if len(rest) == len(run.glyphs) or not run.glyphs:
        return None
    return _trimmed(rest)


def _repeats(glyph: Glyph, other: Glyph) -> bool:
    reach = _SAME_PLACE * min(glyph.size, other.size)
    return (
        abs(glyph.left - other.left) < reach
        and abs(glyph.bottom - other.bottom) < reach
        and glyph.text in (other.text, BLANK)
    )


def _combed(row: list[GlyphRun]) -> list[GlyphRun]:
    """The row with combs made one run each."""
    found: list[GlyphRun] = []
    at = 0
    while at < len(row):
        end = at + 1
        while end < len(row) and _in_comb(row[at:end], row[end]):
            end += 1
        if end - at >= _COMB_FROM:
            comb = run_of([glyph for run in row[at:end] for glyph in run.glyphs])
            comb.is_comb = True
            found.append(comb)
        else:
            end = at + 1
            found.append(row[at])
        at = end
    return found


def _in_comb(comb: Sequence[GlyphRun], run: GlyphRun) -> bool:
    if any(one.length != 1 or one.label for one in (comb[-1], run)):
        return False
    gap, height = run.left - comb[-1].right, run.height
    if gap > _COMB_GAP * height:
        return False
    if len(comb) == 1:
        return True
    return alike(comb[0], comb[1], comb[-1], run, _COMB_TOLERANCE * height)


def alike(
    first: Glyph | GlyphRun,
    second: Glyph | GlyphRun,
    before: Glyph | GlyphRun,
    after: Glyph | GlyphRun,
    tolerance: float,
) -> bool:
    """Whether two pairs of neighbours stand at one distance: by gap, left edges or middles, in points."""
    return (
        abs((after.left - before.right) - (second.left - first.right)) < tolerance
        or abs((after.left - before.left) - (second.left - first.left)) < tolerance
        or abs((after.left + after.right - before.left - before.right) / 2
               - (second.left + second.right - first.left - first.right) / 2) < tolerance
    )  # fmt: skip
