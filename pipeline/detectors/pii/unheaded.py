"""Meanings of the columns of a table of people that has no headers.

Values alone say little. In a table with a column of e-mail addresses or of given names they say enough: dates that
spread over years of birth, numbers that are all telephone numbers, addresses with a number in them.

Invariants: pure; reads the sample of each column only.
"""

import re
from collections.abc import Sequence

from pipeline.detectors.pii.cells import SHAPES, starts_a_name

_LEAST_ROWS = 3
_NEARLY_ALL = 0.9
_NAMES = 0.5
_FIRST_YEAR, _LAST_YEAR = 1920, 2012
_SPREAD_OF_BIRTHS = 8
"""Years between the oldest and the youngest person of a list."""
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)|(?<!\d)((?:19|20)\d\d)(?=\d{4}(?!\d))")
_GROUPED_PHONE = re.compile(r"\+|00|\(|0[1-9]|\d{2,4}[ .-]")


def kinds_of(samples: Sequence[Sequence[str]], given: frozenset[str]) -> dict[int, str]:
    """Shape of what each column holds, by its place; empty if the table is not about people."""
    kinds: dict[int, str] = {}
    for place, sample in enumerate(samples):
        if len(sample) >= _LEAST_ROWS:
            kind = _kind(sample, given)
            if kind is not None:
                kinds[place] = kind
    return kinds if {"email", "name"} & {*kinds.values()} else {}


def _kind(sample: Sequence[str], given: frozenset[str]) -> str | None:
    if _share(sample, "email") >= _NEARLY_ALL:
        return "email"
    if _share(sample, "name") >= _NEARLY_ALL and _named(sample, given):
        return "name"
    if _share(sample, "date") >= _NEARLY_ALL:
        return "date" if _are_births(sample) else None
    if _share(sample, "phone") >= _NEARLY_ALL:
        return "phone" if all(map(_GROUPED_PHONE.match, sample)) else None
    return "address" if _share(sample, "address") >= _NEARLY_ALL else None


def _share(sample: Sequence[str], shape: str) -> float:
    return sum(0 < len(cell) <= SHAPES[shape](cell) for cell in sample) / len(sample)


def _named(sample: Sequence[str], given: frozenset[str]) -> bool:
    names = [cell for cell in sample if len(cell.split()) > 1 and starts_a_name(cell, given)]
    return len(names) >= _NAMES * len(sample)


def _are_births(sample: Sequence[str]) -> bool:
    years = [int(found[1] or found[2]) for cell in sample if (found := _YEAR.search(cell))]
    if len(years) < len(sample):
        return False
    return min(years) >= _FIRST_YEAR and max(years) <= _LAST_YEAR and max(years) - min(years) >= _SPREAD_OF_BIRTHS
