"""The parser, inside the child process: the only importer of kreuzberg.

No cache, no network; one thread. Pictures are read only if the child was started for that. Failures are raised as
`Refused` with one of the words of `extractor.FAILURES`; a library's own message could hold document text and is only
looked at here, never passed on.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import kreuzberg

from pipeline.domain.declarations.file_properties import FileProperty, stated_by_properties
from pipeline.domain.declarations.lookalikes import stated
from pipeline.domain.documents.documents import HiddenRun
from pipeline.domain.documents.normalised import normalise_text
from pipeline.domain.documents.stated import StatedTag
from pipeline.extraction import (
    archives,
    canaries,
    containers,
    decoding,
    hidden,
    mail_parts,
    mail_text,
    markdown,
    outlook,
    properties,
    readers,
)
from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.ocr.pictures import may_hold_text
from pipeline.extraction.office import readers as office
from pipeline.extraction.pdf import document as pdf
from pipeline.extraction.seen import drawn
from pipeline.settings.extraction import OcrSettings

if TYPE_CHECKING:
    from pipeline.extraction.ocr.document import DocumentReader

_MARKDOWN_KINDS = frozenset({kinds.XLS})
"""Kinds whose tables are worth having."""

_READ = kinds.PARSED | kinds.PLAIN | kinds.PICTURES | containers.REFINED

BETWEEN = "\n\n"
"""Stands between the texts of a document and of those inside it."""
_INSIDE = "The beginning of a document inside it"
PICTURE = "Picture"
"""Stands before the words of a picture inside a document, as `Header` does before those of a header."""

_SIGNS = (
    ("encrypted", ("password", "encrypt", "decrypt")),
    ("nesting", ("nesting", "depth")),
    ("output-size", ("too large", "exceeds", "limit", "compression ratio", "zip bomb")),
    ("unsupported", ("unsupported", "not supported")),
)


@dataclass
class _Pictures:
    """The pictures of a document and of the files inside it."""

    reader: "DocumentReader | None" = None
    """Reads them; None in a child without OCR."""
    met: bool = False
    """Whether there is any that OCR would read."""
    inside: bool = True
    """Whether pictures inside mails and Office documents are to be read."""


@dataclass(frozen=True)
class _Met:
    """Findings of the readers on their way through a document and the files inside it."""

    runs: list[HiddenRun] = field(default_factory=list)
    unread: set[bytes] = field(default_factory=set)
    """Contents of files inside that could not be read."""
    room: archives.RoomToUnpack | None = None
    """Room that archives in the document still have; None if archives are not read."""
    pictures: _Pictures = field(default_factory=_Pictures)

    def inner(self) -> "_Met":
        """For a file inside: its runs are its own."""
        return _Met(unread=self.unread, room=self.room, pictures=self.pictures)


def create(
    max_characters: int,
    max_depth: int,
    read_archives: bool = True,
    inside: bool = True,
    ocr: dict[str, Any] | None = None,
) -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """A handler: `{"media_type"}` and bytes → an answer and UTF-8 text.

    The answer is `{"media_type", "failure", "hidden", "stated", "nested", "pictures", "own"}`. `nested` says that the
    text is of several documents, whatever their kinds; `pictures`, that OCR would read more; `own` is the length of the
    text without that of files inside. A request with `drawn` compares such a text with how it looks instead.

    Args:
        max_characters: The longest text.
        max_depth: How deep documents may lie inside each other.
        read_archives: Whether the files in archives are read.
        inside: Whether pictures inside mails and Office documents are to be read.
        ocr: Folder of the language data, languages and settings of OCR; None: pictures are named as not read.

    """
    _start_kreuzberg()
    reader = _picture_reader(**ocr) if ocr else None

    def handle(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        media_type = header["media_type"]
        if "drawn" in header:
            return drawn.compared(header, payload, max_characters)
        met = _Met(
            room=archives.RoomToUnpack() if read_archives else None,
            pictures=_Pictures(reader() if reader else None, inside=inside),
        )
        try:
            media_type = containers.refine(media_type, payload)
            pieces = _texts(payload, media_type, max_characters, max_depth, met)
            text = normalise_text(BETWEEN.join(piece for piece in pieces if piece.strip()))
            held: list[FileProperty] = []
            if media_type not in kinds.PLAIN:
                found = properties.find(
                    payload, media_type, inner_text=len(pieces) > 1, depth=max_depth, unread=met.unread
                )
                held = list(found)
            runs = hidden.find(payload, media_type, text, (*met.runs, *hidden.messages(held, text)))
            said = [] if media_type in kinds.PLAIN else _stated(text, pieces, held)
        except Refused as refused:
            return {"media_type": media_type, "failure": refused.word, "pictures": met.pictures.met}, b""
        notes = [(run.technique, normalise_text(run.text), run.place) for run in runs]
        tags = [tag.model_dump(mode="json") for tag in said]
        answer: dict[str, Any] = {
            "media_type": media_type,
            "failure": None,
            "hidden": notes,
            "stated": tags,
            "nested": len(pieces) > 1,
        }
        answer["pictures"], answer["own"] = met.pictures.met, len(normalise_text(pieces[0]))
        return answer, text.encode("utf-8")

    return handle


def _picture_reader(folder: str, languages: list[str], settings: dict[str, Any]) -> "Callable[[], DocumentReader]":
    """Makes a reader of pictures for each document; the language data is read now."""
    from pipeline.extraction.ocr.document import DocumentReader
    from pipeline.extraction.ocr.engine import PictureRecogniser

    recogniser, limits = PictureRecogniser(folder, languages), OcrSettings(**settings)
    return lambda: DocumentReader(recogniser, limits)


def _start_kreuzberg() -> None:
    """Have kreuzberg start its threads and unpack its libraries while the process may still do so.

    It unpacks into a folder below `$TMPDIR`, or takes the files that it finds there; in a shared folder those could be
    anybody's. Once the libraries are loaded their files are not needed, and no file can be written.
    """
    page = next(canary.data for canary in canaries.files(Random(0)) if canary.name == "canary.pdf")  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="corpusgate-") as folder:
        os.environ["TMPDIR"] = folder
        _parsed(page, kinds.PDF, 1000, 0)
        del os.environ["TMPDIR"]


def _stated(text: str, pieces: list[str], held: list[FileProperty]) -> list[StatedTag]:
    """Declarations in the words and properties of a document and of those inside it."""
    inside = (
        tag.model_copy(update={"place": _INSIDE}) for piece in pieces[1:] for tag in stated(normalise_text(piece))
    )
    return list(dict.fromkeys((*stated(text), *inside, *stated_by_properties(held))))


def _texts(data: bytes, media_type: str, max_characters: int, max_depth: int, met: _Met) -> list[str]:
    """The text of a document, then those of the documents inside it; what its reader meets goes to `met`."""
    if media_type == kinds.ENCRYPTED:
        raise Refused("encrypted")
    if media_type not in _READ or (media_type in archives.READ and met.room is None):
        raise Refused("unsupported")
    if max_depth < 0:
        raise Refused("nesting")
    if media_type == kinds.EMAIL:
        pieces = _mail(data, max_characters, max_depth, met)
    elif media_type == kinds.MAILBOX:
        pieces = _mailbox(data, max_characters, max_depth, met)
    elif media_type == kinds.MSG:
        pieces = _mail(outlook.as_mail(data), max_characters, max_depth, met)
    elif media_type in readers.READ:
        read = readers.read(data, media_type, met.room or archives.RoomToUnpack())
        met.runs.extend(read.hidden)
        pieces = _with_files([read.text], read.holder, read.files, max_characters, max_depth, met)
    elif media_type in office.READ:
        written = office.read(data, media_type)
        met.runs.extend(written.writing.hidden)
        shown = _of_pictures(written.pictures, met)[0]
        texts = [written.writing.text, *shown]
        pieces = _with_files(texts, "office", written.inside, max_characters, max_depth, met)
    elif media_type == kinds.PDF:
        reading = pdf.read(data, max_characters, met.pictures.reader)
        met.runs.extend(reading.met)
        met.pictures.met |= reading.has_pictures
        pieces = _with_files([reading.text], "pdf", reading.files, max_characters, max_depth, met)
    elif media_type in kinds.PICTURES:
        pieces = [_picture(data, met)]
    elif media_type in kinds.PARSED or media_type in containers.REFINED:
        pieces = _parsed(data, media_type, max_characters, max_depth)
    else:
        pieces = [_decoded(data)]
    _check_length(BETWEEN.join(pieces), max_characters)
    return pieces


def _mail(data: bytes, max_characters: int, max_depth: int, met: _Met) -> list[str]:
    """The text of a message, then those of the files and messages attached to it."""
    parts = mail_parts.split(data)
    body = mail_text.read(parts.body, parts.sheets)
    shown, unread = _of_pictures(parts.pictures, met)
    met.runs.extend((*body.hidden, *parts.unread, *mail_parts.unread_run("picture", unread)))
    return _with_files([body.text, *shown], "mail", parts.files, max_characters, max_depth, met)


def _mailbox(data: bytes, max_characters: int, max_depth: int, met: _Met) -> list[str]:
    """The texts of the messages of a mailbox, each as if it stood alone."""
    pieces: list[str] = []
    for number, message in enumerate(containers.mailbox_messages(data), start=1):
        inner = met.inner()
        texts = _mail(message, max_characters, max_depth, inner)
        pieces.extend(texts)
        met.runs.extend(_placed(hidden.find(message, kinds.EMAIL, BETWEEN.join(texts), inner.runs), f"mail {number}"))
    return pieces


def _with_files(
    pieces: list[str],
    prefix: str,
    files: Iterable[tuple[str, bytes]],
    max_characters: int,
    max_depth: int,
    met: _Met,
) -> list[str]:
    """The text of a document, then those of the files inside it. A file that cannot be read is reported by name."""
    pieces = list(pieces)
    for name, content in files:
        inner = met.inner()
        try:
            kind = containers.refine(kinds.sniff(content, name), content)
            texts = _texts(content, kind, max_characters, max_depth - 1, inner)
            runs = hidden.find(content, kind, BETWEEN.join(texts), inner.runs)
        except Refused as refused:
            if refused.word == "nesting":
                raise
            place = f"embedded file, {refused.word}"
            met.runs.append(HiddenRun(technique=f"{prefix}-embedded", text=name, place=place))
            met.unread.add(content)
            continue
        pieces.extend(texts)
        met.runs.extend(_placed(runs, "embedded file"))
    if not any(piece.strip() for piece in pieces):
        raise Refused("no-ocr" if met.pictures.met and met.pictures.reader is None else "empty")
    return pieces


def _picture(data: bytes, met: _Met) -> str:
    """The text of a file that is a picture."""
    met.pictures.met = True
    if met.pictures.reader is None:
        raise Refused("no-ocr")
    text, runs = met.pictures.reader.file(data, prefix="picture")
    met.runs.extend(runs)
    if not text.strip():
        raise Refused("empty")
    return text


def _of_pictures(files: Iterable[tuple[str, bytes]], met: _Met) -> tuple[list[str], list[str]]:
    """The texts of pictures inside a document, under a label, and the names of those that were not read."""
    texts: list[str] = []
    unread: list[str] = []
    reader = met.pictures.reader
    for name, content in files:
        if not met.pictures.inside or not may_hold_text(content):
            unread.append(name)
            continue
        met.pictures.met = True
        try:
            text, runs = reader.file(content, prefix="picture", is_inside=True) if reader else ("", [])
        except Refused:
            unread.append(name)
            continue
        if reader is None:
            unread.append(name)
        met.runs.extend(_placed(runs, "picture inside"))
        if text.strip():
            texts.append(f"{PICTURE}:\n{text}")
    return texts, unread


def _placed(runs: Iterable[HiddenRun], holder: str) -> Iterator[HiddenRun]:
    """The runs with the part that holds them before their place."""
    return (run.model_copy(update={"place": f"{holder}, {run.place}"}) for run in runs)


def _decoded(data: bytes) -> str:
    text = decoding.decode(data)
    if text is None:
        raise Refused("encoding-doubtful")
    return text


def _parsed(data: bytes, media_type: str, max_characters: int, max_depth: int) -> list[str]:
    as_markdown = media_type in _MARKDOWN_KINDS
    try:
        result = kreuzberg.extract_bytes_sync(data, media_type, _config(as_markdown, max_depth))
        pieces = list(_pieces(result, max_depth))
    except (kreuzberg.KreuzbergError, RuntimeError) as error:
        raise Refused(_word(error)) from None
    _check_length(BETWEEN.join(pieces), max_characters)
    if as_markdown:
        pieces = [markdown.tidy(piece, escaped_everywhere=True) for piece in pieces]
    if not any(piece.strip() for piece in pieces):
        raise Refused("empty")
    return pieces


def _pieces(result: Any, depth: int) -> Iterator[str]:
    """The text of a document and of the documents inside it."""
    yield result.content
    for child in result.children or ():
        if depth == 0:
            raise Refused("nesting")
        yield from _pieces(child["result"], depth - 1)


def _check_length(text: str, max_characters: int) -> None:
    if len(text) > max_characters:
        raise Refused("output-size")


def _config(as_markdown: bool, max_depth: int) -> kreuzberg.ExtractionConfig:
    config = kreuzberg.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        output_format="markdown" if as_markdown else "plain",
        concurrency=kreuzberg.ConcurrencyConfig(max_threads=1),
        content_filter=kreuzberg.ContentFilterConfig(
            include_headers=True, include_footers=True, strip_repeating_text=False, include_watermarks=True
        ),
    )
    config.disable_ocr = True  # type: ignore[attr-defined]  # missing in its stub
    config.max_archive_depth = max_depth + 1  # one more than allowed, so that too deep is seen and not skipped
    return config


def _word(error: Exception) -> str:
    message = str(error).lower()
    return next((word for word, signs in _SIGNS if any(sign in message for sign in signs)), "corrupt")
