"""Replacement text (`ActualText`): words that a file gives programs in place of the glyphs that a reader sees.

Honest files use it for a ligature or a hyphenated word. Where letters or digits differ from those of the glyphs, the
glyphs count, and the replacement is reported: ISO 32000-2, 14.9.4.
"""

import ctypes
import itertools
import unicodedata
from collections.abc import Iterator
from typing import Any

from pipeline.extraction.pdfium import api

_NAME = b"ActualText"
_DEEPEST = 8
"""Forms inside forms."""
_FIRST_SHAPED = "\u0590"
"""From here on scripts begin that are written from right to left, or whose letters change their shape and order."""
_NO_CHARACTER = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Categories of the characters that a glyph has whose font does not say which one it is."""


def page_as_drawn(document: Any, number: int) -> tuple[Any, list[str]]:
    """A page whose text is that of its glyphs.

    Args:
        document: A document of pdfium.
        number: Of the page, from 0.

    Returns:
        The page, and its replacement texts that say something else than its glyphs. Without any, replacements count.

    """
    page = document[number]
    marked = [(item, text) for item in _texts(page.raw) if (text := _replacement(item))]
    if not marked:
        return page, []
    found = _differing(marked, _glyphs_of(page, [item for item, _ in marked]))
    if not found:
        page.close()
        page = document[number]  # the marks were taken off
    return page, found


def _differing(marked: list[tuple[Any, str]], drawn: list[str]) -> list[str]:
    """The replacements of neighbouring objects that are not what these draw, together or each of them."""
    found: list[str] = []
    for text, objects in itertools.groupby(zip(marked, drawn, strict=True), key=lambda one: one[0][1]):
        glyphs = [own for _, own in objects]
        if _differ(text, "".join(glyphs)) and any(_differ(text, own) for own in glyphs):
            found.append(text)
    return found


def _differ(text: str, glyphs: str) -> bool:
    if any(unicodedata.category(one) in _NO_CHARACTER for one in glyphs if not one.isspace()):
        return False  # the replacement says what a glyph without a character is
    said, shown = _letters(text), _letters(glyphs)
    if not said or said == shown:
        return False
    if max(said) < _FIRST_SHAPED:
        return True
    return 2 * sum(one in shown for one in said) < len(said)  # glyphs stand in another order, or for several letters


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in plain if one.isalnum())


def _glyphs_of(page: Any, items: list[Any]) -> list[str]:
    """The text of each object as it is drawn. Takes the replacements off the page."""
    for item in items:
        for mark in list(_marks(item)):
            if _value(mark):
                api.FPDFPageObj_RemoveMark(item, mark)
    words = page.get_textpage()
    try:
        return [_string(item, words) for item in items]
    finally:
        words.close()


def _texts(holder: Any) -> Iterator[Any]:
    """The text objects of a page, those in forms included, in drawing order."""
    for number in range(api.FPDFPage_CountObjects(holder)):
        yield from _inside(api.FPDFPage_GetObject(holder, number), 0)


def _inside(item: Any, depth: int) -> Iterator[Any]:
    kind = api.FPDFPageObj_GetType(item)
    if kind == api.FPDF_PAGEOBJ_TEXT:
        yield item
    elif kind == api.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
        for number in range(api.FPDFFormObj_CountObjects(item)):
            yield from _inside(api.FPDFFormObj_GetObject(item, number), depth + 1)


def _marks(item: Any) -> Iterator[Any]:
    for number in range(max(0, api.FPDFPageObj_CountMarks(item))):
        if mark := api.FPDFPageObj_GetMark(item, number):
            yield mark


def _replacement(item: Any) -> str:
    return next((value for mark in _marks(item) if (value := _value(mark))), "")


def _value(mark: Any) -> str:
    size = ctypes.c_ulong()
    if not api.FPDFPageObjMark_GetParamStringValue(mark, _NAME, None, 0, size) or size.value <= 2:
        return ""
    buffer = (api.FPDF_WCHAR * (size.value // 2 + 1))()
    api.FPDFPageObjMark_GetParamStringValue(mark, _NAME, buffer, size.value, size)
    return ctypes.string_at(buffer, size.value - 2).decode("utf-16-le", "replace")


def _string(item: Any, words: Any) -> str:
    size = api.FPDFTextObj_GetText(item, words.raw, None, 0)
    if size <= 2:
        return ""
    buffer = (api.FPDF_WCHAR * (size // 2 + 1))()
    api.FPDFTextObj_GetText(item, words.raw, buffer, size)
    return ctypes.string_at(buffer, size - 2).decode("utf-16-le", "replace")
