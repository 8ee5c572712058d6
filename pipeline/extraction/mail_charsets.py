"""Text parts of a message in UTF-8, whatever their charset, for a parser that knows few charsets."""

from email.message import Message

from pipeline.extraction import decoding, mail_parts
from pipeline.extraction.containers import Refused

_KNOWN = frozenset(("utf-8", "utf8", "us-ascii", "ascii"))


def in_utf_8(data: bytes) -> bytes:
    """The message with its text parts in UTF-8; the same bytes if all are. Raises `Refused` for a doubtful charset."""
    message = mail_parts.parsed(data)
    changed = [_to_utf_8(part) for part in message.walk() if part.get_content_maintype() == "text"]
    return mail_parts.written(message) if any(changed) else data


def text_of(part: Message) -> str | None:
    """The characters of a text part, or None if its encoding is doubtful."""
    content = part.get_payload(decode=True)
    return decoding.decode(content, part.get_content_charset()) if isinstance(content, bytes) else ""


def _to_utf_8(part: Message) -> bool:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or decoding.is_ascii(content):
        return False
    if (part.get_content_charset() or "") in _KNOWN and _is_utf_8(content):
        return False
    text = text_of(part)
    if text is None:
        raise Refused("encoding-doubtful")
    del part["Content-Transfer-Encoding"]
    part.set_payload(text, "utf-8")
    return True


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
