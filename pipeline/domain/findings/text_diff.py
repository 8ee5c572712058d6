"""The difference of two texts, word by word.

Invariants: pure and deterministic. Edits cover both texts from beginning to end, in order and without a gap; an
unchanged stretch is equal on both sides except for its line breaks. Time stays near linear: lines are compared first,
sentences inside changed stretches next, words last, each by the parts that are unique on both sides. A stretch with
too little in common is shown as replaced as a whole.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple


class EditKind(StrEnum):
    """What happened to a stretch of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Edit(NamedTuple):
    """A stretch `[start, stop)` of the old and of the new text; empty on the side where it does not stand."""

    kind: EditKind
    old_start: int
    old_stop: int
    new_start: int
    new_stop: int


Match = tuple[int, int, int]
"""Where a common run begins in the old and in the new sequence, and how long it is."""

_PRODUCT = 40_000
"""Pairs of parts in a stretch that is compared part by part where nothing in it is unique; longer ones are replaced."""
_MOST_PAIRS = 4_000_000
"""Pairs compared so in all: texts that are far apart in many places get a coarser comparison, not a slow one."""
_RUN = 7
_LITTLE_IN_COMMON = 0.25
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_SENTENCES = re.compile(r".*?[.!?;:\n]\s+|.+", re.S)
_WORDS = re.compile(r"‹[^‹›\n]{1,80}›|\d+(?:[.,]\d+)*|[^\W\d_]+|\s+|[^\w\s]|_+")
"""Placeholders of masked values, numbers, words, white space and single marks, in this order."""
_WRAPS = {"\n": " "}
"""Where a line is wrapped changes nothing that anybody reads; a blank line does."""


def diff(old: str, new: str) -> list[Edit]:
    """Edits that turn `old` into `new`; neighbours of one kind are one edit, what was removed before what was added."""
    if old == new:
        return [Edit(EditKind.SAME, 0, len(old), 0, len(new))] if old else []
    return _joined(_refined(old, new, 0, 0, (_lines, _sentences, _words)))


def _lines(text: str) -> list[str]:
    return _LINES.findall(text)


def _sentences(text: str) -> list[str]:
    return _SENTENCES.findall(text)


def _words(text: str) -> list[str]:
    return _WORDS.findall(text)


def _refined(
    old: str, new: str, old_at: int, new_at: int, levels: tuple[Callable[[str], list[str]], ...]
) -> Iterator[Edit]:
    """Edits of two stretches that begin at `old_at` and `new_at`, compared in ever smaller parts."""
    if not old or not new or not levels:
        yield from _replaced(old, new, old_at, new_at)
        return
    split, *finer = levels
    a, b = split(old), split(new)
    if not finer:
        matches = list(_matches([_WRAPS.get(word, word) for word in a], [_WRAPS.get(word, word) for word in b]))
        matches = _readable(a, _adjoining(matches))
        if _shared(a, matches) < _LITTLE_IN_COMMON * max(_letters(old), _letters(new)):
            matches = []
    else:
        matches = list(_matches(a, b))
    old_ends, new_ends = _offsets(a), _offsets(b)
    i = j = 0
    for old_index, new_index, length in [*matches, (len(a), len(b), 0)]:
        yield from _refined(
            old[old_ends[i] : old_ends[old_index]],
            new[new_ends[j] : new_ends[new_index]],
            old_at + old_ends[i],
            new_at + new_ends[j],
            tuple(finer),
        )
        i, j = old_index + length, new_index + length
        if length:
            yield Edit(
                EditKind.SAME,
                old_at + old_ends[old_index],
                old_at + old_ends[i],
                new_at + new_ends[new_index],
                new_at + new_ends[j],
            )


def _replaced(old: str, new: str, old_at: int, new_at: int) -> Iterator[Edit]:
    if old:
        yield Edit(EditKind.REMOVED, old_at, old_at + len(old), new_at, new_at)
    if new:
        yield Edit(EditKind.ADDED, old_at + len(old), old_at + len(old), new_at, new_at + len(new))


def _matches(a: Sequence[str], b: Sequence[str]) -> Iterator[Match]:
    """Common runs of two sequences, in order.

    Equal ends first, then parts that stand exactly once on both sides, in the longest order they share; what lies
    between is compared in the same way, and in small stretches by every part.
    """
    waiting, budget = [(0, len(a), 0, len(b))], _MOST_PAIRS
    while waiting:
        a_low, a_high, b_low, b_high = waiting.pop()
        if b_high < 0:  # an equal end, put back until what stands before it is done
            yield a_low, b_low, -b_high
            continue
        head = _common(a, b, a_low, a_high, b_low, b_high)
        if head:
            yield a_low, b_low, head
        a_low, b_low = a_low + head, b_low + head
        tail = _common_tail(a, b, a_low, a_high, b_low, b_high)
        if tail:
            waiting.append((a_high - tail, 0, b_high - tail, -tail))
        a_high, b_high = a_high - tail, b_high - tail
        if a_low == a_high or b_low == b_high:
            continue
        pairs = (a_high - a_low) * (b_high - b_low)
        small = pairs <= _PRODUCT
        anchors = _anchors(a[a_low:a_high], b[b_low:b_high])
        if not anchors and not small:  # no part is unique in a long stretch, but runs of parts may be
            anchors = _anchors(_runs(a, a_low, a_high), _runs(b, b_low, b_high))
        if anchors:
            edges = [(a_low, b_low), *((a_low + i, b_low + j) for i, j in anchors), (a_high, b_high)]
            gaps = [(p[0], q[0], p[1], q[1]) for p, q in pairwise(edges)]
            waiting.extend(reversed(gaps))
        elif small and pairs <= budget:
            budget -= pairs
            # Without autojunk, which would ignore whatever is frequent in long stretches.
            matcher = SequenceMatcher(None, a[a_low:a_high], b[b_low:b_high], autojunk=False)
            for i, j, length in matcher.get_matching_blocks():
                if length:
                    yield a_low + i, b_low + j, length


def _common(a: Sequence[str], b: Sequence[str], a_low: int, a_high: int, b_low: int, b_high: int) -> int:
    most, n = min(a_high - a_low, b_high - b_low), 0
    while n < most and a[a_low + n] == b[b_low + n]:
        n += 1
    return n


def _common_tail(a: Sequence[str], b: Sequence[str], a_low: int, a_high: int, b_low: int, b_high: int) -> int:
    most, n = min(a_high - a_low, b_high - b_low), 0
    while n < most and a[a_high - 1 - n] == b[b_high - 1 - n]:
        n += 1
    return n


def _runs(parts: Sequence[str], low: int, high: int) -> list[Hashable]:
    return [tuple(parts[at : at + _RUN]) for at in range(low, high)]


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places of parts that stand once on either side, in the longest order common to both (patience)."""
    in_a, in_b = Counter(a), Counter(b)
    place = {part: j for j, part in enumerate(b) if in_b[part] == 1}
    pairs = [(i, place[part]) for i, part in enumerate(a) if in_a[part] == 1 and part in place]
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (_, j) in enumerate(pairs):
        at = bisect_left(tails, j)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(j)
            ends.append(n)
        else:
            tails[at], ends[at] = j, n
    chosen: list[tuple[int, int]] = []
    n = ends[-1] if ends else -1
    while n >= 0:
        chosen.append(pairs[n])
        n = before[n]
    return chosen[::-1]


def _adjoining(matches: list[Match]) -> list[Match]:
    """Matches that follow one another on both sides as one."""
    joined: list[Match] = []
    for i, j, length in matches:
        if joined and (joined[-1][0] + joined[-1][2], joined[-1][1] + joined[-1][2]) == (i, j):
            joined[-1] = (*joined[-1][:2], joined[-1][2] + length)
        else:
            joined.append((i, j, length))
    return joined


def _readable(words: Sequence[str], matches: list[Match]) -> list[Match]:
    """Matches without those of mere spaces, marks or one short word between two changes, which nobody could read."""
    kept: list[Match] = []
    for n, (i, j, length) in enumerate(matches):
        outer = n in (0, len(matches) - 1)
        letters = sum(len(word) for word in words[i : i + length] if word[0].isalnum() or word[0] == "‹")
        if letters > 3 or outer:
            kept.append((i, j, length))
    return kept


def _shared(words: Sequence[str], matches: Sequence[Match]) -> int:
    return sum(_letters("".join(words[i : i + length])) for i, _, length in matches)


def _letters(text: str) -> int:
    return sum(not character.isspace() for character in text)


def _offsets(parts: Sequence[str]) -> list[int]:
    ends = [0]
    for part in parts:
        ends.append(ends[-1] + len(part))
    return ends


def _joined(edits: Iterator[Edit]) -> list[Edit]:
    """Neighbours of one kind as one edit; between two common stretches what was removed comes first."""
    joined: list[Edit] = []
    removed: Edit | None = None
    added: Edit | None = None

    def settle() -> None:
        nonlocal removed, added
        if removed is not None:
            at = removed.new_start
            joined.append(removed._replace(new_start=at, new_stop=at))
        if added is not None:
            at = removed.old_stop if removed is not None else added.old_start
            joined.append(added._replace(old_start=at, old_stop=at))
        removed = added = None

    for edit in edits:
        if edit.kind is EditKind.SAME:
            settle()
            last = joined[-1] if joined else None
            if last is not None and last.kind is EditKind.SAME:
                joined[-1] = last._replace(old_stop=edit.old_stop, new_stop=edit.new_stop)
            else:
                joined.append(edit)
        elif edit.kind is EditKind.REMOVED:
            removed = edit if removed is None else removed._replace(old_stop=edit.old_stop)
        else:
            added = edit if added is None else added._replace(new_stop=edit.new_stop)
    settle()
    return joined
