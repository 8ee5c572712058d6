"""Cuts a document into windows: units that could be one sentence, each with what stands around it.

Invariants: pure and linear. The windows of a text do not overlap, and their places are those of the given text. A
document that is one sentence has no window: nothing in it can be out of place.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_BREAK = re.compile(
    r"\n[ \t]*\n\s*"  # a paragraph
    r"|\n(?![ \t]*[a-z])[ \t]*"  # a line, unless the next one goes on in lower case
    r"|(?<=[.!?])[\"')\]*_]*\s+(?=[\"'(\[*_]*[A-Z0-9])|(?<=[.!?])(?=[A-Z][a-z]+ )"  # a sentence
    r"|\|[ \t]*|\t+"  # a cell
    r"|<[^<>\n]{1,200}>"  # mark-up
)
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
_FEWEST_WORDS = 3
_LETTERS = 0.55
"""Share of letters in a sentence, at least; the rest is code, numbers or an address."""
READ = 260
"""Code points of a window that are read. An order says what it wants early."""
AROUND = 220
"""Code points before and after a window that are read."""
_ELSEWHERE = 80
"""Code points that a document must have besides the window."""
_CONTENT = 4
"""Letters of a word that says what a text is about, at least."""


@dataclass(frozen=True, slots=True)
class Window:
    """A unit of a document, and what stands around it."""

    start: int
    end: int
    text: str
    before: str
    after: str
    shared: float
    """Share of its content words that the document has elsewhere too."""


def content_words(text: str) -> list[str]:
    """The words of a text that say what it is about, in lower case."""
    return [word.lower() for word in _WORD.findall(text) if len(word) >= _CONTENT]


def windows(text: str) -> Iterator[Window]:
    """The windows of a text, in order."""
    vocabulary: Counter[str] | None = None
    for start, end in _units(text):
        if len(text) - (end - start) < _ELSEWHERE:
            continue
        unit = text[start : min(end, start + READ)]
        if len(_WORD.findall(unit)) < _FEWEST_WORDS or sum(map(str.isalpha, unit)) < _LETTERS * len(unit):
            continue
        if vocabulary is None:
            vocabulary = _vocabulary(text)
        own = set(content_words(unit))
        elsewhere = sum(vocabulary[word] > 1 for word in own)
        yield Window(
            start,
            end,
            unit,
            text[max(0, start - AROUND) : start],
            text[end : end + AROUND],
            elsewhere / len(own) if own else 1.0,
        )


def _vocabulary(text: str) -> Counter[str]:
    """In how many units each content word stands. Copies of a unit count once: to repeat an order hides nothing."""
    distinct = {" ".join(words) for start, end in _units(text) if (words := content_words(text[start:end]))}
    return Counter(word for unit in distinct for word in set(unit.split(" ")))


def _units(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for cut in _BREAK.finditer(text):
        yield at, at + len(text[at : cut.start()].rstrip())
        at = cut.end()
    yield at, at + len(text[at:].rstrip())
