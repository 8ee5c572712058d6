"""Hidden text in PDF: invisible, off the page, too small to read, of the colour behind it, covered, or not shown.

Objects come in drawing order, so objects behind a text were drawn before it, and objects that cover it after it. The
invisible text of a scanned page is ordinary and has a technique of its own.
"""

import ctypes
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.hidden import pdf_pixels
from pipeline.extraction.hidden.styles import WHITE, alike
from pipeline.extraction.pdf import replacement
from pipeline.extraction.pdf.bounds import Box, bounds
from pipeline.extraction.pdfium import api, pdfium

_TINY_POINTS = 2.0
_NARROWEST = 0.03
"""Share of its size that a character takes at least along its line, if it can be read."""
_SHORTEST_SQUEEZED = 8
"""Characters; a few can stand above each other, such as an accent."""
_UPRIGHT = 0.05
"""Slope up to which a line counts as level or upright."""
_FULL_PAGE = 0.7
"""Share of the page a picture must cover to be its scan."""
_OPAQUE = 250
_INVISIBLE = 8
_MOST_DRAWN = 500
"""Pages that are drawn, which is a third of the work of a page; of later ones, only the objects are looked at."""
_MAX_PAINTED = 2000
"""Shapes and pictures remembered for one page; more are drawings, where text is not what matters."""


@dataclass(frozen=True, slots=True)
class _Painted:
    """Something that covers what was drawn before it. The colour of a picture is not known."""

    order: int
    box: Box
    colour: tuple[int, int, int] | None
    opaque: bool
    picture: pdfium.PdfImage | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    handle: Any
    order: int
    box: Box
    text: str
    size: float
    mode: int
    colour: tuple[int, int, int] | None
    alpha: int
    clipped: bool
    is_level: bool | None
    """Whether its line runs from left to right, not up or down; None for a slanted one."""


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """The hidden runs of every page, in drawing order; neighbours of one technique are one run."""
    with pdfium.PdfDocument(data) as document:
        for number in range(len(document)):
            page, _ = replacement.page_as_drawn(document, number)  # `pdf.document` reports its replacements
            yield from _on_page(page, number + 1)
            _hides_all.cache_clear()
            page.close()


def _on_page(page: pdfium.PdfPage, number: int) -> Iterator[HiddenRun]:
    words = page.get_textpage()
    try:
        yield from _with_words(page, words, number)
    finally:
        words.close()


def _with_words(page: pdfium.PdfPage, words: pdfium.PdfTextPage, number: int) -> Iterator[HiddenRun]:
    texts, painted, is_plain = _objects(page, words)
    frame = page.get_bbox()
    scanned = any(one.colour is None and _area(_overlap(one.box, frame)) > _FULL_PAGE * _area(frame) for one in painted)
    technique: str | None = None
    pending: list[str] = []
    known: set[int] = set()
    line: Box | None = None
    for text in texts:
        found = _technique(text, frame, painted, scanned)
        if found == "off-page" and line is not None and pdf_pixels.runs_off(text.box, line, frame):
            found = "cut-off"
        line = text.box if found is None else line
        if found != technique and pending:
            yield HiddenRun(technique=f"pdf-{technique}", text=" ".join(pending), place=f"page {number}")
            pending = []
        technique = found
        if found is not None:
            pending.append(text.text)
            known.add(pdf_pixels.address(text.handle))
    if pending:
        yield HiddenRun(technique=f"pdf-{technique}", text=" ".join(pending), place=f"page {number}")
    if number <= _MOST_DRAWN:
        for run, why in pdf_pixels.unseen(page, words, [text.handle for text in texts], known, is_plain=is_plain):
            technique = "ocr-layer" if scanned else why
            yield HiddenRun(technique=f"pdf-{technique}", text=run, place=f"page {number}")


def _technique(text: _Text, frame: Box, painted: list[_Painted], scanned: bool) -> str | None:
    if text.mode in (api.FPDF_TEXTRENDERMODE_INVISIBLE, api.FPDF_TEXTRENDERMODE_CLIP):
        return "ocr-layer" if scanned else f"render-mode-{text.mode}"
    if _overlap(text.box, frame) is None:
        return "off-page"
    if text.clipped:
        return "clipped"
    if text.size < _TINY_POINTS or _is_squeezed(text):
        return "tiny-font"
    if text.alpha <= _INVISIBLE:
        return "transparent"
    over = [one for one in painted if one.order > text.order and one.opaque and _inside(text.box, one.box)]
    cover = next((one for one in over if one.picture is None or _hides_all(one.picture)), None)
    if cover is not None:
        return "ocr-layer" if scanned else ("under-shape" if cover.picture is None else "under-image")
    if text.mode != api.FPDF_TEXTRENDERMODE_FILL or text.colour is None:
        return None
    backgrounds = _backgrounds(text, painted)
    if all(colour is not None and alike(text.colour, colour) for colour in backgrounds):
        return "white-text" if backgrounds == [WHITE] else "same-colour"
    return None


def _is_squeezed(text: _Text) -> bool:
    """Whether all of a text stands on next to no room along its line."""
    count = sum(not one.isspace() for one in text.text)
    left, bottom, right, top = text.box
    length = max(right - left, top - bottom)
    if text.is_level is not None:
        length = right - left if text.is_level else top - bottom
    return count >= _SHORTEST_SQUEEZED and length < _NARROWEST * count * text.size


def _backgrounds(text: _Text, painted: list[_Painted]) -> list[tuple[int, int, int] | None]:
    """Every colour that may stand behind a text: of what was drawn under it, down to what surely covers the rest."""
    colours: list[tuple[int, int, int] | None] = []
    for one in reversed(painted):
        if one.order < text.order and _overlap(text.box, one.box) is not None:
            colours.append(one.colour)
            if one.opaque and _inside(text.box, one.box):
                return colours
    return [*colours, WHITE]


def _objects(page: pdfium.PdfPage, words: pdfium.PdfTextPage) -> tuple[list[_Text], list[_Painted], bool]:
    """The texts of a page, what covers something, and whether texts are all that is on it."""
    is_plain = not api.FPDFPage_GetAnnotCount(page)
    texts: list[_Text] = []
    painted: list[_Painted] = []
    for order, item in enumerate(page.get_objects(textpage=words)):
        is_plain = is_plain and isinstance(item, pdfium.PdfTextObj)
        try:
            if isinstance(item, pdfium.PdfTextObj):
                texts.append(_text(item, order))
            elif len(painted) < _MAX_PAINTED and (shape := _shape(item, order)) is not None:
                painted.append(shape)
        except pdfium.PdfiumError:
            continue  # an object without bounds or text is nothing to read
    read = [text for text in texts if text.text.strip()]
    return read, painted, is_plain and len(read) == len(texts)


def _text(item: pdfium.PdfTextObj, order: int) -> _Text:
    scale = 1.0
    is_level: bool | None = None
    step: pdfium.PdfObject | None = item
    while step is not None:
        matrix = step.get_matrix()
        up, aside = abs(matrix.d), abs(matrix.c)
        if step is item and min(up, aside) <= _UPRIGHT * max(up, aside):
            is_level = up > aside
        scale *= max(up, aside)
        step = step.container
    colour, alpha = _fill(item)
    mode = api.FPDFTextObj_GetTextRenderMode(item)
    return _Text(
        item.raw,
        order,
        bounds(item),
        _words(item),
        item.get_font_size() * scale,
        mode,
        colour,
        alpha,
        _is_clipped(item),
        is_level if item.container is None else None,
    )


def _is_clipped(item: pdfium.PdfTextObj) -> bool:
    """Whether a text lies outside a path that it is clipped to. Inside a form, paths have other coordinates."""
    paths = api.FPDFPageObj_GetClipPath(item)
    if item.container is not None or not paths:
        return False
    box = bounds(item)
    return any(
        points
        and _overlap(box, (min(points)[0], min(y for _, y in points), max(points)[0], max(y for _, y in points)))
        is None
        for points in (_points(paths, number) for number in range(max(0, api.FPDFClipPath_CountPaths(paths))))
    )


def _points(paths: Any, number: int) -> list[tuple[float, float]]:
    """The points of one clipping path, as far as they matter for its bounds."""
    x, y = ctypes.c_float(), ctypes.c_float()
    places = range(min(_MAX_PAINTED, api.FPDFClipPath_CountPathSegments(paths, number)))
    segments = (api.FPDFClipPath_GetPathSegment(paths, number, place) for place in places)
    return [(x.value, y.value) for segment in segments if api.FPDFPathSegment_GetPoint(segment, x, y)]


def _words(item: pdfium.PdfTextObj) -> str:
    """The text of an object. The library's own method refuses half characters, which fonts without a map give."""
    size = api.FPDFTextObj_GetText(item, item.textpage, None, 0)
    buffer = (api.FPDF_WCHAR * (size // 2 + 1))()
    api.FPDFTextObj_GetText(item, item.textpage, buffer, size)
    return bytes(buffer)[: max(0, size - 2)].decode("utf-16-le", "replace")


def _shape(item: pdfium.PdfObject, order: int) -> _Painted | None:
    if item.type == api.FPDF_PAGEOBJ_IMAGE:
        return _Painted(order, bounds(item), None, not api.FPDFPageObj_HasTransparency(item), item)
    if item.type == api.FPDF_PAGEOBJ_SHADING:
        return _Painted(order, bounds(item), None, opaque=False)
    if item.type != api.FPDF_PAGEOBJ_PATH:
        return None
    fill_mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not api.FPDFPath_GetDrawMode(item, fill_mode, stroke) or fill_mode.value == api.FPDF_FILLMODE_NONE:
        return None
    colour, alpha = _fill(item)
    # Only a rectangle surely covers its bounds; any other outline may leave the text in the open.
    rectangle = api.FPDFPath_CountSegments(item) in (4, 5)
    blended = bool(api.FPDFPageObj_HasTransparency(item))  # such as a marker over a line
    return _Painted(order, bounds(item), colour, rectangle and alpha >= _OPAQUE and not blended)


@functools.lru_cache(maxsize=64)
def _hides_all(picture: pdfium.PdfImage) -> bool:
    """Whether a picture has no transparent pixels. Its mask is only known once it is drawn, so few are asked."""
    bitmap = picture.get_bitmap(render=True)
    try:
        if bitmap.n_channels < 4:
            return True
        alpha = bytes(bitmap.buffer)[3::4]
        return sum(alpha) > 0.98 * 255 * len(alpha)
    finally:
        bitmap.close()


def _fill(item: pdfium.PdfObject) -> tuple[tuple[int, int, int] | None, int]:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not api.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return None, 255
    return (red.value, green.value, blue.value), alpha.value


def _overlap(one: Box, other: Box) -> Box | None:
    box = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return box if box[0] < box[2] and box[1] < box[3] else None


def _inside(inner: Box, outer: Box) -> bool:
    """Whether nearly all of `inner` lies in `outer`."""
    shared = _overlap(inner, outer)
    return shared is not None and _area(shared) >= 0.9 * _area(inner)


def _area(box: Box | None) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) if box is not None else 0.0
