"""The flow of a page: size, margins and place of each box, by its declarations, and whether it cuts off text."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.extents import padding
from pipeline.extraction.pages.lengths import pixels

_CUTTING = frozenset(("hidden", "clip"))
_MARGINS = frozenset(("p", "ul", "ol", "dl", "blockquote", "pre", "figure", "h1", "h2", "h3", "h4", "h5", "h6"))
_NAMES = frozenset(
    [
        *(
            "overflow",
            "overflow-x",
            "overflow-y",
            "contain",
            "display",
            "float",
            "position",
            "direction",
            "writing-mode",
        ),
        *("width", "max-width", "min-width", "inline-size", "height", "max-height", "min-height", "block-size"),
        *("margin", "margin-top", "margin-bottom", "margin-left", "margin-right", "margin-inline-start"),
        *("margin-block-start", "margin-inline", "margin-block", "text-indent", "line-clamp", "gap", "column-gap"),
        *("flex", "flex-basis", "flex-shrink", "flex-wrap", "flex-flow", "columns", "column-count", "column-width"),
        *("border", "border-top", "aspect-ratio", "table-layout", "vertical-align"),
        *("left", "right", "top", "bottom", "inset", "transform", "translate", "scale", "rotate", "zoom"),
        *("padding", "padding-top", "padding-left", "padding-right", "padding-bottom", "padding-inline"),
        *("padding-block", "padding-inline-start", "padding-block-start", "padding-inline-end", "padding-block-end"),
    ]
)
_GROWING = frozenset(("table", "thead", "tbody", "tfoot", "tr", "td", "th"))
"""Elements whose height is only their least one."""
_BORDERS = frozenset(("solid", "dashed", "dotted", "double", "groove", "ridge", "inset", "outset"))
_MOVING = ("transform", "translate", "scale", "rotate", "zoom")
_WHOLE = 1e9
"""Pixels that 100 percent stand for until they are known."""
_SHARE = 1e5
"""Pixels from which on a length is a share."""


@dataclass(frozen=True, slots=True)
class Length:
    """A length: pixels, or a share of the box around."""

    pixels: float = 0.0
    share: float = 0.0
    is_share: bool = False
    """Whether it depends on the box around, even if it is a share of 0."""

    def of(self, whole: float) -> float:
        """Pixels, in a box of a size."""
        return self.pixels + (self.share * whole if self.share else 0.0)


@dataclass(frozen=True, slots=True)
class Flowing:
    """How a box flows; None where nothing is declared."""

    width: Length | None = None
    most_width: Length | None = None
    least_width: Length | None = None
    height: Length | None = None
    most_height: Length | None = None
    least_height: Length | None = None
    cuts_down: bool = False
    cuts_across: bool = False
    is_border_box: bool = False
    lines: int | None = None
    """Lines that are shown, of a box that shows a number of them."""
    margins: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    paddings: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    edge: float = 0.0
    """Width of the border above it."""
    indent: float = 0.0
    gap: float = 0.0
    wraps: bool = False
    takes_line: bool = False
    """Whether it takes a whole line of the box around, if that one wraps."""
    is_stiff: bool = False
    """Whether it does not shrink in a row."""
    is_fixed_table: bool = False
    """Whether it is a table whose columns do not grow with what is in them."""
    is_free: bool = False
    """Whether its place cannot be told: it is moved, turned, or in columns."""
    lowered: float = 0.0
    """How far below its line it stands."""
    is_auto: bool = False
    """Whether its left margin is what is left over."""
    floats: bool = False
    position: str = "static"
    left: Length | None = None
    right: Length | None = None
    top: Length | None = None
    bottom: Length | None = None


def flowing(tag: str, own: Declarations, words: Mapping[str, str], font: float) -> Flowing:
    """How an element flows.

    Args:
        tag: Its name.
        own: Its declarations, without prefixes and with variables resolved.
        words: Their values that are one word.
        font: Size of its font in pixels.

    """
    usual = font if tag in _MARGINS else 0.0
    if not own.keys() & _NAMES:
        return Flowing(margins=(usual, 0.0, usual, 0.0)) if usual else PLAIN
    cuts = [words.get(name) in _CUTTING for name in ("overflow", "overflow-x", "overflow-y")]
    paints = words.get("contain") in ("paint", "strict", "content")
    margins = _margins(own, font, usual)
    sides = {name: _length(own, name, font) for name in ("left", "right", "top", "bottom")}
    if inset := own.get("inset"):
        order = (0, min(1, len(inset) - 1), 2 if len(inset) > 2 else 0, len(inset) - 1 if len(inset) != 3 else 1)
        for name, at in zip(("top", "right", "bottom", "left"), order, strict=True):
            sides[name] = _of_token(inset[at], font)
    position = words.get("position", "static")
    clamp = own.get("line-clamp", [])
    shrink = [*own.get("flex-shrink", []), *[token for token in own.get("flex", []) if token.type == "number"][1:2]]
    basis = [*own.get("flex-basis", []), *own.get("flex", []), *own.get("width", [])]
    is_moved = (position == "relative" and any(sides.values())) or (
        position == "sticky" and (sides["bottom"] is not None or sides["right"] is not None)
    )
    height = _length(own, "height", font) or _length(own, "block-size", font)
    ratio = [token.value for token in own.get("aspect-ratio", ()) if token.type == "number"]
    width = _length(own, "width", font) or _length(own, "inline-size", font)
    if height is None and ratio and width is not None and not width.is_share and ratio[0] > 0:
        height = Length(width.pixels * (ratio[1] if len(ratio) > 1 else 1.0) / ratio[0])
    grows = tag in _GROWING or words.get("display", "").startswith("table")
    return Flowing(
        width=width,
        most_width=_length(own, "max-width", font),
        least_width=_length(own, "min-width", font),
        height=None if grows else height,
        most_height=None if grows else _length(own, "max-height", font),
        least_height=height if grows else _length(own, "min-height", font),
        cuts_down=cuts[0] or cuts[2] or paints,
        cuts_across=cuts[0] or cuts[1] or paints,
        is_border_box=words.get("box-sizing") == "border-box",
        lines=clamp[0].int_value
        if clamp and clamp[0].type == "number" and words.get("display", "").endswith("box")
        else None,
        margins=margins,
        paddings=padding(own, font),
        edge=_edge(own, font),
        indent=max(0.0, pixels(own["text-indent"][0], font) or 0.0) if own.get("text-indent") else 0.0,
        gap=next((pixels(own[name][-1], font) or 0.0 for name in ("column-gap", "gap") if own.get(name)), 0.0),
        wraps=any(
            getattr(token, "lower_value", "") == "wrap"
            for token in [*own.get("flex-wrap", []), *own.get("flex-flow", [])]
        ),
        takes_line=any(token.type == "percentage" and token.value >= 100 for token in basis),
        is_stiff=words.get("flex") == "none" or any(token.type == "number" and token.value == 0 for token in shrink),
        is_fixed_table=words.get("table-layout") == "fixed",
        is_free=is_moved
        or min(margins) < 0
        or any(own.get(name) and words.get(name) != "none" for name in _MOVING)
        or any(own.get(name) and words.get(name) != "auto" for name in ("columns", "column-count", "column-width"))
        or words.get("direction") == "rtl"
        or words.get("writing-mode", "horizontal-tb") != "horizontal-tb",
        lowered=max(0.0, -(pixels(own["vertical-align"][0], font, font) or 0.0)) if own.get("vertical-align") else 0.0,
        is_auto=any(
            getattr(token, "lower_value", "") == "auto"
            for name in own
            if name.startswith("margin")
            for token in own[name]
        ),
        floats=words.get("float", "none") != "none",
        position=position,
        left=sides["left"],
        right=sides["right"],
        top=sides["top"],
        bottom=sides["bottom"],
    )


def _edge(own: Declarations, font: float) -> float:
    """Width of the border above a box."""
    for name in ("border-top", "border"):
        tokens = own.get(name, [])
        if any(getattr(token, "lower_value", "") in _BORDERS for token in tokens):
            return next((length for token in tokens if (length := pixels(token, font)) is not None), 0.0)
    return 0.0


def _margins(own: Declarations, font: float, usual: float) -> tuple[float, float, float, float]:
    sides = [usual, 0.0, usual, 0.0]
    for name, value in own.items():
        lengths = [pixels(token, font) or 0.0 for token in value]
        if name == "margin" and lengths:
            sides = [lengths[0], lengths[min(1, len(lengths) - 1)], lengths[2] if len(lengths) > 2 else lengths[0]]
            sides.append(lengths[3] if len(lengths) > 3 else sides[1])
        elif name in ("margin-block", "margin-inline") and lengths:
            at = 0 if name == "margin-block" else 3
            sides[at], sides[2 if at == 0 else 1] = lengths[0], lengths[-1]
        elif name in _SIDES and lengths:
            sides[_SIDES[name]] = lengths[0]
    return sides[0], sides[1], sides[2], sides[3]


_SIDES = {
    "margin-top": 0,
    "margin-right": 1,
    "margin-bottom": 2,
    "margin-left": 3,
    "margin-block-start": 0,
    "margin-inline-end": 1,
    "margin-block-end": 2,
    "margin-inline-start": 3,
}


def _length(own: Mapping[str, list[Any]], name: str, font: float) -> Length | None:
    value = own.get(name)
    return _of_token(value[0], font) if value else None


def _of_token(token: Any, font: float) -> Length | None:
    if token.type == "dimension" and token.lower_unit == "lh":
        return Length(token.value * font * _LINE_UNIT)
    with_whole, without = pixels(token, font, _WHOLE), pixels(token, font, 0.0)
    if with_whole is None or without is None or not math.isfinite(with_whole):
        return None
    share = (with_whole - without) / _WHOLE
    share = share if abs(with_whole - without) >= _SHARE else 0.0
    return Length(without, share, is_share=token.type == "percentage" or share != 0)


_LINE_UNIT = 1.2
PLAIN = Flowing()
