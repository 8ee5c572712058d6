"""Words around a match.

Invariants: a word counts only as a whole word ("public" does not hold "lic"), whatever its case; scripts written
without spaces (Korean particles, Thai, Chinese, Japanese) have no word borders and are matched as they stand.
"""

import re
from collections.abc import Iterable
from functools import cached_property

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
    """Whether one of some words stands shortly before or after a place."""

    def __init__(self, words: Iterable[str], before: int, after: int) -> None:
        self._words = tuple(words)
        self._before, self._after = before, after

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Compiled when something stands where words could be: most rules of a short run never get there."""
        return re.compile(whole_words(self._words), re.IGNORECASE) if self._words else None

    def near(self, text: str, start: int, end: int) -> bool:
        """Whether a context word stands near text[start:end], not counting the match itself."""
        if self._pattern is None:
            return False
        # One extra character keeps the border check honest where the window cuts a word.
        left = max(0, start - self._before - 1)
        if any(m.start() > left or left == 0 for m in self._pattern.finditer(text, left, start)):
            return True
        found = self._pattern.search(text, end, min(len(text), end + self._after))
        return found is not None
