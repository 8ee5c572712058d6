"""Readings of a text in which a hidden secret becomes plain, each with the way back to the text itself.

Invariants: `SecretView.source_span` always gives a valid, non-empty, end-exclusive span of code points in the text the
first view was made from. Decoding is bounded in depth and size, so no input can grow without limit.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray

from pipeline.detectors.linear import Pattern
from pipeline.detectors.lookalikes import fold, seen

MAX_DEPTH = 2
"""Encodings are undone this many times."""
MAX_ENCODED = 65_536
"""Longest encoded run that is decoded in one piece; longer runs are decoded in pieces of this length."""
_ENCODED = Pattern(
    r"(?P<percent>(?:[\w.~+/=:@-]*%[0-9A-Fa-f]{2}){3,}[\w.~+/=:@-]*)"
    r"|(?P<escapes>(?:\\u[0-9A-Fa-f]{4}|&#\d{2,6};|&#[xX][0-9A-Fa-f]{2,5};){6,})"
    r"|(?P<hex>(?:\\x[0-9A-Fa-f]{2}){8,}|\b(?:0x)?(?:[0-9A-Fa-f]{2}){16,}\b)"
    r"|(?P<base64>[A-Za-z0-9+/_-]{20,}={0,2})"
)
_GLUE = (
    r"(?:[ \t]*(?:[\"'`][ \t]*[+.&\\|,]*|[\\|+])?[ \t]*\n[ \t>|*#/]*(?:[+.&|]?[ \t]*[\"'`])?[ \t]*"
    r"|[\"'`][ \t]*(?:\+|\.\.?|&|\|\||,)?[ \t]*[\"'`]|[ \t]*\|[ \t]*|\*{2,6}|(?:</?[a-z]{1,10}>){1,4})"
)
_SPLIT = Pattern(rf"[A-Za-z0-9_+/=.:-]{{4,}}(?:{_GLUE}[A-Za-z0-9_+/=.:-]{{4,}})+")
_ESCAPE = re.compile(r"(?:\\u|&#[xX])([0-9A-Fa-f]+);?|&#(\d+);")
_CONCATENATION = re.compile(
    r"([\"'`])[ \t]{0,40}(?:(?:\+|\.|&|\|\|)[ \t]{0,40}\\?\n?[ \t]{0,80}"
    r"|\\?\n[ \t]{0,80}(?:(?:\+|\.|&|\|\|)[ \t]{0,40})?)\1"
)
_PIECE = re.compile(r"[A-Za-z0-9_+/=.:-]{4,}")
_LONE = re.compile(r"(?:\n[ \t>|*#/]{0,20}){1,2}([!-9;<>-~]{3,120}={0,2})[ \t\r]*(?=\n|$)")
"""A line with one piece on it, and nothing that gives a name to the piece."""
_HEAD = re.compile(r"([!-~]{3,300}?)(?:\\|<br ?/?>)?[ \t\r]*$")
_NAME = re.compile(r"(?i)pass|pwd|secret|token|key|credential|bearer|schl|пароль|ключ|密|鍵")
_WORD = re.compile(r"[\"'`(]?[A-Z]?[a-z]*[\"'`).,;:!?]{0,2}|[A-Z]+")
_MAX_LINES = 40
_LINE = 300
_MAX_SPLIT = 16_384
_TOKEN_LIKE = re.compile(r"[A-Za-z]\d|\d[A-Za-z]")


@dataclass(frozen=True)
class SecretView:
    """One reading of a text. `places[i]` is where character `i` stands in the source; `region` replaces it."""

    text: str
    places: NDArray[np.int64] | None = None
    region: tuple[int, int] | None = None
    depth: int = 0
    fragment: bool = False
    """Pieces put together again, without what stood around them: only rules that know a form are asked about it."""
    named: bool = False
    """A fragment that begins with a name of a credential."""

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


def plain(text: str) -> SecretView:
    """The text without invisible characters, terminal colours and look-alike letters inside words."""
    if text.isascii() and "\x1b" not in text:
        return SecretView(text)
    kept, places = seen(text)
    return SecretView(fold(kept), places)


def decoded(view: SecretView) -> Iterator[SecretView]:
    """What base64, hexadecimal and percent-encoded runs of the view say, as far as that is text."""
    if view.depth >= MAX_DEPTH:
        return
    for spans in _ENCODED.find(view.data):
        (start, end), encoding = spans.pop(""), next(iter(spans))
        for at in range(start, end, MAX_ENCODED):
            text = _decode(view.data[at : min(end, at + MAX_ENCODED)].decode(), encoding)
            if text is not None:
                region = view.source_span(*view.characters(at, min(end, at + MAX_ENCODED)))
                yield SecretView(text, region=region, depth=view.depth + 1)


def _decode(raw: str, encoding: str) -> str | None:
    try:
        if encoding == "escapes":
            return _escapes(raw)
        if encoding == "percent":
            data = unquote_to_bytes(raw)
        elif encoding == "hex":
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


def _escapes(raw: str) -> str | None:
    codes = [int(dec) if dec else int(hexa, 16) for hexa, dec in _ESCAPE.findall(raw)]
    text = "".join(chr(code) for code in codes if code <= 0x10FFFF)
    return text if text.isprintable() else None


def concatenated(view: SecretView) -> Iterator[SecretView]:
    """The whole text with string literals that are only cut in pieces put together again."""
    cuts = [found.span() for found in _CONCATENATION.finditer(view.text)]
    if not cuts:
        return
    keep = np.ones(len(view.text), bool)
    for start, end in cuts:
        keep[start:end] = False
    inside = np.flatnonzero(keep).astype(np.int64)
    text = _CONCATENATION.sub("", view.text)
    places = inside if view.places is None else view.places[inside]
    yield SecretView(text, places, view.region, view.depth)


def wrapped(view: SecretView) -> Iterator[SecretView]:
    """Stretches from the name of a credential on, whose value goes on in the next lines, put together."""
    text, done = view.text, 0
    for line in _LONE.finditer(text):
        if line.start() < done or _WORD.fullmatch(line[1]):
            continue
        begin = _line_start(text, line.start())
        head = _HEAD.search(text, begin, line.start())
        if head is None or _WORD.fullmatch(head[1]) or head[1][-1] in ":=,{[(":
            continue
        if head.start() == begin:  # the name stands on a line before
            above = max(0, begin - _LINE)
            begin = _line_start(text, above + len(text[above:begin].rstrip()))
        if not _NAME.search(text, begin, head.end(1)):
            continue
        spans = [(begin, head.end(1)), line.span(1)]
        done = line.end()
        while (following := _LONE.match(text, done)) and not _WORD.fullmatch(following[1]) and len(spans) < _MAX_LINES:
            spans.append(following.span(1))
            done = following.end()
        # A backslash or a hyphen at the end of a piece says that its line is broken.
        broken = [(start, end - (text[end - 1] in "-\\")) for start, end in spans[:-1]]
        inside = np.concatenate([np.arange(start, end, dtype=np.int64) for start, end in (*broken, spans[-1])])
        stretch = "".join(text[start:end] for start, end in (*broken, spans[-1]))
        places = inside if view.places is None else view.places[inside]
        yield SecretView(stretch, places, view.region, view.depth, fragment=True, named=True)


def _line_start(text: str, place: int) -> int:
    return max(0, place - _LINE, text.rfind("\n", 0, place) + 1)


def joined(view: SecretView) -> Iterator[SecretView]:
    """Tokens that a line break, a concatenation, a table cell, emphasis or a tag cuts in two, put together."""
    for spans in _SPLIT.find(view.data):
        start, end = view.characters(*spans[""])
        run = view.text[start : min(end, start + _MAX_SPLIT)]
        pieces = [(start + part.start(), part.group()) for part in _PIECE.finditer(run)]
        text = "".join(piece for _, piece in pieces)
        if len(text) < 20 or not _TOKEN_LIKE.search(text):
            continue
        inside = np.concatenate([np.arange(at, at + len(piece)) for at, piece in pieces])
        places = inside if view.places is None else view.places[inside]
        yield SecretView(text, places.astype(np.int64), view.region, view.depth, fragment=True)
