"""Rows of `INSERT INTO people (name, phone) VALUES (…), (…)`, as cells by column.

Invariants: pure; a value, a list of columns and the distance between two of them are bounded, so time is linear in the
text.
"""

import re
from collections.abc import Iterator

_INSERT = re.compile(
    r"\bINSERT\s{1,9}(?:OR\s{1,9}\w{1,9}\s{1,9}|IGNORE\s{1,9})?INTO\s{1,9}(?P<table>[^\s(]{1,200})\s{0,9}"
    r"(?:\((?P<columns>[^()]{1,4000})\)\s{0,9})?VALUES\s{0,9}",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\s{0,200}(?:[NEne]?'(?P<quoted>(?:[^'\\]|''|\\.){0,4000})'|(?P<bare>[^,()'\n]{0,200}?))\s{0,9}(?P<end>[,)])",
    re.DOTALL,
)
_NEXT_ROW = re.compile(r"\s{0,200},?\s{0,200}\(")
_COPY = re.compile(
    r"^COPY\s{1,9}(?P<table>[^\s(]{1,200})\s{0,9}\((?P<columns>[^()]{1,4000})\)\s{1,9}FROM\s{1,9}stdin;[ \t\r]*\n",
    re.IGNORECASE | re.MULTILINE,
)
"""The beginning of a table in a dump of PostgreSQL: rows with tabs follow, up to a line with `\\.`."""
_NAME_MARKS = " \t\r\n`\"'[]"

Row = list[tuple[int, int]]


def inserted_rows(text: str) -> Iterator[tuple[str, tuple[str, ...], Row]]:
    """Name of the table, names of the columns (none if the statement has none), and the cells of each row."""
    place = 0
    while found := _INSERT.search(text, place):
        names = tuple(name.strip(_NAME_MARKS) for name in (found["columns"] or "").split(",") if name.strip())
        place = found.end()
        while opening := _NEXT_ROW.match(text, place):
            row, end = _row(text, opening.end())
            if end is None:
                break
            place = end
            yield found["table"], names, row


def copied_rows(text: str) -> Iterator[tuple[str, tuple[str, ...], Row]]:
    """Name of the table, names of the columns, and the cells of each row of a dump of PostgreSQL."""
    place = 0
    while found := _COPY.search(text, place):
        names = tuple(name.strip(_NAME_MARKS) for name in found["columns"].split(","))
        place = found.end()
        while place < len(text) and not text.startswith("\\.", place):
            end = text.find("\n", place)
            end = len(text) if end < 0 else end
            row: Row = []
            for cell in text[place:end].split("\t"):
                row.append((place, place + len(cell)))
                place += len(cell) + 1
            place = end + 1
            yield found["table"], names, row


def _row(text: str, place: int) -> tuple[Row, int | None]:
    """The cells of the row whose first value begins at `place`, and where it ends; None if it is broken."""
    row: Row = []
    while value := _VALUE.match(text, place):
        row.append(value.span("quoted" if value["quoted"] is not None else "bare"))
        place = value.end()
        if value["end"] == ")":
            return row, place
    return row, None
