"""Pages whose words are in a picture and not in a text layer."""

from collections.abc import Sequence
from typing import Any

from pipeline.extraction.pdfium import api, pdfium

_SCAN = 0.5
"""Share of a page that pictures cover if it is a scan, the stamp of an archive on it included."""
_SCAN_GLYPHS = 200
_PICTURE = 0.05
"""Share of a page without any text that is a picture worth reading."""
_OUTLINES = 40
"""Shapes on a page without any text that may be letters drawn as outlines."""


def is_unread(page: Any, glyphs: int) -> bool:
    """Whether a page holds words that are not among its glyphs, as far as its objects show.

    Args:
        page: A page of pdfium.
        glyphs: How many of its glyphs have a character.

    """
    if glyphs >= _SCAN_GLYPHS:
        return False
    left, bottom, right, top = page.get_bbox()
    area = max(1.0, (right - left) * (top - bottom))
    covered, outlines = 0.0, 0
    for item in page.get_objects(max_depth=8):
        if item.type == api.FPDF_PAGEOBJ_IMAGE:
            covered += _covered(item, (left, bottom, right, top)) / area
        elif item.type == api.FPDF_PAGEOBJ_PATH:
            outlines += 1
        elif item.type == api.FPDF_PAGEOBJ_TEXT and _is_layer(item):
            return False
    return covered >= _SCAN or (not glyphs and (covered >= _PICTURE or outlines >= _OUTLINES))


def _is_layer(text: Any) -> bool:
    """Whether a text is invisible, as those are that a program wrote under a scan."""
    return bool(api.FPDFTextObj_GetTextRenderMode(text) == api.FPDF_TEXTRENDERMODE_INVISIBLE)


def _covered(item: Any, frame: tuple[float, float, float, float]) -> float:
    try:
        left, bottom, right, top = item.get_bounds()
    except pdfium.PdfiumError:
        return 0.0
    form = item.container
    while form is not None:
        left, bottom, right, top = form.get_matrix().on_rect(left, bottom, right, top)
        form = form.container
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
