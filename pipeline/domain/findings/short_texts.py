"""Resemblance of short texts, word by word: they have too few passages for a sketch of passages.

Two texts are nearly equal if at most one word in five differs, or if all words of one stand in the other, of at most
twice its length: something was added, or taken out, such as the front matter. Texts of up to four words are equal or
not. Order makes no difference.

Invariants: pure. Words are kept as keyed digests of 31 bits, so a word sketch shows how alike two texts are, and
without the key nothing of what they say. One bit more says whether a word holds a digit.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from pipeline.domain.documents.folded import folded

MOST_WORDS = 128
"""Longer texts are compared by their passages alone. Texts of 24 to 128 words are compared in both ways."""

NEAR = 0.8
"""Share of words in common from which a short text is an edit of another."""

_FEW_WORDS = 5
"""Of fewer words, one other word makes another text."""
_ENOUGH_WORDS = 8
"""Texts of so many words are looked for within longer ones."""
_MOST_ALIKE = 200
"""Words in more texts than this do not lead to candidates: those texts are forms, or the word is an article."""
_WORD = re.compile(r"[^\W_]+")
_BYTES = 4

Words = tuple[int, ...]


def word_sketch(text: str, key: bytes) -> str | None:
    """Keyed digests of the text's words, in base 64; None for a text without words or with too many."""
    words = _WORD.findall(folded(text[: MOST_WORDS * 200]))
    if not 0 < len(words) <= MOST_WORDS:
        return None
    return base64.b64encode(b"".join(sorted(_digest(word, key) for word in words))).decode("ascii")


def _digest(word: str, key: bytes) -> bytes:
    number = int.from_bytes(hashlib.blake2b(word.encode(), key=key[:64], digest_size=_BYTES).digest(), "big")
    return (number & ~1 | any(character.isdigit() for character in word)).to_bytes(_BYTES, "big")


@lru_cache(maxsize=4096)
def words_of(sketch: str) -> Words:
    """The digests of a word sketch, in their order."""
    data = base64.b64decode(sketch)
    return tuple(int.from_bytes(data[at : at + _BYTES], "big") for at in range(0, len(data), _BYTES))


def likeness(older: Words, newer: Words) -> float:
    """Share of words in common: 1.0 for the same words, 0.0 below what counts as nearly equal."""
    common, most = sum((Counter(older) & Counter(newer)).values()), max(len(older), len(newer))
    share = common / most
    if share == 1.0 or (share >= NEAR and most >= _FEW_WORDS):
        return share
    contained = common == min(len(older), len(newer)) >= _ENOUGH_WORDS and most <= 2 * common
    return NEAR if contained else 0.0


def differ_in_numbers(one: Words, other: Words) -> bool:
    """Whether words with digits are all that differs, as in two forms filled in alike."""
    ones, others = Counter(one), Counter(other)
    return ones != others and all(word & 1 for word in ((ones - others) + (others - ones)))


class NearTexts:
    """Short texts by their words, to find those that are nearly equal to others in one pass over the others.

    Only texts that share one of the rarest words can be nearly equal (prefix filter: Chaudhuri, Ganti and Kaushik, "A
    Primitive Operator for Similarity Joins in Data Cleaning", 2006). A text that is a part of an older one shares its
    own rarest word with it.
    """

    def __init__(self, texts: Mapping[str, Words]) -> None:
        self._texts = dict(texts)
        self._holders: dict[int, list[str]] = {}
        for name, words in self._texts.items():
            for word in set(words):
                self._holders.setdefault(word, []).append(name)
        self._by_rarest: dict[int, list[str]] = {}
        for name, words in self._texts.items():
            self._by_rarest.setdefault(min(words, key=self._rarity), []).append(name)

    def near(self, older: Words) -> Iterator[tuple[str, float]]:
        """The names of texts that are nearly equal to an older one, with their likeness."""
        for name in self._candidates(older):
            if share := likeness(older, self._texts[name]):
                yield name, share

    def _candidates(self, words: Sequence[int]) -> Iterable[str]:
        rarest = sorted(set(words), key=self._rarity)
        several = len(words) - int(len(words) * NEAR) + 1
        lists = [self._holders.get(word, []) for word in rarest[:several]]
        lists += [self._by_rarest.get(word, []) for word in rarest]
        return sorted({name for names in lists if len(names) <= _MOST_ALIKE for name in names})

    def _rarity(self, word: int) -> tuple[int, int]:
        return len(self._holders.get(word, ())), word
