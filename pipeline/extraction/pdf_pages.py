"""Pages of a PDF as pictures with values covered. Runs in the child process only.

Invariants: values are painted over in the picture itself, before it leaves the process (law 4). A page without text
positions (a scan) is not shown if a value on it must be covered. Annotations and form fields are not drawn: no
detector read them. Pages, pixels and bytes are bounded.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.extraction.covering import covered, missing, words_of
from pipeline.extraction.pdfium import api, pdfium

MOST_PAGES = 10
"""Pages of one answer; a reviewer turns to the next ones."""
MOST_PIXELS = 1_300_000
MOST_BYTES = 24 << 20
MOST_SEARCHED = 500
"""Pages of a document that is shown at all: values are looked for on every one of them."""
_SCALE = 1.6
_MARGIN = 1.5
_SCAN = 0.5
_BLACK = (0, 0, 0, 255)


class PagePicture(NamedTuple):
    """One page as a picture."""

    number: int
    png: bytes


class Pages(NamedTuple):
    """Some pages of a document."""

    total: int
    pages: list[PagePicture]
    withheld: list[int]
    """Pages of this answer that are not shown, for what stands on them cannot be covered."""
    located: bool
    """Whether every value was found; if not, there is no page at all."""


def render(data: bytes, text: str, wanted: Sequence[tuple[str, int]], first: int) -> Pages:
    """Pages from number `first`, with every value of `wanted` and every unscanned word covered."""
    scanned, values = words_of(text), [value for value, _ in wanted]
    with pdfium.PdfDocument(data) as document:
        total = len(document)
        if total > MOST_SEARCHED:
            return Pages(total, [], [], located=False)
        covers: list[set[int]] = []
        found: list[dict[str, int]] = []
        for number in range(total):
            page = document[number]
            cover, counts = covered(_text(page), values, scanned)
            covers.append(cover)
            found.append(counts)
            page.close()
        if missing(wanted, found):
            return Pages(total, [], [], located=False)
        shown, withheld, size = [], [], 0
        for number in range(max(0, first - 1), min(total, max(0, first - 1) + MOST_PAGES)):
            page = document[number]
            if covers[number] and _scanned(page):
                withheld.append(number + 1)
            else:
                picture = PagePicture(number + 1, _picture(page, covers[number]))
                size += len(picture.png)
                if size > MOST_BYTES:
                    break
                shown.append(picture)
            page.close()
        return Pages(total, shown, withheld, located=True)


def _text(page: Any) -> str:
    """One character for each that the page draws, in the library's own order, so that positions are its indexes."""
    words = page.get_textpage()
    try:
        points = (api.FPDFText_GetUnicode(words, index) for index in range(words.count_chars()))
        return "".join(chr(point) if 0 < point < 0x110000 else " " for point in points)
    finally:
        words.close()


def _scanned(page: Any) -> bool:
    left, bottom, right, top = page.get_bbox()
    area = max(1.0, (right - left) * (top - bottom))
    for item in page.get_objects(filter=[api.FPDF_PAGEOBJ_IMAGE]):
        box = item.get_bounds()
        if (box[2] - box[0]) * (box[3] - box[1]) > _SCAN * area:
            return True
    return False


def _picture(page: Any, cover: set[int]) -> bytes:
    width, height = page.get_size()
    scale = min(_SCALE, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale, may_draw_forms=False, draw_annots=False, rev_byteorder=True)
    try:
        place = bitmap.get_posconv(page)
        words = page.get_textpage()
        for index in sorted(cover):
            left, bottom, right, top = words.get_charbox(index, loose=True)
            corners = [place.to_bitmap(x, y) for x in (left, right) for y in (bottom, top)]
            x0, x1 = min(x for x, _ in corners) - _MARGIN, max(x for x, _ in corners) + _MARGIN
            y0, y1 = min(y for _, y in corners) - _MARGIN, max(y for _, y in corners) + _MARGIN
            x, y = max(0, int(x0)), max(0, int(y0))
            w, h = min(bitmap.width, int(x1) + 1) - x, min(bitmap.height, int(y1) + 1) - y
            if w > 0 and h > 0:
                bitmap.fill_rect(_BLACK, x, y, w, h)
        words.close()
        return _png(bitmap)
    finally:
        bitmap.close()


def _png(bitmap: Any) -> bytes:
    """A picture as PNG: three bytes a pixel, no filter; the format is simple enough not to need a library."""
    width, height, stride, channels = bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels
    data = bytes(bitmap.buffer)
    rows = bytearray()
    for y in range(height):
        row = data[y * stride : y * stride + width * channels]
        rows.append(0)
        if channels == 3:
            rows += row
        else:
            colours = bytearray(3 * width)
            for channel in range(3):
                colours[channel::3] = row[channel::channels] if channels == 4 else row
            rows += colours
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(rows), 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
