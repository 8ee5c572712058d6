"""The parser, inside the child process: the only importer of kreuzberg.

No recognition of images, no cache, no network; one thread. Failures are raised as `Refused` with one of the words of
`extractor.FAILURES`; a library's own message could hold document text and is only looked at here, never passed on.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import kreuzberg

from pipeline.domain.declarations.file_properties import FileProperty, stated_by_properties
from pipeline.domain.declarations.lookalikes import stated
from pipeline.domain.documents.documents import HiddenRun
from pipeline.domain.documents.normalised import normalise_text
from pipeline.domain.documents.stated import StatedTag
from pipeline.extraction import (
    archives,
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
from pipeline.extraction.office import readers as office
from pipeline.extraction.pdf import document as pdf

_MARKDOWN_KINDS = frozenset({kinds.XLS})
"""Kinds whose tables are worth having."""

_READ = kinds.PARSED | kinds.PLAIN | containers.REFINED

BETWEEN = "\n\n"
"""Stands between the texts of a document and of those inside it."""
_INSIDE = "The beginning of a document inside it"

_SIGNS = (
    ("encrypted", ("password", "encrypt", "decrypt")),
    ("nesting", ("nesting", "depth")),
    ("output-size", ("too large", "exceeds", "limit", "compression ratio", "zip bomb")),
    ("unsupported", ("unsupported", "not supported")),
)


@dataclass(frozen=True)
class _Met:
    """Findings of the readers on their way through a document and the files inside it."""

    runs: list[HiddenRun] = field(default_factory=list)
    unread: set[bytes] = field(default_factory=set)
    """Contents of files inside that could not be read."""
    room: archives.RoomToUnpack | None = None
    """Room that archives in the document still have; None if archives are not read."""


def create(
    max_characters: int, max_depth: int, read_archives: bool = True
) -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """A handler: `{"media_type"}` and bytes → `{"media_type", "failure", "hidden", "stated", "nested"}` and UTF-8 text.

    `nested` says that the text is of several documents, whatever their kinds.
    """

    def handle(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        media_type = header["media_type"]
        try:
            media_type = containers.refine(media_type, payload)
            met = _Met(room=archives.RoomToUnpack() if read_archives else None)
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
            return {"media_type": media_type, "failure": refused.word}, b""
        notes = [(run.technique, normalise_text(run.text), run.place) for run in runs]
        tags = [tag.model_dump(mode="json") for tag in said]
        answer = {"media_type": media_type, "failure": None, "hidden": notes, "stated": tags, "nested": len(pieces) > 1}
        return answer, text.encode("utf-8")

    return handle


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
        pieces = _with_files([written.writing.text], "office", written.inside, max_characters, max_depth, met)
    elif media_type == kinds.PDF:
        reading = pdf.read(data, max_characters)
        met.runs.extend(reading.met)
        pieces = _with_files([reading.text], "pdf", reading.files, max_characters, max_depth, met)
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
    met.runs.extend((*body.hidden, *parts.unread))
    return _with_files([body.text], "mail", parts.files, max_characters, max_depth, met)


def _mailbox(data: bytes, max_characters: int, max_depth: int, met: _Met) -> list[str]:
    """The texts of the messages of a mailbox, each as if it stood alone."""
    pieces: list[str] = []
    for number, message in enumerate(containers.mailbox_messages(data), start=1):
        inner = _Met(unread=met.unread, room=met.room)
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
        inner = _Met(unread=met.unread, room=met.room)
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
        raise Refused("empty")
    return pieces


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
