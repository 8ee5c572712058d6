"""Readings of a text in which a hidden secret becomes plain, each with the way back to the text itself.

Invariants: `View.source_span` always gives a valid, non-empty, end-exclusive span of code points in the text the
first view was made from. Decoding is bounded in depth and size, so no input can grow without limit.
"""

import base64
import binascii
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray

MAX_DEPTH = 2
"""Encodings are undone this many times."""
MAX_ENCODED = 65_536
"""Longest encoded run that is decoded in one piece; longer runs are decoded in pieces of this length."""

# Characters without width or meaning that break a pattern when they stand inside a token.
_INVISIBLE = dict.fromkeys(
    itertools.chain(
        (0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0),
        *(range(a, b) for a, b in ((0x180B, 0x180F), (0x200B, 0x2010), (0x202A, 0x202F), (0x2060, 0x2070))),
        *(range(a, b) for a, b in ((0xFE00, 0xFE10), (0xE0000, 0xE0200))),
    )
)
# Letters of other scripts that look like a Latin letter. Only used in words that also hold Latin letters or digits.
_LOOKALIKE = {
    ord(other): latin
    for latin, others in {
        "A": "АΑ", "B": "ВΒ", "C": "СϹ", "D": "Ꭰ", "E": "ЕΕ", "G": "Ԍ", "H": "НΗ", "I": "ІΙӀ", "J": "Ј", "K": "КΚ",
        "M": "МΜ", "N": "Ν", "O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "ҮΥ", "Z": "Ζ",
        "a": "аαɑ", "c": "сϲ", "d": "ԁ", "e": "е", "g": "ɡ", "h": "һհ", "i": "іıι", "j": "ј", "k": "κ", "l": "ⅼӏ",
        "n": "ո", "o": "оοօ", "p": "рρ", "q": "ԛզ", "s": "ѕ", "u": "υս", "v": "νѵ", "w": "ԝ", "x": "хχ", "y": "уγ",
        "-": "‐‑‒–—−", "_": "＿",
    }.items()
    for other in others
}  # fmt: skip
_WORD = re.compile(r"[\w‐‑‒–—−₋-]{4,4096}")
_ASCII_LETTER = re.compile(r"[A-Za-z0-9]")
_CANDIDATE = re.compile(
    r"(?P<percent>(?:[\w.~+/=:@-]{0,64}%[0-9A-Fa-f]{2}){3,2000}[\w.~+/=:@-]{0,256})"
    r"|(?P<hex>(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}){16,32768}(?![0-9A-Za-z]))"
    r"|(?P<base64>(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{20,65536}={0,2})"
)

_PART = r"[A-Za-z0-9_+/=.:-]"
_GLUE = (
    r"(?:[ \t]*(?:[\"'`][ \t]*[+.&\\|,]*|[\\|+])?[ \t]*\n[ \t>|*#/]*(?:[+.&|]?[ \t]*[\"'`])?[ \t]*"
    r"|[\"'`][ \t]*(?:\+|\.\.?|&|\|\||,)?[ \t]*[\"'`]|[ \t]*\|[ \t]*)"
)
_SPLIT = re.compile(rf"{_PART}{{4,200}}(?:{_GLUE}{_PART}{{4,200}}){{1,12}}")
_PIECE = re.compile(rf"{_PART}{{4,200}}")


@dataclass(frozen=True)
class View:
    """One reading of a text. `places[i]` is where character `i` stands in the source; `region` replaces it."""

    text: str
    places: NDArray[np.int64] | None = None
    region: tuple[int, int] | None = None
    depth: int = 0
    fragment: bool = False
    """A piece put together again: only rules that name a provider by its form are asked about it."""

    @cached_property
    def data(self) -> bytes:
        """The text as UTF-8, which the engines read."""
        return self.text.encode("utf-8", "replace")

    @cached_property
    def _characters(self) -> NDArray[np.int64] | None:
        if len(self.data) == len(self.text):
            return None
        lead = (np.frombuffer(self.data, dtype=np.uint8) & 0xC0) != 0x80
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(lead)))

    def characters(self, start: int, end: int) -> tuple[int, int]:
        """Byte offsets in `data` as code point offsets in `text`."""
        table = self._characters
        if table is None:
            return start, end
        # A start inside a character belongs to that character.
        first = int(table[start + 1]) - 1 if start < len(self.data) else int(table[start])
        return first, int(table[end])

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Code point offsets in `text` as a span of the source text."""
        if self.region is not None:
            return self.region
        if self.places is None:
            return start, end
        return int(self.places[start]), int(self.places[end - 1]) + 1


def plain(text: str) -> View:
    """The text without invisible characters and look-alike letters inside words."""
    if text.isascii():
        return View(text)
    kept = text
    places: NDArray[np.int64] | None = None
    stripped = text.translate(_INVISIBLE)
    if len(stripped) != len(text):
        places = np.fromiter((i for i, c in enumerate(text) if ord(c) not in _INVISIBLE), np.int64, len(stripped))
        kept = stripped
    folded = _WORD.sub(_fold, kept.translate(_WIDE))
    return View(folded, places)


def _fold(word: re.Match[str]) -> str:
    token = word.group()
    return token.translate(_LOOKALIKE) if not token.isascii() and _ASCII_LETTER.search(token) else token


def _wide_forms() -> dict[int, int]:
    table = {0xFF01 + i: 0x21 + i for i in range(94)}
    for base in range(0x1D400, 0x1D6A4, 52):
        for i in range(52):
            table[base + i] = (0x41 + i) if i < 26 else (0x61 + i - 26)
    for base in range(0x1D7CE, 0x1D800, 10):
        table |= {base + i: 0x30 + i for i in range(10)}
    return table


_WIDE = _wide_forms()


def decoded(view: View) -> Iterator[View]:
    """What base64, hexadecimal and percent-encoded runs of the view say, as far as that is text."""
    if view.depth >= MAX_DEPTH:
        return
    for run in _CANDIDATE.finditer(view.text):
        text = _decode(run)
        if text is not None:
            yield View(text, region=view.source_span(run.start(), run.end()), depth=view.depth + 1)


def _decode(run: re.Match[str]) -> str | None:
    raw = run.group()
    try:
        if run.lastgroup == "percent":
            data = unquote_to_bytes(raw)
        elif run.lastgroup == "hex":
            data = bytes.fromhex(raw.replace("0x", "").replace("\\x", ""))
        else:
            body = raw.rstrip("=").replace("-", "+").replace("_", "/")
            body = body[: len(body) - (len(body) % 4 == 1)]
            data = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
        text = data.decode("utf-8")
    except (ValueError, binascii.Error):
        return None
    readable = sum(c.isprintable() or c in "\t\r\n" for c in text)
    return text if len(text) >= 6 and readable == len(text) else None


def joined(view: View) -> Iterator[View]:
    """Tokens that a line break, a string concatenation or a table cell cuts in two, put together."""
    for run in _SPLIT.finditer(view.text):
        pieces = [(part.start(), part.group()) for part in _PIECE.finditer(run.group())]
        text = "".join(piece for _, piece in pieces)
        if len(text) < 20 or not any(c.isdigit() for c in text):
            continue
        inside = [run.start() + at + i for at, piece in pieces for i in range(len(piece))]
        source = np.array([view.source_span(i, i + 1)[0] for i in inside], np.int64)
        yield View(text, source, view.region, view.depth, fragment=True)
