"""Bytes of a text file to characters.

Invariant: a byte order mark, the shape of UTF-16 and UTF-32, escape sequences, UTF-8, a declaration, then statistics
and the words of the text with a margin; never silently lossy. A file whose encoding stays doubtful is refused, because
a wrong reading would be scanned and served instead of the text.
"""

import codecs
import re

from pipeline.extraction.guessing import guessed, plausible
from pipeline.extraction.media_types import DECODED, sniff, wide_encoding
from pipeline.extraction.worded import chosen, readings

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]{2,40})"""
    rb"""|<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{2,40})"""
    rb"""|\A\s*@charset\s+"([\w.:-]{2,40})"""
    rb"""|^["']?Content-Type:[^\r\n]{0,200}?charset\s*=\s*["']?([\w.:-]{2,40})"""
    rb"""|\A(?:[^\r\n]*\r?\n)?[ \t]*(?:\#|//|;|%|\.\.)[^\r\n]{0,80}?coding[:=][ \t]*([\w.:-]{2,40})""",
    re.IGNORECASE | re.MULTILINE,
)
"""Declarations that the software of readers obeys: HTML, XML, CSS, headers, the first two lines of code."""
_DECLARED_WITHIN = 2048
_LABELS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
"""Codecs that browsers replace by their superset (WHATWG Encoding Standard, names and labels)."""
_MORE_LABELS = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "windows-949": "cp949",
    "windows-874": "cp874",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-gbk": "gb18030",
    "x-x-big5": "big5hkscs",
    "unicode-1-1-utf-8": "utf-8",
}
"""Labels of the same standard that Python does not know."""
_UNBELIEVABLE = ("utf-16", "utf-32", "utf-7", "utf_7", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
"""A declaration that can be read in ASCII cannot be true for these."""
_IN_ASCII = {
    "utf-7": "utf-7",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "hz-gb-2312": "hz",
}
"""Encodings of messages (RFC 2152, RFC 1843). Elsewhere a browser does not know them."""

_ESCAPED = (
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (re.compile(rb"\x1b\$[@B]|\x1b\([JI]|\x1b\$\([DOPQ]"), "iso2022_jp_3"),
)
_ESCAPE = b"\x1b"
_ZERO = b"\x00"

_SOUND_FOR_BROKEN = 3
"""Sequences of several bytes that must be sound for each that is broken, for a text to be damaged UTF-8."""
_SEQUENCE = re.compile("[\u0080-\U0010ffff]")
REPLACEMENT = "\ufffd"
"""Stands for every byte that could not be read; `hidden_characters` reports it."""


def text_of(data: bytes, name: str) -> str:
    """The characters of a file as extraction reads them; empty for a kind of file whose bytes are not characters.

    The text of a doubtful encoding is refused, but the ASCII in it is certain and may declare who must not read it.
    """
    if sniff(data, name) not in DECODED:
        return ""
    text = decode(data)
    return data.decode("latin-1") if text is None else text


def is_ascii(data: bytes) -> bool:
    """Whether every byte stands for itself: ASCII without zeros and without the escape sequences of ISO 2022."""
    if not data.isascii() or _ZERO in data:
        return False
    return _ESCAPE not in data or not any(escape.search(data) for escape, _ in _ESCAPED)


def decode(data: bytes, charset: str | None = None) -> str | None:
    """The text, or None if no encoding fits or several could.

    Args:
        data: A whole file or part of a message.
        charset: What a header outside of the text declares.

    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read(data, encoding)
    if (wide := wide_encoding(data[:4096])) is not None:
        return _read(data, wide)
    if _ZERO in data:  # UTF-16 or UTF-32 with something else in it: letters with zeros between them are not text
        return None
    if data.isascii():
        return _escaped(data) or data.decode("ascii")
    if (text := _read(data, "utf-8")) is not None:
        return text
    for name in (_codec(charset), _declared(data)):
        if name is not None and (text := _read(data, name)) is not None and plausible(text):
            return text
    if (damaged := _damaged_utf_8(data)) is not None:
        return damaged
    guess, worded = guessed(data), readings(data)
    return chosen(worded, guess) if worded else guess


def decode_part(data: bytes, charset: str | None) -> str | None:
    """The text of a part of a message, whose header may name an encoding that writes all characters in ASCII."""
    label = (charset or "").strip().lower()
    if label in _IN_ASCII and is_ascii(data):
        return _read(data, _IN_ASCII[label])
    return decode(data, charset)


def _read(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _escaped(data: bytes) -> str | None:
    if _ESCAPE not in data:
        return None
    return next((_read(data, encoding) for escape, encoding in _ESCAPED if escape.search(data)), None)


def _declared(data: bytes) -> str | None:
    match = _DECLARED.search(data[:_DECLARED_WITHIN])
    return _codec(next(group for group in match.groups() if group).decode("ascii", "replace")) if match else None


def _codec(label: str | None) -> str | None:
    """The codec that browsers use for a label, if it is one that text in bytes can be declared in."""
    if not label:
        return None
    label = label.strip().lower()
    try:
        codec = codecs.lookup(_MORE_LABELS.get(label, label))
    except (LookupError, ValueError):
        return None
    if not getattr(codec, "_is_text_encoding", False) or codec.name in _UNBELIEVABLE:
        return None
    return _LABELS.get(codec.name, codec.name)


def _damaged_utf_8(data: bytes) -> str | None:
    """UTF-8 in which few bytes are broken, with a replacement for each of them."""
    text = data.decode("utf-8", "replace")
    broken = text.count(REPLACEMENT) - data.count(REPLACEMENT.encode())
    sound = len(_SEQUENCE.findall(text)) - text.count(REPLACEMENT)
    return text if sound >= _SOUND_FOR_BROKEN * broken else None
