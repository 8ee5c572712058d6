"""Lengths of CSS in pixels: units, `calc()` and the like."""

import math
from collections.abc import Callable, Sequence
from typing import Any

_PIXELS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54}
_OF_FONT = {"em": 1.0, "ex": 0.5, "ch": 0.5, "lh": 1.2, "cap": 0.7, "ic": 1.0}
_ROOT_PIXELS = 16.0
_OF_ROOT = {"rem": _ROOT_PIXELS, "rlh": 1.2 * _ROOT_PIXELS, "rex": 8.0, "rch": 8.0}
_VIEW = {"w": 12.8, "h": 8.0, "i": 12.8, "b": 8.0, "min": 8.0, "max": 12.8}
"""Pixels of one hundredth of a screen of 1280 by 800."""
WORDS = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}
_DEEPEST = 20
_MATHEMATICAL: dict[str, Callable[..., float]] = {
    "abs": abs,
    "sign": lambda value: math.copysign(1, value) if value else 0.0,
    "round": lambda value, step=1.0: math.floor(value / step + 0.5) * step,
    "mod": lambda value, step: value - math.floor(value / step) * step,
    "rem": math.fmod,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "pow": math.pow,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": lambda value, base=math.e: math.log(value, base),
    "hypot": math.hypot,
    "progress": lambda value, start, end: (value - start) / (end - start),
}
_ROUNDINGS: dict[str, Callable[[float], float]] = {
    "down": math.floor,
    "up": math.ceil,
    "to-zero": math.trunc,
    "nearest": lambda value: math.floor(value + 0.5),
}
_CONSTANTS = {"pi": math.pi, "e": math.e, "infinity": 1e30, "-infinity": -1e30}


def pixels(token: Any, font: float = _ROOT_PIXELS, whole: float | None = None, depth: int = 0) -> float | None:
    """The length of a token, or None if it is none.

    Args:
        token: As tinycss2 parsed it.
        font: Size of the font in pixels.
        whole: Pixels of 100 percent; None leaves percentages out.
        depth: Functions around the token.

    """
    if token.type == "number":
        return float(token.value)
    if token.type == "percentage":
        return None if whole is None else token.value * whole / 100
    if token.type == "dimension":
        return _dimension(token.value, token.lower_unit, font)
    if depth > _DEEPEST:
        return None
    if token.type == "() block":
        return _sum(token.content, font, whole, depth + 1)
    if token.type == "function":
        return _function(token, font, whole, depth + 1)
    return None


def _dimension(value: float, unit: str, font: float) -> float | None:
    if unit in _OF_FONT:
        return value * _OF_FONT[unit] * font
    factor = _PIXELS.get(unit) or _OF_ROOT.get(unit)
    if factor is None and "v" in unit:
        factor = _VIEW.get(unit.lstrip("sld").removeprefix("v"))
    if factor is None and unit.startswith("cq"):
        factor = _VIEW.get(unit.removeprefix("cq"))
    return None if factor is None else value * factor


def _function(token: Any, font: float, whole: float | None, depth: int) -> float | None:
    parts = split(token.arguments, ",")
    if token.lower_name == "round" and parts[0] and parts[0][0].type == "ident":
        step = [_sum(part, font, whole, depth) for part in parts[1:]]
        rounded = _ROUNDINGS.get(parts[0][0].lower_value)
        if rounded is None or len(step) != 2 or step[0] is None or not step[1]:
            return None
        return rounded(step[0] / step[1]) * step[1]
    arguments = [_sum(part, font, whole, depth) for part in parts]
    values = [value for value in arguments if value is not None]
    if not values or len(values) != len(arguments):
        return None
    match token.lower_name:
        case "calc" | "-webkit-calc" | "env":
            return values[-1]
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "clamp" if len(values) == 3:
            return max(values[0], min(values[1], values[2]))
        case name if name in _MATHEMATICAL:
            try:
                return _MATHEMATICAL[name](*values)
            except (ArithmeticError, ValueError, TypeError):
                return None
    return None


def _sum(tokens: Sequence[Any], font: float, whole: float | None, depth: int) -> float | None:
    total: float | None = None
    product, sign, operator = None, 1.0, "+"
    for token in [token for token in tokens if token.type not in ("whitespace", "comment")]:
        if token.type == "literal" and token.value in "+-*/":
            operator = token.value
            if operator in "+-":
                total = (total or 0.0) + sign * (product or 0.0)
                product, sign = None, 1.0 if operator == "+" else -1.0
            continue
        value = _CONSTANTS.get(token.lower_value) if token.type == "ident" else pixels(token, font, whole, depth)
        if value is None or not math.isfinite(value):
            return None
        if product is None:
            product = value
        elif operator == "*":
            product *= value
        elif operator == "/":
            product = product / value if value else 0.0
        else:  # `2px -1px`: the sign belongs to the number
            total, product = (total or 0.0) + sign * product, value
            sign = 1.0
    return None if product is None else (total or 0.0) + sign * product


def split(tokens: Sequence[Any], separator: str, *, keeps_blanks: bool = False) -> list[list[Any]]:
    """The tokens between separators."""
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token == separator:
            parts.append([])
        elif keeps_blanks or token.type not in ("whitespace", "comment"):
            parts[-1].append(token)
    return parts
