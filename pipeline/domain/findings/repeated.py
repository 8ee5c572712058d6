"""The same value again: without the label that announced it, or with other separators and capitals.

Invariants: pure; time is linear in the text for each different value. Only values that tell something by themselves are
looked for: a single word could be any word.
"""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from pipeline.domain.findings.findings import Finding

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
    stream, places = _stream(text)
    repeats = [
        finding.model_copy(update={"start": start, "end": end, "line": text.count("\n", 0, start) + 1})
        for value, finding in sorted(values.items())
        for start, end in _occurrences(text, stream, places, value)
        if not any(other.start < end and start < other.end for other in spans)
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


def _stream(text: str) -> tuple[str, list[int]]:
    places = [place for place, character in enumerate(text) if character.isalnum()]
    return "".join(_folded(text[place]) for place in places), places


def _occurrences(text: str, stream: str, places: list[int], value: str) -> list[tuple[int, int]]:
    found, at = [], stream.find(value)
    while at >= 0:
        inside = places[at : at + len(value)]
        start, end = inside[0], inside[-1] + 1
        apart = not text[max(0, start - 1) : start].isalnum() and not text[end : end + 1].isalnum()
        if apart and all(b - a <= _WIDEST_GAP + 1 for a, b in pairwise(inside)):
            found.append((start, end))
        at = stream.find(value, at + 1)
    return found
