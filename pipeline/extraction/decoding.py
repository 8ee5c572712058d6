"""Bytes of a text file to characters.

Invariant: a byte order mark, then UTF-8, then what the file declares, then statistics; never silently lossy. A file
that fits no encoding is refused, because half a text could hide the other half.
"""

import codecs
import re

from charset_normalizer import from_bytes

from pipeline.extraction.media_types import DECODED, sniff, wide_encoding

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_SAMPLE_BYTES = 100_000
_ASCII = bytes(range(128))


def text_of(data: bytes, name: str) -> str:
    """The characters of a file as extraction reads them; empty for a kind of file whose bytes are not characters."""
    return decode(data) or "" if sniff(data, name) in DECODED else ""


def decode(data: bytes) -> str | None:
    """The text, or None when no encoding fits."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _try(data, encoding)
    for candidate in (lambda _: wide_encoding(data[:4096]), lambda _: "utf-8", _declared, _by_line_ends, _guessed):
        name = candidate(data)
        if name is not None and (text := _try(data, name)) is not None:
            return text
    return None


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _declared(data: bytes) -> str | None:
    """An encoding named near the beginning, as HTML and XML do; only ones that decode text."""
    match = _DECLARED.search(data[:2048])
    if match is None:
        return None
    try:
        codec = codecs.lookup(match[1].decode("ascii"))
    except LookupError:
        return None
    return codec.name if getattr(codec, "_is_text_encoding", False) else None


def _by_line_ends(data: bytes) -> str | None:
    """Latin-1 for ASCII whose lines all end in its NEL, which statistics take for a letter of many encodings."""
    others = data.translate(None, _ASCII)
    return "latin-1" if others and not others.strip(b"\x85") and b"\n" not in data and b"\r" not in data else None


def _guessed(data: bytes) -> str | None:
    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    return best.encoding if best is not None else None
