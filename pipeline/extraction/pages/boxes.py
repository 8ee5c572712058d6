"""Boxes of CSS that show nothing of what is in them: no size, clipped away, moved away, not displayed."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.lengths import pixels, split

_FAR_PIXELS = 900
"""So far to the left or above nothing is seen; to the right and below a reader can scroll."""
_SMALL_PIXELS = 1
_SMALL_SHARE = 0.05
"""Scale below which text cannot be read."""
_FLAT_DEGREES = 5
"""A box turned to within this of a right angle shows its edge."""
_VIEW_WIDTH, _VIEW_HEIGHT = 1280.0, 800.0
_BOX = 600.0
"""Pixels that 100 percent of a box stand for."""
_MOVING = ("left", "top", "right", "bottom", "inset", "inset-inline-start", "inset-inline-end", "inset-block-start")
_MARGINS = ("margin-left", "margin-top", "margin", "text-indent", "margin-inline-start", "margin-block-start")
_EXTENTS = (
    "width",
    "height",
    "max-width",
    "max-height",
    "inline-size",
    "block-size",
    "max-inline-size",
    "max-block-size",
)


def hiding(own: Declarations, words: Mapping[str, str], font: float) -> str | None:
    """The technique by which these declarations hide a box; `words` are the values that are one word."""
    if words.get("display") == "none" or words.get("content-visibility") == "hidden":
        return "display-none" if words.get("display") == "none" else "content-visibility"
    positioned = words.get("position") in ("absolute", "fixed")
    clipped = any(words.get(name) in ("hidden", "clip") for name in ("overflow", "overflow-x", "overflow-y"))
    small = [name for name in _EXTENTS if _at_most(own, name, font, _SMALL_PIXELS)]
    gone = _clipped_away(own, font)
    if positioned and clipped and (gone or len(small) > 1) and not _moved_away(own, words, font):
        return "screen-reader"  # the idiom of text for screen readers
    if gone or (clipped and (small or _at_most(own, "line-height", font, _SMALL_PIXELS))) or _scaled_away(own):
        return "zero-size"
    return "off-screen" if _moved_away(own, words, font) else None


def _at_most(own: Declarations, name: str, font: float, limit: float) -> bool:
    value = own.get(name)
    length = pixels(value[0], font, _BOX) if value else None
    if name == "line-height" and value and value[0].type == "number":
        length = value[0].value * font
    return length is not None and length <= limit


def _clipped_away(own: Declarations, font: float) -> bool:
    for token in own.get("clip", ()):
        if token.type == "function" and token.lower_name == "rect":
            edges = [pixels(part, font) for part in token.arguments if pixels(part, font) is not None]
            if len(edges) == 4:
                top, right, bottom, left = (edge or 0.0 for edge in edges)
                return right - left <= _SMALL_PIXELS or bottom - top <= _SMALL_PIXELS
    return any(_shape_is_empty(token, font) for token in own.get("clip-path", ()) if token.type == "function")


def _shape_is_empty(token: Any, font: float) -> bool:
    parts = split(token.arguments, ",")
    lengths = [length for part in parts for one in part if (length := pixels(one, font, _BOX)) is not None]
    match token.lower_name:
        case "inset" if lengths:
            top, right, bottom, left = _four(lengths)
            return top + bottom >= _BOX or left + right >= _BOX
        case "circle" | "ellipse" if lengths:
            return lengths[0] <= _SMALL_PIXELS
        case "rect" if len(lengths) >= 4:
            return lengths[1] - lengths[3] <= _SMALL_PIXELS or lengths[2] - lengths[0] <= _SMALL_PIXELS
        case "xywh" if len(lengths) >= 4:
            return min(lengths[2:4]) <= _SMALL_PIXELS
        case "polygon" if len(lengths) >= 2:
            across, down = lengths[0::2], lengths[1::2]
            return max(across) - min(across) <= _SMALL_PIXELS or max(down) - min(down) <= _SMALL_PIXELS
    return False


def _four(lengths: Sequence[float]) -> tuple[float, float, float, float]:
    top = lengths[0]
    right = lengths[1] if len(lengths) > 1 else top
    bottom = lengths[2] if len(lengths) > 2 else top
    return top, right, bottom, lengths[3] if len(lengths) > 3 else right


def _scaled_away(own: Declarations) -> bool:
    shares = [pixels(token, 1.0, 1.0) for token in own.get("scale", ())]
    if any(share is not None and abs(share) < _SMALL_SHARE for share in shares):
        return True
    for token in own.get("rotate", ()):
        if _is_flat(token) and any(part.type == "ident" and part.lower_value in "xy" for part in own["rotate"]):
            return True
    return any(_transform_flattens(token) for token in own.get("transform", ()) if token.type == "function")


def _transform_flattens(token: Any) -> bool:
    parts = [part[0] for part in split(token.arguments, ",") if part]
    numbers = [number for part in parts if (number := pixels(part, 1.0, 1.0)) is not None]
    match token.lower_name:
        case "scale" | "scalex" | "scaley" | "scale3d":
            return any(abs(number) < _SMALL_SHARE for number in numbers[:2])
        case "matrix" if len(numbers) >= 4:
            return abs(numbers[0] * numbers[3] - numbers[1] * numbers[2]) < _SMALL_SHARE**2
        case "rotatex" | "rotatey":
            return any(_is_flat(part) for part in parts)
    return False


def _is_flat(token: Any) -> bool:
    if token.type != "dimension":
        return False
    degrees = {"deg": 1.0, "turn": 360.0, "rad": 180 / math.pi, "grad": 0.9}.get(token.lower_unit, 0.0) * token.value
    return bool(abs(degrees % 180 - 90) < _FLAT_DEGREES)


def _moved_away(own: Declarations, words: Mapping[str, str], font: float) -> bool:
    positioned = words.get("position") in ("absolute", "fixed", "relative", "sticky")
    for name in (*_MARGINS, *(_MOVING if positioned else ())):
        for token in own.get(name, ()):
            length = pixels(token, font, _VIEW_WIDTH)
            if length is None or abs(length) < _FAR_PIXELS:
                continue
            if length < 0 or (name in ("left", "right", "text-indent") and length > 10 * _FAR_PIXELS):
                return True
            if name in ("right", "bottom") and words.get("position") == "fixed":
                return True
    tokens = list(own.get("translate", ()))
    for token in own.get("transform", ()):
        if token.type == "function" and token.lower_name in ("translate", "translatex", "translatey", "translate3d"):
            tokens += [part[0] for part in split(token.arguments, ",") if part]
        if token.type == "function" and token.lower_name in ("matrix",):
            tokens += [part[0] for part in split(token.arguments, ",")[4:6] if part]
    moved = [length for token in tokens if (length := pixels(token, font, _BOX)) is not None]
    return any(length <= -_FAR_PIXELS or length > 10 * _FAR_PIXELS for length in moved)
