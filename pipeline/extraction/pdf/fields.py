"""Form fields and annotations of a page, with a label that separates them from the text of the page.

Invariants: a field stands where its box is, so that it is read next to its caption. A note that the file
keeps from the viewer is marked.
"""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.pdf.rows import GlyphRun
from pipeline.extraction.pdfium import api

_LINE = 14.0
"""Height of a line of a field in points, where its box is higher than one line."""
_THINNEST = 1.0
"""Points; nothing can be read in a box that is lower or narrower."""
_MOST = 20_000
"""Annotations read of one page."""
_NOT_SHOWN = api.FPDF_ANNOT_FLAG_INVISIBLE | api.FPDF_ANNOT_FLAG_HIDDEN | api.FPDF_ANNOT_FLAG_NOVIEW
_SHOWN_KINDS = frozenset({api.FPDF_ANNOT_FREETEXT})
"""Annotations whose words stand on the page itself."""
_SILENT_KINDS = frozenset({api.FPDF_ANNOT_POPUP, api.FPDF_ANNOT_LINK})
"""Annotations that repeat the words of another, or have none."""
_TYPED = frozenset({api.FPDF_FORMFIELD_TEXTFIELD, api.FPDF_FORMFIELD_COMBOBOX, api.FPDF_FORMFIELD_LISTBOX})
_TICKED = frozenset({api.FPDF_FORMFIELD_CHECKBOX, api.FPDF_FORMFIELD_RADIOBUTTON})


@dataclass(frozen=True, slots=True)
class Note:
    """Words of a field or annotation."""

    text: str
    box: tuple[float, float, float, float]
    """Left, bottom, right and top on the page, in points."""
    is_shown: bool = True
    """Whether its flags let it be seen."""
    is_remark: bool = False
    """Whether it opens next to its place, which can be a point or lie outside the page."""

    def is_seen(self, frame: tuple[float, float, float, float]) -> bool:
        """Whether a reader of a page with that frame (left, bottom, right, top) can see it."""
        left, bottom, right, top = self.box
        is_point = min(right - left, top - bottom) < _THINNEST
        away = right <= frame[0] or left >= frame[2] or top <= frame[1] or bottom >= frame[3]
        return self.is_shown and (self.is_remark or not (is_point or away))


def run_of(note: Note) -> GlyphRun:
    """A note as a run of a row: of the row its box lies in, or of the top of a high box."""
    left, bottom, right, top = note.box
    if top - bottom < 2 * _LINE:
        top = (top + bottom + _LINE) / 2
    return GlyphRun([], left, max(bottom, top - _LINE), right, top, label=note.text)


def on_page(page: Any, document: Any) -> list[Note]:
    """The fields and annotations of a page that have words."""
    return [note for annotation in _annotations(page) if (note := _note(annotation, document.formenv)) is not None]


def _annotations(page: Any) -> Iterator[Any]:
    for number in range(min(_MOST, api.FPDFPage_GetAnnotCount(page))):
        annotation = api.FPDFPage_GetAnnot(page, number)
        if annotation:
            try:
                yield annotation
            finally:
                api.FPDFPage_CloseAnnot(annotation)


def _note(annotation: Any, forms: Any) -> Note | None:
    kind = api.FPDFAnnot_GetSubtype(annotation)
    if kind in _SILENT_KINDS:
        return None
    words = _field(annotation, forms) if kind == api.FPDF_ANNOT_WIDGET else _remark(annotation, kind)
    if not words:
        return None
    box = api.FS_RECTF()
    api.FPDFAnnot_GetRect(annotation, box)
    shown = not api.FPDFAnnot_GetFlags(annotation) & _NOT_SHOWN
    remark = kind != api.FPDF_ANNOT_WIDGET and kind not in _SHOWN_KINDS
    return Note(words, (box.left, box.bottom, box.right, box.top), shown, remark)


def _remark(annotation: Any, kind: int) -> str:
    words = _string(lambda buffer, size: api.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size))
    return words if kind in _SHOWN_KINDS or not words else f"[Comment: {words}]"


def _field(annotation: Any, forms: Any) -> str:
    if forms is None:
        return ""
    kind = api.FPDFAnnot_GetFormFieldType(forms, annotation)
    name = _string(lambda buffer, size: api.FPDFAnnot_GetFormFieldName(forms, annotation, buffer, size))
    if kind in _TYPED:
        value = _string(lambda buffer, size: api.FPDFAnnot_GetFormFieldValue(forms, annotation, buffer, size))
    elif kind in _TICKED and api.FPDFAnnot_IsChecked(forms, annotation):
        value = _string(lambda buffer, size: api.FPDFAnnot_GetFormFieldExportValue(forms, annotation, buffer, size))
    else:
        return ""
    return f"[Field {name}: {value}]" if value else ""


def _string(call: Callable[[Any, int], int]) -> str:
    """The string that a function of the library writes as UTF-16, trimmed."""
    size = call(None, 0)
    if size <= 2:
        return ""
    buffer = (api.FPDF_WCHAR * (size // 2 + 1))()
    call(buffer, size)
    return bytes(ctypes.string_at(buffer, size - 2)).decode("utf-16-le", "replace").replace("\r", "\n").strip()
