"""Text of workbooks: each sheet under its name, values as their formats show them.

Invariants: columns without text are left out, so the size of the text is bounded by its cells. Hidden sheets, rows and
columns are in the text and reported. Formulas are left out; one without a kept value is reported.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.extraction.containers import Refused
from pipeline.extraction.office import number_formats, sheet_conditions
from pipeline.extraction.office.colours import theme_of
from pipeline.extraction.office.parts import RELATION, SHEET, Element, Parts, Relation, integer
from pipeline.extraction.office.reading import OfficeText
from pipeline.extraction.office.sheet_drawings import Covering, SheetDrawing
from pipeline.extraction.office.sheet_styles import CellFormat, RichRun, cell_formats, overlays, rich_runs
from pipeline.extraction.office.writing import Span, Writing, sparse_table

_MAIN = "xl/workbook.xml"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MARGIN_CODE = re.compile(r'&(?:&|"[^"]*"|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|\d{1,3}|[A-Za-z+-])')
_DDE = re.compile(r"(?<![\w'\"])[A-Za-z]\w*\|'?[^!|]{0,300}!|\bDDE\s*\(", re.IGNORECASE)
_FETCHES = re.compile(r"\b(?:WEBSERVICE|RTD|IMAGE|CALL|REGISTER\.ID)\s*\(", re.IGNORECASE)
_NARROWEST = 0.3
"""Columns narrower than this share of a digit show nothing."""
_LOWEST = 2.0
"""Rows lower than this many points show nothing."""
_USUAL_WIDTH = 8.43
"""Characters of a column, if a sheet does not say."""
_FEWEST_WORDS = 3
"""A cell with fewer words under a picture may be a value of the chart that the picture is."""
_CONDITION = "conditionalFormatting"
_MOST_COVERED = 100
"""Columns whose widths are added up."""
_ON = ("1", "true")


@dataclass(slots=True)
class _Sheet:
    """One sheet while it is read."""

    number: int
    hidden: bool
    columns: list[tuple[int, int]] = field(default_factory=list)
    """First and last of hidden columns, counted from 1."""
    widths: list[tuple[int, int, float]] = field(default_factory=list)
    """First and last of columns, and how many characters they hold."""
    is_low: bool = False
    """Whether rows without a height of their own show nothing."""
    fills: dict[tuple[int, int], CellFormat] = field(default_factory=dict)
    """Row and column of cells with a background of their own."""
    table_heads: list[tuple[int, int, int]] = field(default_factory=list)
    """Row, first and last column of heads of tables, which their style colours."""
    rows: list[dict[int, str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """The number of each row, in ascending order."""

    def width(self, column: int) -> float:
        """Characters that a column holds."""
        return next((width for first, last, width in self.widths if first <= column <= last), _USUAL_WIDTH)


def read(parts: Parts) -> OfficeText:
    """The text of a workbook. Raises `Refused` when it has too many cells, and what a parser raises."""
    return _WorkbookReader(parts).read()


class _WorkbookReader:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        main = next((one.target for one in parts.relations("").values() if one.kind == "officeDocument"), _MAIN)
        book = parts.root(main)
        if book is None:
            raise Refused("corrupt")
        self._book, self._relations = book, parts.relations(main)
        self._theme = theme_of(parts.root(self._target("theme", "xl/theme/theme1.xml")))
        styles = parts.root(self._target("styles", "xl/styles.xml"))
        self._formats, self._overlays = cell_formats(styles, self._theme), overlays(styles, self._theme)
        self._settled = {
            at: look.technique("", is_text=True) for at, look in enumerate(self._formats) if look.is_the_same_for_all
        }
        """Formats by number that hide any value or none, and how."""
        strings = self._target("sharedStrings", "xl/sharedStrings.xml")
        self._shared: list[str] = []
        self._runs: dict[int, list[RichRun]] = {}
        """Shared strings by number that have parts with a look of their own."""
        for at, one in enumerate(parts.stream(strings, SHEET + "si")):
            self._shared.append(_rich(one))
            if runs := rich_runs(one, self._theme):
                self._runs[at] = runs
        properties = book.find(SHEET + "workbookPr")
        self._from_1904 = properties is not None and properties.get("date1904") in _ON
        self._reading = OfficeText()
        self._writing = self._reading.writing

    def read(self) -> OfficeText:
        """Everything, in order."""
        for number, one in enumerate(self._book.iter(SHEET + "sheet"), start=1):
            relation = self._relations.get(one.get(RELATION + "id", ""))
            if relation is not None and not relation.external and relation.target in self._parts.names:
                sheet = _Sheet(number, one.get("state", "visible") != "visible")
                self._sheet(relation.target, one.get("name", ""), sheet)
        for relation in self._relations.values():
            if relation.kind == "externalLink":
                self._report_links(relation.target)
            elif relation.kind == "connections":
                self._writing.hide("xlsx-external-link", relation.target, "connections")
        return self._reading

    def _target(self, kind: str, usual: str) -> str:
        found = (one.target for one in self._relations.values() if one.kind == kind and not one.external)
        return next(found, usual)

    def _report_links(self, name: str) -> None:
        root = self._parts.root(name)
        dde = root.find(SHEET + "ddeLink") if root is not None else None
        if dde is not None:
            self._writing.hide("xlsx-dde", f"{dde.get('ddeService', '')} {dde.get('ddeTopic', '')}", "links")
        for relation in self._parts.relations(name).values():
            if relation.external:
                self._writing.hide("xlsx-external-link", relation.target, "links")

    def _sheet(self, name: str, title: str, sheet: _Sheet) -> None:
        relations = self._parts.relations(name)
        for relation in relations.values():
            table = self._parts.root(relation.target) if relation.kind == "table" and not relation.external else None
            if table is not None and table.get("headerRowCount") != "0":
                sheet.table_heads.append(_first_row(table.get("ref", "")))
        inner = Writing()
        margins: dict[str, str] = {}
        for element in self._parts.stream(
            name, *(SHEET + tag for tag in ("row", "cols", "headerFooter", "mergeCell", "sheetFormatPr", _CONDITION))
        ):
            if element.tag == SHEET + "row":
                self._row(element, sheet, inner)
            elif element.tag == SHEET + "cols":
                sheet.columns = [_range(one) for one in element if _is_narrow(one, "width", _NARROWEST)]
                sheet.widths = [(*_range(one), _number(one.get("width"), _USUAL_WIDTH)) for one in element]
            elif element.tag == SHEET + "sheetFormatPr":
                sheet.is_low = _number(element.get("defaultRowHeight"), _LOWEST + 1) <= _LOWEST
            elif element.tag == SHEET + _CONDITION:
                self._conditions(element, sheet, inner)
            elif element.tag == SHEET + "mergeCell":
                self._merged(element.get("ref", ""), sheet, inner)
            else:
                margins = {str(one.tag).removeprefix(SHEET): one.text or "" for one in element}
        self._margin(margins, "Header", inner)
        inner.blocks.extend(sparse_table(sheet.rows))
        for relation in relations.values():
            self._beside(relation, inner, sheet)
        self._margin(margins, "Footer", inner)
        if sheet.hidden:
            texts = [value for row in sheet.rows for value in row.values()]
            inner.hidden = [run for run in inner.hidden if run.technique == "xlsx-comment"]
            inner.hide("xlsx-hidden-sheet", " ".join(texts), f"sheet {sheet.number}")
        self._writing.hidden.extend(inner.hidden)
        if inner.blocks:
            self._writing.blocks.append(f"## {title}")
            self._writing.blocks.extend(inner.blocks)

    def _row(self, row: Element, sheet: _Sheet, writing: Writing) -> None:
        values: dict[int, str] = {}
        hidden: dict[str, list[str]] = {}
        number = integer(row.get("r"), len(sheet.rows) + 1)
        row_hidden = _is_narrow(row, "ht", _LOWEST) or (sheet.is_low and "ht" not in row.attrib)
        column = 0
        for cell in row:
            column = _column(cell.get("r", "")) or column + 1
            at = integer(cell.get("s"))
            look = self._formats[at] if 0 <= at < len(self._formats) else CellFormat()
            value, formula = self._value(cell, look.code)
            self._report_formula(formula, value, hidden)
            if not value.strip():
                continue
            values[column] = value
            if not look.plain:
                sheet.fills[number, column] = look
            whole = "xlsx-hidden-row" if row_hidden else None
            if any(low <= column <= high for low, high in sheet.columns):
                whole = whole or "xlsx-hidden-column"
            if whole is None and at in self._settled and self._settled[at] is None and not self._is_rich(cell):
                continue
            headed = look.plain and any(n == number and a <= column <= z for n, a, z in sheet.table_heads)
            for technique, text in [(whole, value)] if whole else self._hidden(cell, look, value, sheet.width(column)):
                if not headed or technique.endswith(("-column", "-row")):
                    hidden.setdefault(technique, []).append(text)
        for technique, texts in hidden.items():
            writing.hide(technique, " ".join(texts), f"sheet {sheet.number}, row {number}")
        if values:
            sheet.rows.append(values)
            sheet.numbers.append(number)

    def _is_rich(self, cell: Element) -> bool:
        """Whether parts of a text may have a look of their own."""
        kind = cell.get("t")
        return kind == "inlineStr" or (kind == "s" and bool(self._runs))

    def _hidden(self, cell: Element, look: CellFormat, value: str, width: float) -> Iterator[tuple[str, str]]:
        """The techniques by which a cell hides its value or parts of it."""
        is_text = cell.get("t", "n") in ("s", "str", "inlineStr")
        stored = value if is_text else (cell.findtext(SHEET + "v") or "").strip()
        runs: list[RichRun] = []
        if cell.get("t") == "s":
            runs = self._runs.get(integer(cell.findtext(SHEET + "v"), -1), [])
        elif (inline := cell.find(SHEET + "is")) is not None:
            runs = rich_runs(inline, self._theme)
        if not runs:
            if (technique := look.technique(stored, is_text=is_text, width=width)) is not None:
                yield technique, value
            return
        for run in runs:
            technique = look.technique(stored, is_text=is_text, run=run, width=width)
            if technique is not None and run.text.strip():
                yield technique, _unescaped(run.text)

    def _conditions(self, element: Element, sheet: _Sheet, writing: Writing) -> None:
        """Report texts that a conditional format hides. They come after the rows."""
        for rule in sheet_conditions.rules_of(element, self._overlays):
            for top, bottom, left, right in rule.ranges:
                for at in range(bisect_left(sheet.numbers, top), bisect_right(sheet.numbers, bottom)):
                    number, values = sheet.numbers[at], sheet.rows[at]
                    texts = [
                        value
                        for column, value in values.items()
                        if left <= column <= right
                        and rule.overlay.hides(sheet.fills.get((number, column), CellFormat()).fill)
                        and rule.holds(value)
                    ]
                    writing.hide("xlsx-conditional-format", " ".join(texts), f"sheet {sheet.number}, row {number}")

    def _under(self, areas: list[Covering], sheet: _Sheet, writing: Writing) -> None:
        """Report the sentences in cells that a picture or a filled shape covers with all that they need."""
        for area in areas:
            room = sum(sheet.width(column) for column in area.columns[:_MOST_COVERED])
            first, last = area.top.cell + 1, area.bottom.cell + 1
            for at in range(bisect_left(sheet.numbers, first), bisect_right(sheet.numbers, last)):
                number, values = sheet.numbers[at], sheet.rows[at]
                texts = [
                    value
                    for column, value in values.items()
                    if area.has(number, column) and len(value.split()) >= _FEWEST_WORDS and len(value) <= room
                ]
                writing.hide("xlsx-under-shape", " ".join(texts), f"sheet {sheet.number}, row {number}")

    def _merged(self, reference: str, sheet: _Sheet, writing: Writing) -> None:
        """Report the values that a merged cell keeps and does not show: all but its first one."""
        last = reference.partition(":")[2]
        top, left, _ = _first_row(reference)
        bottom, right = _first_row(last)[0], _column(last)
        for at in range(bisect_left(sheet.numbers, top), bisect_right(sheet.numbers, bottom)):
            number, values = sheet.numbers[at], sheet.rows[at]
            kept = [
                value for column, value in values.items() if left <= column <= right and (number, column) != (top, left)
            ]
            writing.hide("xlsx-merged-cell", " ".join(kept), f"sheet {sheet.number}, row {number}")

    def _report_formula(self, formula: str, value: str, hidden: dict[str, list[str]]) -> None:
        if _DDE.search(formula):
            hidden.setdefault("xlsx-dde", []).append(formula)
        elif _FETCHES.search(formula):
            hidden.setdefault("xlsx-external-link", []).append(formula)
        elif formula and not value:
            hidden.setdefault("xlsx-formula", []).append(formula)

    def _value(self, cell: Element, code: str) -> tuple[str, str]:
        """The shown value of a cell and its formula."""
        formula = cell.findtext(SHEET + "f") or ""
        kind = cell.get("t", "n")
        value = cell.findtext(SHEET + "v") or ""
        if kind == "inlineStr":
            inline = cell.find(SHEET + "is")
            text = _rich(inline) if inline is not None else ""
        elif kind == "s":
            at = integer(value.strip(), -1)
            text = self._shared[at] if 0 <= at < len(self._shared) else ""
        elif kind == "b":
            text = "TRUE" if value.strip() in _ON else "FALSE" if value.strip() else ""
        elif kind == "n":
            stored = value.strip()
            text = number_formats.shown(stored, code, from_1904=self._from_1904) if stored else ""
            # Text that a format hides stays in the text and is reported.
            return (text if text.strip() else stored), formula
        else:
            text = _unescaped(value)
        return (number_formats.text_shown(text, code) or text if kind != "b" else text), formula

    def _margin(self, margins: dict[str, str], label: str, writing: Writing) -> None:
        """Texts above or below each printed page."""
        texts: list[str] = []
        for kind in ("odd", "even", "first"):
            text = _MARGIN_CODE.sub(lambda match: {"&&": "&"}.get(match[0], "\n"), margins.get(kind + label, ""))
            texts.extend(line for line in text.splitlines() if line.strip() and line not in texts)
        inner = Writing()
        inner.add([Span("\n".join(texts))], label.lower())
        writing.part(label, inner)

    def _beside(self, relation: Relation, writing: Writing, sheet: _Sheet) -> None:
        """Comments and drawings of a sheet."""
        root = self._parts.root(relation.target) if not relation.external else None
        if root is None:
            return
        inner = Writing()
        if relation.kind == "comments":
            for comment in root.iter(SHEET + "comment"):
                text = comment.find(SHEET + "text")
                written = _rich(text).strip() if text is not None else ""
                inner.hide("xlsx-comment", written, comment.get("ref", ""))
                inner.add([Span(f"{comment.get('ref', '')}: {written}")] if written else [], comment.get("ref", ""))
            writing.part("Comments", inner)
        elif relation.kind == "drawing":
            place = f"sheet {sheet.number}, drawing"
            relations = self._parts.relations(relation.target)
            drawing = SheetDrawing(self._parts, relations, self._theme, place, is_white=not sheet.fills)
            self._under(drawing.read(root, writing), sheet, writing)


def _rich(holder: Element) -> str:
    """The text of a string, without the reading that stands above it."""
    texts: Iterator[str] = (
        (one.text if one.tag == SHEET + "t" else one.findtext(SHEET + "t")) or ""
        for one in holder
        if one.tag in (SHEET + "t", SHEET + "r")
    )
    return _unescaped("".join(texts))


def _unescaped(text: str) -> str:
    """`_x000A_` as the character it stands for: ECMA-376 22.9.2.19."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _column(reference: str) -> int:
    """`AB12` → 28; 0 without a letter."""
    number = 0
    for letter in reference.upper()[:4]:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def _first_row(reference: str) -> tuple[int, int, int]:
    """Row, first and last column of the first row of `A1:C9`."""
    first, _, last = reference.partition(":")
    return integer(first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")), _column(first), _column(last or first)


def _range(column: Element) -> tuple[int, int]:
    return integer(column.get("min")), integer(column.get("max"))


def _is_narrow(one: Element, extent: str, least: float) -> bool:
    """Whether a row or column is hidden or has next to no height or width."""
    return one.get("hidden") in _ON or _number(one.get(extent), least + 1) <= least


def _number(value: str | None, usual: float) -> float:
    try:
        return float(value) if value else usual
    except ValueError:
        return usual
