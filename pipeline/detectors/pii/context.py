"""Words around a match.

Invariants: a word counts only as a whole word ("public" does not hold "lic"), whatever its case; scripts written
without spaces (Korean particles, Thai, Chinese, Japanese) have no word borders and are matched as they stand.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.detectors.linear import Pattern

_BLANKS = r"[\s\x0b\x1c-\x1f\x{85}\pZ_-]{0,2}"
"""Separators between two words of a phrase, for RE2: its blanks are ASCII only."""
_DOTTED_I = str.maketrans("\u0130\u0131", "ii")
"""Python takes these for an i where case does not matter, RE2 does not."""

SPACELESS = re.compile(r"[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]")


def whole_words(words: Iterable[str]) -> str:
    """A pattern that matches any of `words` as a whole word; spaces in a word match any blank or hyphen."""
    parts = []
    for word in sorted(set(words), key=lambda w: (-len(w), w)):
        body = r"[\s\-_]{0,2}".join(re.escape(piece) for piece in word.split())
        if SPACELESS.search(word):
            parts.append(body)
            continue
        # `camelCase` borders count: a capital after a small letter begins a word.
        left = r"(?:(?<![^\W_])|(?-i:(?<=[a-z])(?=[A-Z])))" if word[0].isalnum() else ""
        right = r"(?:(?![^\W_])|(?-i:(?<=[a-z])(?=[A-Z])))" if word[-1].isalnum() else ""
        parts.append(f"{left}{body}{right}")
    return "(?:" + "|".join(parts) + ")"


class ContextWords:
    """Whether one of some words stands shortly before or after a place.

    A text is searched once for the words, wherever and in whatever word they stand. Only where that finds some does a
    place get its own, exact search: so a long table costs no more than its size.
    """

    def __init__(self, words: Iterable[str], before: int, after: int) -> None:
        self._words = tuple(words)
        self._before, self._after = before, after
        self._searched: str | None = None
        self._starts: list[int] = []
        self._ends: list[int] = []

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Compiled when words stand where they could count: most rules of a short run never get there."""
        return re.compile(whole_words(self._words), re.IGNORECASE)

    @cached_property
    def _anywhere(self) -> Pattern:
        phrases = (_BLANKS.join(map(re.escape, word.translate(_DOTTED_I).split())) for word in self._words)
        return Pattern(f"(?i){'|'.join(phrases)}")

    def near(self, text: str, start: int, end: int) -> bool:
        """Whether a context word stands near text[start:end], not counting the match itself."""
        if not self._words:
            return False
        # One extra character keeps the border check honest where the window cuts a word.
        left, right = max(0, start - self._before - 1), min(len(text), end + self._after)
        if self._any(text, left, start) and any(
            m.start() > left or left == 0 for m in self._pattern.finditer(text, left, start)
        ):
            return True
        return self._any(text, end, right) and self._pattern.search(text, end, right) is not None

    def _any(self, text: str, left: int, right: int) -> bool:
        """Whether some of the words, or what holds one, may stand in text[left:right]."""
        if text is not self._searched:
            data, places = _encoded(text)
            spans = [spans[""] for spans in self._anywhere.find(data)]
            self._starts = [start if places is None else int(places[start]) for start, _ in spans]
            self._ends = [end if places is None else int(places[end]) for _, end in spans]
            self._searched = text
        first = bisect_right(self._ends, left)
        return first < len(self._starts) and self._starts[first] < right


@lru_cache(maxsize=1)
def _encoded(text: str) -> tuple[bytes, NDArray[np.int64] | None]:
    """A text for RE2, and the place in it of each byte and of the end; None where they are the same."""
    if text.isascii():
        return text.encode(), None
    data = text.translate(_DOTTED_I).encode("utf-8", "surrogatepass")
    leads = (np.frombuffer(data, np.uint8) & 0xC0) != 0x80
    return data, np.concatenate([[0], np.cumsum(leads)]).astype(np.int64)
