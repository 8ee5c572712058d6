"""Telephone numbers of any country, by Google's numbering plans.

Invariants: the only importer of phonenumbers. A number counts when it is possible where it says it is from and either
written internationally, or in a grouping people use, or next to a word such as "phone"; bare digits never count alone.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import metadata

import phonenumbers

# Optional +, then groups of digits joined by single separators; the groups are checked afterwards.
_SHAPE = re.compile(
    r"(?:(?<![\w.,+/=\-])|(?<=,)(?=\+))(?<!\d:)(?:\+|00(?=[1-9]))?\(?\d{1,5}\)?"
    r"(?:[ .\-/]{1,2}\(?\d{1,5}\)?|\d|\)[ ]?\d){3,12}"
    r"(?![\w@%]|[.,:/\-]\d)"
)
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .\-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.\-])[2-9]\d{2}[ .\-]\d{4}")
_NO_NUMBER = re.compile(
    r"\d+\.\d+|(?:[01]?\d?\d|2[0-4]\d|25[0-6])(?:\.\d{1,3}){3}(?:/(?:3[0-2]|[12]?\d))?"
)  # a decimal, something like an IP address or a network
_MEASURE = re.compile(r"[1-9]\d*\.\d+|[1-9]\d{1,4}/\d{1,4}")
"""A decimal, or two numbers of a measure: a number with one slash begins with the zero of its area."""
_DATE = re.compile(r"(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d")

INTERNATIONAL, NATIONAL, BARE = 0.9, 0.6, 0.2


class Phones:
    """Finds telephone numbers of some regions."""

    def __init__(self, regions: Sequence[str]) -> None:
        self._regions = tuple(regions)

    def matches(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, float]]:
        """Places in text[start:end] that hold a possible number, with the confidence of their way of writing."""
        for found in _SHAPE.finditer(text, start, end):
            value = found.group()
            if value.endswith(")") and value.count("(") < value.count(")"):
                value = value[:-1]  # it closes a bracket before the number
            digits = sum(c.isdigit() for c in value)
            if (
                not 7 <= digits <= 15
                or _DATE.match(value)
                or _NO_NUMBER.fullmatch(value)
                or is_measure(value)
                or value.count("(") != value.count(")")
            ):
                continue
            style = self._style(value, digits)
            if style is not None:
                yield found.start(), found.start() + len(value), style

    def _style(self, value: str, digits: int) -> float | None:
        if value.startswith(("+", "00")):
            international = "+" + value.lstrip("+0")
            return INTERNATIONAL if _possible(international, None) else None
        if _NORTH_AMERICAN.fullmatch(value):
            return NATIONAL
        groups = re.findall(r"\d+", value)
        grouped = value.startswith(("0", "(0")) and len(groups) >= 3 and 9 <= digits <= 12
        if any(_valid(value, region) for region in self._regions):
            return NATIONAL if grouped else BARE
        return BARE / 2 if 7 <= digits <= 12 else None

    @staticmethod
    def regions(values: Iterable[str]) -> frozenset[str]:
        """The regions of numbers that are written internationally."""
        found = {_region("+" + value.lstrip("+0")) for value in values}
        return frozenset(region for region in found if region)

    @staticmethod
    def is_national(value: str, regions: Iterable[str]) -> bool:
        """Whether a value is a number of one of `regions`, written with the zero that is dialled inside a country."""
        return value.startswith(("0", "(0")) and any(_valid(value, region) for region in regions)


def is_measure(value: str) -> bool:
    """Whether a value is a decimal number, or what was taken in and given out, a pressure, a page of so many."""
    return _MEASURE.fullmatch(value) is not None


def version() -> str:
    """Version of the numbering plans."""
    return metadata.version("phonenumbers")


@lru_cache(maxsize=4096)
def _region(value: str) -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(value, None))
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=4096)
def _possible(value: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(value, region))
    except phonenumbers.NumberParseException:
        return False


@lru_cache(maxsize=4096)
def _valid(value: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, region))
    except phonenumbers.NumberParseException:
        return False
