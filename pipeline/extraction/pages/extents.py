"""Sizes of boxes: which declared extents leave no room for text (CSS 2.2, chapter 10; CSS Sizing 3; CSS Flexbox 1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.lengths import pixels, split

SMALL_PIXELS = 1
WHOLE = 600.0
"""Pixels that 100 percent of a box stand for."""
_READABLE = 0.6
"""Room in sizes of the font in which letters can still be made out."""
_ACROSS = ("width", "max-width", "inline-size", "max-inline-size")
_DOWN = ("height", "max-height", "block-size", "max-block-size")
_OUT_OF_FLOW = frozenset(("absolute", "fixed"))
_ROWS = frozenset(("table", "inline-table", "table-row", "table-row-group", "table-header-group", "table-footer-group"))
_INLINE_TAGS = frozenset(
    [
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i"),
        *("ins", "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup"),
        *("time", "tt", "u", "var"),
    ]
)
_OF_BOXES = frozenset(
    [
        *_ACROSS,
        *_DOWN,
        *("overflow", "overflow-x", "overflow-y", "transform", "translate", "scale", "rotate", "contain"),
        *("content-visibility", "container-type", "margin-top", "margin-block-start", "text-indent"),
        *("backface-visibility", "perspective", "text-overflow", "line-clamp", "offset-path"),
    ]
)
"""Properties that boxes in a line do not have."""


@dataclass(frozen=True, slots=True)
class BoxSurroundings:
    """Facts that the size of a box depends on, apart from its own declarations."""

    tag: str = "div"
    display: str = "block"
    """The display of the element around."""
    is_column: bool = False
    """Whether the element around is a flexible box whose children stand below each other."""
    height_known: bool = True
    """Whether the height of the element around does not depend on what is in it."""
    is_quirky: bool = False
    """Whether the page has no type, so that shares of an unknown height count from the screen."""
    in_drawing: bool = False


PLAIN = BoxSurroundings()


def in_line(words: Mapping[str, str], around: BoxSurroundings) -> bool:
    """Whether an element is a box in a line, which has no size of its own.

    Args:
        words: Its declarations that are one word.
        around: What is around it.

    """
    if around.tag not in _INLINE_TAGS or around.in_drawing or around.display.endswith(("flex", "grid")):
        return False
    if words.get("position") in _OUT_OF_FLOW or words.get("float", "none") != "none":
        return False
    return words.get("display", "inline") == "inline"


def of_line(own: Declarations) -> Declarations:
    """The declarations of a box in a line that have an effect on it."""
    return {name: value for name, value in own.items() if name not in _OF_BOXES}


def height_is_known(own: Declarations, words: Mapping[str, str], around: BoxSurroundings) -> bool:
    """Whether the height of a box does not depend on what is in it."""
    if words.get("position") in _OUT_OF_FLOW or around.display.endswith("grid"):
        return True
    value = own.get("height", own.get("block-size"))
    if not value or value[0].type == "ident":
        return False
    return value[0].type != "percentage" or around.height_known or around.is_quirky


def flat(own: Declarations, words: Mapping[str, str], font: float, around: BoxSurroundings) -> list[str]:
    """The extents of a box that leave no room for text.

    Args:
        own: Declarations of the box.
        words: Their values that are one word.
        font: Size of the font in pixels.
        around: What is around it.

    """
    display = words.get("display") or (
        "table" if around.tag == "table" else "table-cell" if around.tag in ("td", "th") else ""
    )
    if around.tag in ("tr", "thead", "tbody", "tfoot") and "display" not in words:
        display = "table-row"
    names = [*_ACROSS, *_DOWN]
    if display in _ROWS:
        names = ["width"] if words.get("table-layout") == "fixed" else []
    elif display == "table-cell":
        names = ["max-width", "max-inline-size"]
    found = [name for name in names if _is_small(own, words, name, font, around)]
    return [*found, *_flexed(own, font, around)]


def _is_small(own: Declarations, words: Mapping[str, str], name: str, font: float, around: BoxSurroundings) -> bool:
    value = own.get(name)
    length = pixels(value[0], font, WHOLE) if value else None
    if value is None or length is None or length > SMALL_PIXELS:
        return False
    is_down = name in _DOWN
    is_share = value[0].type == "percentage"
    if is_share and is_down and words.get("position") not in _OUT_OF_FLOW and not around.display.endswith("grid"):
        quirk = around.is_quirky and name == "height"
        if not around.height_known and not quirk:
            return False
    logical, physical = ("block-size", "height") if is_down else ("inline-size", "width")
    least = max(_length(own, f"min-{logical}", font), _length(own, f"min-{physical}", font))
    room = max(0.0, length) + padding(own, font)[2 if is_down else 1]
    return max(least, room) < _READABLE * font


def _flexed(own: Declarations, font: float, around: BoxSurroundings) -> list[str]:
    """The extent along the line of a flexible box that does not grow from nothing."""
    if not around.display.endswith("flex"):
        return []
    basis, grows = own.get("flex-basis", [])[:1], _length(own, "flex-grow", font) > 0
    if shorthand := own.get("flex"):
        numbers = [token for token in shorthand if token.type == "number"]
        lengths = [token for token in shorthand if token.type in ("dimension", "percentage")]
        grows = bool(numbers) and numbers[0].value > 0
        basis = lengths[:1] or (numbers[2:3] if len(numbers) > 2 else [])
        if shorthand[0].type == "ident":
            return []
    if grows or not basis or (around.is_column and basis[0].type == "percentage"):
        return []
    length = pixels(basis[0], font, WHOLE)
    least = _length(own, "min-height" if around.is_column else "min-width", font)
    sides = padding(own, font)
    room = sides[2] if around.is_column else sides[1]
    is_flat = length is not None and max(least, length + room) <= SMALL_PIXELS
    return ["flex-basis"] if is_flat else []


def padding(own: Declarations, font: float) -> tuple[float, float, float, float]:
    """The padding at the top, the right, the bottom and the left, in pixels."""
    sides = [0.0, 0.0, 0.0, 0.0]
    for name, value in own.items():
        lengths = [pixels(token, font, WHOLE) or 0.0 for token in value]
        if not lengths or not name.startswith("padding"):
            continue
        if name == "padding":
            sides = list(four(lengths))
        elif name in _SIDES:
            sides[_SIDES[name]] = lengths[0]
        elif name == "padding-block":
            sides[0], sides[2] = lengths[0], lengths[-1]
        elif name == "padding-inline":
            sides[3], sides[1] = lengths[0], lengths[-1]
    return sides[0], sides[1], sides[2], sides[3]


_SIDES = {
    "padding-top": 0,
    "padding-right": 1,
    "padding-bottom": 2,
    "padding-left": 3,
    "padding-block-start": 0,
    "padding-inline-end": 1,
    "padding-block-end": 2,
    "padding-inline-start": 3,
}


def four(lengths: list[float]) -> tuple[float, float, float, float]:
    """Top, right, bottom and left of a value that names one to four of them."""
    top = lengths[0]
    right = lengths[1] if len(lengths) > 1 else top
    bottom = lengths[2] if len(lengths) > 2 else top
    return top, right, bottom, lengths[3] if len(lengths) > 3 else right


def _length(own: Mapping[str, list[Any]], name: str, font: float) -> float:
    value = own.get(name)
    return (pixels(value[0], font, WHOLE) or 0.0) if value else 0.0


def has_flat_track(tokens: list[Any]) -> bool:
    """Whether all tracks of a grid are without size."""
    return bool(tokens) and all(is_flat_track(token) for token in tokens)


def is_flat_track(token: Any) -> bool:
    """Whether a track of a grid is without size: `0`, `0fr`, `minmax(0, 0)`."""
    if token.type in ("number", "dimension", "percentage"):
        return bool(token.value == 0)
    if token.type == "function" and token.lower_name == "minmax":
        ends = split(token.arguments, ",")
        return len(ends) == 2 and all(end and is_flat_track(end[0]) for end in ends)
    return False
