"""Messages of Outlook (MSG, [MS-OXMSG]) as mails, so that all that is true of a mail is true of them.

Names of properties: [MS-OXPROPS].
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime

from pipeline.extraction import decoding
from pipeline.extraction.containers import Refused
from pipeline.extraction.office import packed_rtf, rtf
from pipeline.extraction.office.compound import Compound, Entry

_SUBJECT, _BODY, _HTML, _RTF = "0037", "1000", "1013", "1009"
_SENDER, _SENDER_ADDRESSES = "0C1A", ("5D01", "0C1F")
_RECIPIENTS = (("To", "0E04"), ("Cc", "0E03"), ("Bcc", "0E02"))
_HEADERS = "007D"
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME = "3707", "3704", "3001"
_CONTENT, _MEDIA_TYPE, _CONTENT_ID = "3701", "370E", "3712"
_SENT, _RECEIVED = 0x0039, 0x0E06
_CODEPAGES = (0x3FFD, 0x3FDE)
_UNICODE, _STRING, _BINARY, _STORAGE = "001F", "001E", "0102", "000D"
_VALUES = "__properties_version1.0"
_ATTACHED = "__attach_version1.0_"
_HEAD_BYTES = (32, 24, 8)
"""Bytes before the properties of a message, of one inside it, and of an attachment."""
_CHARSETS = {
    20127: "ascii",
    20866: "koi8-r",
    21866: "koi8-u",
    50220: "iso-2022-jp",
    51932: "euc-jp",
    51949: "euc-kr",
    54936: "gb18030",
    65001: "utf-8",
}
_ISO = 28590
"""The number of a code page of ISO 8859 less that of its part."""
_PARTS_OF_ISO = range(1, 17)
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_DEEPEST = 10
_KEPT_HEADERS = frozenset({"sensitivity", "x-classification", "msip_labels", "keywords", "importance"})


def as_mail(data: bytes) -> bytes:
    """The mail that a message of Outlook is. Raises `Refused` if it cannot be read."""
    compound = Compound(data)
    return _Outlook(compound, compound.root).mail(0).as_bytes(policy=policy.compat32.clone(max_line_length=None))


class _Outlook:
    """One message: the whole file, or a storage in it."""

    def __init__(self, compound: Compound, storage: Entry) -> None:
        self._compound = compound
        self._entries = compound.inside(storage)
        self._numbers = dict(self._fixed(storage is compound.root))
        self._charset = next((_charset(self._numbers[one]) for one in _CODEPAGES if self._numbers.get(one)), None)

    def mail(self, depth: int) -> Message:
        if depth > _DEEPEST:
            raise Refused("nesting")
        whole = MIMEMultipart("mixed")
        for name, value in self._headers():
            whole[name] = value
        body = MIMEMultipart("alternative")
        plain, page = self._text(_BODY), self._page()
        if plain.strip():
            body.attach(MIMEText(plain, "plain", "utf-8"))
        if page.strip():
            body.attach(MIMEText(page, "html", "utf-8"))
        whole.attach(body)
        formatted = self._binary(_RTF)
        if formatted and not page.strip():
            content = packed_rtf.unpacked(formatted)
            if not _is_said(rtf.read(content).writing.text, plain):
                whole.attach(_file(content, "body.rtf"))
        for name, storage in self._entries.items():
            if name.startswith(_ATTACHED) and not storage.is_stream:
                whole.attach(self._attachment(storage, depth))
        return whole

    def _headers(self) -> Iterator[tuple[str, str]]:
        sender = self._text(_SENDER)
        address = next((text for one in _SENDER_ADDRESSES if "@" in (text := self._text(one))), "")
        values = [("Subject", self._text(_SUBJECT))]
        values.append(("From", f"{sender} <{address}>" if address and address != sender else sender))
        values += [(name, self._text(prop)) for name, prop in _RECIPIENTS]
        sent = self._numbers.get(_SENT) or self._numbers.get(_RECEIVED)
        if sent:
            values.append(("Date", format_datetime(_EPOCH + timedelta(microseconds=sent // 10))))
        for line in self._text(_HEADERS).splitlines():
            name, _, value = line.partition(":")
            if name.strip().lower() in _KEPT_HEADERS:
                values.append((name.strip(), value))
        for name, value in values:
            if text := " ".join(value.replace("\x00", "").split()):
                yield name, text

    def _attachment(self, storage: Entry, depth: int) -> Message:
        held = _Outlook(self._compound, storage)
        held._charset = self._charset
        name = held._text(_LONG_NAME) or held._text(_SHORT_NAME) or held._text(_SHOWN_NAME)
        inner = held._entries.get(f"__substg1.0_{_CONTENT}{_STORAGE}")
        if inner is not None and _VALUES in self._compound.inside(inner):
            message = MIMEMessage(_Outlook(self._compound, inner).mail(depth + 1))
            message.add_header("Content-Disposition", "attachment", filename=" ".join(name.split()) or "message")
            return message
        content = held._binary(_CONTENT)
        if inner is not None:
            streams = [self._compound.content(one) for one in self._compound.inside(inner).values() if one.is_stream]
            content = b"\x00" + b"\x00".join(streams)  # an object of a program: no parser may take it for a text
        part = _file(content, " ".join(name.split()) or "attachment")
        if identity := held._text(_CONTENT_ID):
            part["Content-ID"] = f"<{' '.join(identity.split())}>"
        return part

    def _page(self) -> str:
        raw = self._binary(_HTML)
        return (decoding.decode(raw, self._charset) or "") if raw else self._text(_HTML)

    def _text(self, prop: str) -> str:
        wide = self._entries.get(f"__substg1.0_{prop}{_UNICODE}")
        if wide is not None:
            return self._compound.content(wide).decode("utf-16-le", "replace").rstrip("\x00")
        narrow = self._entries.get(f"__substg1.0_{prop}{_STRING}")
        if narrow is None:
            return ""
        raw = self._compound.content(narrow).rstrip(b"\x00")
        text = decoding.decode(raw, self._charset or "cp1252")
        if text is None:
            raise Refused("encoding-doubtful")
        return text

    def _binary(self, prop: str) -> bytes:
        entry = self._entries.get(f"__substg1.0_{prop}{_BINARY}")
        return b"" if entry is None else self._compound.content(entry)

    def _fixed(self, is_whole: bool) -> Iterator[tuple[int, int]]:
        """Properties that are numbers or times."""
        entry = self._entries.get(_VALUES)
        raw = b"" if entry is None else self._compound.content(entry)
        head = _HEAD_BYTES[0] if is_whole else _HEAD_BYTES[1] if len(raw) % 16 == 8 else _HEAD_BYTES[2]
        for at in range(head, len(raw) - 15, 16):
            kind, prop, _, value = struct.unpack_from("<HHIQ", raw, at)
            if kind in (0x0003, 0x0040):
                yield prop, value if kind == 0x0040 else value & 0xFFFFFFFF


def _charset(code_page: int) -> str:
    if code_page - _ISO in _PARTS_OF_ISO:
        return f"iso8859-{code_page - _ISO}"
    return _CHARSETS.get(code_page, f"cp{code_page}")


def _file(content: bytes, name: str) -> Message:
    part = MIMEApplication(content)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def _is_said(text: str, plain: str) -> bool:
    words = set(plain.split())
    return all(word in words for word in text.split())
