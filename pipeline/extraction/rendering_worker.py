"""Rendering, inside the child process: PDF to pictures, Word to HTML, pictures to plain ones; all with values covered.

A library's own message could hold document text, so none is passed on.
"""

from collections.abc import Callable
from typing import Any

from pipeline.extraction import containers, pdf_pages, word_page
from pipeline.extraction import media_types as kinds
from pipeline.extraction.ocr import pictures


def create() -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """A handler for `{"media_type", "text", "values", "first"}`, or `{"refine"}`, and the bytes of a document."""
    return _handle


def _handle(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
    if "refine" in header:
        return {"kind": _kind(str(header["refine"]), payload)}, b""
    wanted = [(str(value), int(times)) for value, times in header["values"]]
    try:
        kind = containers.refine(header["media_type"], payload)
        if kind == kinds.PDF:
            return _pages(pdf_pages.render(payload, header["text"], wanted, int(header["first"])))
        if kind in kinds.PICTURES:
            return _pictures(payload, header["text"], wanted, int(header["first"]))
        if kind == kinds.DOCX:
            page = word_page.render(payload, header["text"], wanted)
            return ({"kind": "html"}, page.encode()) if page is not None else ({"kind": "unlocated"}, b"")
    except MemoryError:
        raise
    except Exception:  # a parser's doubt, and its message may quote the document
        return {"kind": "failed"}, b""
    return {"kind": "unsupported"}, b""


def _kind(kind: str, payload: bytes) -> str:
    try:
        return containers.refine(kind, payload)
    except containers.Refused:
        return kind


def _pictures(data: bytes, text: str, wanted: list[tuple[str, int]], first: int) -> tuple[dict[str, Any], bytes]:
    """The pages of a picture file. No value in a picture can be located, so one with a value is not shown at all."""
    if wanted:
        return {"kind": "unlocated"}, b""
    if not text.strip():
        return {"kind": "unread"}, b""
    total, made = pictures.as_png(data, first, pdf_pages.MOST_PAGES, pdf_pages.MOST_PIXELS)
    shown, size = [], 0
    for number, png in enumerate(made, start=first):
        size += len(png)
        if size > pdf_pages.MOST_BYTES:
            break
        shown.append(pdf_pages.PagePicture(number, png))
    return _pages(pdf_pages.Pages(total, shown, [], located=True))


def _pages(made: pdf_pages.Pages) -> tuple[dict[str, Any], bytes]:
    if not made.located:
        return {"kind": "unlocated"}, b""
    listed = [(page.number, len(page.png)) for page in made.pages]
    header = {"kind": "pages", "total": made.total, "pages": listed, "withheld": made.withheld}
    return header, b"".join(page.png for page in made.pages)
