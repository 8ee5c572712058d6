"""Compares the words of a text layer with those of its picture, which no recognition reads without mistakes.

A word counts as matched if the other side has it, or one that differs in one character, or has it as a part of
neighbouring words. Many unmatched words close to each other are a difference, single ones are mistakes of reading.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

_SHORTEST = 3
"""Characters of a word that is compared."""
_WORDS, _FEWEST_WORDS = 6, 4
"""Neighbouring words, and how many of them without a match no mistakes explain."""
_PAIRS, _FEWEST_PAIRS = 10, 8
"""Neighbouring pairs of words, and how many of them stand next to each other nowhere on the other side."""
_SHARE, _FEWEST = 0.3, 5
"""Share of all words, and their number, that make a text another text."""


def unmatched(said: Sequence[str], shown: Sequence[str]) -> str:
    """The words of `said` that differ from `shown`, beyond mistakes of reading; empty if both say the same."""
    words = [(word, plain) for word in said if len(plain := _plain(word)) >= _SHORTEST]
    other = ComparedWords(shown)
    missed = [not other.holds(word) for word, _ in words]
    apart = other.apart([plain for _, plain in words])
    differing = _dense(missed, _WORDS, _FEWEST_WORDS) | _dense(apart, _PAIRS, _FEWEST_PAIRS)
    if sum(missed) >= max(_FEWEST, _SHARE * len(words)):
        differing |= {at for at, is_missed in enumerate(missed) if is_missed}
    return " ".join(words[at][0] for at in sorted(differing))


class ComparedWords:
    """The words of one side, in their order."""

    def __init__(self, words: Iterable[str]) -> None:
        plain = [_plain(word) for word in words]
        self._words = frozenset(plain)
        self._near = frozenset(form for word in self._words if len(word) >= _SHORTEST for form in _shortened(word))
        self._joined = "".join(plain)
        long = [word for word in plain if len(word) >= _SHORTEST]
        self._pairs = {pair for one, two in pairwise(long) for pair in _near_pairs(one, two)}

    def holds(self, word: str) -> bool:
        """Whether this side has the word, or one that a mistake of reading makes of it."""
        plain = _plain(word)
        if len(plain) < _SHORTEST or plain in self._words or plain in self._joined:
            return True
        return any(form in self._near or form in self._words for form in (plain, *_shortened(plain)))

    def apart(self, words: Sequence[str]) -> list[bool]:
        """For each word but the last, whether it and the next stand next to each other nowhere on this side."""
        return [self._pairs.isdisjoint(_near_pairs(one, two)) for one, two in pairwise(words)]

    def holds_line(self, line: Iterable[str]) -> bool:
        """Whether most neighbours of a line are neighbours here, too; for a single word, whether it is here."""
        words = [plain for word in line if len(plain := _plain(word)) >= _SHORTEST]
        apart = self.apart(words)
        return sum(apart) <= len(apart) / 2 if apart else all(map(self.holds, words))


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


def _shortened(word: str) -> Iterator[str]:
    """The word without one of its characters: two words that differ in one character have such a form in common."""
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _near_pairs(one: str, two: str) -> set[tuple[str, str]]:
    """Pairs that stand for two neighbours, parts of which may be misread."""
    return {(one, two[:2]), (one[-2:], two), (one[:3], two[:3])}


def _dense(flags: Sequence[bool], window: int, least: int) -> set[int]:
    """The flagged places in every window of neighbours in which so many are flagged, and those between them."""
    found: set[int] = set()
    for start in range(max(1, len(flags) - window + 1)):
        flagged = [at for at in range(start, min(len(flags), start + window)) if flags[at]]
        if len(flagged) >= least:
            found.update(range(flagged[0], flagged[-1] + 1))
    return found
