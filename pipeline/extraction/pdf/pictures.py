"""Pages whose words are in a picture and not in a text layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.pdf.bounds import bounds
from pipeline.extraction.pdfium import api, pdfium

_SCAN = 0.5
"""Share of a page that pictures cover if it is a scan, the stamp of an archive on it included."""
_SCAN_GLYPHS = 200
_PICTURE = 0.05
"""Share of a page without any text that is a picture worth reading."""
_OUTLINES = 40
"""Shapes on a page without any text that may be letters drawn as outlines."""
_THIN = 0.05
"""Share of a page that its glyphs cover at most if most of its words are in a page-size picture."""


@dataclass(frozen=True, slots=True)
class PagePictures:
    """The pictures, shapes and invisible text of a page of a PDF."""

    covered: float
    """Share of the page that pictures cover."""
    outlines: int
    """Shapes that are drawn as paths."""
    has_layer: bool
    """Whether it has invisible text, as programs write it under a scan."""

    def is_unread(self, glyphs: int) -> bool:
        """Whether the page holds words that are not among its glyphs, as far as its objects show.

        Args:
            glyphs: How many of its glyphs have a character.

        """
        if glyphs >= _SCAN_GLYPHS or self.has_layer:
            return False
        return self.covered >= _SCAN or (not glyphs and (self.covered >= _PICTURE or self.outlines >= _OUTLINES))

    def needs_reading(self, glyphs: int, share: float) -> bool:
        """Whether words of the page can only be known by reading it as a picture.

        Args:
            glyphs: How many of its glyphs have a character.
            share: Share of the page that its glyphs cover.

        """
        is_scan = self.covered >= _SCAN and (self.has_layer or share <= _THIN)
        return is_scan or self.is_unread(glyphs)


def survey(page: Any) -> PagePictures:
    """The pictures of a page of pdfium."""
    left, bottom, right, top = page.get_bbox()
    area = max(1.0, (right - left) * (top - bottom))
    covered, outlines, has_layer = 0.0, 0, False
    for item in page.get_objects(max_depth=8):
        if item.type == api.FPDF_PAGEOBJ_IMAGE:
            covered += _covered(item, (left, bottom, right, top)) / area
        elif item.type == api.FPDF_PAGEOBJ_PATH:
            outlines += 1
        elif item.type == api.FPDF_PAGEOBJ_TEXT and not has_layer:
            has_layer = _is_layer(item)
    return PagePictures(covered, outlines, has_layer)


def _is_layer(text: Any) -> bool:
    """Whether a text is invisible, as those are that a program wrote under a scan."""
    return bool(api.FPDFTextObj_GetTextRenderMode(text) == api.FPDF_TEXTRENDERMODE_INVISIBLE)


def _covered(item: Any, frame: tuple[float, float, float, float]) -> float:
    try:
        left, bottom, right, top = bounds(item)
    except pdfium.PdfiumError:
        return 0.0
    width = min(right, frame[2]) - max(left, frame[0])
    height = min(top, frame[3]) - max(bottom, frame[1])
    return float(max(0.0, width) * max(0.0, height))


def listed(numbers: Sequence[int], most: int = 20) -> str:
    """Page numbers in words: `page 2`, `pages 2, 4-7`; `numbers` is sorted."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans[:most])
    more = f" and {len(spans) - most} more stretches" if len(spans) > most else ""
    return f"page{'s' if len(numbers) > 1 else ''} {shown}{more}"
