"""Style sheets that no parser gets: those with deep brackets, for which parsers call themselves, or endless numbers."""

import re

from pipeline.extraction.containers import Refused

DEEPEST = 100
"""Brackets around a place of a style sheet; style sheets of projects have fewer than 20."""
_PIECE = re.compile(
    r"/\*(?:[^*]|\*(?!/))*+(?:\*/|$)"  # a comment
    r"|\"(?:[^\"\\\n]|\\[\s\S])*+\"?|'(?:[^'\\\n]|\\[\s\S])*+'?"  # a string
    r"|\\[\s\S]|[\[\](){}]"
)
_LONG_NUMBER = re.compile(r"[0-9]{1000}")
"""Python converts no number of more than 4,300 digits."""


def bounded(style: str) -> str:
    """The same style sheet. Raises `Refused` if its brackets are too deep, or a number is too long."""
    if _LONG_NUMBER.search(style):
        raise Refused("styles")
    depth = 0
    if style.count("(") + style.count("[") + style.count("{") <= DEEPEST:
        return style
    for piece in _PIECE.finditer(style):
        match piece[0]:
            case "(" | "[" | "{":
                depth += 1
                if depth > DEEPEST:
                    raise Refused("styles")
            case ")" | "]" | "}":
                depth = max(0, depth - 1)
    return style
