"""Tables of a page: rows as a reader sees them, or the blocks of a table that only serves the layout."""

from dataclasses import dataclass, field

from pipeline.extraction.office.writing import sparse_table
from pipeline.extraction.pages.flow import Flow

_MANY_BLOCKS = 4
"""A cell with more is a layout, and its blocks stand on their own."""
_WIDEST_SPAN = 1000
"""Columns or rows that one cell can span in a browser."""
_ORDER = {"thead": 0, "tbody": 1, "tfoot": 2}


@dataclass(slots=True)
class PageCell:
    """A cell, and the columns and rows that it spans."""

    flow: Flow
    columns: int
    rows: int
    holds_table: bool = False


@dataclass(slots=True)
class Table:
    """A table whose rows are being read."""

    is_layout: bool
    caption: Flow = field(default_factory=Flow)
    rows: list[tuple[str, list[PageCell]]] = field(default_factory=list)
    """The section of each row, and its cells."""
    section: str = "tbody"

    def cell(self, columns: str, rows: str) -> PageCell:
        """A new cell of the last row."""
        if not self.rows:
            self.rows.append((self.section, []))
        made = PageCell(Flow(), span(columns), span(rows))
        self.rows[-1][1].append(made)
        return made

    def write(self, flow: Flow) -> None:
        """Add the table to a flow."""
        self.caption.block()
        flow.extend(self.caption)
        ordered = sorted(self.rows, key=lambda row: _ORDER[row[0]])
        rows = [row for _, row in ordered]
        cells = [cell for row in rows for cell in row]
        is_layout = self.is_layout or any(
            cell.holds_table or cell.flow.holds_fence or len(cell.flow.blocks) > _MANY_BLOCKS for cell in cells
        )
        if is_layout or all(sum(bool(cell.flow.blocks) for cell in row) < 2 for row in rows):
            for cell in cells:
                flow.extend(cell.flow)
            return
        for block in sparse_table([texts for texts in _placed(rows) if texts]):
            flow.add(block)


def _placed(rows: list[list[PageCell]]) -> list[dict[int, str]]:
    """The texts of the cells of each row by their column."""
    placed: list[dict[int, str]] = []
    taken: dict[int, int] = {}
    for row in rows:
        texts: dict[int, str] = {}
        column = 0
        left = {at: rows_left - 1 for at, rows_left in taken.items() if rows_left > 1}
        for cell in row:
            while column in taken:
                column += 1
            if cell.flow.blocks:
                texts[column] = " ".join(" ".join(cell.flow.blocks).split("\n"))
            for at in range(column, column + cell.columns):
                if cell.rows > 1:
                    left[at] = cell.rows - 1
            column += cell.columns
        taken = left
        placed.append(texts)
    return placed


def span(value: str) -> int:
    """The columns or rows that an attribute such as `colspan` names."""
    return max(1, min(int(value), _WIDEST_SPAN)) if value.isascii() and value.isdigit() and len(value) < 10 else 1
