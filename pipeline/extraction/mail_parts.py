"""The parts of a message: its own text, the files and messages attached to it, and parts without text.

Invariant: every part that holds something is in the body, among the files or named as not read.
"""

import binascii
import email
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage, Message

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import decoding
from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused

_BODY_TYPES = frozenset({"text/plain", "text/html"})
_MESSAGES = frozenset({"message/rfc822", "message/global"})
_ENDINGS = {
    **dict.fromkeys(_MESSAGES, (".eml",)),
    "text/rfc822-headers": (".eml",),
    "text/html": (".html", ".htm", ".xhtml"),
}
"""Endings that tell how a part is shown, whatever its name is."""

_UNREAD_TYPES = {
    **dict.fromkeys(
        ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"), "signature"
    ),
    **dict.fromkeys(
        ("text/css", "text/javascript", "application/javascript", "application/x-javascript"),
        "style",
    ),
    "text/x-amp-html": "amp",
}
"""Types without words of their own. AMP is the page once more, with boxes that only its scripts open."""
_MEDIA = frozenset({"image", "font"})


@dataclass(frozen=True)
class MailParts:
    """One message, taken apart."""

    body: bytes = field(repr=False)
    """The message without what is attached to it."""
    files: list[tuple[str, bytes]] = field(repr=False)
    """Names and contents of the files and messages attached to it, in order."""
    pictures: list[tuple[str, bytes]] = field(repr=False)
    """Names and contents of pictures, attached or in the page."""
    unread: list[HiddenRun] = field(repr=False)
    """Fonts, signatures, styles: one run of each sort, with the names of the parts and their number."""
    sheets: dict[str, str] = field(default_factory=dict, repr=False)
    """Style sheets of a saved page by their addresses."""


class _AsWritten(policy.Compat32):
    """Headers are kept byte for byte: a broken one raises no error, and none is folded again."""

    verify_generated_headers = False

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}{self.linesep}".encode("utf-8", "surrogateescape")


_AS_WRITTEN = _AsWritten()


def split(data: bytes) -> MailParts:
    """The parts of a message. Raises `Refused` if it cannot be taken apart."""
    files: list[tuple[str, bytes]] = []
    pictures: list[tuple[str, bytes]] = []
    unread: dict[str, list[str]] = {}
    sheets: dict[str, str] = {}
    try:
        message = parsed(data)
        parts = list(attached(message))
        for number, part in enumerate(parts, start=1):
            content = _content(part)
            if not content.strip():
                continue
            name = _name(part, number)
            if part.get_content_type() == "text/css":
                sheets |= dict.fromkeys(_addresses(part), decoding.decode(content) or "")
            if kinds.sniff(content, name) in kinds.PICTURES:
                pictures.append((name, content))
            elif sort := _unread_sort(part, name, content):
                unread.setdefault(sort, []).append(name)
            else:
                files.append((name, content))
        body = _without(message, parts) if parts else data
    except MemoryError:
        raise
    except Exception:  # a parser's doubt, and its message may quote the document
        raise Refused("corrupt") from None
    runs = [run for sort, names in unread.items() for run in unread_run(sort, names)]
    return MailParts(body, files, pictures, runs, sheets)


def unread_run(sort: str, names: Sequence[str]) -> list[HiddenRun]:
    """The report of parts of one sort that were not read; none without such parts."""
    return [HiddenRun(technique=f"mail-{sort}", text="\n".join(names), place=f"parts: {len(names)}")] if names else []


def parsed(data: bytes) -> Message:
    """The message with its parts as they are written."""
    return email.message_from_bytes(data, _class=EmailMessage, policy=_AS_WRITTEN)


def written(message: Message) -> bytes:
    """The message as bytes, with its headers as they were."""
    return message.as_bytes(policy=_AS_WRITTEN)


def own(message: Message) -> Iterator[Message]:
    """The parts of a message, in order, without those attached to it and those inside attached messages."""
    taken = {id(part) for part in attached(message)}
    yield from _walk(message, taken)


def attached(message: Message) -> Iterator[Message]:
    """The parts of a message that are not its own text, in order; none lies inside another."""
    waiting: list[tuple[Message, bool, str]] = [(message, True, "")]
    while waiting:
        part, is_first, around = waiting.pop()
        if _holds_parts(part):
            inner = [(child, at == 0, part.get_content_type()) for at, child in enumerate(_children(part))]
            waiting.extend(reversed(inner))
        elif _is_attached(part, is_first=is_first, around=around):
            yield part


def _walk(part: Message, taken: set[int]) -> Iterator[Message]:
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if id(one) not in taken:
            yield one
            waiting.extend(reversed(_children(one)))


def _holds_parts(part: Message) -> bool:
    return part.is_multipart() and part.get_content_maintype() == "multipart"


def _children(part: Message) -> list[Message]:
    payload = part.get_payload() if _holds_parts(part) else None
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _is_attached(part: Message, *, is_first: bool, around: str) -> bool:
    """Whether mail programs show a part as a file; see RFC 8621, section 4.1.4."""
    if part.get_content_type() not in _BODY_TYPES or part.get_content_disposition() == "attachment":
        return True
    return not is_first and around != "multipart/alternative" and bool(part.get_filename())


def _content(part: Message) -> bytes:
    """The bytes of a part: those of text in UTF-8, if its charset can be told."""
    payload = part.get_payload()
    if part.is_multipart() and isinstance(payload, list):
        inner = b"\n".join(written(child) for child in payload if isinstance(child, Message))
        return _decoded_message(part, inner)
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return b""
    if part.get_content_maintype() == "text" and kinds.sniff(content, "") in kinds.DECODED:
        text = decoding.decode_part(content, part.get_content_charset())
        return content if text is None else text.encode("utf-8", "replace")
    return content


def _decoded_message(part: Message, inner: bytes) -> bytes:
    """An attached message. Some programs encode it, which the standard forbids and mail programs understand."""
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() != "base64":
        return inner
    try:
        return b64decode(b"".join(inner.split()), validate=True)
    except binascii.Error:
        return inner


def _name(part: Message, number: int) -> str:
    name = part.get_filename()
    name = name.strip() if isinstance(name, str) else ""
    name = name or f"part {number} ({part.get_content_type()})"
    endings = _ENDINGS.get(part.get_content_type(), ())
    return name if not endings or name.lower().endswith(endings) else name + endings[0]


def _addresses(part: Message) -> Iterator[str]:
    """Addresses under which a page refers to a part."""
    if location := str(part.get("Content-Location", "")).strip():
        yield location
    if identity := str(part.get("Content-ID", "")).strip().strip("<>"):
        yield f"cid:{identity}"


def _unread_sort(part: Message, name: str, content: bytes) -> str | None:
    """The sort of a part that holds no text by its nature; None if it may hold some."""
    kind = kinds.sniff(content, name)
    if kind.startswith("image/") or (kind == kinds.UNKNOWN and part.get_content_maintype() in _MEDIA):
        return "picture"
    is_document = kind != kinds.UNKNOWN and kind not in kinds.PLAIN | {kinds.HTML}
    return None if is_document else _UNREAD_TYPES.get(part.get_content_type())


def _without(message: Message, parts: list[Message]) -> bytes:
    """The message without the given parts. One that has no other part becomes an empty text."""
    taken = {id(part) for part in parts}
    for part in list(_walk(message, taken)):
        if _holds_parts(part):
            kept: list[Message | str] = [child for child in _children(part) if id(child) not in taken]
            part.set_payload(kept)
            if not kept:
                _empty(part)
    if id(message) in taken:
        _empty(message)
    return written(message)


def _empty(part: Message) -> None:
    for header in ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition"):
        del part[header]
    part.set_payload("", "us-ascii")
