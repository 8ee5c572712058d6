"""A child that reads words it draws itself, for `corpusgate doctor`: only OCR is loaded, and no document is read."""

from collections.abc import Callable
from typing import Any

from pipeline.extraction.ocr import pictures
from pipeline.extraction.ocr.engine import PictureRecogniser


def create(folder: str, languages: list[str]) -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """A handler: `{"draw", "seconds"}` → `{"read"}`, the words of a picture of the given lines.

    Args:
        folder: Of the language data.
        languages: To read.

    """
    recogniser = PictureRecogniser(folder, languages)

    def handle(header: dict[str, Any], _payload: bytes) -> tuple[dict[str, Any], bytes]:
        pages = pictures.pages(pictures.drawn(*header["draw"]))
        return {"read": [word.text for page in pages for word in recogniser.words(page, header["seconds"])]}, b""

    return handle
