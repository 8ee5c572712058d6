"""Tables that a text holds as HTML or as arrays of a programming language, with their cells where they stand.

`tables.py` reads tables whose rows are lines. Here a row is an element `tr`, or one array or tuple inside another:
`[["host", "password"], ["db", "…"]]`. The first row, or an array named `columns`, gives the headers. A row of two cells
in HTML is also a label with its value.

Invariants: pure. Cells of a column are in order of place. Each part of the text is read once, so time is linear.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.domain.documents.tables import DocumentTable, TableColumn

_MOST_COLUMNS = 60
_LONGEST_HEADER = 60
_TABLE = re.compile(r"(?i)<table\b")
_TABLE_END = re.compile(r"(?i)</table\s*>")
_ROW = re.compile(r"(?i)<(?:tr|row)\b[^<>]{0,300}>")
_CELL = re.compile(r"(?i)<(?:t[hd]|cell)\b[^<>]{0,300}>")
_CELL_END = re.compile(r"(?i)</?(?:t[hdr]|row|cell|table|tbody|thead)\b")
_TAGS_BEFORE = re.compile(r"(?:\s|<[^<>]{1,100}>)*")
_TAGS_BEHIND = re.compile(r"(?:<[^<>]{1,100}>|\s)+$")
_VALUE = r"""(?:"(?:[^"\\\n]|\\.){0,400}"|'(?:[^'\\\n]|\\.){0,400}'|[\w.+-]{1,60})"""
_ARRAY_OF_ARRAYS = re.compile(r"""[\[(]\s{0,40}(?=[\[(]\s{0,40}["'])""")
_ARRAY = re.compile(
    rf"\s{{0,40}},?\s{{0,40}}[\[(]\s{{0,40}}"
    rf"(?P<cells>{_VALUE}(?:\s{{0,40}},\s{{0,40}}{_VALUE}){{1,{_MOST_COLUMNS - 1}}})"
    r"\s{0,40},?\s{0,40}[\])]"
)
_ITEM = re.compile(_VALUE)
_COLUMNS_BEFORE = re.compile(
    r"""(?i)["']?(?:columns?|headers?|fields|cols|names|keys)["']?\s{0,4}[:=]\s{0,40}[\[(]"""
    rf"""\s{{0,40}}(?P<cells>{_VALUE}(?:\s{{0,40}},\s{{0,40}}{_VALUE}){{1,{_MOST_COLUMNS - 1}}})\s{{0,40}}[\])]"""
    r"""\s{0,40},?\s{0,40}["']?\w{1,20}["']?\s{0,4}[:=]\s{0,40}$"""
)
_WIKI_TABLE = re.compile(r"(?m)^\{\|[^\n]{0,300}(?=\n)")
_WIKI_ROW = re.compile(r"\n\|-[^\n]{0,300}|(?=\n!)(?<!\n)")
_WIKI_CELL = re.compile(r"\n[|!](?![-}+])|\|\||!!")
_REACH = 2_000
"""Characters before an array of arrays in which the array of its headers may stand."""

Span = tuple[int, int]


def tables_in_markup(text: str) -> Iterator[DocumentTable]:
    """Every such table in `text`."""
    if "<t" in text or "<T" in text:
        yield from _of_html(text)
    if "{|" in text:
        yield from _of_wiki(text)
    if _ARRAY_OF_ARRAYS.search(text):
        yield from _of_arrays(text)


def _of_html(text: str) -> Iterator[DocumentTable]:
    for begin, stop in _stretches(_TABLE, text, 0, len(text)):
        end = _TABLE_END.search(text, begin, stop)
        rows = [list(_html_cells(text, *row)) for row in _stretches(_ROW, text, begin, end.start() if end else stop)]
        table = _table(text, rows)
        if table is not None:
            yield table
        pairs = [row for row in rows if len(row) == 2 and row[0][1] - row[0][0] <= _LONGEST_HEADER]
        if pairs:
            yield DocumentTable(tuple(_column(text[slice(*label)], [value]) for label, value in pairs), in_rows=False)


def _html_cells(text: str, begin: int, stop: int) -> Iterator[Span]:
    for start, limit in _stretches(_CELL, text, begin, stop):
        close = _CELL_END.search(text, start, limit)
        end = close.start() if close else limit
        before = _TAGS_BEFORE.match(text, start, end)
        first = before.end() if before else start
        yield first, first + len(_TAGS_BEHIND.sub("", text[first:end]))


def _stretches(opening: re.Pattern[str], text: str, begin: int, stop: int) -> Iterator[Span]:
    """From the end of each opening tag to the next one."""
    places = [found.span() for found in opening.finditer(text, begin, stop)]
    for number, (_, start) in enumerate(places):
        yield start, places[number + 1][0] if number + 1 < len(places) else stop


def _of_wiki(text: str) -> Iterator[DocumentTable]:
    """Tables of MediaWiki: `{|` to `|}`, rows after `|-`, cells after `|`, `||`, `!` or `!!`."""
    for begin, stop in _stretches(_WIKI_TABLE, text, 0, len(text)):
        end = text.find("\n|}", begin, stop)
        end = stop if end < 0 else end
        rows = [[*_wiki_cells(text, *row)] for row in _stretches(_WIKI_ROW, text, begin, end)]
        table = _table(text, [row for row in rows if row])
        if table is not None:
            yield table


def _wiki_cells(text: str, begin: int, stop: int) -> Iterator[Span]:
    for start, end in _stretches(_WIKI_CELL, text, begin, stop):
        cell = text[start:end]
        yield start + len(cell) - len(cell.lstrip()), start + len(cell.rstrip())


def _of_arrays(text: str) -> Iterator[DocumentTable]:
    place = 0
    while (opening := _ARRAY_OF_ARRAYS.search(text, place)) is not None:
        place, rows = opening.end(), []
        while (row := _ARRAY.match(text, place)) is not None:
            rows.append([_without_quotes(text, *item.span()) for item in _ITEM.finditer(text, *row.span("cells"))])
            place = row.end()
        above = _COLUMNS_BEFORE.search(text, max(0, opening.start() - _REACH), opening.start())
        if above is not None:
            names = [_without_quotes(text, *item.span()) for item in _ITEM.finditer(text, *above.span("cells"))]
            rows.insert(0, names)
        table = _table(text, rows)
        if table is not None:
            yield table


def _without_quotes(text: str, start: int, end: int) -> Span:
    return (start + 1, end - 1) if text[start] in "\"'" else (start, end)


def _table(text: str, rows: Sequence[Sequence[Span]]) -> DocumentTable | None:
    """The rows as columns below the first one, if it can be a row of headers and other rows are as wide."""
    if len(rows) < 2 or not 2 <= len(rows[0]) <= _MOST_COLUMNS:
        return None
    names = [text[start:end] for start, end in rows[0]]
    body = [row for row in rows[1:] if len(row) == len(names)]
    if not body or any(len(name) > _LONGEST_HEADER for name in names):
        return None
    columns = (_column(name, [row[number] for row in body]) for number, name in enumerate(names))
    return DocumentTable(tuple(columns), in_rows=True)


def _column(header: str, cells: Sequence[Span]) -> TableColumn:
    column = TableColumn(header)
    for start, end in cells:
        if start < end:
            column.add(start, end)
    return column
