"""Which reader reads which kind of office file."""

from collections.abc import Callable

from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.office import active, odf, rtf, sheets, slides, word
from pipeline.extraction.office.parts import Parts
from pipeline.extraction.office.reading import OfficeText

_PACKAGES: dict[str, tuple[str, Callable[[Parts], OfficeText]]] = {
    kinds.DOCX: ("docx", word.read),
    kinds.PPTX: ("pptx", slides.read),
    kinds.XLSX: ("xlsx", sheets.read),
}
"""Kinds of Office Open XML, the first word of their techniques, and their readers."""

_OPEN_DOCUMENTS = frozenset(kinds.OPEN_DOCUMENT + name for name in ("text", "spreadsheet", "presentation"))

READ = _OPEN_DOCUMENTS | _PACKAGES.keys() | {kinds.RTF}
"""Kinds that are read here."""


def read(data: bytes, media_type: str) -> OfficeText:
    """The text of an office file, its hidden runs and the files inside it. Raises `Refused`."""
    try:
        if media_type == kinds.RTF:
            return rtf.read(data)
        parts = Parts(data)
        if media_type in _OPEN_DOCUMENTS:
            reading = odf.read(parts)
            active.survey_open_document(parts, reading)
        else:
            kind, reader = _PACKAGES[media_type]
            reading = reader(parts)
            active.survey(parts, kind, reading)
        reading.pictures = parts.pictures()
    except (MemoryError, Refused):
        raise
    except Exception:  # a parser's doubt, and its message may quote the document
        raise Refused("corrupt") from None
    return reading
