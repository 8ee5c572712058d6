"""Attributes that style, as declarations that any other one precedes."""

import re

import tinycss2

from pipeline.extraction.pages import web_colours
from pipeline.extraction.pages.cascade import Declarations

_IN_DRAWINGS = frozenset(("text", "tspan", "textpath", "svg", "g", "a", "switch", "symbol"))
_PRESENTED = (
    "fill",
    "fill-opacity",
    "clip-path",
    "opacity",
    "font-size",
    "visibility",
    "display",
    "letter-spacing",
    "stroke",
    "stroke-width",
    "transform",
)
_STRUCK = frozenset(("s", "strike", "del"))
_OF_FORMULAS = {"mathcolor": "color", "mathbackground": "background-color", "mathsize": "font-size"}
_DIGITS_OF_COLOUR = re.compile(r"[0-9a-fA-F]{6}|[0-9a-fA-F]{3}")
_SIZED = frozenset(("iframe", "svg", "foreignobject", "embed", "object", "img"))
_TRANSPARENT = tinycss2.parse_component_value_list("transparent")
_ONE_PIXEL = tinycss2.parse_component_value_list("1px")
_NO_EXTENT = re.compile(r"\s*0+(?:px|%)?\s*")
_PLAIN_NUMBER = re.compile(r"\s*[\d.]+\s*")


def declarations(tag: str, attributes: dict[str, str]) -> str:
    """The declarations that the attributes of an element stand for."""
    styles = ""
    if "bgcolor" in attributes:
        styles += f"background-color:{_legacy_colour(attributes['bgcolor'])};"
    if tag in ("font", "body") and ("color" in attributes or "text" in attributes):
        styles += f"color:{_legacy_colour(attributes.get('color') or attributes.get('text', ''))};"
    for name, styled in _OF_FORMULAS.items():
        if name in attributes:
            styles += f"{styled}:{_value(attributes[name])};"
    if tag in _STRUCK:
        styles += "text-decoration-line:line-through;"
    if tag in _SIZED:
        for name in ("width", "height"):
            if attributes.get(name, "").strip() == "1" and tag in ("img", "iframe", "embed", "object"):
                styles += f"{name}:0;overflow:hidden;"
            if _NO_EXTENT.fullmatch(attributes.get(name, "")):
                styles += f"{name}:0;overflow:hidden;"
    if tag in _IN_DRAWINGS:
        styles += _of_drawing(attributes)
    return styles


def _legacy_colour(attribute: str) -> str:
    """A colour as old attributes have it: the sign before its digits may be missing."""
    value = _value(attribute)
    if not _DIGITS_OF_COLOUR.fullmatch(value):
        return value
    return f"#{value}" if len(value) > 3 else "#" + "".join(f"0{digit}" for digit in value)


def _of_drawing(attributes: dict[str, str]) -> str:
    styles = ""
    for name in _PRESENTED:
        if name in attributes:
            is_plain = name in ("font-size", "letter-spacing") and _PLAIN_NUMBER.fullmatch(attributes[name])
            styles += f"{name}:{_value(attributes[name])}{'px' if is_plain else ''};"
    return styles


def as_text(tag: str, declared: Declarations) -> Declarations:
    """The declarations of an element of a drawing, with its filling as the colour of its text."""
    if tag not in _IN_DRAWINGS:
        return declared
    stroke = declared.get("stroke")
    if stroke and web_colours.colour(stroke[0]) is not None:
        declared = {**declared, "-webkit-text-stroke": [*stroke, *declared.get("stroke-width", _ONE_PIXEL)]}
    if not declared.keys() & {"fill", "fill-opacity"}:
        return declared
    if any(token.type == "url" for token in declared.get("fill", ())):
        declared = {name: value for name, value in declared.items() if name != "fill"}
    changed = {name: value for name, value in declared.items() if name not in ("fill", "fill-opacity")}
    if fill := declared.get("fill"):
        is_none = fill[0].type == "ident" and fill[0].lower_value == "none"
        changed["-webkit-text-fill-color"] = _TRANSPARENT if is_none else fill
    if "fill-opacity" in declared and "opacity" not in changed:
        changed["opacity"] = declared["fill-opacity"]
    return changed


def _value(attribute: str) -> str:
    return attribute.replace(";", "").replace("{", "").replace("}", "").strip()
