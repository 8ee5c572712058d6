"""Facts that prose states about a person: pay, health, conduct, and what makes them weigh more: an illness, an age.

A phrase of a strong kind states something about somebody ("was diagnosed with", "earns … a year"). A weak one is a
subject ("cancer", "divorce"): it stands in news, minutes and handbooks as well, and counts only together with another
one.

Invariants: only what stands near a name is read, so time is linear in the names; a fact is never a finding, it only
counts for a document about people.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.detectors.pii.settings import FactKind, PiiSettings

_TOKEN = re.compile(r"[^\W_]+")
_GAP = 3
"""Characters between two words of a phrase: a blank, a hyphen, an apostrophe."""
_KEY = 3
"""Letters of the first word, or of its ending, by which a phrase is looked up."""
_FIGURES = r"(?:\d{1,3}(?:[ .,'’\u00a0\u202f]?\d{3}){1,3}(?:[.,]\d\d?)?|\d{3,7})(?!\d)"
_CURRENCY = (
    r"(?:[$€£¥₹₽₺]|R\$|(?:EUR|USD|GBP|CHF|PLN|SEK|NOK|DKK|CZK|HUF|RON|TRY|BRL|euros?|zł|złotych|kr|Kč|Ft|lei|TL)(?!\w))"
)
_MONEY = re.compile(
    rf"(?i)[^.!?;\n]{{0,48}}?(?<!\w)(?:\d{{2,3}} ?k(?!\w)|{_CURRENCY}\s?{_FIGURES}|{_FIGURES}\s?{_CURRENCY}"
    r"|\d{2,3}[.,]\d{3}(?![.,]?\d))"
)
"""An amount in the same sentence, shortly after a word for pay: `the salary of … to …`."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A place where a text states something about somebody."""

    start: int
    end: int
    says: str
    """A few words for the reason of the finding, such as `health`."""
    weak: bool


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    kind: FactKind


class Facts:
    """The phrases of the settings by the letters they begin or end with."""

    def __init__(self, settings: PiiSettings) -> None:
        self._by_start: dict[str, list[_Phrase]] = {}
        self._by_end: dict[str, list[_Phrase]] = {}
        for kind in settings.facts:
            for phrase in kind.phrases:
                words = tuple(re.findall(r"\*?[^\W_]+\*?|#", phrase.lower()))
                first = words[0]
                if first.startswith("*"):
                    self._by_end.setdefault(first[-_KEY:], []).append(_Phrase(words, kind))
                else:
                    self._by_start.setdefault(first.rstrip("*")[:_KEY], []).append(_Phrase(words, kind))

    def find(self, text: str, stretches: Iterable[tuple[int, int]]) -> Iterator[Fact]:
        """Every fact in the given stretches of `text`, which do not overlap."""
        for start, end in stretches:
            tokens = list(_TOKEN.finditer(text, start, end))
            words = [token[0].lower() for token in tokens]
            for place, word in enumerate(words):
                numbers = self._by_start.get("#", ()) if word.isdecimal() else ()
                for phrase in (*self._by_start.get(word[:_KEY], ()), *self._by_end.get(word[-_KEY:], ()), *numbers):
                    last = place + len(phrase.words) - 1
                    if (
                        last < len(words)
                        and _said(phrase.words, words, place)
                        and _joined(text, tokens[place : last + 1])
                    ):
                        stop = tokens[last].end()
                        amount = _MONEY.match(text, stop) if phrase.kind.money else None
                        if amount or not phrase.kind.money:
                            yield Fact(tokens[place].start(), stop, phrase.kind.says, phrase.kind.weak)


def _said(phrase: Sequence[str], words: Sequence[str], place: int) -> bool:
    return all(_is(pattern, words[place + step]) for step, pattern in enumerate(phrase))


def _is(pattern: str, word: str) -> bool:
    """Whether a word of a text is that of a phrase: `*` stands for any letters at an end, `#` for a small number."""
    if pattern == "#":
        return word.isdecimal() and len(word) <= 2
    bare = pattern.strip("*")
    if pattern.startswith("*"):
        return word.endswith(bare) and len(word) > len(bare) + 2
    return word.startswith(bare) if pattern.endswith("*") else word == bare


def _joined(text: str, tokens: Sequence[re.Match[str]]) -> bool:
    """Whether nothing but a blank or a mark stands between the words of a phrase."""
    gaps = [(before.end(), after.start()) for before, after in pairwise(tokens)]
    return all(right - left <= _GAP and "\n" not in text[left:right] for left, right in gaps)
