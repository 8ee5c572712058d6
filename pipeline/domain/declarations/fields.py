"""Fields of a text: a heading, a term or the head of a column with its value alone below it, or both alone on a line.

Documents have such fields wherever their form puts them, such as in the footer of each page, so all of a text is looked
at, and only a value that can be nothing else counts. Prose below a heading is ordinary, and so is a table that lists
levels. Blocks of code show examples and are left out.

Invariants: pure. Time grows with the length of the text.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from pipeline.domain.declarations.keyed_lines import KEYED, in_parts, shown, surely
from pipeline.domain.declarations.tag_keys import PERMISSION_KEYS, meant_key
from pipeline.domain.declarations.tag_values import level_of
from pipeline.domain.declarations.text_lines import TextLine, lines_of

_LONGEST = 120
"""Of a line that is a heading, a term or a value, in characters."""
_WIDEST = 480
"""Of a row of a table."""
_QUOTE = re.compile(r"(?:\s{0,3}>)+")
_MARK = re.compile(r"\s*(?:#{1,6}|={1,6}|\*{1,8}|!{1,6}|\.(?:S[HS]\b)?|h[1-6]\.|\||(?=\*\*|__|\*|_))[^\w*_\[\\]{0,12}")
"""Before a heading: Markdown, AsciiDoc, Org, Textile, wikis, manual pages; or the start of emphasis."""
_MACRO = re.compile(r"\s*\\(?:sub)*(?:section|paragraph|chapter)\*?\{([^{}]{1,80})\}\s*")
_LINK = re.compile(r"\[([^\[\]]{1,80})\]\([^()]{0,200}\)")
_ANCHOR = re.compile(r"\s*(?:\{[^{}]{0,80}\}|<[^<>]{0,80}>)\s*")
_NUMBER = re.compile(r"(?:\d{1,3}[.)]?){1,6}\s+|[A-Z][.)]\s+|[IVX]{1,5}\.\s+")
_KEY = re.compile(r"[^\w]{0,16}(?P<key>[^\W\d_][\w \u00a0&/-]{2,46}?)(?P<tail>[^\w]{0,12})")
_BULLET = re.compile(r"\s{0,12}(?:[-+*\u2022]|\d{1,3}[.)])\s")
_RULE = re.compile(r"\s{0,3}([=~^\"'`#*+.:_-])\1{2,}\s*")
_DEFINED = re.compile(r"\s{0,12}(?:[:~]\s|\s{2,}|\t)")
_TITLE = re.compile(r"\s{0,3}(?:#{1,6}|={2,6})\s")
_INLINE = re.compile(
    r"\s{0,12}(?:[-*]\s)?(?:(?P<term>[^\W\d_][\w \u00a0&/-]{2,46}?)\s{0,4}:{2,4}|:(?P<field>[^\W\d_][\w &/-]{2,46}?):)"
    r"\s{1,40}(?P<value>\S.{0,100})"
)
_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_GRID = "|==="
"""Around a table of AsciiDoc, in which blank lines separate the head from the rows."""
_SIGNS = " \t\u00a0*_`\"'#=!.:-+>\u2022|"
_COLUMNS = re.compile(r"\s{2,}|\t+")
_MOST_ROWS = 200
_MOST_RECORD = 65_536
"""Characters of a file of one record, which the library reads without a limit of its own."""
_SEPARATED = {".csv": ",;|\t", ".tsv": "\t"}
_WORD = re.compile(r"[^\W_]+")

_Row = tuple[int, list[str]]


class Field(NamedTuple):
    """A permission key with a value of its kind."""

    line: int
    key: str
    value: str


def fields(text: str, name: str = "") -> Iterator[Field]:
    """The fields of a text that only tags should be.

    Args:
        text: Decoded.
        name: Of its file; the ending shows that it is a table.

    """
    if (separators := _SEPARATED.get(PurePosixPath(name.casefold()).suffix)) is not None:
        yield from _in_record(text, separators)
        return
    above: TextLine | None = None
    is_page = text.lstrip().startswith("<")  # its words are looked at when they are extracted
    apart = underlined = in_grid = False
    table: list[_Row] = []
    for line in outside_code(text):
        written = line.text.strip()
        if not written and apart and not table:
            continue  # the second of several blank lines changes nothing
        in_grid ^= written.startswith(_GRID)
        if not written and not in_grid:
            yield from _in_table(table)
            table, apart = [], True
        if not any(map(str.isalnum, written)):
            underlined = underlined or (bool(_RULE.fullmatch(line.text)) and above is not None and not apart)
            continue
        cells = _cells(line.text) if len(written) <= _WIDEST else []
        if cells and (not table or len(table[0][1]) == len(cells)):
            table.append((line.number, cells))
        else:
            table = []
        if len(written) > _LONGEST:
            above = None
        else:
            found = list(_on_line(line, cells, above, underlined=underlined))
            if not found and not is_page and (":" in line.text or "=" in line.text):
                found = list(_in_parts(line))
            yield from found
            above = line
        apart = underlined = False
    yield from _in_table(table)


def outside_code(text: str) -> Iterator[TextLine]:
    """The lines of a text that stand in no block of code."""
    fence = ""
    for line in lines_of(text, len(text)):
        mark = _FENCE.match(line.text)
        if mark:
            fence = "" if fence == mark[1] else fence or mark[1]
        elif not fence:
            yield line


def _on_line(line: TextLine, cells: list[str], above: TextLine | None, *, underlined: bool) -> Iterator[Field]:
    inline = _INLINE.fullmatch(line.text)
    if inline and (key := surely(inline["term"] or inline["field"], inline["value"])):
        yield Field(line.number, key, inline["value"])
    elif len(cells) == 2 and (key := surely(*cells)):
        yield Field(line.number, key, cells[1])
    elif (pair := KEYED.match(shown(line.text))) and (key := surely(pair["key"], pair["value"].strip(_SIGNS))):
        yield Field(line.number, key, pair["value"].strip(_SIGNS))
    elif above is not None and (key := _headed(above.text, line.text, underlined=underlined)):
        yield Field(line.number, key, line.text.strip(_SIGNS))


def _in_parts(line: TextLine) -> Iterator[Field]:
    if key := in_parts(shown(line.text)):
        yield Field(line.number, key, next(filter(level_of, _WORD.findall(line.text)), ""))


def _headed(above: str, line: str, *, underlined: bool) -> str | None:
    """The permission key that a line is the value of, by the heading or term above it."""
    above, line = _QUOTE.sub("", shown(above), 1), _QUOTE.sub("", shown(line), 1)
    macro, mark = _MACRO.fullmatch(above), _MARK.match(above)
    heading = _LINK.sub(r"\1", macro[1] if macro else above[mark.end() :] if mark else above)
    match = _KEY.fullmatch(_NUMBER.sub("", _ANCHOR.sub("", heading), 1))
    if match is None or meant_key(match["key"].strip()) not in PERMISSION_KEYS or _TITLE.match(line):
        return None
    is_list = _BULLET.match(above) is not None and _BULLET.match(line) is not None
    is_heading = macro or mark or underlined or match["tail"].strip()[:1] == ":"
    if is_list or not (is_heading or _DEFINED.match(line)):
        return None
    return surely(match["key"], line.strip(_SIGNS))


def _cells(line: str) -> list[str]:
    """The cells of a row of a table; none for any other line."""
    written = line.strip()
    cells = written.strip("|").split("|") if "|" in written else _COLUMNS.split(written)
    return [cell.strip(_SIGNS) for cell in cells] if len(cells) > 1 else []


def _in_table(rows: list[_Row]) -> Iterator[Field]:
    """The fields of a table that says the same of each row, such as one with a single row below its head."""
    if not 1 < len(rows) <= _MOST_ROWS:
        return
    (_, head), *below = rows
    for column, name in enumerate(head):
        if meant_key(name) not in PERMISSION_KEYS:
            continue
        values = [cells[column] for _, cells in below]
        levels = {level_of(value) for value in values}
        if (len(values) == 1 or (len(levels) == 1 and None not in levels)) and (key := surely(name, values[0])):
            yield Field(below[0][0], key, values[0])


def _in_record(text: str, separators: str) -> Iterator[Field]:
    """The fields of a table in a file of its own, if it holds a single record or says the same of each."""
    lines = [line.text[:_MOST_RECORD] for line in lines_of(text, _MOST_RECORD) if line.text.strip()][: _MOST_ROWS + 1]
    for separator in separators:
        rows = list(csv.reader(lines, delimiter=separator))
        if len(rows) > 1 and len(rows[0]) > 1 and all(len(row) == len(rows[0]) for row in rows):
            yield from _in_table(list(enumerate(rows, 1)))
