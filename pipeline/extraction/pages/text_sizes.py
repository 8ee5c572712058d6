"""How much room a text takes at most, by its letters and the declarations of its box."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

if TYPE_CHECKING:
    from pipeline.extraction.pages.styled import Styled

WIDE_LETTER = 0.95
"""Width of an ideograph in sizes of its font."""
IDEOGRAPHS = 0x2E80
"""The first sign that is as wide as it is high."""
_WIDEST_LETTER, _HIGHEST_LINE = 0.75, 1.5
"""Width of another letter and height of a line in sizes of the font, rather too much than too little."""
OWN_LAYOUT = frozenset(("svg", "math", "select", "textarea", "iframe", "object", "video", "canvas", "head", "ruby"))
"""Elements whose text does not stand in the lines around."""
_WITH_SIZE = OWN_LAYOUT | {"img", "input", "button", "br", "embed", "picture", "meter", "progress", "audio"}
"""Elements whose size does not follow from their letters."""
ONE_LINE = frozenset(("nowrap", "pre"))


def most_size(
    element: Element, styles: Mapping[int, "Styled"], width: float | None, around: float
) -> tuple[float, float]:
    """Pixels that a box is wide and high at most, with its margins; infinite if they depend on more than its words.

    Args:
        element: The element.
        styles: The style of each element, by its identity.
        width: Its declared width in pixels; None if it has none.
        around: Width of the box around in pixels; 0 if it is unknown.

    """
    if any(styles[id(one)].is_block or one.tag in _WITH_SIZE for one in element.iter() if one is not element):
        return math.inf, math.inf
    styled = styles[id(element)]
    own, font = styled.flowing, styled.look.font
    words = "".join(element.itertext()).split()
    is_wide = any(max(map(ord, word)) >= IDEOGRAPHS for word in words)
    length = (WIDE_LETTER if is_wide else _WIDEST_LETTER) * font * len(" ".join(words))
    room = around if width is None else width
    lines = min(len(words), math.ceil(length / room)) if room > font and not is_wide else len("".join(words))
    lines = 1 if styled.white_space in ONE_LINE else lines
    height = lines * max(_HIGHEST_LINE, styled.look.line) * font
    if own.height is not None and not own.height.is_share:
        height = own.height.pixels
    sides = own.paddings[1] + own.paddings[3] + own.margins[1] + own.margins[3]
    ends = own.paddings[0] + own.paddings[2] + own.margins[0] + own.margins[2] + 2 * own.edge
    return max(length, width or 0.0) + sides, height + ends
