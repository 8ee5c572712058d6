"""Backgrounds and looks of table cells in Word files: own shading, then the table's style where it applies."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.extraction.office.colours import RGB
from pipeline.extraction.office.parts import WORD, Element, integer
from pipeline.extraction.office.word_looks import FAR_TWIPS, Look, Styles

_TINY_ROW_TWIPS = 40
_BITS = {
    "firstRow": 0x20,
    "lastRow": 0x40,
    "firstColumn": 0x80,
    "lastColumn": 0x100,
    "noHBand": 0x200,
    "noVBand": 0x400,
}
"""Of `w:tblLook`, ECMA-376 17.4.55."""
_USUAL = 0x4A0


@dataclass(frozen=True, slots=True)
class Cell:
    """The look that a table gives to a cell."""

    look: Look
    background: RGB | None
    """None for an unknown one."""


class TableLook:
    """One table."""

    def __init__(self, table: Element, styles: Styles, look: Look, background: RGB | None) -> None:
        self._styles = styles
        self._look, self._background = look, background
        self._properties = table.find(WORD + "tblPr")
        reference = self._properties.find(WORD + "tblStyle") if self._properties is not None else None
        self._chain = list(reversed(styles.chain(reference.get(WORD + "val", "")))) if reference is not None else []
        self._rows = sum(1 for _ in table.iter(WORD + "tr"))
        self._flags = self._read_flags()
        self.is_away = self._floats_away()
        """Whether the table stands beyond its page."""

    def cell(self, cell: Element, row: int, column: int, columns: int) -> Cell:
        """The look of a cell at a place, counted from 0."""
        look, background = self._look, self._background
        for holder in self._layers(row, column, columns):
            look = self._styles.applied(
                self._styles.applied(look, holder.find(WORD + "pPr")), holder.find(WORD + "rPr")
            )
            background = self._shaded(holder.find(WORD + "tcPr"), background)
            background = self._shaded(holder.find(WORD + "tblPr"), background)
        background = self._shaded(self._properties, background)
        return Cell(look, self._shaded(cell.find(WORD + "tcPr"), background))

    def _layers(self, row: int, column: int, columns: int) -> Iterator[Element]:
        """The parts of the style that apply to a cell, weakest first."""
        has = self._flags
        first_row, first_column = bool(has["firstRow"]) and row == 0, bool(has["firstColumn"]) and column == 0
        applies = {
            "band1Horz": not has["noHBand"] and (row - has["firstRow"]) % 2 == 0,
            "band2Horz": not has["noHBand"] and (row - has["firstRow"]) % 2 == 1,
            "band1Vert": not has["noVBand"] and (column - has["firstColumn"]) % 2 == 0,
            "band2Vert": not has["noVBand"] and (column - has["firstColumn"]) % 2 == 1,
            "firstCol": first_column,
            "lastCol": bool(has["lastColumn"]) and column == columns - 1,
            "firstRow": first_row,
            "lastRow": bool(has["lastRow"]) and row == self._rows - 1,
            "nwCell": first_row and first_column,
        }
        for style in self._chain:
            yield style
            conditions = {one.get(WORD + "type", ""): one for one in style.iter(WORD + "tblStylePr")}
            for name in ("wholeTable", *(name for name, here in applies.items() if here)):
                if (condition := conditions.get(name)) is not None:
                    yield condition

    def _floats_away(self) -> bool:
        floating = self._properties.find(WORD + "tblpPr") if self._properties is not None else None
        places = [integer(floating.get(WORD + name)) for name in ("tblpX", "tblpY")] if floating is not None else []
        return any(abs(place) >= FAR_TWIPS for place in places)

    def _shaded(self, properties: Element | None, background: RGB | None) -> RGB | None:
        shading = properties.find(WORD + "shd") if properties is not None else None
        known, unknown = self._styles.shading(shading)
        return None if unknown else known or background

    def _read_flags(self) -> dict[str, int]:
        look = self._properties.find(WORD + "tblLook") if self._properties is not None else None
        written = look.get(WORD + "val", "") if look is not None else ""
        try:
            bits = int(written, 16) if written else _USUAL
        except ValueError:
            bits = _USUAL
        flags = {name: int(bool(bits & bit)) for name, bit in _BITS.items()}
        for name in flags:
            if look is not None and (value := look.get(WORD + name)) is not None:
                flags[name] = int(value in ("1", "true", "on"))
        return flags


def row_technique(row: Element) -> str | None:
    """How a whole row is kept from a reader; None if it is not."""
    properties = row.find(WORD + "trPr")
    if properties is None:
        return None
    if properties.find(WORD + "del") is not None:
        return "docx-deleted"
    if properties.find(WORD + "hidden") is not None:
        return "docx-vanish"
    height = properties.find(WORD + "trHeight")
    if (
        height is not None
        and height.get(WORD + "hRule") == "exact"
        and integer(height.get(WORD + "val"), 999) <= _TINY_ROW_TWIPS
    ):
        return "docx-tiny-line"
    return None
