"""Words and tokens that a line end breaks, made whole.

A hyphen at a line end is dropped between two lower-case parts of a word, unless the document writes the word with a
hyphen elsewhere; in any other token it is kept. A token of letters and figures that runs up to the edge of its column
goes on in the next line.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pipeline.extraction.pdf.layout import CELL, PageLine

_HYPHENATED = re.compile(r"[^\W\d_]{2,40}-[^\W\d_]{2,40}")
_BROKEN = re.compile(r"(\S{0,200}?[^\W_])-$")
_LAST_WORD = re.compile(r"(?:^|[^\w])([^\W\d_]+)-$")
_FIRST_WORD = re.compile(r"^[^\W\d_]+")
_TOKEN_BEFORE = re.compile(r"(?:^|\s)([A-Za-z0-9_+/=.~-]{8,400})$")
_TOKEN_AFTER = re.compile(r"^([A-Za-z0-9_+/=.~-]{4,400})(?:\s|[,;:)\"']|$)")
_SMALLEST_TOKEN = 16


def joined(parts: Sequence[PageLine], compounds: frozenset[str]) -> str:
    """The text of lines in reading order. `compounds`: the words that the document writes with a hyphen."""
    edges = _edges(parts)
    pieces: list[str] = []
    tail = ""
    for number, line in enumerate(parts):
        if number:
            before, text = parts[number - 1], line.text
            between = "\n\n" if line.starts_paragraph else "\n"
            if CELL not in before.text and CELL not in text and (end := _broken(tail, text, compounds)) is not None:
                pieces[-1] = pieces[-1][: len(pieces[-1]) - len(tail)] + end
                between = ""
            elif not line.starts_paragraph and before.right >= edges[number - 1] and _is_cut(tail, text):
                between = ""
            pieces.append(between)
        pieces.append(line.text)
        tail = line.text
    return "".join(pieces)


def compounds(texts: Iterable[str]) -> frozenset[str]:
    """Words with a hyphen inside a line."""
    return frozenset(word[0].casefold() for text in texts if "-" in text for word in _HYPHENATED.finditer(text))


def _edges(parts: Sequence[PageLine]) -> list[float]:
    """For each line, how far to the right a line of its paragraph must reach to be full."""
    found: list[float] = []
    start = 0
    for number in range(1, len(parts) + 1):
        if number == len(parts) or parts[number].starts_paragraph:
            block = parts[start:number]
            longest = max((line.right for line in block), default=0.0)
            # The line after a cut token is not longer by as much as the token's next character would need.
            found += [longest - 6 * line.height for line in block]
            start = number
    return found


def _broken(tail: str, text: str, compounds: frozenset[str]) -> str | None:
    """The end of a line whose last word goes on in `text`; None if it does not."""
    if "-" not in tail[-2:] or not text[:1].isalnum() or not _BROKEN.search(tail):
        return None
    last, first = _LAST_WORD.search(tail), _FIRST_WORD.match(text)
    if last is not None and first is not None:
        if f"{last[1]}-{first[0]}".casefold() in compounds:
            return tail
        if first[0].islower():
            return tail[:-1]
        return tail if last[1][0].isupper() or first[0][0].isupper() else None
    return tail  # a number, a serial number or a key


def _is_cut(tail: str, text: str) -> bool:
    after = _TOKEN_AFTER.match(text)
    if after is None or not _is_key(after[1]):  # first, as it costs least
        return False
    before = _TOKEN_BEFORE.search(tail)
    return before is not None and len(before[1]) + len(after[1]) >= _SMALLEST_TOKEN and _is_key(before[1])


def _is_key(token: str) -> bool:
    """Whether letters and figures alternate as no word, number or date does."""
    changes = sum(a.isalpha() != b.isalpha() or a.islower() != b.islower() for a, b in pairwise(token))
    return any(map(str.isdigit, token)) and any(map(str.isalpha, token)) and changes >= 3
