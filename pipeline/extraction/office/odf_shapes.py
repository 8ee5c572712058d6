"""Shapes on slides of OpenDocument: the colour behind each of them, and whether a later one covers it."""

from collections.abc import Iterable, Iterator

from pipeline.extraction.containers import Refused
from pipeline.extraction.office.colours import RGB
from pipeline.extraction.office.odf_styles import DRAW, LINK, PRESENTATION, VECTOR, OdfStyles, points
from pipeline.extraction.office.parts import MAX_NESTING, Element, Parts
from pipeline.extraction.office.slide_shapes import Painted, ShapeBox, backdrop, covered

_FULL = frozenset({DRAW + "rect", DRAW + "frame", DRAW + "page-thumbnail"})
"""Shapes that fill their box."""
_BOXES = frozenset({"rectangle", "ooxml-rect"})
"""Custom shapes that fill their box."""
_MOST = 2000
"""Shapes of one slide that are compared with each other."""
_UNFILLED: RGB = (-1, -1, -1)

Surroundings = dict[int, tuple[RGB | None, bool]]


def surroundings(pages: Iterable[Element | None], styles: OdfStyles, ground: RGB | None, parts: Parts) -> Surroundings:
    """The shapes of a slide by their identity: the colour behind, None if unknown, and whether one hides it all.

    Args:
        pages: The master page, then the slide.
        styles: The styles of the file.
        ground: The colour of the slide; None if unknown.
        parts: Its pictures are in here.

    """
    shapes = [one for page in pages if page is not None for one in _flat(page)][:_MOST]
    boxes = [_box(shape) for shape in shapes]
    fills = [_fill(shape, styles) for shape in shapes]
    opaque = [
        box is not None and _is_opaque(shape, fill, styles, parts)
        for shape, box, fill in zip(shapes, boxes, fills, strict=True)
    ]
    painted: list[Painted] = []
    found: Surroundings = {}
    for at, (shape, box, fill) in enumerate(zip(shapes, boxes, fills, strict=True)):
        later = zip(boxes[at + 1 :], opaque[at + 1 :], strict=True)
        hides = box is not None and any(hides and covered(box, other) for other, hides in later)
        found[id(shape)] = backdrop(box, painted, ground), hides
        if fill != _UNFILLED:
            painted.append(Painted(box, fill))
    return found


def _flat(page: Element, depth: int = 0) -> Iterator[Element]:
    if depth > MAX_NESTING:
        raise Refused("nesting")
    for one in page:
        if one.tag == DRAW + "g":
            yield from _flat(one, depth + 1)
        elif str(one.tag).startswith(DRAW) and one.get(PRESENTATION + "placeholder") != "true":
            yield one


def _style(shape: Element) -> tuple[str, str | None]:
    """Family and name of the style of a shape."""
    own = shape.get(PRESENTATION + "style-name")
    return ("presentation", own) if own else ("graphic", shape.get(DRAW + "style-name"))


def _box(shape: Element) -> ShapeBox | None:
    """Left, top, right and bottom in points; None for a turned shape, and for one without a place."""
    left, top, width, height = (points(shape.get(VECTOR + name)) for name in ("x", "y", "width", "height"))
    if left is None or top is None or width is None or height is None or shape.get(DRAW + "transform"):
        return None
    return left, top, left + width, top + height


def _fill(shape: Element, styles: OdfStyles) -> RGB | None:
    if shape.find(DRAW + "text-box") is None and shape.tag == DRAW + "frame":
        return None  # a picture, a chart or a table
    family, name = _style(shape)
    return styles.fill(name, _UNFILLED, family)


def _is_opaque(shape: Element, fill: RGB | None, styles: OdfStyles, parts: Parts) -> bool:
    picture = shape.find(DRAW + "image")
    if picture is not None:
        return parts.is_opaque_picture(picture.get(LINK + "href", "").removeprefix("./"))
    family, name = _style(shape)
    form = shape.find(DRAW + "enhanced-geometry")
    full = shape.tag in _FULL or (form is not None and form.get(DRAW + "type") in _BOXES)
    clear = styles.value(family, name, DRAW + "opacity") not in (None, "100%")
    return full and fill is not None and fill != _UNFILLED and not clear
