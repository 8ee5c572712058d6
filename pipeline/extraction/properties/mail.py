"""Headers of mails, of the mails attached to them and of every mail in a mailbox, and what is attached."""

import email
from collections.abc import Iterator
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import mailbox_messages
from pipeline.extraction.decoding import decode

_PART, _MAILED = "a part of the mail", "a mail in it"
_ADDRESSES = frozenset(
    {"from", "to", "cc", "bcc", "subject", "received", "reply-to", "sender", "references", "dkim-signature"}
)
"""Headers that hold names and words of people, and nothing that classifies."""


def properties(data: bytes) -> Iterator[FileProperty]:
    """The headers of a mail, of its parts and of the mails attached to it."""
    for number, part in enumerate(_message(data).walk()):
        for name, value in part.items():
            if name.casefold() not in _ADDRESSES:
                yield FileProperty(name, _decoded(value), "the mail" if number == 0 else _PART)


def mailbox_properties(data: bytes) -> Iterator[FileProperty]:
    """The headers of every mail in a mailbox."""
    for message in mailbox_messages(data):
        yield from (one._replace(holder=_MAILED) for one in properties(message))


def attached(data: bytes, media_type: str) -> Iterator[tuple[str, bytes]]:
    """Parts of a mail, or of the mails in a mailbox, with the names of those that are files.

    A text without a name is the letter itself. Forwarded letters in it look like mails, and would be taken apart again
    and again.
    """
    for mail in mailbox_messages(data) if media_type == kinds.MAILBOX else [data]:
        for part in _message(mail).walk():
            name = _name(part)
            if part.is_multipart() or (not name and part.get_content_type() == "text/plain"):
                continue
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                yield name, content


def _message(data: bytes) -> Message:
    wide = decode(data) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else None
    readable = data if wide is None else wide.encode("utf-8", "replace")
    return email.message_from_bytes(readable, _class=EmailMessage, policy=policy.compat32)


def _name(part: Message) -> str:
    if part.get_content_type() == "text/html":
        return "part.html"
    name = part.get_filename()
    return name if isinstance(name, str) else ""


def _decoded(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value))))
    except (ValueError, LookupError, UnicodeError):
        return str(value)
