"""Tables of AsciiDoc whose cells stand on lines of their own.

Rows on one line are read as any other table with bars; these are not, for only the number of columns says where a row
ends. It is stated by `cols`, or is the number of cells of the first line or of the first block.

Invariants: pure. Time and memory are linear in the text.
"""

import re
from collections.abc import Iterator

_FENCED = re.compile(r"(?m)^(?:\[(?P<attributes>[^\]\n]{0,200})\][ \t]*\n)?\|={3,}[ \t]*\n")
_CLOSING = re.compile(r"(?m)^\|={3,}[ \t]*$")
_COLUMNS = re.compile(r'cols\s*=\s*"?(?P<columns>[^"\]]{1,120})"?')
_REPEATED = re.compile(r"(?P<times>\d{1,3})\*")
_CELL = re.compile(r"(?<!\\)\|")
_BLANK = re.compile(r"\n[ \t]*\n")
_MOST_COLUMNS = 200


def cells_a_line(text: str) -> Iterator[list[list[tuple[int, int]]]]:
    """The rows of each such table: for every cell, where its text stands."""
    place = 0
    while (fence := _FENCED.search(text, place)) is not None:
        closing = _CLOSING.search(text, fence.end())
        end = closing.start() if closing else len(text)
        place = closing.end() if closing else len(text)
        marks = [mark.start() for mark in _CELL.finditer(text, fence.end(), end)]
        width = _width(fence["attributes"] or "", text, fence.end(), marks, end)
        if not 2 <= width <= _MOST_COLUMNS or len(marks) < 2 * width or len(marks) % width:
            continue
        cells = [_trimmed(text, mark + 1, after) for mark, after in zip(marks, [*marks[1:], end], strict=True)]
        rows = [cells[at : at + width] for at in range(0, len(cells), width)]
        if any("\n" in text[row[0][0] : row[-1][0]] for row in rows):
            yield rows


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    return start, max(start, start + len(text[start:end].rstrip()))


def _width(attributes: str, text: str, start: int, marks: list[int], end: int) -> int:
    """The number of columns; 0 if nothing says it."""
    stated = _COLUMNS.search(attributes)
    if stated:
        parts = [part for part in re.split("[,;]", stated["columns"]) if part.strip()]
        repeated = [_REPEATED.match(part.strip()) for part in parts]
        return sum(int(many["times"]) if many else 1 for many in repeated)
    first = next((mark for mark in marks), end)
    line = text.find("\n", first, end)
    on_first_line = sum(mark < line for mark in marks)
    if on_first_line > 1:
        return on_first_line
    blank = _BLANK.search(text, max(start, first), end)
    return sum(mark < blank.start() for mark in marks) if blank else 0
