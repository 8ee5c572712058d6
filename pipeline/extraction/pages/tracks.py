"""Rows and columns without size: tracks of grids (CSS Grid 1), and collapsed columns of tables (CSS 2.2, 17.5.5)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.extents import is_flat_track
from pipeline.extraction.pages.tables import span

_MOST_REPEATED = 50
_NOT_PLACED = frozenset(("absolute", "fixed"))


@dataclass(slots=True)
class _Grid:
    """The tracks of a grid, by whether they have no size, and how many boxes were placed in it."""

    columns: list[bool]
    rows: list[bool]
    more_rows: bool
    """Whether rows beyond those have no size."""
    placed: int = 0


@dataclass(slots=True)
class _Columns:
    """The columns of a table that are collapsed, and those that each cell takes."""

    of_cells: dict[int, range]
    of_parts: dict[int, range]
    """The columns that each `col` and `colgroup` stands for."""
    collapsed: set[int] = field(default_factory=set)


class Tracks:
    """The grids and tables of a page, filled in its order."""

    def __init__(self) -> None:
        self._grids: dict[int, _Grid] = {}
        self._columns: dict[int, _Columns] = {}
        """The columns of a table by each of its cells, `col` and `colgroup`."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that depends on the place of an element."""
        return not self._grids and not self._columns

    def open(self, element: Element, display: str, own: Declarations) -> None:
        """Note the tracks of a grid, or the columns of a table, before what is in it is asked for.

        Args:
            element: The element.
            display: Its display.
            own: Its declarations.

        """
        if element.tag == "table" and any(part.tag in ("col", "colgroup") for part in element):
            columns = _Columns(dict(_cells(element)), dict(_parts(element)))
            self._columns |= dict.fromkeys((*columns.of_cells, *columns.of_parts), columns)
        elif display.endswith("grid"):
            both = own.get("grid-template", [])
            slash = both.index("/") if "/" in both else len(both)
            rows = _tracks(own.get("grid-template-rows") or both[:slash])
            columns_of_grid = _tracks(own.get("grid-template-columns") or both[slash + 1 :])
            more = _tracks(own.get("grid-auto-rows", []))
            if any((*rows, *columns_of_grid, *more)):
                self._grids[id(element)] = _Grid(columns_of_grid or [False], rows, bool(more) and all(more))

    def collapse(self, part: Element, own: Declarations) -> None:
        """Note a `col` or `colgroup` that is collapsed."""
        columns = self._columns.get(id(part))
        value = own.get("visibility")
        if columns is not None and value and getattr(value[0], "lower_value", "") == "collapse":
            columns.collapsed |= set(columns.of_parts.get(id(part), ()))

    def is_collapsed(self, cell: Element) -> bool:
        """Whether all columns of a cell are collapsed."""
        columns = self._columns.get(id(cell))
        return (
            columns is not None
            and id(cell) in columns.of_cells
            and columns.collapsed >= set(columns.of_cells[id(cell)])
        )

    def is_flat(self, around: Element | None, own: Declarations) -> bool:
        """Whether the next box in a grid is in a row or a column without size.

        Args:
            around: The element around the box.
            own: Its declarations.

        """
        grid = self._grids.get(id(around))
        if grid is None or any(
            getattr(own[name][0], "lower_value", "") in (_NOT_PLACED | {"none"})
            for name in ("position", "display")
            if own.get(name)
        ):
            return False
        row, column = divmod(grid.placed, len(grid.columns))
        grid.placed += 1
        area = own.get("grid-area", [])
        numbers = [token.int_value for token in area if token.type == "number"]
        row = _line(own, "grid-row", numbers[0] if numbers else None, row)
        column = _line(own, "grid-column", numbers[1] if len(numbers) > 1 else None, column)
        is_flat_row = grid.rows[row] if row < len(grid.rows) else grid.more_rows
        return is_flat_row or (column < len(grid.columns) and grid.columns[column])


def _line(own: Declarations, name: str, of_area: int | None, otherwise: int) -> int:
    """The place of a box along one direction, from 0."""
    value = own.get(name)
    number = value[0].int_value if value and value[0].type == "number" else of_area
    return otherwise if not number or number < 1 else number - 1


def _tracks(tokens: list[Any]) -> list[bool]:
    """Whether each track has no size."""
    found: list[bool] = []
    for token in tokens:
        if token.type == "function" and token.lower_name == "repeat":
            inner = [part for part in token.arguments if part.type not in ("whitespace", "literal")]
            count = inner[0].int_value if inner and inner[0].type == "number" else 1
            found += _tracks(inner[1:]) * max(1, min(count or 1, _MOST_REPEATED))
        elif token.type in ("number", "dimension", "percentage", "function", "ident"):
            found.append(is_flat_track(token))
    return found


def _parts(table: Element) -> Iterator[tuple[int, range]]:
    """The columns that each `col` and `colgroup` of a table stands for."""
    start = 0
    for part in table:
        if part.tag == "col":
            yield id(part), range(start, start + span(part.get("span", "")))
            start += span(part.get("span", ""))
        elif part.tag == "colgroup":
            first = start
            for inner in part:
                if inner.tag == "col":
                    yield id(inner), range(start, start + span(inner.get("span", "")))
                    start += span(inner.get("span", ""))
            start = start if start > first else first + span(part.get("span", ""))
            yield id(part), range(first, start)


def _cells(table: Element) -> Iterator[tuple[int, range]]:
    """The columns that each cell of a table takes."""
    taken: dict[int, int] = {}
    for row in _rows(table):
        column = 0
        left = {at: rows_left - 1 for at, rows_left in taken.items() if rows_left > 1}
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            while column in taken:
                column += 1
            across, down = span(cell.get("colspan", "")), span(cell.get("rowspan", ""))
            yield id(cell), range(column, column + across)
            if down > 1:
                left |= dict.fromkeys(range(column, column + across), down)
            column += across
        taken = {at: rows for at, rows in left.items() if rows > 0}


def _rows(table: Element) -> Iterator[Element]:
    for part in table:
        if part.tag == "tr":
            yield part
        elif part.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in part if row.tag == "tr")
