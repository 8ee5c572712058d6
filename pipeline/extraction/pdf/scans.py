"""Pages of a PDF that are scans: drawn as a picture, read, and compared with the text layer they have.

Invariants: a word that the page draws as text is not read a second time. A text layer that says something else than
its picture is reported with the words that differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.ocr.document import DocumentReader
from pipeline.extraction.ocr.pictures import GreyPicture
from pipeline.extraction.ocr.reading import PictureText, text_of
from pipeline.extraction.ocr.words import Word
from pipeline.extraction.pdf import differences
from pipeline.extraction.pdf.bounds import Box

_POINTS = 72
"""Points of an inch."""
_MOST_PIXELS = 12_000_000
_CELL = 4
"""Pixels of a side of the squares in which the place of a glyph is remembered."""
_SAME_PLACE = 0.5
"""Share of the squares of a word in which glyphs stand, if it is drawn as text."""


@dataclass(frozen=True, slots=True)
class ScanReading:
    """The words of a page that was read as a picture."""

    picture: PictureText
    added: str
    """Words that its text layer does not have, as lines."""
    differing: str
    """Words of its text layer that its picture does not show."""


def read(page: Any, boxes: Iterable[Box], text: str, reader: DocumentReader, *, has_layer: bool) -> ScanReading | None:
    """Read a page as a picture; None beyond the limits of the document.

    Args:
        page: A page of pdfium.
        boxes: Of its glyphs, the invisible ones included, in points.
        text: What these say.
        reader: Reads pictures of this document.
        has_layer: Whether some of its text is invisible.

    """
    picture, placed = _drawn(page, boxes, reader.dpi)
    reading = reader.read(picture)
    if reading is None:
        return None
    taken = {square for box in placed for square in _squares(*box)}
    missing = [word for word in reading.words if not _is_drawn(word, taken)]
    differing = ""
    if has_layer and (reading.words or reading.is_blank) and reading.confidence >= reader.limit:
        shown = [word.text for word in reading.words]
        differing = differences.unmatched(text.split(), shown)
        missing = _unsaid(missing, text.split())
    return ScanReading(reading, text_of(missing, reading.height), differing)


def _unsaid(words: list[Word], said: list[str]) -> list[Word]:
    """The lines that the text layer does not have: its boxes need not fit its picture."""
    layer = differences.ComparedWords(said)
    lines: dict[tuple[str, ...], list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    unsaid = (line for line in lines.values() if not layer.holds_line(word.text for word in line))
    return [word for line in unsaid for word in line]


def _drawn(page: Any, boxes: Iterable[Box], dpi: int) -> tuple[GreyPicture, list[Box]]:
    """The page as a picture, and the boxes in it: left, top, right and bottom in pixels."""
    width, height = page.get_size()
    scale = min(dpi / _POINTS, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale, may_draw_forms=False, grayscale=True)
    try:
        place = bitmap.get_posconv(page)
        wide, high, stride, data = bitmap.width, bitmap.height, bitmap.stride, bytes(bitmap.buffer)
        pixels = b"".join(data[y * stride : y * stride + wide] for y in range(high))
        placed = []
        for left, bottom, right, top in boxes:
            (x0, y0), (x1, y1) = place.to_bitmap(left, bottom), place.to_bitmap(right, top)
            placed.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
        return GreyPicture(wide, high, pixels, round(scale * _POINTS)), placed
    finally:
        bitmap.close()


def _squares(left: float, top: float, right: float, bottom: float) -> list[tuple[int, int]]:
    columns = range(int(left) // _CELL, int(right) // _CELL + 1)
    rows = range(int(top) // _CELL, int(bottom) // _CELL + 1)
    return [(x, y) for x in columns for y in rows]


def _is_drawn(word: Word, taken: set[tuple[int, int]]) -> bool:
    squares = _squares(word.left, word.top, word.right, word.bottom)
    return sum(square in taken for square in squares) > _SAME_PLACE * len(squares)
