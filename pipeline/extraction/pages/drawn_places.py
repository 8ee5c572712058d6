"""Places of texts in a drawing once the groups around them are moved, scaled and turned (CSS Transforms 1, SVG 2)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.drawn_shapes import FilledArea, number, numbers
from pipeline.extraction.pages.lengths import pixels

Matrix = tuple[float, float, float, float, float, float]
"""The numbers of `matrix(a, b, c, d, e, f)`."""

STILL: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_FONT = 16.0
_WIDEST = 0.65
"""Width of a letter in sizes of its font, rather too much than too little."""
_ABOVE, _BELOW = 0.8, 0.25
"""Parts of a letter above and below its line, in sizes of the font."""
_WHOLE = 100.0
_ALIGNED = {"min": 0.0, "mid": 0.5, "max": 1.0}
"""Parts of the room around a drawing that are left of it or above it."""
_PLACE = ("x", "y", "width", "height")
_WINDOWS = frozenset(("svg", "foreignobject"))
_TEXTS = frozenset(("text", "tspan", "textpath"))
Start = tuple[float | None, float | None]
"""Where a text begins, from the left and from the top; None if it does not say so."""


@dataclass(frozen=True, slots=True)
class _DrawnPlace:
    matrix: Matrix | None
    """How the element is moved; None if that is unknown."""
    edges: FilledArea | None
    """The part of the plane that its drawing shows, in the units of that; None if it cuts nothing off."""
    anchor: str


@dataclass(frozen=True, slots=True)
class DrawnText:
    """The facts about an element of a drawing that its place depends on, apart from its declarations."""

    start: Start | None = None
    """The place at which its text begins, if it is one."""
    clip: FilledArea | None = None
    """The part of it that a clip shows."""
    use: Element | None = None
    """The `use` that shows it, if one alone does."""


class DrawnPlaces:
    """The places of the elements of drawings, in the order of the page."""

    def __init__(self) -> None:
        self._places: dict[int, _DrawnPlace] = {}

    def is_outside(
        self, element: Element, parent: Element | None, own: Declarations, drawn: DrawnText, font: float
    ) -> bool:
        """Whether nothing of an element can be seen because of its place.

        Args:
            element: An element of a drawing; those around it were asked for before.
            parent: The element around it.
            own: Its declarations.
            drawn: What its drawing says of it.
            font: Size of its font in units of the drawing.

        """
        around = self._places.get(id(parent)) if parent is not None else None
        place = _placed(element, around, own, drawn)
        self._places[id(element)] = place
        if place.edges is None or place.matrix is None:
            return False
        start = drawn.start
        if start is not None and (element.text or "").strip():
            return _misses(place.edges, place.matrix, _of_text(element, start, place.anchor, font))
        if element.tag in _WINDOWS and around is not None:
            left, top, width, height = (number(element.get(name)) for name in ("x", "y", "width", "height"))
            if width is not None and height is not None and around.matrix is not None:
                return _misses(place.edges, around.matrix, (left or 0.0, top or 0.0, width, height))
        return False


def _placed(element: Element, around: _DrawnPlace | None, own: Declarations, drawn: DrawnText) -> _DrawnPlace:
    if around is None:
        return _DrawnPlace(STILL, None if _is_open(own) else _view(element), _anchor(own, element, "start"))
    matrix = around.matrix
    if matrix is not None and own.get("transform"):
        moved = matrix_of(own["transform"])
        matrix = None if moved is None else times(matrix, moved)
    if own.get("translate") or own.get("scale") or own.get("rotate"):
        matrix = None
    edges = around.edges
    place = element if element.tag == "svg" else drawn.use
    if matrix is not None and place is not None:
        area, inner = _window(element, place)
        is_open = _is_open(own) or "visible" in element.get("overflow", "")
        has_window = element.tag in ("svg", "symbol") and not is_open and area[2] > 0 and area[3] > 0
        edges = _common(_bounds(matrix, area), edges) if has_window else edges
        matrix = None if inner is None else times(matrix, inner)
    if matrix is not None and drawn.clip is not None:
        edges = _common(_bounds(matrix, drawn.clip), edges)
    return _DrawnPlace(matrix, edges, _anchor(own, element, around.anchor))


def _window(element: Element, place: Element) -> tuple[FilledArea, Matrix | None]:
    """The area in which an inner drawing is shown, and how what is in it is moved; None if that is unknown.

    Args:
        element: The drawing, or the symbol or other element that a `use` shows.
        place: The element with the place and size: the drawing itself, or the `use`.

    """
    if any(place.get(name, "").strip().endswith("%") for name in _PLACE):
        return (0.0, 0.0, 0.0, 0.0), None
    left, top, width, height = (number(place.get(name)) or 0.0 for name in _PLACE)
    moved: Matrix = (1.0, 0.0, 0.0, 1.0, left, top)
    box = numbers(element.get("viewbox")) if element.tag in ("svg", "symbol") else []
    if not box:
        return (left, top, width, height), moved
    fit = element.get("preserveaspectratio", "").lower()
    if len(box) != 4 or not (width > 0 and height > 0 and box[2] > 0 and box[3] > 0) or "none" in fit:
        return (0.0, 0.0, 0.0, 0.0), None
    unit = (max if "slice" in fit else min)(width / box[2], height / box[3])
    before = [next((share for word, share in _ALIGNED.items() if name + word in fit), 0.5) for name in "xy"]
    room = (width - unit * box[2]) * before[0], (height - unit * box[3]) * before[1]
    inner: Matrix = (unit, 0.0, 0.0, unit, room[0] - unit * box[0], room[1] - unit * box[1])
    return (left, top, width, height), times(moved, inner)


def _is_open(own: Mapping[str, list[Any]]) -> bool:
    words = [_word(own.get(name)) for name in ("overflow", "overflow-x")]
    return any(word not in ("", "hidden", "clip", "scroll") for word in words)


def _word(value: list[Any] | None) -> str:
    return str(value[0].lower_value) if value and value[0].type == "ident" else ""


def _anchor(own: Mapping[str, list[Any]], element: Element, around: str) -> str:
    return _word(own.get("text-anchor")) or element.get("text-anchor", around)


def _view(drawing: Element) -> FilledArea | None:
    """The part of the plane that a drawing shows, in its own units: its view box, and what lies next to that."""
    if "visible" in drawing.get("overflow", ""):
        return None
    size = [number(drawing.get(name)) or 0.0 for name in ("width", "height")]
    if any(drawing.get(name, "").strip().endswith("%") for name in ("width", "height")):
        size = [0.0, 0.0]
    box = numbers(drawing.get("viewbox"))
    if len(box) != 4:
        return (0.0, 0.0, size[0], size[1]) if size[0] and size[1] else None
    left, top, width, height = box
    fit = drawing.get("preserveaspectratio", "").lower()
    if not (size[0] and size[1] and width and height) or "none" in fit:
        return left, top, width, height
    unit = (max if "slice" in fit else min)(size[0] / width, size[1] / height)
    across, down = size[0] / unit - width, size[1] / unit - height
    before = [next((share for word, share in _ALIGNED.items() if name + word in fit), 0.5) for name in "xy"]
    return left - across * before[0], top - down * before[1], width + across, height + down


def _of_text(text: Element, start: Start, anchor: str, font: float) -> FilledArea:
    at, down = start[0] or 0.0, start[1] or 0.0
    length = _WIDEST * font * len(" ".join((text.text or "").split()))
    left = at - {"end": length, "middle": length / 2}.get(anchor, 0.0)
    return left, down - _ABOVE * font, length, (_ABOVE + _BELOW) * font


def _misses(edges: FilledArea, matrix: Matrix, area: FilledArea) -> bool:
    """Whether an area that is moved has nothing in common with the part of a drawing that is shown."""
    _, _, width, height = _common(_bounds(matrix, area), edges)
    return width <= 0 or height <= 0


def _bounds(matrix: Matrix, area: FilledArea) -> FilledArea:
    """The upright rectangle around an area that is moved."""
    left, top, width, height = area
    corners = [applied(matrix, x, y) for x in (left, left + width) for y in (top, top + height)]
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(down), max(across) - min(across), max(down) - min(down)


def _common(one: FilledArea, other: FilledArea | None) -> FilledArea:
    """The part that two areas have in common; its width or height is 0 or less if there is none."""
    if other is None:
        return one
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[0] + one[2], other[0] + other[2]), min(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top


def applied(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """The place that a matrix moves a point to."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def times(outer: Matrix, inner: Matrix) -> Matrix:
    """The matrix of one transformation inside of another."""
    a, b, c, d, _, _ = outer
    e, f = applied(outer, inner[4], inner[5])
    return (
        a * inner[0] + c * inner[1],
        b * inner[0] + d * inner[1],
        a * inner[2] + c * inner[3],
        b * inner[2] + d * inner[3],
        e,
        f,
    )


def matrix_of(tokens: list[Any]) -> Matrix | None:
    """The matrix of a list of transformations; None if one is unknown."""
    matrix = STILL
    for token in tokens:
        if token.type == "ident" and token.lower_value == "none":
            continue
        step = _step(token) if token.type == "function" else None
        if step is None:
            return None
        matrix = times(matrix, step)
    return matrix


def _step(token: Any) -> Matrix | None:
    parts = [part for part in token.arguments if part.type in ("number", "dimension", "percentage", "function")]
    values = [_value(part) for part in parts]
    known = [value for value in values if value is not None]
    if not known or len(known) != len(values):
        return None
    first, second = known[0], known[1] if len(known) > 1 else None
    turn = math.tan(math.radians(first)) if abs(first) < _WHOLE else 0.0
    match token.lower_name:
        case "translate":
            return 1.0, 0.0, 0.0, 1.0, first, second or 0.0
        case "translatex":
            return 1.0, 0.0, 0.0, 1.0, first, 0.0
        case "translatey":
            return 1.0, 0.0, 0.0, 1.0, 0.0, first
        case "scale":
            return first, 0.0, 0.0, first if second is None else second, 0.0, 0.0
        case "scalex":
            return first, 0.0, 0.0, 1.0, 0.0, 0.0
        case "scaley":
            return 1.0, 0.0, 0.0, first, 0.0, 0.0
        case "skewx":
            return 1.0, 0.0, turn, 1.0, 0.0, 0.0
        case "skewy":
            return 1.0, turn, 0.0, 1.0, 0.0, 0.0
        case "matrix" if len(known) == 6:
            return known[0], known[1], known[2], known[3], known[4], known[5]
        case "rotate":
            return _turned(known)
    return None


def _turned(values: list[float]) -> Matrix:
    angle = math.radians(values[0])
    turned: Matrix = (math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), 0.0, 0.0)
    if len(values) < 3:
        return turned
    there: Matrix = (1.0, 0.0, 0.0, 1.0, values[1], values[2])
    back: Matrix = (1.0, 0.0, 0.0, 1.0, -values[1], -values[2])
    return times(times(there, turned), back)


def _value(token: Any) -> float | None:
    if token.type == "dimension" and token.lower_unit in _DEGREES:
        return float(token.value * _DEGREES[token.lower_unit])
    return pixels(token)


_DEGREES = {"deg": 1.0, "turn": 360.0, "rad": 180 / math.pi, "grad": 0.9}


def start_of(text: Element, around: tuple[float, float] | None) -> Start:
    """Where a text begins before anything moves it; a part of a text goes on after the one before it."""
    at, down = number(text.get("x")), number(text.get("y"))
    if around is not None:
        at, down = (around[0] if at is None else at), (around[1] if down is None else down)
    across, lower = (_shift(text.get(name)) for name in ("dx", "dy"))
    at = at if not across else (at or 0.0) + across
    down = down if not lower else (down or 0.0) + lower
    share = [text.get(name, "").strip().endswith("%") for name in ("x", "y")]
    return (None if share[0] and at is not None and 0 <= at <= _WHOLE else at), (
        None if share[1] and down is not None and 0 <= down <= _WHOLE else down
    )


def _shift(value: str | None) -> float:
    found = number(value) or 0.0
    return found * _FONT if value and value.strip().endswith("em") else found
