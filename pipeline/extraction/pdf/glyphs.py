"""Glyphs of a page with their places, as pdfium reads them.

Invariants: coordinates are those in which the text reads from left to right, so turned text comes in a group of its
own. White space of the file is kept as glyphs, white space that the library guesses is not.
"""

import ctypes
import functools
import math
import unicodedata
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline.extraction.pdf import characters
from pipeline.extraction.pdfium import api

BLANK = " "
"""The text of every glyph that is white space."""
_LINE_ENDS = frozenset({0xA, 0xD})
_HYPHENS = frozenset({0x2, 0xFFFE, 0xAD})
"""Characters that the library gives for a hyphen that ends a line, and the soft hyphen, which is only drawn there."""
_BULLETS = frozenset("\uf0a7\uf0b7\uf0d8\uf06c\uf06e\uf0fc")
"""Bullets of the symbol fonts of word processors, which have no character of their own."""
_FULL_TURN = 360
_STEP = 5
"""Degrees within which text has one direction."""


class Glyph(NamedTuple):
    """A drawn character, or several that one shape stands for, such as a ligature or a letter with its accents.

    A tuple, since a book has millions: it is made and taken apart in one step.
    """

    left: float
    bottom: float
    right: float
    top: float
    text: str
    order: int
    """Place in the order in which the page draws."""

    @property
    def size(self) -> float:
        """Height of its line in points, near the size of its font."""
        return self.top - self.bottom


_new = tuple.__new__
_NOWHERE = Glyph(-math.inf, -math.inf, -math.inf, -math.inf, BLANK, -1)
"""Overlaps no glyph."""


@dataclass(slots=True)
class PageGlyphs:
    """The glyphs of a page by direction, and how many of them have no character."""

    groups: dict[int, list[Glyph]]
    """Degrees counter-clockwise to the glyphs that are written in that direction."""
    unreadable: int
    """Glyphs whose font does not say which character they are."""

    @property
    def count(self) -> int:
        """All glyphs that are not white space."""
        texts = [glyph.text for group in self.groups.values() for glyph in group]
        return len(texts) - texts.count(BLANK) + self.unreadable


def on_page(page: Any) -> PageGlyphs:
    """The glyphs of a page of pdfium."""
    words = page.get_textpage()
    try:
        return _read(words)
    finally:
        words.close()


def _read(words: Any) -> PageGlyphs:
    found = PageGlyphs({}, 0)
    count = words.count_chars()
    points = characters.points_of(words, count)
    shapes = {point: _character(point) for point in set(points)}
    lefts, bottoms, rights, tops = characters.boxes_of(words, count)
    angle, group, last = 0, found.groups.setdefault(0, []), _NOWHERE
    holder = group
    """The group of the last glyph."""
    last_left = last_right = floor = ceiling = math.nan
    """Bottom and top of the last glyph that stands upright; its neighbours on the same level need no question."""
    for order, point, left, bottom, right, top in zip(range(count), points, lefts, bottoms, rights, tops, strict=True):
        if right <= left and top <= bottom:
            continue  # white space that the library guessed
        character = shapes[point]
        if not character:
            found.unreadable += character is None
            continue
        if bottom != floor or top != ceiling:
            angle = _angle(words, order)
            group = found.groups.setdefault(angle, [])
            floor, ceiling = (math.nan, math.nan) if angle else (bottom, top)
        if angle:
            left, bottom, right, top = _upright(words, order, angle, (left, bottom, right, top))  # noqa: PLW2901
        if (
            left < last_right
            and (left == last_left or not character.isascii())
            and _overlaps(last, left, bottom, right, top)
            and _belongs(character, left, right, last)
            and (character != last.text or _same_object(words, order, last.order))
        ):
            holder[-1] = last = last._replace(text=last.text + character)
            continue
        last = _new(Glyph, (left, bottom, right, top, character, order))
        group.append(last)
        holder, last_left, last_right = group, left, right
    return found


def _angle(words: Any, order: int) -> int:
    """Degrees counter-clockwise, in steps, in which a character is written."""
    turned = -math.degrees(api.FPDFText_GetCharAngle(words.raw, order))  # the library counts clockwise
    return round(turned / _STEP) * _STEP % _FULL_TURN if turned else 0


@functools.lru_cache(maxsize=4096)
def _character(point: int) -> str | None:
    """The character of a code point of the library; None if the font has none for its glyph, "" for a line end."""
    if point in _LINE_ENDS:
        return ""
    if point in _HYPHENS:
        return "-"
    if point > 0x10FFFF or point == 0 or 0xD800 <= point <= 0xDFFF:
        return None
    character = chr(point)
    if 0xFB00 <= point <= 0xFEFF:  # ligatures and letters in the shape of their place, not spaces or marks
        return unicodedata.normalize("NFKC", character)
    if character in _BULLETS:
        return "\u2022"
    kind = unicodedata.category(character)
    if kind in ("Zs", "Zl", "Zp") or character == "\t":
        return BLANK
    return None if kind in ("Cc", "Cn") else character


def _overlaps(last: Glyph, left: float, bottom: float, right: float, top: float) -> bool:
    return left < last.right and right > last.left and bottom < last.top and top > last.bottom


def _belongs(character: str, left: float, right: float, last: Glyph) -> bool:
    """Whether a character that overlaps the one before is a part of the same ligature, or an accent above it."""
    if BLANK in (character, last.text):
        return False
    if unicodedata.combining(character[0]):
        return True
    return left == last.left and right == last.right and len(last.text) < 4


def _same_object(words: Any, order: int, before: int) -> bool:
    """Whether one text draws both: then one shape stands for two equal letters, else a letter is drawn twice."""
    one, other = (api.FPDFText_GetTextObject(words.raw, at) for at in (before, order))
    return ctypes.cast(one, ctypes.c_void_p).value == ctypes.cast(other, ctypes.c_void_p).value


def _upright(
    words: Any, order: int, angle: int, box: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """A box in coordinates in which text of that direction runs from left to right."""
    turn = math.radians(-angle)
    sine, cosine = math.sin(turn), math.cos(turn)
    if angle % 90 == 0:
        corners = [(x * cosine - y * sine, x * sine + y * cosine) for x in (box[0], box[2]) for y in (box[1], box[3])]
        across, up = [x for x, _ in corners], [y for _, y in corners]
        return min(across), min(up), max(across), max(up)
    x, y = ctypes.c_double(), ctypes.c_double()
    api.FPDFText_GetCharOrigin(words.raw, order, x, y)
    size = api.FPDFText_GetFontSize(words.raw, order)
    # The box of a slanted glyph covers more than the glyph; its height is that of its font.
    left, bottom = x.value * cosine - y.value * sine, x.value * sine + y.value * cosine
    width = max(0.1, min((box[2] - box[0]) / max(abs(cosine), 0.3) - size * abs(sine / cosine), size))
    return left, bottom, left + width, bottom + max(size, 1.0)


def directions(found: PageGlyphs) -> list[list[Glyph]]:
    """The groups, the one with most glyphs first."""
    return [group for _, group in sorted(found.groups.items(), key=lambda item: (-len(item[1]), item[0]))]
