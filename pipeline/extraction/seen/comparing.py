"""Compares the words that can be seen with the words that were extracted, wherever they stand.

Both sides are reduced to letters and digits, so that white space, hyphens, ligatures and the case of a style do not
count. A passage counts as found if each stretch of it stands somewhere on the other side: headers, notes and cells may
move. A short piece, such as a cell, counts as found if its words are near each other there.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MOST = 1_000_000
"""Letters and digits of one side, which bounds the memory of the comparison to about 200 MB."""
_STRETCH = 10
"""Letters and digits of a stretch: long enough to be found by chance only in a phrase that both sides have."""
_MOVED = 2 * _STRETCH
"""A shorter passage whose words are all on the other side has only moved."""
_NEAR = 6
"""Words between which the words of a moved passage stand, for each of its words: the lines of so many columns."""
_LONGEST_MOVED = 12
_APART = re.compile(r"[\n\t]| \| ")
"""Ends of lines and of cells."""
_WORD = re.compile(r"\S+")
_LINK = re.compile(r"\]\([a-z][a-z0-9+.-]*:[^\s]*\)|\]\(#[^\s]*\)")
"""The address of a link in Markdown, which a page does not show."""
_LABEL = re.compile(r"(?m)^[A-Z][a-z]+(?: [a-z]+)?:$")
"""A line that names the part that follows, such as `Speaker notes:`."""


class PlainWord(NamedTuple):
    """A word as it is written, and its letters and digits."""

    written: str
    plain: str


@dataclass(frozen=True, slots=True)
class LackingPassages:
    """What one side has and the other has not."""

    total: int
    """Letters and digits of the side."""
    lacking: int
    """Those of its passages that the other side has not."""
    texts: tuple[str, ...] = field(repr=False)
    """The passages, as they are written."""


def segments(text: str) -> list[list[PlainWord]]:
    """The words of each line or cell."""
    found = []
    for piece in _APART.split(text):
        words = [PlainWord(word, plain) for word in _WORD.findall(piece) if (plain := plain_of(word))]
        if words:
            found.append(words)
    return found


def as_shown(text: str) -> str:
    """An extracted text without what its readers add: addresses of links and names of parts."""
    return _LABEL.sub("", _LINK.sub("] ", text))


def plain_of(text: str) -> str:
    """Letters and digits, in one form."""
    if text.isascii():
        return "".join(filter(str.isalnum, text)).lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(filter(str.isalnum, folded))


def without(words: Sequence[PlainWord], hidden: Iterable[str]) -> list[list[PlainWord]]:
    """The words left when passages are taken out, once each; those that stood apart by them stay apart.

    Args:
        words: The words of a page.
        hidden: Letters and digits of the passages.

    """
    stream = "".join(word.plain for word in words)
    for passage in sorted(hidden, key=len, reverse=True):
        stream = _cut(stream, passage)
    found: list[list[PlainWord]] = [[]]
    at = 0
    for word in words:
        end = at + len(word.plain)
        if 2 * stream.count(_GAP, at, end) < len(word.plain):
            found[-1].append(word)
        elif found[-1]:
            found.append([])
        at = end
    return [piece for piece in found if piece]


_GAP = "\0"
_SHORTEST_PIECE = 6


def _cut(stream: str, passage: str) -> str:
    """The characters with those of a passage replaced; a passage that does not stand whole is cut in halves."""
    at = stream.find(passage)
    if at >= 0:
        return f"{stream[:at]}{_GAP * len(passage)}{stream[at + len(passage) :]}"
    if len(passage) < 2 * _SHORTEST_PIECE:
        return stream
    middle = len(passage) // 2
    return _cut(_cut(stream, passage[:middle]), passage[middle:])


class WordIndex:
    """The words of one side, to be looked for."""

    def __init__(self, lines: Iterable[Sequence[PlainWord]]) -> None:
        lines = list(lines)
        self._places = defaultdict[str, list[int]](list)
        for at, word in enumerate(word.plain for line in lines for word in line):
            self._places[word].append(at)
        stream = "".join(word.plain for line in lines for word in line)
        self._stream = stream
        self._stretches = {stream[at : at + _STRETCH] for at in range(max(1, len(stream) - _STRETCH + 1))}
        self._joined = {"".join(word.plain for word in line) for line in lines}

    def lacks(self, lines: Iterable[Sequence[PlainWord]], known: Collection[str] = ()) -> LackingPassages:
        """The passages of the lines that this side has not.

        Args:
            lines: The words of the other side.
            known: Letters and digits of passages that are left out, since they are reported already.

        """
        total = lacking = 0
        texts = []
        for line in lines:
            total += sum(len(word.plain) for word in line)
            for passage in self._passages(line):
                plain = "".join(word.plain for word in passage)
                if not any(plain in one for one in known):
                    lacking += len(plain)
                    texts.append(" ".join(word.written for word in passage))
        return LackingPassages(total, lacking, tuple(texts))

    def _passages(self, line: Sequence[PlainWord]) -> Iterator[Sequence[PlainWord]]:
        """Neighbouring words of a line that this side has not."""
        plain = "".join(word.plain for word in line)
        if plain in self._joined:
            return
        found = bytearray(len(plain))
        for at in range(len(plain) - _STRETCH + 1):
            if plain[at : at + _STRETCH] in self._stretches:
                found[at : at + _STRETCH] = b"\1" * _STRETCH
        at, pending = 0, list[PlainWord]()
        for word in line:
            end = at + len(word.plain)
            if 2 * found.count(1, at, end) < len(word.plain):
                pending.append(word)
            else:
                yield from self._unless_moved(pending)
                pending = []
            at = end
        yield from self._unless_moved(pending)

    def _unless_moved(self, passage: Sequence[PlainWord]) -> Iterator[Sequence[PlainWord]]:
        words = [word.plain for word in passage if not word.plain.isdecimal()]
        length = sum(map(len, words))
        if not words or (length < _MOVED and all(word in self._places for word in words)):
            return
        if length < _STRETCH and "".join(words) in self._stream:
            return
        if not self._wrapped(words):
            yield passage

    def _wrapped(self, words: Sequence[str]) -> bool:
        """Whether the words of a short passage stand near each other: a cell whose lines alternate with others'."""
        if len(words) > _LONGEST_MOVED or not all(word in self._places for word in words):
            return False
        reach = _NEAR * (len(words) + 1)
        rarest = min(words, key=lambda word: len(self._places[word]))
        return any(all(self._stands(word, at - reach, at + reach) for word in words) for at in self._places[rarest])

    def _stands(self, word: str, start: int, end: int) -> bool:
        places = self._places[word]
        at = bisect_left(places, start)
        return at < len(places) and places[at] <= end
