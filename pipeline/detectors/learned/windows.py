"""Cuts a document into windows: units that could be one sentence, each with what stands around it.

Invariants: pure and linear. The windows of a text do not overlap, and their places are those of the given text. No
language is treated apart: scripts without spaces between words are read letter by letter.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

DENSE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Scripts in which words do not stand apart (Thai to Chinese), and Hangul, whose words are mostly endings."""
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
WORD = rf"[^\W\d_{DENSE}]+(?:[{_MARKS}]+[^\W\d_{DENSE}]*)*(?:['’][^\W\d_]+)?"
LETTER = f"[{DENSE}]"
_BREAK = re.compile(
    r"\n[ \t]*\n\s*"  # a paragraph
    r"|\n(?![ \t]*[a-zß-öø-ÿа-яё])[ \t]*"  # a line, unless the next one goes on in lower case
    r"|(?<=[.!?؟।])[\"')\]*_]*\s+(?=[\"'(\[*_¿¡«„]*[^\W_a-zß-öø-ÿа-яё])|(?<=[.!?])(?=[A-Z][a-z]+ )"  # a sentence
    r"|(?<=[a-zа-яё]{3}[.!?])\s+|(?<=[。！？])\s*"
    r"|\|[ \t]*|\t+"  # a cell
    r"|<[^<>\n]{1,200}>"  # mark-up
)
_WORD = re.compile(f"{WORD}|{LETTER}")
_DENSE_RUN = re.compile(f"{LETTER}{{2,}}")
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
    alone: bool
    """Whether the document is hardly more than this unit, so that nothing in it can be out of place."""


def content_words(text: str) -> list[str]:
    """The words of a text that say what it is about, in lower case."""
    words = [word.lower() for word in _WORD.findall(text) if len(word) >= _CONTENT]
    if not text.isascii():
        words += [run[at : at + 2] for run in _DENSE_RUN.findall(text) for at in range(len(run) - 1)]
    return words


def windows(text: str) -> Iterator[Window]:
    """The windows of a text, in order."""
    vocabulary: Counter[str] | None = None
    for start, end in _units(text):
        unit = text[start : min(end, start + READ)]
        if len(_WORD.findall(unit)) < _FEWEST_WORDS or _letters(unit) < _LETTERS * len(unit):
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
            len(text) - (end - start) < _ELSEWHERE,
        )


def _letters(unit: str) -> int:
    """Letters of a unit. Vowel signs count as letters."""
    found = sum(map(str.isalpha, unit))
    return found if unit.isascii() else found + sum(unicodedata.category(sign)[0] == "M" for sign in unit)


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
