"""Characters of a rendered document that must be covered.

Invariants: pure. Every value is covered wherever it stands (law 4), white space and case aside, and so is every word
that the detectors never read. A value that occurs less often than it was found is reported: its place is then
unknown, and nothing may be shown.
"""

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"\w{2,}")
_DROPPED = re.compile(r"[\s\u00ad\u200b\ufeff\x00-\x1f]")


def words_of(text: str) -> frozenset[str]:
    """The words of a scanned text."""
    return frozenset(word[0].casefold() for word in _WORD.finditer(text))


def covered(shown: str, values: Iterable[str], scanned: frozenset[str]) -> tuple[set[int], dict[str, int]]:
    """Positions of `shown` to cover, and how often each value stands in it."""
    compact, places = _compact(shown)
    found: dict[str, int] = {}
    cover: set[int] = set()
    for value in values:
        wanted = _compact(value)[0]
        found[value] = 0
        at = compact.find(wanted) if wanted else -1
        while at >= 0:
            found[value] += 1
            cover.update(range(places[at], places[at + len(wanted) - 1] + 1))
            at = compact.find(wanted, at + 1)
    for word in _WORD.finditer(shown):
        if word[0].casefold() not in scanned:
            cover.update(range(*word.span()))
    return cover, found


def missing(wanted: Sequence[tuple[str, int]], found: Sequence[dict[str, int]]) -> bool:
    """Whether some value stands less often than it was found, over all pages."""
    return any(sum(page.get(value, 0) for page in found) < times for value, times in wanted)


def _compact(text: str) -> tuple[str, list[int]]:
    """The text without white space and case, and where each character of it stands."""
    pieces: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        if not _DROPPED.match(character):
            folded = character.casefold()
            pieces.append(folded)
            places.extend([at] * len(folded))
    return "".join(pieces), places
