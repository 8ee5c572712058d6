"""Values of CSS that browsers know: a declaration with another one counts as not written."""

from collections.abc import Sequence
from typing import Any

from pipeline.extraction.pages import web_colours
from pipeline.extraction.pages.lengths import WORDS

_EVERYWHERE = frozenset(("inherit", "initial", "unset", "revert", "revert-layer"))
_OVERFLOW = frozenset(("visible", "hidden", "clip", "scroll", "auto", "overlay"))
_KEYWORDS: dict[str, frozenset[str]] = {
    "display": frozenset(
        [
            "none",
            "block",
            "inline",
            "inline-block",
            "flex",
            "inline-flex",
            "grid",
            "inline-grid",
            "flow",
            "flow-root",
            "contents",
            "list-item",
            "table",
            "inline-table",
            "table-row",
            "table-cell",
            "table-caption",
            "table-row-group",
            "table-header-group",
            "table-footer-group",
            "table-column",
            "table-column-group",
            "ruby",
            "ruby-base",
            "ruby-text",
            "math",
            "run-in",
            "-webkit-box",
            "-webkit-inline-box",
            "-webkit-flex",
            "-webkit-inline-flex",
            "-ms-flexbox",
            "-ms-grid",
        ]
    ),
    "visibility": frozenset(("visible", "hidden", "collapse")),
    "content-visibility": frozenset(("visible", "auto", "hidden")),
    "position": frozenset(("static", "relative", "absolute", "fixed", "sticky", "-webkit-sticky")),
    "float": frozenset(("none", "left", "right", "inline-start", "inline-end")),
    "overflow": _OVERFLOW,
    "overflow-x": _OVERFLOW,
    "overflow-y": _OVERFLOW,
}
_EXTENTS = ("width", "height", "max-width", "max-height", "inline-size", "block-size")
_EXTENT_WORDS = frozenset(
    ("auto", "none", "min-content", "max-content", "fit-content", "stretch", "-webkit-fill-available")
)


def is_known(name: str, value: Sequence[Any]) -> bool:
    """Whether browsers know a value of a property; values with functions are taken to be known, except colours.

    Args:
        name: The property, in lower case.
        value: Its tokens without blanks.

    """
    functions = [token.lower_name for token in value if token.type == "function"]
    if name == "color" and functions and any(not one.startswith("--") and one not in _OF_COLOURS for one in functions):
        return False
    if not value or functions:
        return bool(value) or name.startswith("--")
    words = [token.lower_value for token in value if token.type == "ident"]
    if words and words[0] in _EVERYWHERE:
        return len(value) == 1
    if name in _KEYWORDS:
        return len(words) == len(value) and all(word in _KEYWORDS[name] for word in words)
    if name == "color":
        return words == ["currentcolor"] or (len(value) == 1 and web_colours.colour(value[0]) is not None)
    if name == "opacity":
        return len(value) == 1 and value[0].type in ("number", "percentage")
    if name == "font-size":
        return len(value) == 1 and (_is_length(value[0]) or words[:1] in ([word] for word in _SIZES))
    if name in _EXTENTS:
        return len(value) == 1 and (
            _is_length(value[0]) or words[0] in _EXTENT_WORDS if words else _is_length(value[0])
        )
    return True


_OF_COLOURS = frozenset(
    [
        *("rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix", "light-dark"),
        *("contrast-color", "device-cmyk", "var", "env", "attr", "if"),
    ]
)
"""Functions that give a colour; those of the page itself begin with `--`."""
_SIZES = (*WORDS, "xx-large", "xxx-large", "larger", "smaller", "math")


def _is_length(token: Any) -> bool:
    return token.type in ("dimension", "percentage") or (token.type == "number" and token.value == 0)
