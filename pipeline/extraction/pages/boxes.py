"""Boxes of CSS that show nothing of what is in them: no size, clipped away, moved away, not displayed."""

import re
from collections.abc import Mapping
from typing import Any

from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.drawn_places import applied, matrix_of
from pipeline.extraction.pages.extents import PLAIN, SMALL_PIXELS, WHOLE, BoxSurroundings, flat, four, has_flat_track
from pipeline.extraction.pages.lengths import pixels, split
from pipeline.extraction.pages.transforms import scaled_away

_FAR_PIXELS = 900
"""So far to the left or above nothing is seen; to the right and below a reader can scroll."""
_FAR_ABOVE = 2500
_FAR_ABOVE_SCREEN = 160
"""So far above the screen a bar at its top cannot be: those that slide in are lower."""
_FAR_FIXED_PIXELS = 480
"""So far outside of the screen nothing of a box that does not scroll is seen."""
_LINE = 1.25
_WHOLE_PERCENT = 100
_VIEW_WIDTH, _VIEW_HEIGHT = 1280.0, 800.0
_EDGES = {"top": _VIEW_HEIGHT, "bottom": _VIEW_HEIGHT}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_CLIPPING = frozenset(("hidden", "clip", "auto", "scroll", "overlay"))
_MOVING = ("left", "top", "right", "bottom", "inset", "inset-inline-start", "inset-inline-end", "inset-block-start")
_MARGINS = ("margin-left", "margin-top", "margin", "text-indent", "margin-inline-start", "margin-block-start")
_COLUMNS = frozenset(("table-column", "table-column-group"))
"""A column of a table shows nothing that is in it."""
_GIVING_HEIGHT = frozenset(
    ("height", "min-height", "block-size", "flex", "inset", "top", "bottom", "grid-area", "grid-row")
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
    if has_flat_track(own.get("grid-template-rows", [])):
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
    return clips(words) and not _clipped_away(own, words, font) and not scaled_away(own, words)


def hiding(
    own: Declarations,
    words: Mapping[str, str],
    font: float,
    shown: float | None = None,
    *,
    clipped_around: bool = False,
    around: BoxSurroundings = PLAIN,
) -> str | None:
    """The technique by which these declarations hide a box.

    Args:
        own: Declarations of the box.
        words: Their values that are one word.
        font: Size of the font in pixels.
        shown: Pixels of height that the box around shows; None if it cuts nothing off.
        clipped_around: Whether the box right around cuts off what is outside of it.
        around: What the size of the box depends on.

    """
    if words.get("display") in _COLUMNS:
        return "display-none"
    if words.get("display") == "none" or words.get("content-visibility") == "hidden":
        return "display-none" if words.get("display") == "none" else "content-visibility"
    positioned = words.get("position") in ("absolute", "fixed")
    clipped = clips(words) or any(_word_of(token) == "paint" for token in own.get("contain", ()))
    if clipped and has_flat_track(own.get("grid-template-rows", [])):
        return "zero-size"
    small = flat(own, words, font, around)
    gone = _clipped_away(own, words, font)
    if positioned and clipped and (gone or len(small) > 1) and not _moved_away(own, words, font):
        return "screen-reader"  # the idiom of text for screen readers
    if shown is not None and _starts_below(own, font, shown, clipped=clipped, positioned=positioned):
        return "zero-size"
    if _is_outside(own, font, shown) if clipped_around else False:
        return "cut-off"
    if clipped and (_has_no_height(own, words) or _starts_past_end(own, words, font)):
        return "zero-size"
    if gone or (clipped and (small or _at_most(own, "line-height", font, SMALL_PIXELS))) or scaled_away(own, words):
        return "zero-size"
    return "off-screen" if _moved_away(own, words, font) else None


def _starts_below(own: Declarations, font: float, shown: float, *, clipped: bool, positioned: bool) -> bool:
    """Whether the text of a box begins below what the box around shows."""
    if not shown:
        return clipped
    names = ("margin-top", "padding-top") if positioned else ("margin-top", "padding-top", "top")
    starts = [pixels(own[name][0], font) for name in names if own.get(name)]
    starts += [pixels(own[name][0], font) for name in ("margin", "padding") if own.get(name)]
    return any(start is not None and start >= shown for start in starts)


def _is_outside(own: Declarations, font: float, shown: float | None) -> bool:
    """Whether a box is moved out of the one around by all of its own size, or by more than that one shows."""
    tokens = [part for token in own.get("transform", ()) if token.type == "function" for part in _moves_of(token)]
    for token in (*own.get("translate", ()), *tokens):
        if token.type == "percentage" and abs(token.value) >= _WHOLE_PERCENT:
            return True
        length = pixels(token, font) if shown else None
        if length is not None and shown and abs(length) >= shown:
            return True
    up = [pixels(own[name][0], font) for name in ("top", "margin-top") if own.get(name)]
    return bool(shown) and any(length is not None and length <= -(shown or 0.0) - _LINE * font for length in up)


def _moves_of(token: Any) -> list[Any]:
    if token.lower_name not in ("translate", "translatex", "translatey", "translate3d"):
        return []
    return [part[0] for part in split(token.arguments, ",") if part]


def _has_no_height(own: Declarations, words: Mapping[str, str]) -> bool:
    """Whether the size of a box does not follow what is in it, and nothing else gives it one."""
    sizes = {_word_of(token) for token in own.get("contain", ())}
    contained = bool(sizes & {"strict", "size"}) or words.get("container-type") == "size"
    return contained and not own.keys() & _GIVING_HEIGHT


def _starts_past_end(own: Declarations, words: Mapping[str, str], font: float) -> bool:
    """Whether the first line of a box begins below its own end."""
    height = pixels(own["height"][0], font) if own.get("height") else None
    if height is None:
        return False
    line = pixels(own["line-height"][0], font) if own.get("line-height") else None
    if line is not None and own["line-height"][0].type != "number" and (line - font) / 2 >= height:
        return True
    above = pixels(own["padding-top"][0], font) if own.get("padding-top") else None
    return words.get("box-sizing") == "border-box" and above is not None and above >= height > 0


def _at_most(own: Declarations, name: str, font: float, limit: float) -> bool:
    value = own.get(name)
    length = pixels(value[0], font, WHOLE) if value else None
    if name == "line-height" and value and value[0].type == "number":
        length = value[0].value * font
    return length is not None and length <= limit


def _clipped_away(own: Declarations, words: Mapping[str, str], font: float) -> bool:
    for token in own.get("clip", ()) if words.get("position") in ("absolute", "fixed") else ():
        if token.type == "function" and token.lower_name == "rect":
            shown = [part for part in token.arguments if part.type not in ("whitespace", "literal")]
            edges = [pixels(part, font) for part in shown]
            if len(edges) == 4 and (edges[1] is not None or edges[2] is not None):
                top, left = edges[0] or 0.0, edges[3] or 0.0
                right = WHOLE if edges[1] is None else edges[1]
                bottom = WHOLE if edges[2] is None else edges[2]
                is_beside = top >= _VIEW_HEIGHT or left >= _VIEW_WIDTH or right <= 0 or bottom <= 0
                return right - left <= SMALL_PIXELS or bottom - top <= SMALL_PIXELS or is_beside
    return any(_shape_is_empty(token, font) for token in own.get("clip-path", ()) if token.type == "function")


def _shape_is_empty(token: Any, font: float) -> bool:
    if token.lower_name in ("path", "shape"):
        return _outline_is_flat(token, font)
    parts = split(token.arguments, ",")
    lengths = [length for part in parts for one in part if (length := pixels(one, font, WHOLE)) is not None]
    match token.lower_name:
        case "inset" if lengths:
            top, right, bottom, left = four(lengths)
            return top + bottom >= WHOLE or left + right >= WHOLE
        case "circle" | "ellipse" if lengths:
            at = _words_from(token, "at", font)
            is_beside = any(place + lengths[0] <= 0 or place - lengths[0] >= _VIEW_WIDTH for place in at)
            return lengths[0] <= SMALL_PIXELS or is_beside
        case "rect" if len(lengths) >= 4:
            return lengths[1] - lengths[3] <= SMALL_PIXELS or lengths[2] - lengths[0] <= SMALL_PIXELS
        case "xywh" if len(lengths) >= 4:
            return min(lengths[2:4]) <= SMALL_PIXELS
        case "polygon" if len(lengths) >= 2:
            across, down = lengths[0::2], lengths[1::2]
            flat = max(across) - min(across) <= SMALL_PIXELS or max(down) - min(down) <= SMALL_PIXELS
            return flat or min(across) >= _VIEW_WIDTH or max(across) <= 0 or max(down) <= 0
    return False


def _words_from(token: Any, word: str, font: float) -> list[float]:
    """The lengths after a word among the arguments of a function."""
    at = next((at for at, part in enumerate(token.arguments) if _word_of(part) == word), len(token.arguments))
    lengths = [pixels(part, font, WHOLE) for part in token.arguments[at + 1 :]]
    return [length for length in lengths if length is not None]


def _outline_is_flat(token: Any, font: float) -> bool:
    """Whether an outline encloses nothing: all its numbers are alike."""
    written = next((part.value for part in token.arguments if part.type == "string"), None)
    if written is not None:
        numbers = [float(number) for number in _NUMBER.findall(written)]
    else:
        numbers = [length for part in token.arguments if (length := pixels(part, font, WHOLE)) is not None]
    return bool(numbers) and max(numbers) - min(numbers) <= SMALL_PIXELS


def _word_of(token: Any) -> str:
    return str(token.lower_value) if token.type == "ident" else ""


def _with_sides(own: Declarations) -> Declarations:
    inset = own.get("inset")
    if not inset:
        return own
    second = inset[1] if len(inset) > 1 else inset[0]
    sides = {"top": inset[0], "right": second, "bottom": inset[2] if len(inset) > 2 else inset[0]}
    sides["left"] = inset[3] if len(inset) > 3 else second
    return {**{name: value for name, value in own.items() if name != "inset"}, **{n: [t] for n, t in sides.items()}}


def _is_past_start(own: Declarations, font: float, *, is_fixed: bool) -> bool:
    """Whether a box ends before the left edge of the page, or above its top."""
    right = pixels(own["right"][0], font, _VIEW_WIDTH) if own.get("right") and not own.get("left") else None
    is_share = right is not None and own["right"][0].type == "percentage"  # of a box that may be narrow
    if right is not None and (right > _VIEW_WIDTH or (right == _VIEW_WIDTH and not is_share)):
        return True
    bottom = pixels(own["bottom"][0], font, _VIEW_HEIGHT) if own.get("bottom") and not own.get("top") else None
    if bottom is not None and bottom >= _FAR_ABOVE:
        return True
    if is_fixed and bottom is not None and bottom <= -_FAR_ABOVE_SCREEN:
        return True
    top = pixels(own["top"][0], font, _VIEW_HEIGHT) if own.get("top") else None
    return top is not None and top <= (-_FAR_ABOVE_SCREEN if is_fixed else -_VIEW_HEIGHT)


def _is_on_far_path(own: Declarations, font: float) -> bool:
    """Whether `offset-path` puts a box far to the left or above."""
    for token in (*own.get("offset-path", ()), *own.get("offset", ())):
        if token.type != "function":
            continue
        written = next((part.value for part in token.arguments if part.type == "string"), "")
        if any(float(number) <= -_FAR_PIXELS for number in _NUMBER.findall(written)[:2]):
            return True
        distance = pixels(own["offset-distance"][0], font) if own.get("offset-distance") else None
        if token.lower_name == "ray" and distance is not None and distance >= 2 * _FAR_PIXELS:
            return True
    return False


def _is_turned_far(own: Declarations, font: float) -> bool:
    """Whether a box is scaled or turned around a point so far away that it ends up left of the page or above it."""
    points = [pixels(token, font, 0.0) or 0.0 for token in own.get("transform-origin", ())][:2]
    matrix = matrix_of(own.get("transform", []))
    if not points or matrix is None:
        return False
    across, down = [*points, 0.0][:2]
    moved = applied(matrix, across, down)
    return min(across - moved[0], down - moved[1]) <= -_FAR_PIXELS


def is_indented_away(own: Declarations, words: Mapping[str, str], font: float) -> bool:
    """Whether the first line of a box begins far outside of it."""
    return _moved_away({"text-indent": own.get("text-indent", [])}, words, font)


def only_indents(own: Declarations, words: Mapping[str, str], font: float) -> bool:
    """Whether a box is moved away by its first line alone, which the boxes in it can undo."""
    others = {name: value for name, value in own.items() if name != "text-indent"}
    return is_indented_away(own, words, font) and not _moved_away(others, words, font)


def _moved_away(own: Declarations, words: Mapping[str, str], font: float) -> bool:
    positioned = words.get("position") in ("absolute", "fixed", "relative")
    far = _FAR_FIXED_PIXELS if words.get("position") == "fixed" else _FAR_PIXELS
    own = _with_sides(own)
    if words.get("position") in ("absolute", "fixed") and _is_past_start(
        own, font, is_fixed=words.get("position") == "fixed"
    ):
        return True
    if _is_on_far_path(own, font) or _is_turned_far(own, font):
        return True
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
    moved = [length for token in tokens if (length := pixels(token, font, WHOLE)) is not None]
    at_end = words.get("position") == "fixed" and any(
        own.get(name) and own[name][0].type in ("number", "dimension") and own[name][0].value <= 0
        for name in ("right", "bottom")
    )
    if at_end and any(token.type == "percentage" and token.value >= _WHOLE_PERCENT for token in tokens):
        return True
    if at_edge and any(token.type == "percentage" and token.value <= -_WHOLE_PERCENT for token in tokens):
        return True
    return any(length <= -_FAR_PIXELS or length > 10 * _FAR_PIXELS for length in moved)
