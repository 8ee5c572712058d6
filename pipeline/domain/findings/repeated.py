"""The same value again: without the label that announced it, or with other separators and capitals.

Invariants: pure; time is linear in the text for each different length of a value, however many values there are. Only
values that tell something by themselves are looked for: a single word could be any word.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from pipeline.domain.findings.findings import Finding
from pipeline.domain.findings.line_numbers import LineNumbers
from pipeline.domain.findings.stretches import Stretches

_LEAST_DIGITS = 8
"""Digits of a telephone number that is also looked for without the code of its country."""
_LONGEST_CODE = 3
"""Digits of the code of a country."""
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,200}>|&(?:nbsp|ensp|emsp|thinsp|shy|#\d{1,5});")
_SPACELESS = re.compile(r"[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]")
"""Letters of scripts without spaces between words."""
_LEAST_CHARACTERS = 6
"""Letters and digits of a value that is looked for."""
_WIDEST_GAP = 3
"""Other characters than letters and digits, between two of a value: ` - `, or a bracket and blanks."""
_WIDEST_GAP_OF_LONG = 16
"""The same for values of `_LONG` letters and digits and more: a line end with an indent, or the next cell."""
_LONG = 9
_WIDEST_MARKUP = 120
_MOST_NAMES = 5


def with_repeats(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, and one for each further place at which the value of one of them stands."""
    spans = [finding for finding in findings if finding.end > finding.start]
    values: dict[str, Finding] = {}
    for finding in reversed(spans):
        if _tells(text, finding):
            values |= dict.fromkeys(_forms(text[finding.start : finding.end]), finding)
    if not values:
        return tuple(findings)
    lines, covered = LineNumbers(text), Stretches((span.start, span.end) for span in spans)
    repeats = [
        values[value].model_copy(update={"start": start, "end": end, "line": lines.at(start)})
        for value, start, end in sorted({*_occurrences(text, values), *_across_markup(text, values)})
        if covered.first(start, end) is None
    ]
    return (*findings, *repeats)


def _tells(text: str, finding: Finding) -> bool:
    value = text[finding.start : finding.end]
    several = len(value.split()) > 1
    return len(_letters(value)) >= _LEAST_CHARACTERS and (several or "@" in value or any(map(str.isdigit, value)))


def _forms(value: str) -> Iterator[str]:
    """The letters and digits of a value in the ways in which people write it again."""
    letters = _letters(value)
    yield letters
    words = value.replace(",", " ").split()
    if 1 < len(words) <= _MOST_NAMES and not any(map(str.isdigit, value)) and "@" not in value:
        yield _letters(words[-1] + "".join(words[:-1]))  # the family name first
        yield _letters("".join(words[1:]) + words[0])
    if value.startswith(("+", "00")) and letters.isdecimal():
        number = letters.lstrip("0")
        for code in range(1, _LONGEST_CODE + 1):
            if len(number) - code >= _LEAST_DIGITS:
                yield from (number[code:], "0" + number[code:])


def _across_markup(text: str, values: Collection[str]) -> Iterator[tuple[str, int, int]]:
    """Values that tags stand inside of, as if each character of a tag were a blank."""
    if _MARKUP.search(text):
        yield from _occurrences(_MARKUP.sub(lambda tag: " " * len(tag[0]), text), values, _WIDEST_MARKUP)


def _folded(character: str) -> str:
    """A letter or digit as it is compared: without accent, and digits of any script and capitals are one."""
    if character.isascii():
        return character.lower()
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    bare = unicodedata.normalize("NFKD", character)
    lower = bare[0].lower() if all(map(unicodedata.combining, bare[1:])) else character.lower()
    return lower if len(lower) == 1 else character


def _letters(value: str) -> str:
    return "".join(_folded(character) for character in value if character.isalnum())


def _occurrences(text: str, values: Collection[str], widest: int = 0) -> Iterator[tuple[str, int, int]]:
    """Each value at each place where it begins a word and ends one, with its start and end."""
    places = [place for place, character in enumerate(text) if character.isalnum()]
    letters = "".join(_folded(text[place]) for place in places)
    lengths = sorted({len(value) for value in values})
    before = -2
    for at, place in enumerate(places):
        begins = place > before + 1 or _parts(text[before], text[place])
        before = place
        if not begins:
            continue
        for length in lengths:
            value = letters[at : at + length]
            if value not in values or len(value) < length:
                continue
            inside = places[at : at + length]
            end = inside[-1] + 1
            after = text[end : end + 1]
            ends = not after.isalnum() or _parts(after, value[-1])
            gap = widest or (_WIDEST_GAP_OF_LONG if length >= _LONG else _WIDEST_GAP)
            if ends and all(b - a <= gap + 1 for a, b in pairwise(inside)):
                yield value, place, end


def _parts(neighbour: str, letter: str) -> bool:
    """Whether a value may end or begin next to a letter: its script has no spaces, and the value's has."""
    return bool(_SPACELESS.match(neighbour)) and not _SPACELESS.match(letter)
