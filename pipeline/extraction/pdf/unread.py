"""Pages of a PDF whose words are in pictures: read as pictures where OCR is there, named where they are not read."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.pdf import pictures
from pipeline.extraction.pdf.fields import Note
from pipeline.extraction.pdf.glyphs import PageGlyphs
from pipeline.extraction.pdf.layout import PageLine

if TYPE_CHECKING:
    from pipeline.extraction.ocr.document import DocumentReader

_MOST_UNREADABLE = 0.05
"""Share of the glyphs of a page without a known character, beyond which the page counts as not read."""


class Scans:
    """The scanned pages of one document. `reader`: reads pages as pictures, if OCR is there."""

    def __init__(self, reader: "DocumentReader | None") -> None:
        self._reader = reader
        self._record = None
        self._unread: list[int] = []
        self._differing: list[HiddenRun] = []
        self._looked_at = 0
        self.any = False
        """Whether words of some page can only be known by reading it as a picture."""
        self.added: dict[int, str] = {}
        """Numbers of pages to the words that only their pictures have."""
        if reader is not None:
            from pipeline.extraction.ocr.document import Notes  # loads the library

            self._record = Notes()

    def look(self, page: Any, number: int, drawn: PageGlyphs, notes: Sequence[Note], lines: Sequence[PageLine]) -> None:
        """Read a page as a picture where its glyphs are not all of its words.

        Args:
            page: A page of pdfium.
            number: Its number, from 1.
            drawn: Its glyphs.
            notes: Its fields and comments.
            lines: The text of its glyphs, fields and comments.

        """
        self._looked_at += 1
        count = drawn.count
        readable = count - drawn.unreadable
        seen = pictures.survey(page)
        is_unread = drawn.unreadable > _MOST_UNREADABLE * count or seen.is_unread(readable)
        if not is_unread and not seen.needs_reading(readable, _share(page, drawn)):
            return
        self.any = True
        if self._reader is None or self._record is None:
            if is_unread:
                self._unread.append(number)
            return
        from pipeline.extraction.pdf import scans

        boxes = [(g.left, g.bottom, g.right, g.top) for g in drawn.groups.get(0, ())]
        text = " ".join(line.text for line in lines)
        reading = scans.read(
            page, [*boxes, *(note.box for note in notes)], text, self._reader, has_layer=seen.has_layer
        )
        if reading is None:
            self._record.unread.append(number)
            return
        self._reader.note(reading.picture, number, self._record)
        if reading.added:
            self.added[number] = reading.added
        if reading.differing:
            self._differing.append(
                HiddenRun(technique="pdf-differing-layer", text=reading.differing, place=f"page {number}")
            )

    def runs(self) -> Iterator[HiddenRun]:
        """Reports: pages that were not read, were doubtful, or say something else than their pictures."""
        if self._unread:
            says = f"{len(self._unread)} of {self._looked_at} pages have words that are not in a text layer"
            yield HiddenRun(technique="pdf-unread-page", text=says, place=pictures.listed(self._unread))
        if self._record is not None:
            yield from self._record.runs("pdf")
        yield from self._differing


def _share(page: Any, drawn: PageGlyphs) -> float:
    """Share of a page that its glyphs cover."""
    left, bottom, right, top = page.get_bbox()
    area: float = max(1.0, (right - left) * (top - bottom))
    covered = (
        (glyph.right - glyph.left) * (glyph.top - glyph.bottom) for group in drawn.groups.values() for glyph in group
    )
    return sum(covered) / area
