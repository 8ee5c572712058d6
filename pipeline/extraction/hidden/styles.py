"""Colours of office files that cannot be told apart."""

import re

_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:\s*[,/]\s*([\d.]+)(%?))?\s*\)")

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
NEAR = 16
"""Colours that differ less in every channel cannot be told apart by eye."""


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


def alike(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """Whether two colours cannot be told apart."""
    return all(abs(a - b) < NEAR for a, b in zip(one, other, strict=True))
