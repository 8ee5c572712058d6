"""Drawings in SVG, in a page or alone: attributes that style, text that is not drawn or outside of the drawing."""

import re
from xml.etree.ElementTree import Element

from pipeline.extraction.pages import web_colours
from pipeline.extraction.pages.web_colours import Rgb

_TEXTS = frozenset(("text", "tspan"))
_NOT_DRAWN = frozenset(
    ("defs", "symbol", "clippath", "mask", "pattern", "marker", "lineargradient", "radialgradient", "filter")
)
"""Elements that are drawn only if another one uses them."""
_LABELS = frozenset(("title", "desc", "metadata", "style", "script"))
_SHAPES = frozenset(("rect", "circle", "ellipse", "path", "polygon", "polyline", "image", "use", "foreignobject"))
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
_MOST_LOOKED_AT = 500
"""Shapes before a text among which the one behind it is looked for."""
UNCHANGED: Rgb | None = (-1, -1, -1)
"""The background is that of the element around."""


class Drawings:
    """The drawings of a page."""

    def __init__(self, root: Element) -> None:
        self._outside: set[int] = set()
        self._unused: set[int] = set()
        self._covered: set[int] = set()
        self._without_words: set[int] = set()
        self._behind: dict[int, Rgb | None] = {}
        inner: set[int] = set()
        for drawing in root.iter("svg"):
            if id(drawing) not in inner:
                inner |= {id(one) for one in drawing.iter("svg")}
                self._survey(drawing)

    def hiding(self, element: Element) -> str | None:
        """The technique by which its place hides the text of an element."""
        if id(element) in self._outside:
            return "off-screen"
        if id(element) in self._covered:
            return "same-colour"
        return "display-none" if id(element) in self._unused else None

    def hides_words(self, element: Element) -> bool:
        """Whether text that stands in an element itself is not drawn: only that in texts and foreign objects is."""
        return id(element) in self._without_words

    def background(self, element: Element) -> Rgb | None:
        """The colour of the shape behind a text; None if it is unknown, `UNCHANGED` if there is no shape."""
        return self._behind.get(id(element), UNCHANGED)

    def _survey(self, drawing: Element) -> None:
        left, top, width, height = _view(drawing)
        used = {
            target.lstrip("#")
            for one in drawing.iter("use")
            for name, target in one.attrib.items()
            if name in ("href", "xlink:href")
        }
        shapes: list[tuple[Element, tuple[float, float, float, float] | None]] = []
        places: list[tuple[Element, float, float]] = []
        moved = False
        drawn = {id(one) for tag in ("text", "foreignobject") for text in drawing.iter(tag) for one in text.iter()}
        self._without_words |= {id(one) for one in drawing.iter() if id(one) not in drawn and one.tag not in _LABELS}
        for element in drawing.iter():
            moved = moved or "transform" in element.attrib or (element.tag == "svg" and element is not drawing)
            if element.tag in _NOT_DRAWN and not any(one.get("id", "") in used for one in element.iter()):
                self._unused.add(id(element))
            elif element.tag in _SHAPES:
                box = _rectangle(element, width, height)
                shapes.append((element, box))
                if box is not None and not moved and _is_opaque(element):
                    self._covered |= {id(text) for text, x, y in places[-_MOST_LOOKED_AT:] if _holds(box, x, y)}
            elif element.tag in _TEXTS:
                at, down = _number(element.get("x")), _number(element.get("y"))
                if not moved and at is not None and width and not left - width <= at <= left + 2 * width:
                    self._outside.add(id(element))
                if not moved and down is not None and height and not top - height <= down <= top + 2 * height:
                    self._outside.add(id(element))
                if not moved and element.tag == "text":
                    places.append((element, at or 0.0, down or 0.0))
                self._see_behind(element, shapes, at or 0.0, down or 0.0, moved=moved)

    def _see_behind(
        self,
        text: Element,
        shapes: list[tuple[Element, tuple[float, float, float, float] | None]],
        at: float,
        down: float,
        *,
        moved: bool,
    ) -> None:
        """Find the last shape before a text that covers its place; one of unknown extent leaves its colour unknown."""
        if text.tag != "text":
            return
        for looked_at, (shape, box) in enumerate(reversed(shapes)):
            if box is None or moved or looked_at > _MOST_LOOKED_AT:
                self._behind[id(text)] = None
                return
            if _holds(box, at, down):
                colour = web_colours.colour(shape.get("fill", "black"))
                self._behind[id(text)] = colour[0] if colour and _is_opaque(shape) else None
                return


def _view(drawing: Element) -> tuple[float, float, float, float]:
    """Left, top, width and height of what a drawing shows, in its own units; zeros if it does not say."""
    numbers = [float(number) for number in _NUMBER.findall(drawing.get("viewbox", ""))]
    if len(numbers) == 4:
        return numbers[0], numbers[1], numbers[2], numbers[3]
    return 0.0, 0.0, _number(drawing.get("width")) or 0.0, _number(drawing.get("height")) or 0.0


def _holds(box: tuple[float, float, float, float], at: float, down: float) -> bool:
    left, top, width, height = box
    return left <= at <= left + width and top <= down <= top + height


def _is_opaque(shape: Element) -> bool:
    colour = web_colours.colour(shape.get("fill", "black"))
    is_plain = not {"opacity", "fill-opacity", "class", "style"} & shape.attrib.keys()
    return colour is not None and colour[1] == 1 and is_plain


def _rectangle(shape: Element, whole_width: float, whole_height: float) -> tuple[float, float, float, float] | None:
    if shape.tag != "rect":
        return None
    width = _length(shape.get("width"), whole_width)
    height = _length(shape.get("height"), whole_height)
    return _number(shape.get("x")) or 0.0, _number(shape.get("y")) or 0.0, width, height


def _length(value: str | None, whole: float) -> float:
    number = _number(value) or 0.0
    return number * whole / 100 if value and value.strip().endswith("%") else number


def _number(value: str | None) -> float | None:
    match = _NUMBER.match((value or "").strip())
    return float(match[0]) if match else None
