"""Decoded readings of a text.

Invariants: pure, linear, nothing is executed. Every decoding carries the span of the text it came from. Only decoded
text that is readable counts, not binary data.
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


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text that was written in an encoding, and where."""

    technique: str
    text: str
    start: int
    end: int


_WORDS = re.compile(r"[^\W\d_]+|\s+")
_HEX = re.compile(r"[0-9a-fA-F]+")
_NESTED = re.compile(r"[0-9a-fA-F]{32,}|(?:[\w.~+-]{0,40}%[0-9a-fA-F]{2}){8,}[\w.~+-]*")
"""What is encoded once more."""
_UNREADABLE = frozenset(["base64 or hexadecimal", "character codes"])
_PROSE_WORD = re.compile(r"(?:^|\s)[\"'(]?[^\W\d_]{2,}(?=$|[\s.,:;!?)\"'])")
_WORDS_OF_PROSE = 5
"""Words from which decoded text is a sentence; names, settings and samples of an encoding have fewer."""
_BASE32 = re.compile(r"[A-Z2-7]+")


def _readable(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    words = sum(map(len, _WORDS.findall(text)))
    return text if len(text) >= 8 and (words >= 0.75 * len(text) or _NESTED.fullmatch(text)) else None


def _unbroken(run: str) -> str | None:
    """Base64, base32 or hexadecimal digits without gaps."""
    compact = re.sub(r"\s", "", run).replace("-", "+").replace("_", "/").rstrip("=")
    if _HEX.fullmatch(compact):
        return _hex(compact)
    if compact.islower():
        return None  # Base64 of any text mixes cases; this is a name or an address.
    if _BASE32.fullmatch(compact):
        return _base32(compact) or _base64_digits(compact)
    return _base64_digits(compact)


def _base64_digits(digits: str) -> str | None:
    digits = digits[: len(digits) - (len(digits) % 4 == 1)]
    try:
        return _readable(base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def _base32(digits: str) -> str | None:
    try:
        return _readable(base64.b32decode(digits + "=" * (-len(digits) % 8)))
    except (binascii.Error, ValueError):
        return None


def _hex(run: str) -> str | None:
    digits = re.sub(r"0x|\\x|[^0-9a-fA-F]", "", run)
    if not digits.strip("01") and len(digits) >= 64:
        return _readable(bytes(int(digits[i : i + 8], 2) for i in range(0, len(digits) // 8 * 8, 8)))
    return _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _groups(run: str) -> str | None:
    """Character codes in decimal, or pairs of hexadecimal digits, set apart."""
    codes = re.findall(r"[0-9a-fA-F]+", run)
    if all(code.isdecimal() and 9 <= int(code) < 0x80 for code in codes):
        return _readable(bytes(map(int, codes))) or _hex(run)
    return _hex(run)


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


@dataclass(frozen=True, slots=True)
class _Encoding:
    technique: str
    hint: str
    """Text without this cannot hold the encoding; empty when no single string gives it away."""
    run: re.Pattern[str]
    decode: Callable[[str], str | None]


_ENCODINGS = tuple(
    _Encoding(technique, hint, re.compile(pattern), decode)
    for technique, hint, pattern, decode in (
        (
            "base64 or hexadecimal",
            "",
            r"(?<![\w+/-])[A-Za-z0-9+/_-]{20,}(?:\n[A-Za-z0-9+/_-]{4,}){0,200}={0,2}",
            _unbroken,
        ),
        ("character codes", "", r"\b[0-9a-fA-F]{2,8}(?:[ :,]{1,2}[0-9a-fA-F]{2,8}){7,}", _groups),
        ("character codes", "0x", r"0x[0-9a-fA-F]{2}(?:[ ,]{0,2}0x[0-9a-fA-F]{2}){9,}", _hex),
        ("character codes", "\\x", r"(?:\\x[0-9a-fA-F]{2}\s?){10,}", _hex),
        ("unicode escapes", "\\u", r"(?:\\[uU]\{?0{0,4}[0-9a-fA-F]{2,4}\}?\s?){6,}", _unicode_escapes),
        ("percent encoding", "%", r"(?:%[0-9a-fA-F]{2}[^\s\"'<>()%]{0,40}){3,}", _percent),
        ("percent encoding", "%20", r"\b\w{1,30}(?:%[0-9a-fA-F]{2}[^\s\"'<>()%]{0,40}){3,}", _percent),
        ("character references", "&#", r"(?:&#[xX]?[0-9a-fA-F]{2,6};\s?){4,}", _entities),
        ("letters set apart", "", r"(?<![^\s\"'(>])[^\W\d_](?:[ ._*\u00b7-]{1,8}[^\W\d_]){7,}(?!\w)", _spaced),
    )
)


def decodings(text: str) -> Iterator[Decoded]:
    """Everything in `text` that decodes to readable text."""
    for encoding in _ENCODINGS:
        if encoding.hint not in text:
            continue
        for run in encoding.run.finditer(text):
            decoded = encoding.decode(run.group())
            if decoded is not None:
                yield Decoded(encoding.technique, decoded, run.start(), run.end())


def hidden_prose(text: str) -> Iterator[Decoded]:
    """Sentences that `text` holds in an encoding no reader reads: base64, base32, hexadecimal or character codes.

    Escapes, references and percent encoding are left out: programs and addresses are full of them.
    """
    for decoded in decodings(text):
        if decoded.technique in _UNREADABLE and len(_PROSE_WORD.findall(decoded.text)) >= _WORDS_OF_PROSE:
            yield decoded


def rot13(text: str) -> str:
    """`text` with each Latin letter moved by thirteen; places stay."""
    return codecs.encode(text, "rot13")


def unleeted(text: str) -> str:
    """`text` with digits and signs read as the letters they stand for; places stay."""
    return text.translate(_LEET)
