"""The part of a drawing that a shape certainly covers, in the units of the drawing (SVG 2, chapters 9 and 10)."""

import re
from xml.etree.ElementTree import Element

FilledArea = tuple[float, float, float, float]
"""Left, top, width and height."""

SHAPES = frozenset(
    ("rect", "circle", "ellipse", "path", "polygon", "polyline", "line", "image", "use", "foreignobject")
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
_STEP = re.compile(r"([a-zA-Z])([^a-zA-Z]*)")
_MOST_POINTS = 12
"""Points of an outline that can still be a rectangle, which has four corners."""
_INSIDE_ROUND = 0.7
"""Half the side of the largest square in a circle of radius 1, rounded down."""
_CORNERS = 4


def number(value: str | None) -> float | None:
    """The first number of an attribute."""
    match = _NUMBER.match((value or "").strip())
    return float(match[0]) if match else None


def numbers(value: str | None) -> list[float]:
    """The numbers of an attribute."""
    return [float(one) for one in _NUMBER.findall(value or "")]


def rectangle(shape: Element, whole_width: float, whole_height: float) -> FilledArea | None:
    """The rectangle that a shape fills; None if it is another shape.

    Args:
        shape: The element.
        whole_width: Width of the drawing.
        whole_height: Height of the drawing.

    """
    match shape.tag:
        case "rect":
            width, height = (
                _length(shape.get(name), whole) for name, whole in (("width", whole_width), ("height", whole_height))
            )
            return number(shape.get("x")) or 0.0, number(shape.get("y")) or 0.0, width, height
        case "circle" | "ellipse":
            radius = number(shape.get("r"))
            across = (radius if radius is not None else number(shape.get("rx")) or 0.0) * _INSIDE_ROUND
            down = (radius if radius is not None else number(shape.get("ry")) or 0.0) * _INSIDE_ROUND
            left, top = (number(shape.get("cx")) or 0.0) - across, (number(shape.get("cy")) or 0.0) - down
            return left, top, 2 * across, 2 * down
        case "polygon" | "polyline":
            found = numbers(shape.get("points", "")[: 40 * _MOST_POINTS])
            return _around(list(zip(found[0::2], found[1::2], strict=False)))
        case "line":
            ends = [number(shape.get(name)) or 0.0 for name in ("x1", "y1", "x2", "y2")]
            return _stroked([(ends[0], ends[1]), (ends[2], ends[3])], shape)
        case "path":
            found_points = points(shape.get("d", ""))
            if found_points is None:
                return None
            return _stroked(found_points, shape) if shape.get("fill") == "none" else _around(found_points)
    return None


def points(outline: str) -> list[tuple[float, float]] | None:
    """The corners of an outline of straight lines; None for other ones."""
    at = (0.0, 0.0)
    found: list[tuple[float, float]] = []
    for letter, written in _STEP.findall(outline[: 40 * _MOST_POINTS]):
        values = numbers(written)
        base = at if letter.islower() else (0.0, 0.0)
        match letter.lower():
            case "m" | "l":
                for across, down in zip(values[0::2], values[1::2], strict=False):
                    base = at if letter.islower() else (0.0, 0.0)
                    at = base[0] + across, base[1] + down
                    found.append(at)
            case "h" if values:
                at = base[0] + values[-1], at[1]
                found.append(at)
            case "v" if values:
                at = at[0], base[1] + values[-1]
                found.append(at)
            case "z":
                continue
            case _:
                return None
    return found


def _around(corners: list[tuple[float, float]]) -> FilledArea | None:
    """The rectangle whose corners these are."""
    across, down = sorted({x for x, _ in corners}), sorted({y for _, y in corners})
    if len(set(corners)) != _CORNERS or len(across) != 2 or len(down) != 2:
        return None
    return across[0], down[0], across[1] - across[0], down[1] - down[0]


def _stroked(ends: list[tuple[float, float]], shape: Element) -> FilledArea | None:
    """The rectangle of a level line with its width."""
    width = number(shape.get("stroke-width")) or 1.0
    if len(ends) != 2 or ends[0][1] != ends[1][1] or not shape.get("stroke"):
        return None
    left, right = sorted((ends[0][0], ends[1][0]))
    return left, ends[0][1] - width / 2, right - left, width


def _length(value: str | None, whole: float) -> float:
    found = number(value) or 0.0
    return found * whole / 100 if value and value.strip().endswith("%") else found
