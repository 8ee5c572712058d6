"""Drawings in SVG, in a page or alone: attributes that style, text that is not drawn or outside of the drawing."""

import re
from xml.etree.ElementTree import Element

from pipeline.extraction.pages import web_colours
from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.drawn_places import DrawnPlaces, DrawnText, start_of
from pipeline.extraction.pages.drawn_references import References
from pipeline.extraction.pages.drawn_shapes import SHAPES, FilledArea, number, numbers, rectangle
from pipeline.extraction.pages.web_colours import Rgb

_TEXTS = frozenset(("text", "tspan"))
_NOT_DRAWN = frozenset(
    ("defs", "symbol", "clippath", "mask", "pattern", "marker", "lineargradient", "radialgradient", "filter")
)
"""Elements that are drawn only if another one uses them."""
_LABELS = frozenset(("title", "desc", "metadata", "style", "script"))
_FILL = re.compile(r"(?:^|;)\s*fill\s*:\s*([^;]+?)\s*(?:;|$)")
_ONLY_MOVED = re.compile(r"\s*translate\([^()]*\)\s*")
_FONT = 16.0
_TINY = 1.5
_SQUEEZED = 0.1
"""Share of their usual width from which on letters cannot be read."""
_MOST_LOOKED_AT = 500
"""Shapes before a text among which the one behind it is looked for."""
UNCHANGED: Rgb | None = (-1, -1, -1)
"""The background is that of the element around."""


_NOTHING_MORE = DrawnText()


class Drawings:
    """The drawings of a page."""

    def __init__(self, root: Element) -> None:
        self._around: dict[int, Element | None] = {}
        """The element around each one in a drawing; None: it is the drawing itself."""
        self._places = DrawnPlaces()
        self._drawn: dict[int, DrawnText] = {}
        self._unused: set[int] = set()
        self._covered: set[int] = set()
        self._without_words: set[int] = set()
        self._referred: dict[int, str] = {}
        self._fills: dict[int, str] = {}
        self._behind: dict[int, Rgb | None] = {}
        inner: set[int] = set()
        for drawing in root.iter("svg"):
            if id(drawing) not in inner:
                inner |= {id(one) for one in drawing.iter("svg")}
                self._survey(drawing)

    def holds(self, element: Element) -> bool:
        """Whether an element is part of a drawing."""
        return id(element) in self._around

    def hiding(self, element: Element, own: Declarations, font: float) -> str | None:
        """The technique by which its place hides the text of an element.

        Args:
            element: The element; those before it in the page were asked for before.
            own: Its declarations.
            font: Size of its font in pixels.

        """
        if id(element) not in self._around:
            return None
        drawn = self._drawn.get(id(element), _NOTHING_MORE)
        if self._places.is_outside(element, self._around[id(element)], own, drawn, font):
            return "off-screen"
        if id(element) in self._covered:
            return "covered"
        if id(element) in self._referred:
            return self._referred[id(element)]
        return "display-none" if id(element) in self._unused else None

    def hides_words(self, element: Element) -> bool:
        """Whether text that stands in an element itself is not drawn: only that in texts and foreign objects is."""
        return id(element) in self._without_words

    def fill(self, element: Element) -> str | None:
        """The plain colour of a gradient that fills a text; None if there is none."""
        return self._fills.get(id(element))

    def background(self, element: Element) -> Rgb | None:
        """The colour of the shape behind a text; None if it is unknown, `UNCHANGED` if there is no shape."""
        return self._behind.get(id(element), UNCHANGED)

    def _survey(self, drawing: Element) -> None:
        _, top, width, height = _view(drawing)
        used = {
            target.lstrip("#")
            for one in drawing.iter("use")
            for name, target in one.attrib.items()
            if name in ("href", "xlink:href")
        }
        references = References(drawing, top + height if height else None)
        shapes: list[tuple[Element, FilledArea | None]] = []
        places: list[tuple[Element, float, float]] = []
        drawn = {id(one) for tag in ("text", "foreignobject") for text in drawing.iter(tag) for one in text.iter()}
        unused = {id(one) for tag in _NOT_DRAWN for group in drawing.iter(tag) for one in group.iter()}
        self._without_words |= {id(one) for one in drawing.iter() if id(one) not in drawn and one.tag not in _LABELS}
        self._around |= {id(child): one for one in drawing.iter() for child in one} | {id(drawing): None}
        size = _size(drawing, width)
        uses = references.uses(drawing)
        around: tuple[float, float] = (0.0, 0.0)
        moving: set[int] = set()
        for element in drawing.iter():
            is_moved_text = element.tag == "text" and _ONLY_MOVED.fullmatch(element.get("transform", "")) is not None
            moved = element is not drawing and id(self._around[id(element)]) in moving
            moved = moved or ("transform" in element.attrib and not is_moved_text)
            moved = moved or (element.tag == "svg" and element is not drawing)
            if moved:
                moving.add(id(element))
            clip, use = references.clip(element), uses.get(id(element))
            if clip is not None or use is not None:
                self._drawn[id(element)] = DrawnText(None, clip, use)
            if technique := references.hiding(element):
                self._referred[id(element)] = technique
            if element.tag in _TEXTS and (fill := references.fill(element)):
                self._fills[id(element)] = fill
            if element.tag in _NOT_DRAWN and not any(one.get("id", "") in used for one in element.iter()):
                self._unused.add(id(element))
            elif element.tag in SHAPES and id(element) not in unused:
                shape = references.used(element)
                box = rectangle(shape, width, height)
                shapes.append((shape, None if moved else box))
                if box is not None and not moved and self._is_opaque(shape):
                    self._covered |= {id(text) for text, x, y in places[-_MOST_LOOKED_AT:] if _holds(box, x, y)}
            elif element.tag in _TEXTS:
                start = start_of(element, around if element.tag == "tspan" else None)
                self._drawn[id(element)] = DrawnText(start, clip, use)
                around = start[0] or 0.0, start[1] or 0.0
                if not moved and _is_tiny(element, size):
                    self._referred.setdefault(id(element), "tiny-font")
                moves = [*numbers(element.get("transform")), 0.0, 0.0] if is_moved_text else [0.0, 0.0]
                at, down = around[0] + moves[0], around[1] + moves[1]
                if not moved and element.tag == "text":
                    places.append((element, at, down))
                self._see_behind(element, shapes, at, down, moved=moved)

    def _is_opaque(self, shape: Element) -> bool:
        if shape.tag in ("line", "path") and shape.get("fill", "none") == "none":
            colour = web_colours.colour(shape.get("stroke", ""))
        else:
            colour = web_colours.colour(_filling(shape))
        is_plain = not {"opacity", "fill-opacity", "class"} & shape.attrib.keys()
        return colour is not None and colour[1] == 1 and is_plain and "opacity" not in shape.get("style", "")

    def _see_behind(
        self,
        text: Element,
        shapes: list[tuple[Element, FilledArea | None]],
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
                colour = web_colours.colour(_filling(shape))
                self._behind[id(text)] = colour[0] if colour and self._is_opaque(shape) else None
                return


def _view(drawing: Element) -> tuple[float, float, float, float]:
    """Left, top, width and height of what a drawing shows, in its own units; zeros if it does not say."""
    found = numbers(drawing.get("viewbox"))
    if len(found) == 4:
        return found[0], found[1], found[2], found[3]
    return 0.0, 0.0, number(drawing.get("width")) or 0.0, number(drawing.get("height")) or 0.0


def _holds(box: tuple[float, float, float, float], at: float, down: float) -> bool:
    left, top, width, height = box
    return left <= at <= left + width and top <= down <= top + height


def _filling(shape: Element) -> str:
    """The colour of a shape, by its own attribute or style."""
    match = _FILL.search(shape.get("style", ""))
    return match[1] if match else shape.get("fill", "black")


def _size(drawing: Element, width: float) -> float:
    """Pixels of a unit of a drawing; 1 if they are unknown."""
    pixels = number(drawing.get("width"))
    is_share = drawing.get("width", "").strip().endswith("%")
    return pixels / width if pixels and width and not is_share else 1.0


def _is_tiny(text: Element, size: float) -> bool:
    """Whether a text is drawn too small, or squeezed into too little room."""
    font = number(text.get("font-size"))
    if size < 1 and (_FONT if font is None else font) * size < _TINY and "style" not in text.attrib:
        return True
    room = number(text.get("textlength"))
    words = "".join(text.itertext()).strip()
    is_squeezed = text.get("lengthadjust", "").lower() == "spacingandglyphs"
    return room is not None and is_squeezed and room < _SQUEEZED * len(words) * (font or _FONT)
