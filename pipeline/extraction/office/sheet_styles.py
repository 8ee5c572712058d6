"""Cell formats of workbooks: how numbers are shown, and whether their text can be seen."""

from dataclasses import dataclass

from pipeline.extraction.hidden.styles import WHITE, alike
from pipeline.extraction.office import number_formats
from pipeline.extraction.office.colours import RGB, Theme, by_index, hexadecimal, tinted
from pipeline.extraction.office.parts import SHEET, Element, integer

_TINY_POINTS = 2.0
_INDEXED: dict[int, RGB] = {0: (0, 0, 0), 1: WHITE, 2: (255, 0, 0), 3: (0, 255, 0), 4: (0, 0, 255), 5: (255, 255, 0)}
_INDEXED |= {6: (255, 0, 255), 7: (0, 255, 255)}
"""The first eight of the old palette, which come again from 8 on: ECMA-376 18.8.27."""
_FOREGROUND, _BACKGROUND = 64, 65


@dataclass(frozen=True, slots=True)
class CellFormat:
    """One format of cells."""

    code: str = number_formats.GENERAL
    technique: str | None = None
    """How it hides its text where nothing else is behind it; None if it does not."""
    plain: bool = True
    """Whether its background is that of the sheet."""


def cell_formats(root: Element | None, theme: Theme) -> list[CellFormat]:
    """The formats of a workbook by their numbers."""
    if root is None:
        return []
    codes = dict(number_formats.BUILT_IN)
    for one in root.iter(SHEET + "numFmt"):
        codes[integer(one.get("numFmtId"), -1)] = one.get("formatCode", number_formats.GENERAL)
    fonts = [_font(font, theme) for font in root.iterfind(f"{SHEET}fonts/{SHEET}font")]
    fills = [_fill(fill, theme) for fill in root.iterfind(f"{SHEET}fills/{SHEET}fill")]
    found = []
    for one in root.iterfind(f"{SHEET}cellXfs/{SHEET}xf"):
        at, behind = integer(one.get("fontId")), integer(one.get("fillId"))
        colour, size = fonts[at] if 0 <= at < len(fonts) else (None, 11.0)
        fill, known = fills[behind] if 0 <= behind < len(fills) else (None, True)
        code = codes.get(integer(one.get("numFmtId")), number_formats.GENERAL)
        found.append(CellFormat(code, _technique(code, colour, size, fill, known), fill is None and known))
    return found


def _technique(code: str, colour: RGB | None, size: float, fill: RGB | None, known: bool) -> str | None:
    if code.count(";") >= 3 and not code.strip("; "):
        return "xlsx-hidden-format"
    if size <= _TINY_POINTS:
        return "xlsx-tiny-font"
    if colour is None or not known or not alike(colour, fill or WHITE):
        return None
    return "xlsx-white-text" if fill is None or alike(fill, WHITE) else "xlsx-same-colour"


def _font(font: Element, theme: Theme) -> tuple[RGB | None, float]:
    size = font.find(SHEET + "sz")
    try:
        points = float(size.get("val", "11")) if size is not None else 11.0
    except ValueError:
        points = 11.0
    return colour_of(font.find(SHEET + "color"), theme), points


def _fill(fill: Element, theme: Theme) -> tuple[RGB | None, bool]:
    """The colour of a fill, None for none; and whether that is known."""
    pattern = fill.find(SHEET + "patternFill")
    kind = pattern.get("patternType", "none") if pattern is not None else None
    if pattern is None:
        return None, fill.find(SHEET + "gradientFill") is None
    if kind == "none":
        return None, True
    colour = colour_of(pattern.find(SHEET + "fgColor"), theme) if kind == "solid" else None
    return colour, colour is not None


def colour_of(one: Element | None, theme: Theme) -> RGB | None:
    """A colour of SpreadsheetML; None for an automatic or unknown one."""
    if one is None:
        return None
    known = hexadecimal(one.get("rgb"))
    if "theme" in one.attrib:
        known = by_index(theme, integer(one.get("theme"), -1))
    elif "indexed" in one.attrib:
        index = integer(one.get("indexed"), _FOREGROUND)
        known = WHITE if index == _BACKGROUND else _INDEXED.get(index if index < 8 else index - 8)
        known = None if index == _FOREGROUND else known
    try:
        tint = float(one.get("tint", "0"))
    except ValueError:
        tint = 0.0
    return tinted(known, max(-1.0, min(1.0, tint))) if known is not None and tint else known
