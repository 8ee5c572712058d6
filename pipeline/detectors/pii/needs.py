"""Digits and marks that a pattern needs in a stretch of text to match there.

Most rules look for more digits in a row, or for another mark, than most lines have. To compare three counts is far
quicker than to search with each pattern.

Invariants: a stretch that is turned down holds no match; a pattern that Python's own parser does not read turns none
down. Letters say nothing: they have a case.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]  # no public module gives the parts of a pattern
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Self

import regex

_DIGITS = regex.compile(r"\d+")
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_ZERO_WIDTH = (op.AT, op.ASSERT, op.ASSERT_NOT)


@dataclass(frozen=True, slots=True)
class CharacterCounts:
    """Counts of the digits and characters in a stretch of text."""

    digits: int
    run: int
    """Digits of its longest run of them."""
    characters: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Self:
        """The counts of `text`."""
        runs = [len(digits) for digits in _DIGITS.findall(text)]
        return cls(sum(runs), max(runs, default=0), frozenset(text))


@dataclass(frozen=True, slots=True)
class Needs:
    """Digits and marks in every match of a pattern."""

    digits: int = 0
    run: int = 0
    marks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, pattern: str, flags: int = 0) -> Self:
        """The needs of `pattern`; none if it cannot be read."""
        try:
            whole = _sequence(parser.parse(pattern, flags & (re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE)))
        except (re.error, RecursionError):
            return cls()
        return cls(whole.digits, whole.run, whole.marks)

    def met(self, stretch: CharacterCounts) -> bool:
        """Whether a match is possible in a stretch."""
        return stretch.digits >= self.digits and stretch.run >= self.run and self.marks <= stretch.characters


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a pattern: its needs, and whether it is digits only."""

    digits: int = 0
    run: int = 0
    marks: frozenset[str] = frozenset()
    pure: bool = False


def _sequence(items: Iterable[tuple[Any, Any]]) -> _Part:
    digits = run = open_run = 0
    pure = True
    marks: frozenset[str] = frozenset()
    for code, value in items:
        if code in _ZERO_WIDTH:
            continue
        part = _item(code, value)
        digits += part.digits
        open_run = open_run + part.digits if part.pure else 0
        run = max(run, part.run, open_run)
        marks |= part.marks
        pure &= part.pure
    return _Part(digits, run, marks, pure)


def _item(code: Any, value: Any) -> _Part:
    if code is op.LITERAL:
        character = chr(value)
        if character.isdecimal():
            return _Part(1, 1, pure=True)
        return _Part(marks=frozenset() if character.isalpha() or character.isspace() else frozenset(character))
    if code is op.IN:
        return _Part(1, 1, pure=True) if all(map(_digits_only, value)) else _Part()
    if code is op.SUBPATTERN:
        return _sequence(value[-1])
    if code is op.ATOMIC_GROUP:
        return _sequence(value)
    if code is op.BRANCH:
        parts = [_sequence(branch) for branch in value[1]]
        marks = frozenset.intersection(*(part.marks for part in parts))
        pure = all(part.pure for part in parts)
        return _Part(min(part.digits for part in parts), min(part.run for part in parts), marks, pure)
    if code in _REPEATS:
        least, _, items = value
        part = _sequence(items)
        if not least:
            return _Part(pure=part.pure)
        return _Part(least * part.digits, (least if part.pure else 1) * part.run, part.marks, part.pure)
    return _Part()


def _digits_only(item: tuple[Any, Any]) -> bool:
    code, value = item
    if code is op.RANGE:
        return chr(value[0]).isdecimal() and value[1] - value[0] <= 9 and chr(value[1]).isdecimal()
    return bool(code is op.CATEGORY and value is op.CATEGORY_DIGIT) or (code is op.LITERAL and chr(value).isdecimal())
