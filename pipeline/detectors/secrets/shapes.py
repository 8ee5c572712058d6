"""The shape of a value, whatever its name: random, a person's password, words, a number, a sample.

Invariants: pure; every function is linear in its (bounded) input; the vocabulary is the only state.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import yaml

from pipeline.domain.errors import ConfigError
from pipeline.settings.yaml_text import read_yaml_text

MAX_VALUE = 4_096
WHOLE_VALUE = 20
"""From this length on a random value is complete, whatever is masked in it or behind it."""
_MASK_BY_CHANCE = 6
"""Characters of a mask that can be a part of a random value."""


class Shape(StrEnum):
    """The shapes that are weighed differently."""

    RANDOM = "random"
    """Nobody would think of it: generated."""
    MIXED = "mixed"
    """Words with digits or signs: what people use as a password."""
    WORDS = "words"
    """Words, or a name made of words."""
    NUMBER = "number"
    SEQUENCE = "sequence"
    """Counts up or repeats itself: a value made up for documentation."""
    MASKED = "masked"
    """Stars, dots, one character again and again."""


_STEP_BITS = 1.5
"""Cost of another part of a name: a capital or a figure after a letter."""
_FIGURE_BITS, _MORE_FIGURES_BITS = 3.32, 2.0
"""Cost of each of the first two figures of a number, and of each later one: numbers in names are short."""
_LEAST_BEYOND, _LEAST_BEYOND_IN_LONG = -0.7, -1.0
"""Bits a character, of short values and of long ones. Of 27,000 names of code in mixed case 0.5 % lie above them, of
random values of both cases with 8 to 15 characters 89 to 99 %, of longer ones 99 %."""
_LONG = 16
_CHARACTER_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp);?")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_RUN = re.compile(r"[A-Za-z]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_]+")
_MASK = re.compile(r"(?i)x{4,}|\*{3,}|\.{3,}|…|•{2,}|#{4,}|_{5,}|-{6,}|\?{4,}|0{8,}|(?:^|[^a-z])a{6,}")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "0987654321")


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    if not value:
        return 0.0
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


def words(value: str) -> list[str]:
    """The parts of a name: `dbPassword_2` gives db, password, 2."""
    return [part.lower() for part in _WORD.findall(value.replace("_", " "))]


def steps(value: str) -> float:
    """Share of characters in runs of three or more along the alphabet, the digits or a keyboard row."""
    kept = [c for c in value.lower() if c.isalnum()]
    covered: set[int] = set()
    for i in range(len(kept) - 2):
        first, second = ord(kept[i + 1]) - ord(kept[i]), ord(kept[i + 2]) - ord(kept[i + 1])
        if (first == second and abs(first) <= 1) or any("".join(kept[i : i + 3]) in row for row in _ROWS):
            covered.update((i, i + 1, i + 2))
    return len(covered) / len(kept) if kept else 0.0


def period(value: str) -> int:
    """Shortest length after which the value repeats itself, or its own length."""
    doubled = (value + value).find(value, 1)
    return doubled if doubled > 0 else len(value)


class Vocabulary:
    """How words are spelt, and the words that stand in for a secret."""

    def __init__(self, path: Path) -> None:
        alphabet = "^abcdefghijklmnopqrstuvwxyz"
        try:
            content = read_yaml_text(path.read_text(encoding="utf-8"))
            rows = content["letters"].items()
            self._cost = {pair + c: int(row[i], 16) for pair, row in rows for i, c in enumerate(alphabet)}
            self._placeholders = frozenset(content["placeholders"])
            self._samples = frozenset(content["samples"])
            self._fillers = self._placeholders | frozenset(content["fillers"])
        except (OSError, KeyError, TypeError, ValueError, IndexError, AttributeError, yaml.YAMLError) as error:
            raise ConfigError(
                f"The vocabulary {path} cannot be used.",
                done="Nothing was scanned.",
                fix="Restore the file from the installed package, or install Corpusgate again.",
            ) from error

    def says_placeholder(self, parts: Sequence[str]) -> bool:
        """Whether one of the words marks any value as made up, such as `your` or `changeme`."""
        return not self._placeholders.isdisjoint(parts)

    def stands_in(self, parts: Sequence[str]) -> bool:
        """Whether one word marks the value as made up, or all of them are what people write instead of a secret."""
        return self.says_placeholder(parts) or self._fillers.issuperset(parts)

    def surprise(self, run: str) -> float:
        """Bits per letter of a run of ASCII letters; words stay under 4.5."""
        padded = "^^" + run.lower()
        return sum(self._cost[padded[i : i + 3]] for i in range(len(run))) / len(run)

    def beyond_chance(self, value: str) -> float:
        """Bits a character that a value costs as a name of code, less what it costs as a random choice.

        The shorter description is the better one (minimum description length): a name costs less as a name.
        """
        bits, count, alphabet = 0.0, 0, 0
        for number, part in enumerate(_PART.findall(value)):
            count += len(part)
            if part.isdigit():
                bits += _FIGURE_BITS * min(len(part), 2) + _MORE_FIGURES_BITS * max(0, len(part) - 2)
            else:
                bits += self.surprise(part) * len(part)
            bits += _STEP_BITS * (number > 0)
        for kind, size in ((str.islower, 26), (str.isupper, 26), (str.isdigit, 10)):
            alphabet += size * any(map(kind, value))
        return bits / count - math.log2(alphabet) if count and alphabet else 0.0

    def wordy(self, value: str) -> float:
        """Share of the value in runs of four or more letters that are spelt like words."""
        runs = [run for run in _CAMEL.findall(value[:MAX_VALUE]) if len(run) >= 4 and self.surprise(run) < 4.6]
        return sum(map(len, runs)) / max(1, min(len(value), MAX_VALUE))

    def is_sample_login(self, user: str, password: str) -> bool:
        """Whether documentation uses this user and password again and again."""
        return f"{user}:{password}".lower() in self._samples

    def shape(self, value: str) -> Shape:
        """The shape of a value."""
        value = value[:MAX_VALUE]
        kept = [c for c in value if c.isalnum()]
        if not kept or self._masked(value) or len(set(value.lower())) <= 2:
            return Shape.MASKED
        if len(kept) >= 8 and Counter(kept).most_common(1)[0][1] > 0.6 * len(kept):
            return Shape.MASKED
        digits = sum(c.isdigit() for c in kept)
        if digits == len(kept):
            return Shape.SEQUENCE if steps(value) > 0.6 else Shape.NUMBER
        if (len(kept) >= 6 and steps(value) > 0.55) or (len(value) >= 12 and period(value) <= len(value) // 2):
            return Shape.SEQUENCE
        if self._random(value, kept, digits):
            return Shape.RANDOM
        return Shape.MIXED if digits or not _plain(value) else Shape.WORDS

    def _masked(self, value: str) -> bool:
        masks = _MASK.findall(value)
        if not masks:
            return False
        # A long random value has `xXxx` or `AAAAAA` in it once in some thousands: what is around it decides.
        rest = _MASK.sub("", value)
        if sum(map(len, masks)) > _MASK_BY_CHANCE or len(rest) < WHOLE_VALUE:
            return True
        kept = [c for c in rest if c.isalnum()]
        return not self._random(rest, kept, sum(c.isdigit() for c in kept))

    def _random(self, value: str, kept: list[str], digits: int) -> bool:
        runs = [part for run in _RUN.findall(value) for part in _CAMEL.findall(run)]
        long = [run for run in runs if len(run) >= 4]
        letters = sum(map(len, long))
        odd = sum(self.surprise(run) * len(run) for run in long) / letters if letters else 0.0
        limit = 5.5 if letters <= 5 else 5.0
        if letters >= 4 and letters >= 0.5 * len(kept) and odd >= limit:
            return True
        if len(kept) < 8:
            return False
        bare = _CHARACTER_REFERENCE.sub("", value)
        if bare.isascii() and bare.lower() != bare != bare.upper() and "/" not in bare:
            return self.beyond_chance(bare) > (_LEAST_BEYOND if len(kept) < _LONG else _LEAST_BEYOND_IN_LONG)
        changes = sum(_kind(a) != _kind(b) for a, b in itertools.pairwise(kept)) / (len(kept) - 1)
        wordy = sum(len(run) for run in long if self.surprise(run) < 4.6) / len(kept)
        if digits >= 2 and changes >= 0.2 and wordy < 0.4:
            return True
        return len(kept) >= _LONG and changes >= 0.3 and wordy < 0.5 and entropy(value) >= 3.2


def _kind(c: str) -> int:
    return 0 if c.isdigit() else 1 if c.islower() else 2


def _plain(value: str) -> bool:
    return re.fullmatch(r"[\w .,'/:-]+", value) is not None
