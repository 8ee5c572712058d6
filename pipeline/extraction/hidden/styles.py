"""Effect of CSS declarations on the visibility of text."""

import re

Declarations = dict[str, str]

_DECLARATION = re.compile(r"([a-z-]+)\s*:\s*([^;]*)", re.IGNORECASE)
_LENGTH = re.compile(r"(-?[\d.]+)\s*(px|pt|em|rem|ex|ch|%|cm|mm|in|vw|vh)?", re.IGNORECASE)
_PIXELS = {"px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "%": 0.16, "cm": 38.0, "mm": 3.8}
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:\s*[,/]\s*([\d.]+)(%?))?\s*\)")
_RULE = re.compile(r"([^{}@]{1,400})\{([^{}]{0,4000})\}")
_SIMPLE = re.compile(r"(?:[a-z][a-z0-9]*|\*)?(?:[.#][A-Za-z_-][\w-]*)?", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

_NAMED = {
    "white": (255, 255, 255),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240),
    "whitesmoke": (245, 245, 245),
    "black": (0, 0, 0),
}
WHITE = (255, 255, 255)
_NEAR = 16
"""Colours that differ less in every channel cannot be told apart by eye."""

_TINY_PIXELS = 1.5
_FAR_PIXELS = 900


def declarations(style: str) -> Declarations:
    """The declarations of a style attribute or of a rule's block."""
    return {name.lower(): value.strip().lower() for name, value in _DECLARATION.findall(style)}


def rules(sheet: str) -> dict[str, Declarations]:
    """The rules of a style sheet whose selector is one element, class or id, which is what hides text in practice."""
    found: dict[str, Declarations] = {}
    for selectors, block in _RULE.findall(_COMMENT.sub("", sheet)):
        for selector in selectors.split(","):
            name = selector.strip()
            if name and _SIMPLE.fullmatch(name):
                found.setdefault(name, {}).update(declarations(block))
    return found


def hiding(style: Declarations) -> str | None:
    """The technique by which these declarations hide text, whatever surrounds it."""
    if style.get("display", "").startswith("none"):
        return "display-none"
    if style.get("visibility", "").startswith(("hidden", "collapse")):
        return "visibility-hidden"
    if _number(style.get("opacity", "1")) < 0.05:
        return "zero-opacity"
    if (size := pixels(style.get("font-size"))) is not None and size <= _TINY_PIXELS:
        return "tiny-font"
    return _out_of_place(style)


def _out_of_place(style: Declarations) -> str | None:
    positioned = style.get("position", "").startswith(("absolute", "fixed", "relative"))
    for side in ("left", "top", "right", "bottom", "margin-left", "margin-top", "text-indent"):
        distance = pixels(style.get(side))
        if distance is not None and distance <= -_FAR_PIXELS and (positioned or "-" in side):
            return "off-screen"
    clipped = style.get("overflow", "").startswith(("hidden", "clip"))
    for extent in ("width", "height", "max-width", "max-height"):
        length = pixels(style.get(extent))
        if length is not None and length <= 1 and clipped:
            return "zero-size"
    if re.match(r"rect\(\s*(0|1px)", style.get("clip", "")) or "scale(0" in style.get("transform", "").replace(
        "0.", "."
    ):
        return "zero-size"
    return None


def colour(value: str | None) -> tuple[int, int, int] | None:
    """Red, green and blue; None when the value says nothing known."""
    if not value:
        return None
    value = value.replace("!important", "").strip()
    if match := _RGB.search(value):
        return int(match[1]), int(match[2]), int(match[3])
    if match := re.search(r"#([0-9a-f]{3,8})\b", value):
        digits = match[1]
        if len(digits) < 6:
            digits = "".join(digit * 2 for digit in digits[:3])
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    return next((rgb for word in value.split() if (rgb := _NAMED.get(word))), None)


def transparent(value: str | None) -> bool:
    """Whether a colour lets everything shine through."""
    match = _RGB.search(value or "")
    return value == "transparent" or bool(match and match[4] is not None and _number(match[4]) < 0.05)


def alike(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """Whether two colours cannot be told apart."""
    return all(abs(a - b) < _NEAR for a, b in zip(one, other, strict=True))


def pixels(value: str | None) -> float | None:
    """A length in CSS pixels, roughly; None when it is not absolute enough to say."""
    match = _LENGTH.match(value.strip()) if value else None
    if match is None:
        return None
    return _number(match[1]) * _PIXELS.get((match[2] or "px").lower(), 1.0)


def _number(value: str) -> float:
    try:
        return float(value.rstrip("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        return 1.0
