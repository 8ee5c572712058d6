"""The only importer of tesserocr: a grey picture → its words with places and confidences.

Invariant: one thread, and nothing learned from one picture is used for the next, so the same picture gives the same
words each time.
"""

import math
from collections.abc import Sequence

import tesserocr  # type: ignore[import-not-found, import-untyped, unused-ignore]

from pipeline.extraction.ocr.pictures import GreyPicture
from pipeline.extraction.ocr.words import TooSlow, Word

_LONGEST_SIDE = 32_000
"""Pixels; Tesseract counts with 16 bits."""
_SMALLEST_SIDE = 10
"""Pixels; a lower picture holds no letters."""
_MILLISECONDS = 1000
_WORD = "5"
"""The level of a line of the table that describes a word."""


class PictureRecogniser:
    """Reads pictures in some languages. The language data is read when it is made, and not again."""

    def __init__(self, folder: str, languages: Sequence[str]) -> None:
        self._api = tesserocr.PyTessBaseAPI(
            path=folder, lang="+".join(languages), psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY
        )
        # Tesseract reports an empty page to this file and dies if it cannot open it, as in the sandbox. Without a file
        # it reports to standard error.
        self._api.SetVariable("debug_file", "")

    def words(self, picture: GreyPicture, seconds: float) -> list[Word]:
        """The words of a picture, in the order in which Tesseract reads them. Raises `TooSlow`."""
        if seconds <= 0:
            raise TooSlow
        if (
            not _SMALLEST_SIDE
            <= min(picture.width, picture.height)
            <= max(picture.width, picture.height)
            <= _LONGEST_SIDE
        ):
            return []
        try:
            self._api.SetImageBytes(picture.pixels, picture.width, picture.height, 1, picture.width)
            self._api.SetSourceResolution(picture.dpi)
            if not self._api.Recognize(math.ceil(seconds * _MILLISECONDS)):
                raise TooSlow
            rows = self._api.GetTSVText(0).splitlines()
        finally:
            self._api.Clear()
            self._api.ClearAdaptiveClassifier()
        return [word for row in rows if (word := _word(row)) is not None]


def _word(row: str) -> Word | None:
    """One line of the table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text."""
    level, *numbers, text = row.split("\t", 11)
    if level != _WORD or not text.strip():
        return None
    left, top, width, height = map(int, numbers[5:9])
    return Word(text.strip(), left, top, left + width, top + height, float(numbers[9]), tuple(numbers[:4]))
