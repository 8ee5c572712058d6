"""Text of a PDF that leaves no mark on its page, whatever the reason: found by drawing the page with and without it.

The objects of a page say why a text is hidden, in the forms that somebody thought of. The picture says whether it is:
shading, blending, masks, switched-off layers, annotations and objects of any outline are all in it. Text that stands
exactly where other text is drawn is the one thing it cannot tell, and the objects can.
"""

import ctypes
import math
import re
import sys
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from pipeline.extraction.hidden.styles import NEAR
from pipeline.extraction.pdf import characters
from pipeline.extraction.pdf.bounds import Box
from pipeline.extraction.pdfium import api

_MOST_PIXELS = 1_500_000
"""Of one picture; a larger page is drawn in several."""
_MOST_PICTURES = 64
"""Of one page; one that is larger still is not judged."""
_SHORTEST = 16
"""Characters of a run that is reported: an icon lies on a few, and a line of code ends a few beyond the page."""
_PIECE = re.compile(r"\S{1,8}")
"""A piece counts as shown if one pixel of it is. Longer words are cut, so that one letter does not vouch for a line."""
_LATIN_END = "\u0250"
"""Below it, the library has shapes of its own for fonts that are not in the file."""
_WHITE = b"\xff"
_FAR = 1_000_000
"""Points."""


class _Piece(NamedTuple):
    """Neighbouring characters without white space between them, and the box around them."""

    text: str
    box: Box
    starts_word: bool


def address(item: Any) -> int:
    """The address of an object of a page, since two handles of one object are not equal."""
    return ctypes.cast(item, ctypes.c_void_p).value or 0


def unseen(
    page: Any, words: Any, texts: Collection[Any], known: Collection[int], *, is_plain: bool = False
) -> Iterator[tuple[str, str]]:
    """The runs of text that a page holds and does not show, each with `cut-off` or `not-shown`.

    Args:
        page: A page of pdfium.
        words: Its text page.
        texts: All text objects of the page that are not blank.
        known: Addresses of those that are known to be hidden, and are left out.
        is_plain: Whether nothing but these is on the page, so that without them it is white.

    """
    pieces = list(_pieces(words, known))
    if sum(len(piece.text) for piece in pieces) < _SHORTEST:
        return
    shown = _shown(page, texts, pieces, is_plain=is_plain)
    frame = page.get_bbox()
    run: list[_Piece] = []
    before: _Piece | None = None
    for at, piece in enumerate(pieces):
        if at not in shown:
            run.append(piece)
            continue
        yield from _reported(run, before, frame)
        run, before = [], piece
    yield from _reported(run, before, frame)


def _reported(run: list[_Piece], before: _Piece | None, frame: Box) -> Iterator[tuple[str, str]]:
    if sum(len(piece.text) for piece in run) >= _SHORTEST:
        text = "".join(" " * piece.starts_word + piece.text for piece in run).strip()
        goes_on = before is not None and all(runs_off(piece.box, before.box, frame) for piece in run)
        yield text, "cut-off" if goes_on else "not-shown"


def runs_off(box: Box, line: Box, frame: Box) -> bool:
    """Whether what stands in a box goes on with a shown line beyond the right edge of the page."""
    return line[1] < (box[1] + box[3]) / 2 < line[3] and box[2] > frame[2]


def _pieces(words: Any, known: Collection[int]) -> Iterator[_Piece]:
    count = words.count_chars()
    lefts, bottoms, rights, tops = characters.boxes_of(words, count)
    text = "".join(
        chr(point) if left < right and point <= sys.maxunicode else " "
        for point, left, right in zip(characters.points_of(words, count), lefts, rights, strict=True)
    )
    end = 0
    for match in _PIECE.finditer(text):
        starts_word = match.start() != end
        start, end = match.span()
        item = api.FPDFText_GetTextObject(words.raw, start)
        if address(item) in known or (max(match[0]) >= _LATIN_END and not _has_shape(item)):
            continue
        here = slice(start, end)
        box = min(lefts[here]), min(bottoms[here]), max(rights[here]), max(tops[here])
        yield _Piece(match[0], box, starts_word)


def _has_shape(item: Any) -> bool:
    """Whether the font of a text is in the file; without it, most scripts are drawn as nothing here."""
    return bool(item) and api.FPDFFont_GetIsEmbedded(api.FPDFTextObj_GetFont(item)) == 1


def _shown(page: Any, texts: Collection[Any], pieces: list[_Piece], *, is_plain: bool) -> set[int]:
    """Indexes of the pieces where the page looks different without its texts."""
    width, height = page.get_size()
    step = max(1.0, _MOST_PIXELS // max(1.0, width))
    pictures = math.ceil(height / step)
    if pictures > _MOST_PICTURES:
        return set(range(len(pieces)))
    found: set[int] = set()
    for number in range(pictures):
        crop = 0, number * step, 0, max(0.0, height - (number + 1) * step)
        found |= _shown_between(page, () if is_plain else texts, pieces, crop)
    return found


def _shown_between(
    page: Any, texts: Collection[Any], pieces: list[_Piece], crop: tuple[float, float, float, float]
) -> set[int]:
    """Those of a stripe of the page, which cropping by left, bottom, right and top leaves.

    Without texts to leave out the page is compared with a white one.
    """
    with_texts = _picture(page, crop)
    to_pixels = _pixels_of(page, with_texts)
    stride, channels = with_texts.stride, with_texts.n_channels
    one = bytes(with_texts.buffer)
    other = _without(page, texts, crop) if texts else _WHITE * len(one)
    try:
        return {
            at
            for at, piece in enumerate(pieces)
            if any(
                _differ(one[start:end], other[start:end])
                for start, end in _rows(to_pixels(piece.box), stride, channels)
            )
        }
    finally:
        with_texts.close()


def _without(page: Any, texts: Collection[Any], crop: tuple[float, float, float, float]) -> bytes:
    """The pixels of a stripe without the texts."""
    try:
        for text in texts:
            api.FPDFPageObj_SetIsActive(text, False)
        picture = _picture(page, crop)
    finally:
        for text in texts:
            api.FPDFPageObj_SetIsActive(text, True)
    try:
        return bytes(picture.buffer)
    finally:
        picture.close()


def _picture(page: Any, crop: tuple[float, float, float, float]) -> Any:
    return page.render(scale=1, crop=crop, may_draw_forms=False, draw_annots=True)


def _pixels_of(page: Any, picture: Any) -> Callable[[Box], tuple[int, int, int, int]]:
    """Turn a box on the page into the pixels that it touches: left, top, right, bottom, inside the picture."""
    place = picture.get_posconv(page)
    width, height = picture.width, picture.height
    # The library answers in whole pixels, so it is asked about places that are far apart.
    (x, y), (x_across, y_across), (x_up, y_up) = (place.to_bitmap(*at) for at in ((0, 0), (_FAR, 0), (0, _FAR)))
    a, b, c, d = (part / _FAR for part in (x_across - x, x_up - x, y_across - y, y_up - y))

    def pixels(box: Box) -> tuple[int, int, int, int]:
        left, bottom, right, top = box
        across = a * left + b * bottom, a * right + b * top
        down = c * left + d * bottom, c * right + d * top
        return (
            max(0, math.floor(x + min(across))),
            max(0, math.floor(y + min(down))),
            min(width, math.ceil(x + max(across))),
            min(height, math.ceil(y + max(down))),
        )

    return pixels


def _rows(pixels: tuple[int, int, int, int], stride: int, channels: int) -> Iterator[tuple[int, int]]:
    """Beginning and end of every row of a box in the bytes of a picture, the middle first, where letters have ink."""
    left, top, right, bottom = pixels
    if left < right:
        middle = (top + bottom) // 2
        for row in (*range(middle, bottom), *range(top, middle)):
            yield row * stride + left * channels, row * stride + right * channels


def _differ(one: bytes, other: bytes) -> bool:
    return one != other and any(abs(a - b) >= NEAR for a, b in zip(one, other, strict=True))
