"""Reads the pictures of one document within its limits, and keeps the record: how sure, and what was not read.

Invariants: the record names every page and picture that was read, was doubtful or was left out. Limits count over the
whole document, whatever lies inside each other in it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline.domain.digests import digest_bytes
from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.ocr import pictures
from pipeline.extraction.ocr.engine import PictureRecogniser
from pipeline.extraction.ocr.pictures import GreyPicture
from pipeline.extraction.ocr.reading import PictureText
from pipeline.extraction.ocr.words import TooSlow
from pipeline.extraction.pdf.pictures import listed
from pipeline.settings.extraction import OcrSettings

BETWEEN_PAGES = "\n\n"
_SURER = 10.0
"""Confidence by which a turned picture must be surer to be the right one."""
_MOST_FRAMES = 2000
"""Pictures of a file that are looked at, those that repeat an earlier one included."""
_FEWEST_LETTERS = 40
"""Letters that a doubtful picture inside a document has at least to count as text, not as a photograph."""


@dataclass(slots=True)
class Notes:
    """How the pages of one file were read, by number."""

    read: dict[int, float] = field(default_factory=dict)
    """Confidence of each page with words."""
    doubtful: dict[int, float] = field(default_factory=dict)
    unread: list[int] = field(default_factory=list)
    """Pages beyond the limits, and pages that show something in which no word was found."""

    def runs(self, prefix: str, *, more: bool = False) -> Iterator[HiddenRun]:
        """Reports of a file. `more`: the last unread page stands for all that follow."""
        if self.read:
            mean = sum(self.read.values()) / len(self.read)
            place = f"{listed(sorted(self.read))}, mean confidence {mean:.0f} %"
            yield HiddenRun(technique=f"{prefix}-ocr", text="words from pictures", place=place)
        if self.doubtful:
            place = f"{listed(sorted(self.doubtful))}, mean confidence from {min(self.doubtful.values()):.0f} %"
            yield HiddenRun(technique=f"{prefix}-doubtful-ocr", text="words in doubt", place=place)
        if self.unread:
            says = (
                "more pages than are read"
                if more
                else f"{len(self.unread)} pages without a word that can be read, or beyond limits"
            )
            place = listed(self.unread) + (" and all that follow" if more else "")
            yield HiddenRun(technique=f"{prefix}-unread-page", text=says, place=place)


class DocumentReader:
    """Reads the pictures of one document.

    Args:
        recogniser: Reads pictures.
        settings: Limits, and the confidence below which a page is doubtful.

    """

    def __init__(self, recogniser: PictureRecogniser, settings: OcrSettings) -> None:
        self._recogniser = recogniser
        self._pages, self._seconds = settings.pages, float(settings.seconds)
        self.limit, self.dpi = settings.confidence, settings.dpi

    def read(self, picture: GreyPicture) -> PictureText | None:
        """The text of a picture, turned if it lies on its side or head; None beyond the limits of the document."""
        if self._pages <= 0 or self._seconds <= 0:
            return None
        self._pages -= 1
        started = time.process_time()
        try:
            return self._read(picture)
        except TooSlow:
            return None
        finally:
            self._seconds -= time.process_time() - started

    def _read(self, picture: GreyPicture) -> PictureText:
        """The text of a picture, of the same turned by half if that is surer. Raises `TooSlow`."""
        started = time.process_time()
        upright, text = self._along_lines(picture, self._seconds)
        if not text.words:
            return replace(text, is_blank=pictures.is_blank(picture))
        if text.confidence >= self.limit:
            return text
        try:
            left = self._seconds - (time.process_time() - started)
            _, other = self._along_lines(pictures.turned(upright, 180), left)
        except TooSlow:
            return text
        is_surer = other.letters > text.letters / 2 and other.confidence > text.confidence + _SURER
        return other if is_surer else text

    def _along_lines(self, picture: GreyPicture, seconds: float) -> tuple[GreyPicture, PictureText]:
        """The picture, turned if its lines run up or down, and its text: Tesseract reads such lines as they are."""
        text = PictureText(tuple(self._recogniser.words(picture, seconds)), picture.height)
        if degrees := text.turned_by:
            picture = pictures.turned(picture, degrees)
            text = PictureText(tuple(self._recogniser.words(picture, seconds)), picture.height)
        return picture, text

    def file(self, data: bytes, *, prefix: str, is_inside: bool = False) -> tuple[str, list[HiddenRun]]:
        """The text of a file that is a picture, and what must be known about it.

        Args:
            data: The file.
            prefix: First word of the techniques of the reports.
            is_inside: It illustrates another document, so it may well be a photograph.

        Raises:
            Refused: `corrupt` or `picture-size`.

        """
        notes, texts = Notes(), dict[str, None]()
        more = False
        seen: set[str] = set()
        for number, page in enumerate(pictures.pages(data), start=1):
            digest = digest_bytes(page.pixels)
            if digest in seen:  # an animation that shows a picture again
                continue
            seen.add(digest)
            reading = self.read(page) if number <= _MOST_FRAMES else None
            if reading is None:
                notes.unread.append(number)
                more = True
                break
            if is_inside and self._is_photograph(reading):
                continue
            self.note(reading, number, notes)
            texts[reading.text] = None
        return BETWEEN_PAGES.join(filter(None, texts)), list(notes.runs(prefix, more=more))

    def note(self, reading: PictureText, number: int, notes: Notes) -> None:
        """Put on record how sure a page is."""
        if reading.words:
            notes.read[number] = reading.confidence
            if reading.confidence < self.limit:
                notes.doubtful[number] = reading.confidence
        elif not reading.is_blank:
            notes.unread.append(number)

    def _is_photograph(self, reading: PictureText) -> bool:
        return not reading.words or (reading.confidence < self.limit and reading.letters < _FEWEST_LETTERS)
