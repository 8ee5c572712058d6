"""Boxes that a transformation makes flat or tiny, or turns away from the reader (CSS Transforms 1 and 2)."""

import math
from collections.abc import Mapping
from typing import Any

import tinycss2

from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.lengths import pixels, split

_SMALL_SHARE = 0.05
"""Scale below which text cannot be read."""
_RIGHT_ANGLE = 90
_FLAT_DEGREES = 5
"""A box turned to within this of a right angle shows its edge."""


def scale(own: Declarations) -> float:
    """How much smaller or larger a box is drawn, by the larger of its two directions."""
    factor = 1.0
    shares = [share for token in own.get("scale", ()) if (share := pixels(token, 1.0, 1.0)) is not None]
    if shares:
        factor *= max(abs(share) for share in shares[:2])
    for token in own.get("transform", ()):
        if token.type == "function" and token.lower_name in ("scale", "scale3d"):
            shares = [share for part in token.arguments if (share := pixels(part, 1.0, 1.0)) is not None]
            factor *= max((abs(share) for share in shares[:2]), default=1.0)
    return factor


def scaled_away(own: Declarations, words: Mapping[str, str]) -> bool:
    """Whether nothing of a box can be read, however large it is."""
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


def perspective(own: Declarations, words: Mapping[str, str], around: float | None) -> float | None:
    """Pixels between the eye and the plane of the boxes right in one; None if those are not moved towards it.

    Args:
        own: Declarations of the box.
        words: Their values that are one word.
        around: What holds for the box itself.

    """
    if own.get("perspective") and (length := pixels(own["perspective"][0])) is not None:
        return max(1.0, length)
    return around if words.get("transform-style") == "preserve-3d" else None


def is_behind_the_eye(own: Declarations, around: float | None) -> bool:
    """Whether a box is moved towards the eye until it is behind it."""
    eye, forward = _depth(own, around)
    return eye is not None and forward >= eye


def distance(own: Declarations, around: float | None) -> float:
    """How much smaller or larger a box is drawn because of its distance from the eye."""
    eye, forward = _depth(own, around)
    return 1.0 if eye is None or forward >= eye else eye / (eye - forward)


def _depth(own: Declarations, around: float | None) -> tuple[float | None, float]:
    """Pixels between the eye and the plane, and pixels by which a box is moved towards the eye."""
    eye, forward = around, 0.0
    if len(own.get("translate", ())) > 2:
        forward += pixels(own["translate"][2]) or 0.0
    for token in own.get("transform", ()):
        parts = [part[0] for part in split(token.arguments, ",") if part] if token.type == "function" else []
        if parts and token.lower_name == "perspective":
            length = pixels(parts[0])
            eye = eye if length is None else max(1.0, length)
        elif parts and token.lower_name in ("translatez", "translate3d"):
            forward += pixels(parts[-1]) or 0.0
    return eye, forward


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
        case "rotatex" | "rotatey" | "skew" | "skewx" | "skewy":
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


def _degrees(token: Any) -> float | None:
    if token.type == "function":  # `calc(45deg * 2)`: degrees are counted as if they were pixels
        return pixels(tinycss2.parse_one_component_value(tinycss2.serialize([token]).lower().replace("deg", "px")))
    if token.type != "dimension":
        return None
    return float(
        {"deg": 1.0, "turn": 360.0, "rad": 180 / math.pi, "grad": 0.9}.get(token.lower_unit, 0.0) * token.value
    )


def _is_flat(token: Any) -> bool:
    degrees = _degrees(token)
    return degrees is not None and abs(degrees % (2 * _RIGHT_ANGLE) - _RIGHT_ANGLE) < _FLAT_DEGREES


def _word_of(token: Any) -> str:
    return str(token.lower_value) if token.type == "ident" else ""
