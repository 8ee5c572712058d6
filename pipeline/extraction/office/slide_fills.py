"""Fills of the shapes of a slide: their colour, and whether they hide the shapes below them."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.extraction.office.colours import RGB, Theme, of_drawing
from pipeline.extraction.office.parts import DRAWING, RELATION, SLIDE, Element, Parts, Relation
from pipeline.extraction.office.slide_shapes import Painted, Placing, placed

NONE: RGB = (-1, -1, -1)
"""A shape without a fill: what is behind it is behind its text."""
_FIRST_SOLID = "1"
_OVAL = frozenset({"ellipse", "line", "donut", "arc", "blockArc", "frame"})
"""Forms that leave much of their box open."""


def fill_of(shapes: Sequence[Element], theme: Theme) -> RGB | None:
    """The colour of a shape; `NONE` for a shape without one, None for one that is not known.

    Args:
        shapes: The shape, then the placeholders from which it inherits.
        theme: Colours of the theme.

    """
    for shape in shapes:
        properties = shape.find(SLIDE + "spPr")
        for one in properties if properties is not None else ():
            if one.tag == DRAWING + "solidFill":
                return of_drawing(one, theme)[0]
            if one.tag == DRAWING + "noFill":
                return NONE
            if str(one.tag).endswith("Fill"):
                return None
        reference = shape.find(f"{SLIDE}style/{DRAWING}fillRef")
        if reference is not None and reference.get("idx") not in (None, "0"):
            return of_drawing(reference, theme)[0] if reference.get("idx") == _FIRST_SOLID else None
    return NONE


def paint(shape: Element, placing: Placing, theme: Theme) -> Painted | None:
    """The area that a shape paints; None for a shape that paints nothing."""
    fill = fill_of([shape], theme) if shape.tag == SLIDE + "sp" else NONE if shape.tag == SLIDE + "cxnSp" else None
    return None if fill is NONE else Painted(placed(shape, placing), fill)


def areas(shapes: Iterable[tuple[Element, Placing]], theme: Theme) -> Iterator[Painted]:
    """The areas that shapes paint, in their order."""
    for shape, placing in shapes:
        if (area := paint(shape, placing, theme)) is not None:
            yield area


def is_opaque(shape: Element, relations: dict[str, Relation], parts: Parts) -> bool:
    """Whether a shape hides what it covers: a fill, a table of filled cells, a picture without transparency."""
    if shape.tag == SLIDE + "pic":
        picture = shape.find(f"{SLIDE}blipFill/{DRAWING}blip")
        if picture is None or picture.find(DRAWING + "alphaModFix") is not None:
            return False
        relation = relations.get(picture.get(RELATION + "embed", ""))
        return relation is not None and not relation.external and parts.is_opaque_picture(relation.target)
    if shape.tag == SLIDE + "graphicFrame":
        cells = list(shape.iter(DRAWING + "tc"))
        return bool(cells) and all(_is_solid(one.find(DRAWING + "tcPr")) for one in cells)
    properties = shape.find(SLIDE + "spPr")
    form = properties.find(DRAWING + "prstGeom") if properties is not None else None
    if form is not None and form.get("prst") in _OVAL:
        return False
    own = [one for one in properties if str(one.tag).endswith("Fill")] if properties is not None else []
    if own:
        return _is_solid(properties)
    reference = shape.find(f"{SLIDE}style/{DRAWING}fillRef")
    return reference is not None and reference.get("idx") not in (None, "0") and _has_no_alpha(reference)


def _is_solid(holder: Element | None) -> bool:
    """Whether a plain fill, or every stop of a gradient, lets nothing through."""
    for one in holder if holder is not None else ():
        if one.tag in (DRAWING + "solidFill", DRAWING + "gradFill"):
            return _has_no_alpha(one)
    return False


def _has_no_alpha(fill: Element) -> bool:
    return next(fill.iter(DRAWING + "alpha"), None) is None
