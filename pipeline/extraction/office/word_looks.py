"""Look of text in Word files: styles, table styles and direct formatting, as far as it decides about being seen."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.extraction.hidden.styles import WHITE, alike
from pipeline.extraction.office.colours import RGB, Theme, hexadecimal, tinted
from pipeline.extraction.office.parts import WORD, Element, integer, on

_TINY_HALF_POINTS = 4
_NARROW_PERCENT = 5
"""Word writes 33 to 200 per cent; letters this narrow are lines."""
_OVERLAP = 0.45
"""Letters that stand closer than this share of their size lie on each other: a letter is about half as wide as high."""
_FAR_HALF_POINTS = 1000
"""Text raised or lowered by more than 500 points has left its page."""
_WORD_2010 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_FILL = _WORD_2010 + "textFill"
_CLEAR = 95_000
"""Share of what is behind that shows through, in thousandths of a per cent."""
_TINY_LINE_TWIPS = 40
FAR_TWIPS = 15_000
"""Indents beyond 750 points leave a page of the usual sizes."""
_TWIPS_PER_HALF_POINT = 10
_MOST_PARENTS = 20
_PERCENT = re.compile(r"pct(\d+)")
_HIGHLIGHTS: dict[str, RGB] = {
    "black": (0, 0, 0), "blue": (0, 0, 255), "cyan": (0, 255, 255), "darkBlue": (0, 0, 139), "darkCyan": (0, 139, 139),
    "darkGray": (169, 169, 169), "darkGreen": (0, 100, 0), "darkMagenta": (128, 0, 128), "darkRed": (139, 0, 0),
    "darkYellow": (128, 128, 0), "green": (0, 255, 0), "lightGray": (211, 211, 211), "magenta": (255, 0, 255),
    "red": (255, 0, 0), "white": WHITE, "yellow": (255, 255, 0),
}  # fmt: skip
"""ST_HighlightColor, ECMA-376 17.18.40."""
_PAGE_NUMBER = re.compile(r"[\s\d.\u2026-]*")


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks."""

    vanished: bool = False
    web_hidden: bool = False
    colour: RGB | None = None
    """None for automatic, which Word keeps readable."""
    size: float = 22
    """Half-points."""
    scale: int = 100
    """Width of letters, per cent."""
    spacing: int = 0
    """Between letters, in twips."""
    position: int = 0
    """Raised or lowered, in half-points."""
    clipped: bool = False
    """Whether its line is too low to show it."""
    transparent: bool = False
    """Whether its letters are filled with nothing (`w14:textFill`)."""
    away: bool = False
    """Whether its indent or frame is beyond the page."""
    font: str = ""
    shade: RGB | None = None
    """Colour of its own background; None for that of what is around it."""
    shade_unknown: bool = False

    def technique(self, background: RGB | None, text: str) -> str | None:
        """How text of this look is hidden on a background, where None is an unknown one."""
        if self.vanished:
            return "docx-vanish"
        if self.web_hidden and not _PAGE_NUMBER.fullmatch(text):  # tables of contents hide page numbers from the web
            return "docx-web-hidden"
        if self.size <= _TINY_HALF_POINTS:
            return "docx-tiny-font"
        if self.scale <= _NARROW_PERCENT or -self.spacing > _OVERLAP * self.size * _TWIPS_PER_HALF_POINT:
            return "docx-squeezed"
        if self.clipped:
            return "docx-tiny-line"
        if self.away or abs(self.position) >= _FAR_HALF_POINTS:
            return "docx-off-page"
        if self.transparent:
            return "docx-transparent"
        behind = None if self.shade_unknown else self.shade or background
        if self.colour is not None and behind is not None and alike(self.colour, behind):
            return "docx-white-text" if self.shade is None and alike(behind, WHITE) else "docx-same-colour"
        return None


class Styles:
    """Styles of a document and what they do to a look."""

    def __init__(self, root: Element | None, theme: Theme) -> None:
        self._theme = theme
        self._elements = (
            {one.get(WORD + "styleId", ""): one for one in root.iter(WORD + "style")} if root is not None else {}
        )
        defaults = root.find(WORD + "docDefaults") if root is not None else None
        self.base = Look(size=20)  # ECMA-376 17.3.2.38: ten points, if a file says nothing
        if defaults is not None:
            self.base = self.applied(self.base, defaults.find(f"{WORD}pPrDefault/{WORD}pPr"))
            self.base = self.applied(self.base, defaults.find(f"{WORD}rPrDefault/{WORD}rPr"))
        default = next((one for one in self._elements.values() if _is_default_paragraph(one)), None)
        self._default = default.get(WORD + "styleId", "") if default is not None else ""
        self._changes: dict[str, Callable[[Look], Look]] = {}

    def styled(self, look: Look, properties: Element | None, kind: str) -> Look:
        """`look` with the style that properties refer to; `kind` is `pStyle`, `rStyle` or `tblStyle`."""
        reference = properties.find(WORD + kind) if properties is not None else None
        name = reference.get(WORD + "val", "") if reference is not None else ""
        if not name and kind == "pStyle":
            name = self._default
        for style in reversed(self.chain(name)):
            look = self.applied(self.applied(look, style.find(WORD + "pPr")), style.find(WORD + "rPr"))
        return look

    def chain(self, name: str) -> list[Element]:
        """A style and those it is based on."""
        found: list[Element] = []
        while len(found) < _MOST_PARENTS and (style := self._elements.get(name)) is not None:
            found.append(style)
            parent = style.find(WORD + "basedOn")
            name = parent.get(WORD + "val", "") if parent is not None else ""
        return found

    def applied(self, look: Look, properties: Element | None) -> Look:
        """`look` with what properties of a paragraph or run say themselves."""
        changes: dict[str, object] = {}
        for one in properties if properties is not None else ():
            value = one.get(WORD + "val", "")
            match str(one.tag).removeprefix(WORD):
                case "vanish" | "specVanish":
                    changes["vanished"] = on(one)
                case "webHidden":
                    changes["web_hidden"] = on(one)
                case "color":
                    changes["colour"] = self._themed(one, value, "theme")
                case "sz":
                    changes["size"] = float(integer(value, 20))
                case "w":
                    changes["scale"] = integer(value.rstrip("%"), 100)
                case "position":
                    changes["position"] = integer(value)
                case "highlight":
                    changes["shade"], changes["shade_unknown"] = _HIGHLIGHTS.get(value), False
                case "shd":
                    changes["shade"], changes["shade_unknown"] = self.shading(one)
                case "rFonts":
                    changes["font"] = one.get(WORD + "ascii", "")
                case "spacing":
                    line = integer(one.get(WORD + "line"), 240)
                    changes["clipped"] = one.get(WORD + "lineRule") == "exact" and line <= _TINY_LINE_TWIPS
                    changes["spacing"] = integer(value)
                case "fitText":
                    changes["scale"] = 1 if integer(value, _TINY_LINE_TWIPS + 1) <= _TINY_LINE_TWIPS else 100
                case tag if tag == _FILL:
                    changes |= self._filled(one)
                case "ind" | "framePr":
                    changes["away"] = _is_away(one)
        return replace(look, **changes) if changes else look  # type: ignore[arg-type]  # each by its own case

    def _filled(self, fill: Element) -> dict[str, object]:
        """What `w14:textFill` changes: its elements are those of DrawingML in another namespace."""
        plain = fill.find(f"{_WORD_2010}solidFill/*")
        if plain is None:
            return {"transparent": fill.find(_WORD_2010 + "noFill") is not None}
        alpha = plain.find(_WORD_2010 + "alpha")
        clear = integer(alpha.get(_WORD_2010 + "val")) if alpha is not None else 0
        value = plain.get(_WORD_2010 + "val", "")
        known = self._theme.get(value) if plain.tag == _WORD_2010 + "schemeClr" else hexadecimal(value)
        return {"transparent": clear >= _CLEAR, "colour": known}

    def shading(self, one: Element | None) -> tuple[RGB | None, bool]:
        """The colour of `w:shd`, and whether it has one that is not known."""
        pattern = one.get(WORD + "val", "clear") if one is not None else "nil"
        if one is None or pattern == "nil":
            return None, False
        fill = self._themed(one, one.get(WORD + "fill", ""), "themeFill")
        ink = self._themed(one, one.get(WORD + "color", ""), "theme")
        if pattern == "clear":
            return fill, False
        if pattern == "solid":
            return ink or (0, 0, 0), False
        if not (percent := _PERCENT.fullmatch(pattern)):
            return None, True
        share, below, above = int(percent[1]) / 100, fill or WHITE, ink or (0, 0, 0)
        red, green, blue = (round(b * (1 - share) + a * share) for a, b in zip(above, below, strict=True))
        return (red, green, blue), False

    def page_colour(self, background: Element | None) -> RGB:
        """The colour of the page."""
        known = (
            self._themed(background, background.get(WORD + "color", ""), "theme") if background is not None else None
        )
        return known or WHITE

    def _themed(self, one: Element, written: str, prefix: str) -> RGB | None:
        known = self._theme.get(one.get(f"{WORD}{prefix}Color" if prefix == "theme" else WORD + prefix, ""))
        if known is None:
            return hexadecimal(written)
        for ending, sign in (("Tint", 1.0), ("Shade", -1.0)):
            if (amount := one.get(WORD + prefix + ending)) is not None:
                known = tinted(known, sign * (1 - _byte(amount) / 255))
        return known


def _byte(value: str) -> int:
    return int(value, 16) if re.fullmatch(r"[0-9a-fA-F]{1,2}", value) else 255


def _is_default_paragraph(style: Element) -> bool:
    return style.get(WORD + "type") == "paragraph" and style.get(WORD + "default") in ("1", "true", "on")


def _is_away(one: Element) -> bool:
    places = [integer(one.get(WORD + name)) for name in ("left", "start", "firstLine", "x", "y")]
    return any(abs(place) >= FAR_TWIPS for place in places)
