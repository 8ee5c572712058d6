"""Tables whose headers stand in the first column: one row for each sort of value, one column for each person.

Invariants: pure; only small tables are turned, so time is linear in the text.
"""

from collections.abc import Sequence

from pipeline.domain.documents.tables import DocumentTable, TableColumn

_MOST_ROWS = 60
_LEAST_VALUES = 2


def first_cells(text: str, table: DocumentTable) -> Sequence[str]:
    """The cells of the first column, if `table` may be turned; else none."""
    if not table.in_rows or len(table.columns) <= _LEAST_VALUES or not 1 < len(table.columns[0]) <= _MOST_ROWS:
        return ()
    first = table.columns[0]
    return [text[start:end] for start, end in zip(first.starts, first.ends, strict=True)]


def turned(text: str, table: DocumentTable) -> DocumentTable:
    """`table` with its rows as columns. Each begins with its header, at a cell of the first column."""
    first = table.columns[0]
    columns = [TableColumn(text[start:end].strip(" \t*_")) for start, end in zip(first.starts, first.ends, strict=True)]
    others = sorted((start, end) for c in table.columns[1:] for start, end in zip(c.starts, c.ends, strict=True))
    row = 0
    for start, end in others:
        while row + 1 < len(columns) and first.starts[row + 1] <= start:
            row += 1
        if start >= first.ends[row]:
            columns[row].add(start, end)
    return DocumentTable(tuple(columns), in_rows=True)
