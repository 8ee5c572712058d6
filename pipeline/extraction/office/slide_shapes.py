"""Places of shapes on a slide, in EMU, through the groups around them, and the background of the slide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.extraction.hidden.styles import WHITE
from pipeline.extraction.office.colours import RGB, Theme, of_drawing
from pipeline.extraction.office.parts import DRAWING, SLIDE, Element, integer

ShapeBox = tuple[float, float, float, float]
"""Left, top, right, bottom on the slide."""


@dataclass(frozen=True, slots=True)
class Placing:
    """How coordinates of a group become those of the slide."""

    size: tuple[int, int] | None
    """Of the slide; None where places do not matter."""
    scale: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)
    hidden: bool = False
    """Whether a group around is hidden."""

    def inside(self, group: Element) -> "Placing":
        """The placing of what is in a group."""
        about = group.find(f"{SLIDE}nvGrpSpPr/{SLIDE}cNvPr")
        hidden = self.hidden or (about is not None and about.get("hidden") in ("1", "true"))
        frame = group.find(f"{SLIDE}grpSpPr/{DRAWING}xfrm")
        outer, inner = _corners(frame, "off", "ext"), _corners(frame, "chOff", "chExt")
        if outer is None or inner is None or not inner[2] or not inner[3]:
            return replace(self, hidden=hidden)
        ratio = (outer[2] / inner[2], outer[3] / inner[3])
        moved = (outer[0] - inner[0] * ratio[0], outer[1] - inner[1] * ratio[1])
        return Placing(
            self.size,
            (self.scale[0] * ratio[0], self.scale[1] * ratio[1]),
            (self.shift[0] + moved[0] * self.scale[0], self.shift[1] + moved[1] * self.scale[1]),
            hidden,
        )


def placed(shape: Element, placing: Placing) -> ShapeBox | None:
    """The box of a shape; None if it takes its place from its layout, or places do not matter."""
    frame = shape.find(f"{SLIDE}spPr/{DRAWING}xfrm")
    frame = frame if frame is not None else shape.find(SLIDE + "xfrm")
    corners = _corners(frame, "off", "ext") if placing.size is not None else None
    if corners is None:
        return None
    left = placing.shift[0] + corners[0] * placing.scale[0]
    top = placing.shift[1] + corners[1] * placing.scale[1]
    return left, top, left + corners[2] * placing.scale[0], top + corners[3] * placing.scale[1]


def covered(box: ShapeBox, other: ShapeBox | None) -> bool:
    """Whether `other` covers all of `box`."""
    return other is not None and other[0] <= box[0] and other[1] <= box[1] and other[2] >= box[2] and other[3] >= box[3]


@dataclass(frozen=True, slots=True)
class Painted:
    """An area with a colour."""

    box: ShapeBox | None
    """None for an unknown place."""
    colour: RGB | None
    """None for an unknown one, such as a picture."""


def backdrop(box: ShapeBox | None, painted: Sequence[Painted], ground: RGB | None) -> RGB | None:
    """The colour behind a box; None if it is not known or not one colour.

    Args:
        box: None for an unknown place.
        painted: Areas in drawing order, drawn before the box.
        ground: The colour of the slide.

    """
    for area in reversed(painted):
        if box is None or area.box is None:
            return None
        if covered(box, area.box):
            return area.colour
        apart = area.box[0] >= box[2] or area.box[2] <= box[0] or area.box[1] >= box[3] or area.box[3] <= box[1]
        if not apart:
            return None
    return ground


def _corners(frame: Element | None, corner: str, extent: str) -> tuple[int, int, int, int] | None:
    start = frame.find(DRAWING + corner) if frame is not None else None
    size = frame.find(DRAWING + extent) if frame is not None else None
    if start is None or size is None:
        return None
    return integer(start.get("x")), integer(start.get("y")), integer(size.get("cx")), integer(size.get("cy"))


def ground(roots: list[Element], theme: Theme) -> RGB | None:
    """The background of a slide: its own, else of its layout, else of its master; None when it is not plain."""
    for root in roots:
        own = root.find(f"{SLIDE}cSld/{SLIDE}bg")
        if own is None:
            continue
        fill = own.find(f"{SLIDE}bgPr/{DRAWING}solidFill")
        reference = own.find(SLIDE + "bgRef")
        if fill is not None:
            return of_drawing(fill, theme)[0]
        # Of the fills of a theme only the first (1001) is plain: ECMA-376 20.1.4.1.7.
        plain = reference is not None and reference.get("idx") in ("1001", "0", "1000")
        return of_drawing(reference, theme)[0] if plain else None
    return WHITE
