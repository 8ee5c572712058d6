"""Looks of text in OpenDocument files: styles with their parents, as far as they decide about being seen."""

import re
from dataclasses import dataclass, replace

from pipeline.extraction.hidden.styles import WHITE, alike
from pipeline.extraction.office.colours import RGB, hexadecimal
from pipeline.extraction.office.parts import Element

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE = f"{{{_URN}office:1.0}}"
TEXT = f"{{{_URN}text:1.0}}"
TABLE = f"{{{_URN}table:1.0}}"
DRAW = f"{{{_URN}drawing:1.0}}"
STYLE = f"{{{_URN}style:1.0}}"
PRESENTATION = f"{{{_URN}presentation:1.0}}"
FORMAT = f"{{{_URN}xsl-fo-compatible:1.0}}"
VECTOR = f"{{{_URN}svg-compatible:1.0}}"
CHART = f"{{{_URN}chart:1.0}}"
LINK = "{http://www.w3.org/1999/xlink}"

_LENGTH = re.compile(r"(-?[\d.]+)(pt|mm|cm|in|pc|px)")
_POINTS = {"pt": 1.0, "mm": 2.8346, "cm": 28.346, "in": 72.0, "pc": 12.0, "px": 0.75}
_OFFICE_LIBRE = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
_PERCENT = re.compile(r"(\d{1,3})%")
_POSITION = re.compile(r"(-?\d{1,4})%(?:\s+(\d{1,3})%)?")
_FAR_PERCENT = 500
"""Text raised or lowered by more than this share of its size has left its line."""
TINY_POINTS = 2.0
_OVERLAP = 0.45
"""Letters that stand closer than this share of their size lie on each other."""
_FAR_POINTS = 750.0
_NARROW_PERCENT = 5
_MOST_PARENTS = 20


@dataclass(frozen=True, slots=True)
class OdfLook:
    """The look of text."""

    gone: bool = False
    colour: RGB | None = None
    """None for automatic."""
    size: float = 12.0
    """Points."""
    shade: RGB | None = None
    """Background of its own; None for that of what is around it."""
    squeezed: bool = False
    low: bool = False
    away: bool = False
    faint: bool = False
    """Whether it lets through nearly all of what is behind it."""

    def technique(self, background: RGB | None) -> str | None:
        """How text of this look is hidden on a background, where None is an unknown one."""
        if self.gone:
            return "odf-hidden-text"
        if self.size <= TINY_POINTS:
            return "odf-tiny-font"
        if self.squeezed:
            return "odf-squeezed"
        if self.low:
            return "odf-tiny-line"
        if self.away:
            return "odf-off-page"
        if self.faint:
            return "odf-transparent"
        behind = self.shade or background
        if self.colour is not None and behind is not None and alike(self.colour, behind):
            return "odf-white-text" if self.shade is None and alike(behind, WHITE) else "odf-same-colour"
        return None


class OdfStyles:
    """The styles of a file by family and name."""

    def __init__(self, *roots: Element | None) -> None:
        self._known: dict[tuple[str, str], Element] = {}
        self._defaults: dict[str, Element] = {}
        for root in roots:
            for one in root.iter(STYLE + "style") if root is not None else ():
                self._known[one.get(STYLE + "family", ""), one.get(STYLE + "name", "")] = one
            for one in root.iter(STYLE + "default-style") if root is not None else ():
                self._defaults[one.get(STYLE + "family", "")] = one

    def default(self) -> OdfLook:
        """The look of text without a style."""
        one = self._defaults.get("paragraph")
        return _applied(OdfLook(), one) if one is not None else OdfLook()

    def styled(self, look: OdfLook, family: str, name: str | None) -> OdfLook:
        """`look` with a style and its parents."""
        for one in reversed(self.chain(family, name)):
            look = _applied(look, one)
        return look

    def chain(self, family: str, name: str | None) -> list[Element]:
        """A style and its parents."""
        found: list[Element] = []
        while name and len(found) < _MOST_PARENTS and (one := self._known.get((family, name))) is not None:
            found.append(one)
            name = one.get(STYLE + "parent-style-name")
        return found

    def value(self, family: str, name: str | None, attribute: str) -> str | None:
        """The first value of an attribute in the properties of a style and its parents."""
        for one in self.chain(family, name):
            for properties in one:
                if (value := properties.get(attribute)) is not None:
                    return value
        return None

    def fill(self, name: str | None, around: RGB | None, family: str = "graphic") -> RGB | None:
        """The colour of a shape; `around` if it has none, None if it is not known."""
        kind = self.value(family, name, DRAW + "fill")
        if kind in (None, "none"):
            return around
        return hexadecimal(self.value(family, name, DRAW + "fill-color")) if kind == "solid" else None


def points(value: str | None) -> float | None:
    """A length in points; None if it is not one."""
    match = _LENGTH.fullmatch(value or "")
    return (
        float(match[1]) * _POINTS[match[2]]
        if match and match[1].count(".") <= 1 and match[1] not in ("-", ".")
        else None
    )


def _applied(look: OdfLook, style: Element) -> OdfLook:
    for properties in style:
        if properties.tag == STYLE + "text-properties":
            look = _text(look, properties)
        elif properties.tag == STYLE + "paragraph-properties":
            look = _paragraph(look, properties)
    return look


def _text(look: OdfLook, properties: Element) -> OdfLook:
    shown = properties.get(TEXT + "display")
    if shown is not None:
        look = replace(look, gone=shown == "none")
    if (colour := properties.get(FORMAT + "color")) is not None:
        look = replace(look, colour=hexadecimal(colour))
    if properties.get(STYLE + "use-window-font-color") == "true":
        look = replace(look, colour=None)
    if (shade := properties.get(FORMAT + "background-color")) is not None:
        look = replace(look, shade=hexadecimal(shade))
    written = properties.get(FORMAT + "font-size", "")
    if (size := points(written)) is not None:
        look = replace(look, size=size)
    elif re.fullmatch(r"\d{1,4}%", written):
        look = replace(look, size=look.size * int(written[:-1]) / 100)
    if percent := _PERCENT.fullmatch(properties.get(_OFFICE_LIBRE + "opacity", "")):
        look = replace(look, faint=int(percent[1]) <= _NARROW_PERCENT)
    if position := _POSITION.fullmatch(properties.get(STYLE + "text-position", "")):
        look = replace(look, away=look.away or abs(int(position[1])) >= _FAR_PERCENT)
        if position[2]:
            look = replace(look, size=look.size * int(position[2]) / 100)
    spacing, scale = points(properties.get(FORMAT + "letter-spacing")), properties.get(STYLE + "text-scale", "100%")
    narrow = re.fullmatch(r"\d{1,4}%", scale) is not None and int(scale[:-1]) <= _NARROW_PERCENT
    return replace(look, squeezed=True) if narrow or -(spacing or 0) > _OVERLAP * look.size else look


def _paragraph(look: OdfLook, properties: Element) -> OdfLook:
    if (shade := properties.get(FORMAT + "background-color")) is not None:
        look = replace(look, shade=hexadecimal(shade))
    height = points(properties.get(FORMAT + "line-height"))
    indents = (points(properties.get(FORMAT + name)) or 0 for name in ("margin-left", "text-indent"))
    return replace(
        look,
        low=look.low or (height is not None and height <= TINY_POINTS),
        away=look.away or any(abs(indent) >= _FAR_POINTS for indent in indents),
    )
