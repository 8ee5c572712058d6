"""The text of a PDF, page by page. The entry of this folder."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.containers import Refused
from pipeline.extraction.pdf import fields, glyphs, inside, layout, replacement, rows, wrapping
from pipeline.extraction.pdf.unread import Scans
from pipeline.extraction.pdfium import api, pdfium

if TYPE_CHECKING:
    from pipeline.extraction.ocr.document import DocumentReader

BETWEEN_PAGES = "\n\n"


@dataclass(slots=True)
class PdfReading:
    """What a PDF says, what it does and what is inside it."""

    text: str = ""
    """The text that a reader sees on all pages, in reading order; empty if no page has a text layer."""
    met: list[HiddenRun] = field(default_factory=list)
    """Actions, hidden annotations, and pages that were not read."""
    files: list[tuple[str, bytes]] = field(default_factory=list)
    """Names and contents of the files inside it."""
    has_pictures: bool = False
    """Whether words of some pages can only be known by reading them as pictures."""


def read(data: bytes, max_characters: int, reader: "DocumentReader | None" = None) -> PdfReading:
    """Read a PDF.

    Args:
        data: Its bytes.
        max_characters: The longest text.
        reader: Reads pages as pictures; without one they are named as not read.

    Raises:
        Refused: `encrypted`, `corrupt`, `nesting` or `output-size`.

    """
    try:
        return _read(data, max_characters, reader)
    except pdfium.PdfiumError:
        raise Refused("corrupt") from None


def _read(data: bytes, max_characters: int, reader: "DocumentReader | None") -> PdfReading:
    found, length = PdfReading(), 0
    pages: list[list[layout.PageLine]] = []
    annotated: list[int] = []
    scans = Scans(reader)
    with _opened(data) as document:
        document.init_forms()
        for number in range(len(document)):
            page, replaced = replacement.page_as_drawn(document, number)
            found.met += [_replaced(text, number + 1) for text in replaced]
            drawn = glyphs.on_page(page)
            notes = fields.on_page(page, document)
            frame = page.get_bbox()
            if api.FPDFPage_GetAnnotCount(page):
                annotated.append(number)
            shown = [note for note in notes if note.is_seen(frame)]
            found.met += [_hidden(note, number + 1) for note in notes if not note.is_seen(frame)]
            pages.append(_lines(drawn, shown))
            scans.look(page, number + 1, drawn, shown, pages[-1])
            page.close()
            length += sum(len(line.text) + 1 for line in pages[-1]) + len(scans.added.get(number + 1, ""))
            if length > max_characters:
                raise Refused("output-size")
        found.files = list(inside.files(document, annotated))
        found.met += [*scans.runs(), *inside.actions(inside.plain_copy(document))]
    found.has_pictures = scans.any
    compounds = wrapping.compounds(line.text for page in pages for line in page)
    parts = (
        part
        for number, page in enumerate(pages, start=1)
        for part in (wrapping.joined(page, compounds), scans.added.get(number, ""))
    )
    found.text = BETWEEN_PAGES.join(filter(None, parts))
    return found


def _opened(data: bytes) -> Any:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        needs_password = getattr(error, "err_code", None) in (api.FPDF_ERR_PASSWORD, api.FPDF_ERR_SECURITY)
        raise Refused("encrypted" if needs_password else "corrupt") from None


def _hidden(note: fields.Note, number: int) -> HiddenRun:
    return HiddenRun(technique="pdf-hidden-annotation", text=note.text, place=f"page {number}")


def _replaced(text: str, number: int) -> HiddenRun:
    return HiddenRun(technique="pdf-replacement", text=text, place=f"page {number}")


def _lines(drawn: glyphs.PageGlyphs, notes: list[fields.Note]) -> list[layout.PageLine]:
    placed = [fields.run_of(note) for note in notes]
    found: list[layout.PageLine] = []
    for group in glyphs.directions(drawn) or [[]]:
        found += layout.lines(rows.rows([*rows.runs(group), *placed]))
        placed = []
    return found
