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


_NAMED: dict[str, RGB] = {"black": (0, 0, 0), "white": WHITE, "red": (255, 0, 0), "green": (0, 255, 0)}
_NAMED |= {"blue": (0, 0, 255), "yellow": (255, 255, 0), "magenta": (255, 0, 255), "cyan": (0, 255, 255)}
"""Colours that a number format names: ECMA-376 18.8.31."""
_USUAL_POINTS = 11.0


@dataclass(frozen=True, slots=True)
class CellFormat:
    """One format of cells."""

    code: str = number_formats.GENERAL
    colour: RGB | None = None
    """Of its font; None for automatic."""
    size: float = _USUAL_POINTS
    """Points."""
    fill: RGB | None = None
    """None for that of the sheet."""
    is_known: bool = True
    """Whether the background is one plain colour."""
    shrinks: bool = False
    """Whether text is made as small as its cell needs."""

    @property
    def plain(self) -> bool:
        """Whether its background is that of the sheet."""
        return self.fill is None and self.is_known

    @property
    def is_the_same_for_all(self) -> bool:
        """Whether it hides each value or none."""
        return not self.shrinks and "[" not in self.code

    def technique(self, value: str, *, is_text: bool, run: "RichRun | None" = None, width: float = 0.0) -> str | None:
        """How a value is hidden where nothing else is behind it; None if it is not.

        Args:
            value: The value as it is stored.
            is_text: Whether it is text.
            run: The part of it that is judged, with a look of its own.
            width: Characters that its column holds; 0 if that does not matter.

        """
        if self.code.count(";") >= 3 and not self.code.strip("; "):
            return "xlsx-hidden-format"
        size = run.size if run is not None and run.size is not None else self.size
        if self.shrinks and width and len(value) > width:
            size *= width / len(value)
        if size <= _TINY_POINTS:
            return "xlsx-tiny-font"
        colour = run.colour if run is not None and run.colour is not None else self.colour
        if name := number_formats.ink(value, self.code, is_text=is_text):
            colour = _NAMED.get(name) or _INDEXED.get(integer(name.removeprefix("color")) - 1)
        if colour is None or not self.is_known or not alike(colour, self.fill or WHITE):
            return None
        return "xlsx-white-text" if self.fill is None or alike(self.fill, WHITE) else "xlsx-same-colour"


@dataclass(frozen=True, slots=True)
class RichRun:
    """A part of a text with a look of its own."""

    text: str
    colour: RGB | None
    """None for that of the cell."""
    size: float | None
    """Points; None for that of the cell."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A look that a condition gives to cells."""

    colour: RGB | None
    fill: RGB | None
    code: str | None

    def hides(self, fill: RGB | None) -> bool:
        """Whether text of a cell with a fill (None: white) cannot be seen."""
        if self.code is not None and self.code.count(";") >= 3 and not self.code.strip("; "):
            return True
        return self.colour is not None and alike(self.colour, self.fill or fill or WHITE)


def cell_formats(root: Element | None, theme: Theme) -> list[CellFormat]:
    """The formats of a workbook by their numbers."""
    if root is None:
        return []
    codes = dict(number_formats.BUILT_IN)
    for one in root.iterfind(f"{SHEET}numFmts/{SHEET}numFmt"):
        codes[integer(one.get("numFmtId"), -1)] = one.get("formatCode", number_formats.GENERAL)
    fonts = [_font(font, theme) for font in root.iterfind(f"{SHEET}fonts/{SHEET}font")]
    fills = [_fill(fill, theme) for fill in root.iterfind(f"{SHEET}fills/{SHEET}fill")]
    found = []
    for one in root.iterfind(f"{SHEET}cellXfs/{SHEET}xf"):
        at, behind = integer(one.get("fontId")), integer(one.get("fillId"))
        colour, size = fonts[at] if 0 <= at < len(fonts) else (None, _USUAL_POINTS)
        fill, known = fills[behind] if 0 <= behind < len(fills) else (None, True)
        code = codes.get(integer(one.get("numFmtId")), number_formats.GENERAL)
        aligned = one.find(SHEET + "alignment")
        shrinks = aligned is not None and aligned.get("shrinkToFit") in ("1", "true")
        found.append(CellFormat(code, colour, size, fill, known, shrinks))
    return found


def overlays(root: Element | None, theme: Theme) -> list[Overlay]:
    """The looks that conditions refer to by their numbers (`dxfId`)."""
    found = []
    for one in root.iterfind(f"{SHEET}dxfs/{SHEET}dxf") if root is not None else ():
        font, fill, code = (one.find(SHEET + name) for name in ("font", "fill", "numFmt"))
        pattern = fill.find(SHEET + "patternFill") if fill is not None else None
        # Here the plain colour of a pattern is that of its background: ECMA-376 18.8.32.
        behind = colour_of(pattern.find(SHEET + "bgColor"), theme) if pattern is not None else None
        ink = colour_of(font.find(SHEET + "color"), theme) if font is not None else None
        found.append(Overlay(ink, behind, code.get("formatCode") if code is not None else None))
    return found


def rich_runs(holder: Element, theme: Theme) -> list[RichRun]:
    """The parts of a text, if some of them have a colour or a size of their own."""
    runs = []
    for one in holder.iterfind(SHEET + "r"):
        look = one.find(SHEET + "rPr")
        colour, size = _font(look, theme) if look is not None else (None, None)
        has_size = look is not None and look.find(SHEET + "sz") is not None
        runs.append(RichRun(one.findtext(SHEET + "t") or "", colour, size if has_size else None))
    return runs if any(run.colour is not None or run.size is not None for run in runs) else []


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
