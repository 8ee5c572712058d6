"""Tables in a text: columns of cells, whatever the format they are written in.

Rows are lines whose cells the same separator divides into the same number: CSV, TSV, semicolons, bars, carets,
Markdown, and cells in line by two blanks or more; or what SQL inserts. Labelled values (`Label: value`, JSON, YAML,
XML) are a table, too: one column for each label. The parts of the document stay where they are: a cell is a stretch
of the text.

Invariants: pure. Cells of a column are in order of place and do not overlap. Time and memory are linear in the text; a
cell costs 16 bytes.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.domain.documents.cells_a_line import cells_a_line
from pipeline.domain.documents.labelled_values import labelled_values
from pipeline.domain.documents.sql_rows import copied_rows, inserted_rows

_MOST_COLUMNS = 200
_MOST_IN_QUOTES = 4000
"""Characters of a cell in quotes: a quotation mark that nothing closes must not swallow the document."""
_ODD_ROWS = 2
"""Rows of another width, or blank lines, that stand inside one table."""
_DIGITS_OF_A_VALUE = 4
"""A first row whose cell holds so many digits is not a row of headers."""
_MOST_ROWS_OF_A_FORM = 200
_LONGEST_LABEL = 60
_LEAST_ROWS = {",": 2, "  ": 2, "^": 2}
"""Rows under the first that a separator needs which is common in prose."""
_SHORTEST_ROW = 3
_SEPARATORS = ("\t", "&", "|", "^", ";", ",", "  ")
_RULE = re.compile(r"[ \t]*[|+:=─┼-][ \t|+:=─┼-]*[ \t]*$")
"""A line between rows: `|---|---|`, `+-----+`."""
_HEAD_RULE = re.compile(r"[ \t]*[|:=─-][ \t|+:=─-]*[ \t]*$")
"""A line under headers. A grid has its lines with `+` between all rows and below the last one."""
_FENCE = re.compile(r"[|,:!]={3,}[ \t]*\r?$")
"""The line above and below a table of AsciiDoc."""
_UNDERLINE = re.compile(r"(?=.*(?:==|--|──))[ \t|+:=─┼-]+\r?$")
"""A line between rows that no row of empty cells is."""
_GAP = re.compile(r" {2,}")
_AND = re.compile(r"(?<!\\)&")
_ROW_OF_LATEX = re.compile(r"\\\\(?:\s*\\[a-z]{4,12})?\s*$")
"""The end of a row in LaTeX, perhaps with a rule after it."""
_LONGEST_ENDING = 40
_BAR = re.compile(r"(?<!\\)\|")
_WRAPPED = " \t\r\"'`*_\u00a0\ufeff"
_OTHER_FORMAT = re.compile(r'\s*(?:[{}\[\]<#>]|"[^"\n]{1,60}"\s*:|(?i:insert )|\(\')')
"""How lines of JSON, XML, SQL, headings and quotations begin."""


@dataclass(slots=True)
class TableColumn:
    """The cells under one header, or the values behind one label."""

    header: str
    """As it is written; empty if the table has no headers."""
    starts: "array[int]" = field(default_factory=lambda: array("Q"))
    """Where each cell that is not empty begins in the text."""
    ends: "array[int]" = field(default_factory=lambda: array("Q"))
    """Where it ends."""

    def __len__(self) -> int:
        return len(self.starts)

    def add(self, start: int, end: int) -> None:
        """Append a cell."""
        self.starts.append(start)
        self.ends.append(end)


@dataclass(frozen=True, slots=True)
class DocumentTable:
    """Columns that belong together."""

    columns: tuple[TableColumn, ...]
    in_rows: bool
    """Whether its cells stand in rows under headers; else they are values behind labels."""


def tables(text: str) -> list[DocumentTable]:
    """Every table in `text`, and one of all labelled values that stand in no row."""
    forms: list[tuple[str, int, int]] = []
    found = [*_grids(text, forms), *_inserted(text), *_by_line(text)]
    by_label: dict[str, TableColumn] = {}
    labelled = sorted((*forms, *labelled_values(text)), key=lambda entry: entry[1])
    last = -1
    for label, begin, stop in labelled:
        start, end = _bare(text, begin, stop)
        if last != start < end:
            last = start  # a second label of the same value says less: `number` of `build number`
            name = label.strip(_WRAPPED)
            column = by_label.setdefault(name, TableColumn(name))
            if not column.ends or start >= column.ends[-1]:
                column.add(start, end)
    if by_label:
        found.append(DocumentTable(tuple(by_label.values()), in_rows=False))
    return found


def _inserted(text: str) -> Iterator[DocumentTable]:
    """A table of the rows that statements of SQL insert into the same columns."""
    by_name: dict[tuple[str, tuple[str, ...], int], tuple[TableColumn, ...]] = {}
    for table, names, row in (*inserted_rows(text), *copied_rows(text)):
        headers = names if len(names) == len(row) else ("",) * len(row)
        columns = by_name.setdefault((table, headers, len(row)), tuple(map(TableColumn, headers)))
        _fill(columns, row)
    for columns in by_name.values():
        yield DocumentTable(columns, in_rows=True)


def _by_line(text: str) -> Iterator[DocumentTable]:
    """Tables of AsciiDoc with one cell a line, under headers if the first row holds no value."""
    for rows in cells_a_line(text) if "|===" in text else ():
        bare = [[_bare(text, *cell) for cell in row] for row in rows]
        headed = not any(_is_value(text[start:end]) for start, end in bare[0])
        columns = tuple(TableColumn(text[start:end] if headed else "") for start, end in bare[0])
        for row in bare[1:] if headed else bare:
            _fill(columns, row)
        yield DocumentTable(columns, in_rows=True)


def _grids(text: str, forms: list[tuple[str, int, int]]) -> Iterator[DocumentTable]:
    """Tables in rows. Of small ones with two columns each row is added to `forms` as label and value."""
    place = 0
    while place < len(text):
        table, end = table_at(text, place)
        if table is not None:
            yield table
            forms += _form(text, table)
        place = end + 1


def table_at(text: str, place: int, *, of_one_row: bool = False) -> tuple[DocumentTable | None, int]:
    """The table whose first row is the line that begins at `place`, if there is one, and where it ends.

    `of_one_row`: one row under the headers is enough for any separator.
    """
    end = _line_end(text, place)
    of_cells = not _OTHER_FORMAT.match(text, place, end) and not _UNDERLINE.match(text, place, end)
    if end - place >= _SHORTEST_ROW and of_cells:
        for separator in _SEPARATORS:
            if text.find(separator, place, end) >= 0 and _may_be_row(text, place, end, separator):
                table, stop = _grid(text, place, separator, 1 if of_one_row else _LEAST_ROWS.get(separator, 1))
                if table is not None:
                    return table, stop
    return None, end


def _may_be_row(text: str, start: int, end: int, separator: str) -> bool:
    """Whether the line after text[start:end] may have as many cells: nearly all prose ends here."""
    if separator == "&":
        return _ROW_OF_LATEX.search(text, max(start, end - _LONGEST_ENDING), end) is not None
    if separator == "|" or '"' in text[start:end]:
        return True
    after = _line_end(text, end + 1)
    if separator == "  ":
        ruled = end + 1 < after and _RULE.match(text, end + 1, after) is not None
        return ruled or text.find(separator, end + 1, after) >= 0
    if '"' in text[end + 1 : after]:
        return True
    return text.count(separator, start, end) == text.count(separator, end + 1, after)


def _grid(text: str, place: int, separator: str, least_rows: int) -> tuple[DocumentTable | None, int]:
    first, stop = _row(text, place, separator)
    width = len(first)
    if not 2 <= width <= _MOST_COLUMNS:
        return None, stop
    bare = [_bare(text, *cell) for cell in first]
    headed = not any(_is_value(text[start:end]) for start, end in bare) and any(end > start for start, end in bare)
    names = [text[start:end] if headed else "" for start, end in bare]
    columns = tuple(map(TableColumn, names))
    if not headed:
        _fill(columns, bare)
    rows, odd, last = int(not headed), 0, stop
    while last < len(text) and odd <= _ODD_ROWS:
        begin = stop + 1
        if begin >= len(text):
            break
        line_end = _line_end(text, begin)
        if _FENCE.match(text, begin, line_end):
            break
        if _RULE.match(text, begin, line_end):
            stop = line_end
            continue
        cells, stop = _row(text, begin, separator)
        if rows and separator == "|" and _is_head_rule(text, stop + 1):
            break  # the next line rules off a new row of headers
        if separator == "  " and 2 <= len(cells) < width:
            cells = _below(first, place, cells, begin)
        if len(cells) == width or (2 < width - 1 <= len(cells) < width):
            _fill(columns, [_bare(text, *cell) for cell in cells], names if headed else None, text)
            rows, odd, last = rows + 1, 0, stop
        else:
            odd += 1
            stop = line_end
    if rows < least_rows:
        return None, stop
    return DocumentTable(columns, in_rows=True), last


def _is_head_rule(text: str, place: int) -> bool:
    end = _line_end(text, place)
    return _HEAD_RULE.match(text, place, end) is not None and _FENCE.match(text, place, end) is None


def _below(
    first: list[tuple[int, int]], first_line: int, cells: list[tuple[int, int]], line: int
) -> list[tuple[int, int]]:
    """The cells of a row with gaps, each at the place of the cell of the first row that it stands below.

    `cells` as they are if one stands below none or below the same as the one before.
    """
    placed, number = [(line, line)] * len(first), -1
    for start, end in cells:
        below = [
            place
            for place, (left, right) in enumerate(first)
            if left - first_line < end - line and start - line < right - first_line
        ]
        if not below or below[0] <= number:
            return cells
        number = below[0]
        placed[number] = (start, end)
    return placed


def _form(text: str, table: DocumentTable) -> Iterator[tuple[str, int, int]]:
    """The rows of a table as labels and values, if that is what they can be."""
    if len(table.columns) != 2:
        return
    labels, values = table.columns
    if len(labels) != len(values) or len(labels) > _MOST_ROWS_OF_A_FORM:
        return
    for start, end, left, right in zip(labels.starts, labels.ends, values.starts, values.ends, strict=True):
        if end - start <= _LONGEST_LABEL and not _is_value(text[start:end]):
            yield text[start:end], left, right


def _fill(
    columns: tuple[TableColumn, ...], cells: list[tuple[int, int]], names: list[str] | None = None, text: str = ""
) -> None:
    if names and all(text[start:end] == name for (start, end), name in zip(cells, names, strict=False)):
        return  # headers again, as on each page of a print
    for column, (start, end) in zip(columns, cells, strict=False):
        if start < end:
            column.add(start, end)


def _row(text: str, place: int, separator: str) -> tuple[list[tuple[int, int]], int]:
    """The cells of the row that begins at `place`, and where the row ends."""
    end = _line_end(text, place)
    if separator == "  ":
        line = text[place:end]
        begin = end - len(line.lstrip(" "))
        return _split(_GAP, text, begin, max(begin, place + len(line.rstrip(" \r")))), end
    if separator == "&":
        ending = _ROW_OF_LATEX.search(text, max(place, end - _LONGEST_ENDING), end)
        return _split(_AND, text, place, ending.start() if ending else end), end
    if separator == "|":
        line = text[place:end]
        begin = place + len(line) - len(line.lstrip(" \t"))
        stop = place + len(line.rstrip(" \t\r"))
        if begin < stop and text[begin] == "|":
            begin += 1
            stop -= begin < stop and text[stop - 1] == "|" and text[stop - 2] != "\\"
        return _split(_BAR, text, begin, stop), end
    if text.find('"', place, end) < 0:
        cells, begin = [], place
        while (found := text.find(separator, begin, end)) >= 0:
            cells.append((begin, found))
            begin = found + 1
        return [*cells, (begin, end)], end
    return _quoted_row(text, place, separator)


def _quoted_row(text: str, place: int, separator: str) -> tuple[list[tuple[int, int]], int]:
    cells: list[tuple[int, int]] = []
    while True:
        begin = place
        while begin < len(text) and text[begin] == " ":
            begin += 1
        if begin < len(text) and text[begin] == '"':
            close = _closing(text, begin)
            if close is not None:
                after = close + 1
                while after < len(text) and text[after] in " \r":
                    after += 1
                if after >= len(text) or text[after] in (separator, "\n"):
                    cells.append((begin + 1, close))
                    if after >= len(text) or text[after] == "\n":
                        return cells, after
                    place = after + 1
                    continue
        end = _line_end(text, place)
        found = text.find(separator, place, end)
        cells.append((place, end if found < 0 else found))
        if found < 0 or len(cells) > _MOST_COLUMNS:
            return cells, end
        place = found + 1


def _closing(text: str, opening: int) -> int | None:
    """Where the quotation mark stands that closes the one at `opening`; two together stand for one in the cell."""
    limit = min(len(text), opening + _MOST_IN_QUOTES)
    place = text.find('"', opening + 1, limit)
    while place >= 0 and text[place + 1 : place + 2] == '"':
        place = text.find('"', place + 2, limit)
    return None if place < 0 else place


def _split(separator: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    cells = []
    for found in separator.finditer(text, start, end):
        cells.append((start, found.start()))
        start = found.end()
    return [*cells, (start, end)]


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """A cell without blanks, quotation marks and emphasis around it."""
    while start < end and text[start] in _WRAPPED:
        start += 1
    while end > start and text[end - 1] in _WRAPPED:
        end -= 1
    return start, end


def _is_value(cell: str) -> bool:
    return "@" in cell or len(cell) > 80 or sum(map(str.isdigit, cell)) >= _DIGITS_OF_A_VALUE


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end
