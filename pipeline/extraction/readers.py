"""Which reader reads which kind of file that is neither an office file, nor a PDF, nor a mail."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import archives, books, decoding, notebook_text
from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.office import ole_objects
from pipeline.extraction.pages import reading as pages


@dataclass(slots=True)
class FileText:
    """The text of one file, its hidden runs, and the files inside it."""

    text: str = ""
    hidden: list[HiddenRun] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    """Names and contents, in order."""
    holder: str = "file"
    """First word of the techniques that name a file inside that was not read."""


def read(data: bytes, media_type: str, room: archives.RoomToUnpack) -> FileText:
    """Read a file of a kind of `READ`. Raises `Refused`."""
    if media_type in archives.READ:
        unpacked = archives.read(data, media_type, room)
        runs = [
            HiddenRun(technique="archive-embedded", text=name, place=f"embedded file, {word}")
            for name, word in unpacked.unread
        ]
        return FileText(hidden=runs, files=unpacked.files, holder="archive")
    return _READERS[media_type](data)


def _page(data: bytes) -> FileText:
    page = pages.read(_characters(data))
    return FileText(page.text, page.hidden)


def _drawing(data: bytes) -> FileText:
    drawing = pages.read(_characters(data), is_xml=True)
    return FileText(drawing.text, drawing.hidden)


def _book(data: bytes) -> FileText:
    book = books.read(data)
    return FileText(book.text, book.hidden)


def _notebook(data: bytes) -> FileText:
    notebook = notebook_text.read(data)
    return FileText(notebook.text, notebook.hidden)


def _object(data: bytes) -> FileText:
    return FileText(files=ole_objects.files(data), holder="ole")


def _characters(data: bytes) -> str:
    text = decoding.decode(data)
    if text is None:
        raise Refused("encoding-doubtful")
    return text


_READERS: dict[str, Callable[[bytes], FileText]] = {
    kinds.HTML: _page,
    kinds.SVG: _drawing,
    kinds.EPUB: _book,
    kinds.NOTEBOOK: _notebook,
    kinds.OLE: _object,
}
READ = archives.READ | _READERS.keys()
"""Kinds that are read here."""
