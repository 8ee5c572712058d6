"""The same value again: without the label that announced it, or with other separators and capitals.

Invariants: pure; time is linear in the text for each different length of a value, however many values there are. Only
values that tell something by themselves are looked for: a single word could be any word.
"""

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from pipeline.domain.findings.findings import Finding
from pipeline.domain.findings.line_numbers import LineNumbers
from pipeline.domain.findings.stretches import Stretches

_LEAST_CHARACTERS = 6
"""Letters and digits of a value that is looked for."""
_WIDEST_GAP = 3
"""Other characters than letters and digits, between two of a value: ` - `, or a bracket and blanks."""


def with_repeats(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, and one for each further place at which the value of one of them stands."""
    spans = [finding for finding in findings if finding.end > finding.start]
    values = {
        _letters(text[finding.start : finding.end]): finding for finding in reversed(spans) if _tells(text, finding)
    }
    if not values:
        return tuple(findings)
    lines, covered = LineNumbers(text), Stretches((span.start, span.end) for span in spans)
    repeats = [
        values[value].model_copy(update={"start": start, "end": end, "line": lines.at(start)})
        for value, start, end in sorted(_occurrences(text, values))
        if covered.first(start, end) is None
    ]
    return (*findings, *repeats)


def _tells(text: str, finding: Finding) -> bool:
    value = text[finding.start : finding.end]
    several = len(value.split()) > 1
    return len(_letters(value)) >= _LEAST_CHARACTERS and (several or "@" in value or any(map(str.isdigit, value)))


def _folded(character: str) -> str:
    """A letter or digit as it is compared: digits of any script are one, and so are capitals and small letters."""
    if character.isascii():
        return character.lower()
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _letters(value: str) -> str:
    return "".join(_folded(character) for character in value if character.isalnum())


def _occurrences(text: str, values: Collection[str]) -> Iterator[tuple[str, int, int]]:
    """Each value at each place where it begins a word and ends one, with its start and end."""
    places = [place for place, character in enumerate(text) if character.isalnum()]
    letters = "".join(_folded(text[place]) for place in places)
    lengths = sorted({len(value) for value in values})
    before = -2
    for at, place in enumerate(places):
        begins, before = place > before + 1, place
        if not begins:
            continue
        for length in lengths:
            value = letters[at : at + length]
            if value not in values or len(value) < length:
                continue
            inside = places[at : at + length]
            end = inside[-1] + 1
            if not text[end : end + 1].isalnum() and all(b - a <= _WIDEST_GAP + 1 for a, b in pairwise(inside)):
                yield value, place, end
