"""Whether OCR is there: the library, and the data of each language. Loads neither.

Invariant: the name of an engine changes if another library or other language data would read the same picture.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from pipeline.domain.digests import digest_bytes
from pipeline.settings.extraction import OcrSettings

LIBRARY = "tesserocr"
_PLACES = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
)
"""Where packages of Linux distributions put language data."""


@dataclass(frozen=True, slots=True)
class OcrEngine:
    """The library and the language data that read pictures."""

    folder: str
    """Folder of the language data."""
    languages: tuple[str, ...]
    name: str
    """Versions and digests, for the record of a document."""


@lru_cache(maxsize=8)
def find(settings: OcrSettings) -> OcrEngine | None:
    """The engine that reads pictures; None if it is switched off or not completely installed."""
    if settings.mode == "off" or missing(settings):
        return None
    folder = _folder(settings)
    data = (f"{one} {digest_bytes(_file(folder, one).read_bytes())[:12]}" for one in settings.languages)
    return OcrEngine(str(folder), settings.languages, f"{LIBRARY} {version(LIBRARY)} ({', '.join(data)})")


def missing(settings: OcrSettings) -> str:
    """The part of OCR that is not installed, in words with a remedy; empty if everything is there."""
    try:
        version(LIBRARY)
    except PackageNotFoundError:
        return f"The Python package {LIBRARY} is not installed: run `make setup`, or install it with pip."
    if find_spec(LIBRARY) is None:
        return f"The Python package {LIBRARY} is not complete: install it again."
    folder = _folder(settings)
    absent = [one for one in settings.languages if not _file(folder, one).is_file()]
    if not absent:
        return ""
    packages = " ".join(f"tesseract-ocr-{one.replace('_', '-').lower()}" for one in absent)
    return (
        f"There is no data for the languages {', '.join(absent)} in {folder}: run `make tools`, or install the "
        f"packages {packages} of Debian or Ubuntu."
    )


def _folder(settings: OcrSettings) -> Path:
    if settings.data:
        return Path(settings.data)
    folders = [Path(place) for place in _PLACES]
    return next((one for one in folders if any(one.glob("*.traineddata"))), folders[0])


def _file(folder: Path, language: str) -> Path:
    return folder / f"{language}.traineddata"
