"""Boxes of CSS that show nothing of what is in them: no size, clipped away, moved away, not displayed."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.lengths import pixels, split

_FAR_PIXELS = 900
"""So far to the left or above nothing is seen; to the right and below a reader can scroll."""
_FAR_FIXED_PIXELS = 480
"""So far outside of the screen nothing of a box that does not scroll is seen."""
_SMALL_PIXELS = 1
_SMALL_SHARE = 0.05
"""Scale below which text cannot be read."""
_WHOLE_PERCENT = 100
_RIGHT_ANGLE = 90
_FLAT_DEGREES = 5
"""A box turned to within this of a right angle shows its edge."""
_VIEW_WIDTH, _VIEW_HEIGHT = 1280.0, 800.0
_EDGES = {"top": _VIEW_HEIGHT, "bottom": _VIEW_HEIGHT}
_BOX = 600.0
"""Pixels that 100 percent of a box stand for."""
_CLIPPING = frozenset(("hidden", "clip", "auto", "scroll", "overlay"))
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


def clips(words: Mapping[str, str]) -> bool:
    """Whether a box shows nothing outside of itself."""
    if words.get("contain") in ("paint", "strict", "content"):
        return True
    return any(words.get(name) in _CLIPPING for name in ("overflow", "overflow-x", "overflow-y"))


def room(own: Declarations, words: Mapping[str, str], font: float, outer: float | None) -> float | None:
    """Pixels of height that are shown of what is in a box; None if nothing is cut off.

    Args:
        own: Declarations of the box.
        words: Their values that are one word.
        font: Size of the font in pixels.
        outer: What the box around shows.

    """
    if _has_flat_rows(own):
        return 0.0
    if outer == 0 and not own.keys() & {"height", "min-height", "position"}:
        return None if words.get("overflow") else outer
    if any(words.get(name) in ("hidden", "clip") for name in ("overflow", "overflow-y")):
        heights = [pixels(own[name][0], font) for name in ("height", "max-height", "block-size") if own.get(name)]
        known = [height for height in heights if height]
        return min(known) if known else outer
    return outer


def only_cuts(own: Declarations, words: Mapping[str, str], font: float) -> bool:
    """Whether a box hides what is in it by cutting it off alone, which boxes that are fixed to the screen escape."""
    return clips(words) and not _clipped_away(own, font) and not _scaled_away(own, words)


def _has_flat_rows(own: Declarations) -> bool:
    rows = own.get("grid-template-rows", ())
    return bool(rows) and all(token.type in ("number", "dimension") and token.value == 0 for token in rows)


def hiding(own: Declarations, words: Mapping[str, str], font: float, shown: float | None = None) -> str | None:
    """The technique by which these declarations hide a box.

    Args:
        own: Declarations of the box.
        words: Their values that are one word.
        font: Size of the font in pixels.
        shown: Pixels of height that the box around shows; None if it cuts nothing off.

    """
    if words.get("display") == "none" or words.get("content-visibility") == "hidden":
        return "display-none" if words.get("display") == "none" else "content-visibility"
    positioned = words.get("position") in ("absolute", "fixed")
    clipped = clips(words)
    if clipped and _has_flat_rows(own):
        return "zero-size"
    small = [name for name in _EXTENTS if _at_most(own, name, font, _SMALL_PIXELS)]
    gone = _clipped_away(own, font)
    if positioned and clipped and (gone or len(small) > 1) and not _moved_away(own, words, font):
        return "screen-reader"  # the idiom of text for screen readers
    if shown is not None and _starts_below(own, font, shown, clipped=clipped):
        return "zero-size"
    if gone or (clipped and (small or _at_most(own, "line-height", font, _SMALL_PIXELS))) or _scaled_away(own, words):
        return "zero-size"
    return "off-screen" if _moved_away(own, words, font) else None


def _starts_below(own: Declarations, font: float, shown: float, *, clipped: bool) -> bool:
    """Whether the text of a box begins below what the box around shows."""
    if not shown:
        return clipped
    starts = [pixels(own[name][0], font) for name in ("margin-top", "padding-top", "top") if own.get(name)]
    starts += [pixels(own[name][0], font) for name in ("margin", "padding") if own.get(name)]
    return any(start is not None and start >= shown for start in starts)


def _at_most(own: Declarations, name: str, font: float, limit: float) -> bool:
    value = own.get(name)
    length = pixels(value[0], font, _BOX) if value else None
    if name == "line-height" and value and value[0].type == "number":
        length = value[0].value * font
    return length is not None and length <= limit


def _clipped_away(own: Declarations, font: float) -> bool:
    for token in own.get("clip", ()):
        if token.type == "function" and token.lower_name == "rect":
            shown = [part for part in token.arguments if part.type not in ("whitespace", "literal")]
            edges = [pixels(part, font) for part in shown]
            if len(edges) == 4 and (edges[1] is not None or edges[2] is not None):
                top, left = edges[0] or 0.0, edges[3] or 0.0
                right = _BOX if edges[1] is None else edges[1]
                bottom = _BOX if edges[2] is None else edges[2]
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


def _scaled_away(own: Declarations, words: Mapping[str, str]) -> bool:
    shares = [pixels(token, 1.0, 1.0) for token in own.get("scale", ())]
    if any(share is not None and abs(share) < _SMALL_SHARE for share in shares):
        return True
    for token in own.get("rotate", ()):
        axis = [part.value for part in own["rotate"] if part.type == "number"]
        if _is_flat(token) and (any(_word_of(part) in ("x", "y") for part in own["rotate"]) or axis[2:] == [0]):
            return True
    if words.get("backface-visibility") == "hidden" and _is_turned_away(own):
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
        case "matrix3d" if len(numbers) >= 6:
            return abs(numbers[0] * numbers[5] - numbers[1] * numbers[4]) < _SMALL_SHARE**2
        case "rotatex" | "rotatey":
            return any(_is_flat(part) for part in parts)
        case "rotate3d" if len(numbers) >= 3:
            return numbers[2] == 0 and any(_is_flat(part) for part in parts)
    return False


def _is_turned_away(own: Declarations) -> bool:
    turns = [token for token in own.get("rotate", ()) if any(_word_of(part) in ("x", "y") for part in own["rotate"])]
    for token in own.get("transform", ()):
        if token.type == "function" and token.lower_name in ("rotatex", "rotatey"):
            turns += token.arguments
    angles = [degrees for token in turns if (degrees := _degrees(token)) is not None]
    return any(_RIGHT_ANGLE < degrees % 360 < 3 * _RIGHT_ANGLE for degrees in angles)


def _word_of(token: Any) -> str:
    return str(token.lower_value) if token.type == "ident" else ""


def _degrees(token: Any) -> float | None:
    if token.type != "dimension":
        return None
    return float(
        {"deg": 1.0, "turn": 360.0, "rad": 180 / math.pi, "grad": 0.9}.get(token.lower_unit, 0.0) * token.value
    )


def _is_flat(token: Any) -> bool:
    degrees = _degrees(token)
    return degrees is not None and abs(degrees % (2 * _RIGHT_ANGLE) - _RIGHT_ANGLE) < _FLAT_DEGREES


def _moved_away(own: Declarations, words: Mapping[str, str], font: float) -> bool:
    positioned = words.get("position") in ("absolute", "fixed", "relative")
    far = _FAR_FIXED_PIXELS if words.get("position") == "fixed" else _FAR_PIXELS
    for name in (*_MARGINS, *(_MOVING if positioned else ())):
        for token in own.get(name, ()):
            length = pixels(token, font, _VIEW_HEIGHT if name in ("top", "bottom") else _VIEW_WIDTH)
            if length is None or abs(length) < far:
                continue
            if length < 0 or (name in ("left", "right", "text-indent") and length > 10 * _FAR_PIXELS):
                return True
            if name == "text-indent" and length >= _VIEW_WIDTH and words.get("overflow") in ("hidden", "clip"):
                return True
            if words.get("position") == "fixed" and length >= _EDGES.get(name, _VIEW_WIDTH):
                return True
    tokens = list(own.get("translate", ()))
    at_edge = words.get("position") in ("absolute", "fixed") and any(
        own.get(name) and own[name][0].type in ("number", "dimension") and own[name][0].value <= 0
        for name in ("left", "top", "inset", "inset-inline-start", "inset-block-start")
    )
    for token in own.get("transform", ()):
        if token.type == "function" and token.lower_name in ("translate", "translatex", "translatey", "translate3d"):
            tokens += [part[0] for part in split(token.arguments, ",") if part]
        if token.type == "function" and token.lower_name in ("matrix",):
            tokens += [part[0] for part in split(token.arguments, ",")[4:6] if part]
    moved = [length for token in tokens if (length := pixels(token, font, _BOX)) is not None]
    at_end = words.get("position") == "fixed" and any(
        own.get(name) and own[name][0].type in ("number", "dimension") and own[name][0].value <= 0
        for name in ("right", "bottom")
    )
    if at_end and any(token.type == "percentage" and token.value >= _WHOLE_PERCENT for token in tokens):
        return True
    if at_edge and any(token.type == "percentage" and token.value <= -_WHOLE_PERCENT for token in tokens):
        return True
    return any(length <= -_FAR_PIXELS or length > 10 * _FAR_PIXELS for length in moved)
