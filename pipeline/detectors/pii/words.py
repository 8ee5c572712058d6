"""Finding many phrases in one pass over the words of a text.

Invariants: a phrase is found only as whole words, in any case; words are also told apart inside `snake_case` and
`camelCase`; phrases in scripts without spaces are found wherever they stand. Time is linear in the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Generic, TypeVar

from pipeline.detectors.pii.context import SPACELESS, whole_words

T = TypeVar("T")
_UPPER = "A-ZÀ-ÖØ-ÞΑ-ΩА-Я"
_WORD = re.compile(rf"[{_UPPER}]?[^\W\d_{_UPPER}]+|[{_UPPER}]+")


class Phrases(Generic[T]):
    """A table of phrases, each with what it stands for."""

    def __init__(self, phrases: Mapping[str, T]) -> None:
        self._by_first: dict[str, list[tuple[str, T]]] = {}
        self._spaceless: list[tuple[str, T]] = []
        for phrase in sorted(phrases, key=lambda p: (-len(p), p)):
            if SPACELESS.search(phrase):
                self._spaceless.append((phrase, phrases[phrase]))
                continue
            first = _WORD.search(phrase)
            if first is None:
                raise ValueError("a phrase has no word in it")
            self._by_first.setdefault(first.group().lower(), []).append((phrase, phrases[phrase]))

    @classmethod
    def of(cls, groups: Iterable[tuple[T, Iterable[str]]]) -> "Phrases[T]":
        """Phrases that stand for their group; where groups share a phrase the first one has it."""
        table: dict[str, T] = {}
        for group, phrases in groups:
            for phrase in phrases:
                table.setdefault(phrase, group)
        return cls(table)

    def find(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, T]]:
        """Place and meaning of each phrase that begins in text[start:end]; the longest at each place."""
        by_first = self._by_first
        for word in _WORD.finditer(text, start, end):
            for phrase, meaning in by_first.get(word.group().lower(), ()):
                if found := _pattern(phrase).match(text, word.start(), end):
                    yield found.start(), found.end(), meaning
                    break
        if self._spaceless and not text.isascii():
            for phrase, meaning in self._spaceless:
                place = text.find(phrase, start, end)
                while place >= 0:
                    yield place, place + len(phrase), meaning
                    place = text.find(phrase, place + len(phrase), end)


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    """Compiled when the first word of the phrase stands in a text: of thousands of phrases most never do."""
    return re.compile(whole_words([phrase]), re.IGNORECASE)
