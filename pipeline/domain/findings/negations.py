"""Sentences that an edit turned into their opposite: "must not share" into "may share", "before" into "after".

Invariants: pure; the time is linear in the length of the texts, but for the last few sentences without an equal, of
which at most `_MOST_PAIRED` of each text are compared with each other. Only English is known. Sentences are counted and
never quoted.
"""

import re
from collections import Counter
from typing import NamedTuple


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LINK = re.compile(r"\b(?:https?|ftp|mailto):[^\s<>)\]]{1,2000}", re.I)
"""Words in an address say nothing about what a sentence forbids."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_NEGATIVE = _words(
    """not no never none nothing neither nor cannot without unless except forbidden prohibited disallowed banned
    optional voluntary unnecessary after disable disabled disables reject rejects rejected refuse refuses refused deny
    denies denied decline exclude excludes excluded excluding maximum most below fewer less decrease untrusted unsafe
    invalid disagree inactive"""
) | {"no" + "body"}
_POSITIVE = _words(
    """allowed permitted mandatory required requires before enable enabled enables accept accepts accepted approve
    approves approved grant grants granted include includes included including minimum least above more increase trusted
    safe valid always agree active"""
)
_HELPING = _words(
    """must may might shall should can could will would do does did is are be been need needs has have had it to the a
    an ever only any anyone anybody anything everyone everybody one"""
)
"""Words that come and go with a negation; they say nothing about whether two sentences are the same."""
_MOST_PAIRED = 200
_LEAST_WORDS = 2
"""Words other than those above from which a sentence is compared."""
_ALIKE = 0.75
"""Share of words in common (Jaccard) from which two sentences are taken for the same one."""


class _Sentence(NamedTuple):
    words: tuple[str, ...]
    """All of them."""
    core: frozenset[str]
    """Those that say what it is about."""
    negative: bool
    """Whether its negations do not cancel each other."""


def negations_flipped(old: str, new: str) -> int:
    """How many sentences of `old` stand in `new` with the opposite meaning."""
    before, after = _sentences(old), _sentences(new)
    gone, come = list((before - after).elements()), list((after - before).elements())
    by_core: dict[frozenset[str], list[_Sentence]] = {}
    for sentence in gone:
        by_core.setdefault(sentence.core, []).append(sentence)
    flipped, unmatched = 0, []
    for sentence in come:
        if same := by_core.get(sentence.core):
            flipped += same.pop().negative != sentence.negative
        else:
            unmatched.append(sentence)
    left = [sentence for sentences in by_core.values() for sentence in sentences][:_MOST_PAIRED]
    for sentence in unmatched[:_MOST_PAIRED]:
        nearest = max(left, key=lambda other: _alike(other, sentence), default=None)
        if nearest is not None and _alike(nearest, sentence) >= _ALIKE:
            left.remove(nearest)
            flipped += nearest.negative != sentence.negative
    return flipped


def _alike(one: _Sentence, other: _Sentence) -> float:
    return len(one.core & other.core) / len(one.core | other.core)


def _sentences(text: str) -> Counter[_Sentence]:
    read = (_read(part) for part in _SENTENCE.split(_LINK.sub(" ", text)))
    return Counter(sentence for sentence in read if len(sentence.core) >= _LEAST_WORDS)


def _read(part: str) -> _Sentence:
    words: list[str] = []
    for match in _WORD.finditer(part.casefold().replace("’", "'")):
        word = match[0]
        words += [word.removesuffix("n't"), "not"] if word.endswith("n't") else [word]
    negations = sum(word in _NEGATIVE for word in words)
    core = frozenset(words) - _NEGATIVE - _POSITIVE - _HELPING - {"ca", "wo"}
    return _Sentence(tuple(words), core, negations % 2 == 1)
