"""What a text says once more when it is decoded.

Invariants: pure, linear, nothing is executed. Every decoding carries the span of the text it came from. Only
what decodes to readable text counts; binary data is no message.
"""

import base64
import binascii
import codecs
import html
import re
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_LEET = str.maketrans("0134578@$!|+(", "oieastbasiitc")
_BRAILLE_BLANK = "\u2800"


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text that was written in an encoding, and where."""

    technique: str
    text: str
    start: int
    end: int


def _readable(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    letters = sum(character.isalpha() or character.isspace() for character in text)
    return text if len(text) >= 8 and letters >= 0.75 * len(text) else None


def _base64(run: str) -> str | None:
    compact = re.sub(r"\s", "", run).replace("-", "+").replace("_", "/").rstrip("=")
    compact = compact[: len(compact) - (len(compact) % 4 == 1)]
    try:
        return _readable(base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def _base32(run: str) -> str | None:
    compact = run.rstrip("=")
    try:
        return _readable(base64.b32decode(compact + "=" * (-len(compact) % 8)))
    except (binascii.Error, ValueError):
        return None


def _hex(run: str) -> str | None:
    digits = re.sub(r"0x|\\x|[^0-9a-fA-F]", "", run)
    return _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _binary(run: str) -> str | None:
    digits = re.sub(r"\s", "", run)
    return _readable(bytes(int(digits[i : i + 8], 2) for i in range(0, len(digits) // 8 * 8, 8)))


def _decimal(run: str) -> str | None:
    return _readable(bytes(int(number) % 256 for number in re.findall(r"\d+", run)))


def _unicode_escapes(run: str) -> str | None:
    points = [int(digits, 16) for digits in re.findall(r"\\[uU]\{?0{0,4}([0-9a-fA-F]{2,4})\}?", run)]
    return _readable("".join(map(chr, points)).encode("utf-8", "replace"))


def _percent(run: str) -> str | None:
    return _readable(urllib.parse.unquote_to_bytes(run.replace("+", " ")))


def _entities(run: str) -> str | None:
    return _readable(html.unescape(run).encode("utf-8", "replace"))


def _spaced(run: str) -> str | None:
    words = re.split(r"\s{2,}|\n", run) if re.search(r"\S\s{2,}\S", run) else re.split(r"\s[|/]\s", run)
    return " ".join(re.sub(r"[\W_]", "", word) for word in words)


_ENCODINGS: tuple[tuple[str, str, Callable[[str], str | None]], ...] = (
    ("base64", r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}(?:\n[A-Za-z0-9+/_-]{4,}){0,200}={0,2}", _base64),
    ("base32", r"\b[A-Z2-7]{24,}={0,6}", _base32),
    ("hexadecimal", r"(?<![0-9a-fA-F])(?:(?:0x|\\x)?[0-9a-fA-F]{2}[ :,]{0,2}){12,}", _hex),
    ("binary digits", r"(?<![01])(?:[01]{8}\s?){8,}", _binary),
    ("character codes", r"(?<!\d)(?:(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])(?:,\s?| )){11,}\d{2,3}", _decimal),
    ("unicode escapes", r"(?:\\[uU]\{?0{0,4}[0-9a-fA-F]{2,4}\}?\s?){6,}", _unicode_escapes),
    ("percent encoding", r"[^\s\"'<>()%]{0,80}(?:%[0-9a-fA-F]{2}[^\s\"'<>()%]{0,40}){3,}", _percent),
    ("character references", r"(?:&#[xX]?[0-9a-fA-F]{2,6};\s?){4,}", _entities),
    ("letters set apart", r"(?<![^\s\"'(>])(?:[^\W\d_][ ._*\u00b7-]{1,3}){7,}[^\W\d_](?!\w)", _spaced),
)
_COMPILED = tuple((name, re.compile(pattern), decode) for name, pattern, decode in _ENCODINGS)


def decodings(text: str) -> Iterator[Decoded]:
    """Everything in `text` that decodes to readable text."""
    for technique, pattern, decode in _COMPILED:
        for run in pattern.finditer(text):
            decoded = decode(run.group())
            if decoded is not None:
                yield Decoded(technique, decoded, run.start(), run.end())


def rot13(text: str) -> str:
    """`text` with each Latin letter moved by thirteen; places stay."""
    return codecs.encode(text, "rot13")


def unleeted(text: str) -> str:
    """`text` with digits and signs read as the letters they stand for; places stay."""
    return text.translate(_LEET)
