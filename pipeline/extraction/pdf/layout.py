"""Rows of a page → lines in reading order: columns one after the other, tables row by row.

A band is a stretch of rows that leave the same gutter free. It is columns of prose if each side reads like prose or is
drawn side by side, else a table. Wrapped cells of a table stand whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from pipeline.extraction.pdf.rows import GlyphRun
from pipeline.extraction.pdf.words import text_of

CELL = "\t"
"""Stands between the cells of a table row."""
_GUTTER = 0.9
"""Narrowest gutter, in heights of a line."""
_COLUMN_ROWS = 3
"""Rows that a column of prose has at least."""
_PROSE_LETTERS = 20
"""Glyphs of an ordinary line of a column of prose, the narrowest included."""
_MARK_LETTERS = 4
"""Most glyphs of a bullet or number in front of an item of a list."""
_PARAGRAPH = 0.8
"""Free height between two lines that belong to two paragraphs, in heights."""
_CELL_LEADING = 0.3
"""Largest free height between two lines of one cell, in heights."""
_LOOKAHEAD = 6
"""Rows on one side of a gutter before the first on its other side."""
_DEEPEST = 8
"""Columns inside columns inside columns."""

Row = list[GlyphRun]


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of text and where its row stands."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    height: float
    starts_paragraph: bool = False


class _Gap(NamedTuple):
    left: float
    right: float


class _Shape(NamedTuple):
    """A row as far as bands are concerned."""

    left: float
    right: float
    """Right edge of its last run."""
    height: float
    gaps: list[_Gap]


def lines(rows: Sequence[Row], depth: int = 0) -> list[PageLine]:
    """Every row of a page or column, in reading order."""
    found: list[PageLine] = []
    shapes = [_shape(row) for row in rows]
    at = 0
    while at < len(rows):
        end, gutters = _band(rows, shapes, at)
        band = rows[at:end]
        made = _side_by_side(band, gutters, depth) if gutters else [_line(row) for row in band]
        found += _parted(made, found[-1] if found else None)
        at = end
    return found


def _parted(made: list[PageLine], before: PageLine | None) -> list[PageLine]:
    """Lines marked as beginnings of paragraphs where they stand away from the line before."""
    found = []
    for line in made:
        height = 0.0 if before is None else max(line.height, before.height)
        far = before is not None and not -height < before.bottom - line.top < _PARAGRAPH * height
        found.append(replace(line, starts_paragraph=far or line.starts_paragraph))
        before = line
    return found


def _line(row: Row, text: str | None = None) -> PageLine:
    """The line of a row. `text`: what it says, if it is known."""
    bottom, top = min(run.bottom for run in row), max(run.top for run in row)
    return PageLine(
        text_of(row) if text is None else text, row[0].left, max(run.right for run in row), bottom, top, _height(row)
    )


def _height(row: Row) -> float:
    return max(run.height for run in row)


def _shape(row: Row) -> _Shape:
    return _Shape(row[0].left, row[-1].right, _height(row), _gaps(row))


def _band(rows: Sequence[Row], shapes: Sequence[_Shape], start: int) -> tuple[int, list[_Gap]]:
    """Where the band that begins at `start` ends, and its gutters; a single row without any is a band, too."""
    left, right, height, gaps = shapes[start]
    best: tuple[int, list[_Gap]] = (start + 1, [])
    for end in range(start + 1, len(rows)):
        shape, above = shapes[end], height
        height = shape.height
        gaps = _common(gaps, shape.gaps, _GUTTER * min(height, above))
        left, right = min(left, shape.left), max(right, shape.right)
        inner = [gap for gap in gaps if gap.left > left and gap.right < right]
        if inner:
            best = (end + 1, inner)
        elif best[1] or end - start >= _LOOKAHEAD:
            break
    return best if _worth(rows[start : best[0]], best[1]) else (start + 1, [])


def _worth(band: Sequence[Row], gutters: Sequence[_Gap]) -> bool:
    """Whether more than one row has something on both sides of a gutter."""
    return any(
        sum(row[0].left < gap.left and row[-1].right > gap.right for row in band) >= 2
        or min(sum(row[0].left < gap.left for row in band), sum(row[-1].right > gap.right for row in band))
        >= _COLUMN_ROWS
        for gap in gutters
    )


_FAR = 1e9


def _gaps(row: Row) -> list[_Gap]:
    """Free space of a row, that before and after it included."""
    edges = [(run.left, run.right) for run in row]
    found, reached = [], -_FAR
    for left, right in sorted(edges):
        if left > reached:
            found.append(_Gap(reached, left))
        reached = max(reached, right)
    return [*found, _Gap(reached, _FAR)]


def _common(some: Sequence[_Gap], others: Sequence[_Gap], width: float) -> list[_Gap]:
    """What two rows leave free in common, if it is so wide; both are sorted."""
    if len(some) == len(others) == 2 and others[0].right < some[1].left and some[0].right < others[1].left:
        # Margins only, of two rows over each other: most of all rows.
        return [_Gap(-_FAR, min(some[0].right, others[0].right)), _Gap(max(some[1].left, others[1].left), _FAR)]
    found, i, j = [], 0, 0
    while i < len(some) and j < len(others):
        (left, right), (other_left, other_right) = some[i], others[j]
        start, end = max(left, other_left), min(right, other_right)
        if end - start >= width:
            found.append(_Gap(start, end))
        if right < other_right:
            i += 1
        else:
            j += 1
    return found


def _side_by_side(band: Sequence[Row], gutters: list[_Gap], depth: int) -> list[PageLine]:
    cells = [_cells(row, gutters) for row in band]
    if _is_list(cells):
        return [_line(row) for row in band]
    main = _column_gutter(band, gutters) if depth < _DEEPEST else None
    if main is None:
        return _table(band, cells)
    found = []
    for side in _split(band, main):
        made = lines(side, depth + 1)
        if made:
            made[0] = replace(made[0], starts_paragraph=True)
        found += made
    return found


def _cells(row: Row, gutters: Sequence[_Gap]) -> list[Row]:
    found: list[Row] = [[] for _ in range(len(gutters) + 1)]
    for run in row:
        found[sum(run.left >= gap.left for gap in gutters)].append(run)
    return found


def _split(band: Sequence[Row], gap: _Gap) -> tuple[list[Row], list[Row]]:
    sides: tuple[list[Row], list[Row]] = ([], [])
    for row in band:
        for side, part in zip(sides, _cells(row, [gap]), strict=True):
            if part:
                side.append(part)
    return sides


def _is_list(cells: Sequence[Sequence[Row]]) -> bool:
    """Whether there is only one gutter, between marks and items."""
    return all(len(row) == 2 and sum(run.length for run in row[0]) <= _MARK_LETTERS for row in cells)


def _column_gutter(band: Sequence[Row], gutters: Sequence[_Gap]) -> _Gap | None:
    """The gutter that parts columns of prose; None for a table."""
    for gap in sorted(gutters, key=lambda gap: gap.left - gap.right):
        left, right = _split(band, gap)
        if min(len(left), len(right)) < _COLUMN_ROWS:
            continue
        if all(_reads_like_prose(side) for side in (left, right)) or _is_drawn_apart(left, right):
            return gap
    return None


def _reads_like_prose(side: Sequence[Row]) -> bool:
    lengths = sorted(sum(run.length for run in row) for row in side)
    return lengths[len(lengths) // 2] >= _PROSE_LETTERS


def _is_drawn_apart(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Whether the page draws one side completely before the other, with more than labels on both."""
    orders = [[run.order for row in side for run in row] for side in (left, right)]
    return max(orders[0]) < min(orders[1]) or max(orders[1]) < min(orders[0])


def _table(band: Sequence[Row], cells: Sequence[Sequence[Row]]) -> list[PageLine]:
    found: list[tuple[list[str], PageLine]] = []
    for row, parts in zip(band, cells, strict=True):
        texts = [text_of(part) if part else "" for part in parts]
        shape = _line(row, "")  # its text is that of its cells
        if found and _wraps(found[-1][0], texts, found[-1][1], shape):
            texts = [" ".join(filter(None, pair)) for pair in zip(found[-1][0], texts, strict=True)]
            shape = replace(shape, top=found.pop()[1].top)
        found.append((texts, shape))
    return [replace(shape, text=CELL.join(texts).strip(CELL)) for texts, shape in found]


def _wraps(above: Sequence[str], texts: Sequence[str], before: PageLine, line: PageLine) -> bool:
    """Whether a row goes on with cells of the row above: it has no first cell, and no cell that is new."""
    near = before.bottom - line.top < _CELL_LEADING * max(line.height, before.height)
    return near and not texts[0] and all(cell or not text for cell, text in zip(above, texts, strict=True))
