"""Attributes that style, as declarations that any other one precedes."""

import re

_IN_DRAWINGS = frozenset(("text", "tspan", "textpath", "svg", "g", "a", "switch", "symbol"))
_PRESENTED = ("opacity", "font-size", "visibility", "display", "letter-spacing", "transform")
_PLAIN_NUMBER = re.compile(r"\s*[\d.]+\s*")


def declarations(tag: str, attributes: dict[str, str]) -> str:
    """The declarations that the attributes of an element stand for."""
    styles = ""
    if "bgcolor" in attributes:
        styles += f"background-color:{_value(attributes['bgcolor'])};"
    if tag in ("font", "body", "basefont") and ("color" in attributes or "text" in attributes):
        styles += f"color:{_value(attributes.get('color') or attributes.get('text', ''))};"
    if tag in _IN_DRAWINGS:
        styles += _of_drawing(attributes)
    return styles


def _of_drawing(attributes: dict[str, str]) -> str:
    styles = ""
    if "fill" in attributes:
        fill = "transparent" if attributes["fill"].strip().lower() == "none" else _value(attributes["fill"])
        styles += f"-webkit-text-fill-color:{fill};"
    for name, shown in (("fill-opacity", "opacity"), *((name, name) for name in _PRESENTED)):
        if name in attributes:
            is_plain = name in ("font-size", "letter-spacing") and _PLAIN_NUMBER.fullmatch(attributes[name])
            styles += f"{shown}:{_value(attributes[name])}{'px' if is_plain else ''};"
    return styles


def _value(attribute: str) -> str:
    return attribute.replace(";", "").replace("{", "").replace("}", "").strip()
