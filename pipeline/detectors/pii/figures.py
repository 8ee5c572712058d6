"""How figures are written, made alike: digits of any script, blanks and dashes of any kind.

Invariant: one character becomes one character, so a place in the reading is the same place in the text.
"""

import unicodedata
from typing import NamedTuple

import regex

from pipeline.detectors.pii.context import SPACELESS

_DIGIT = regex.compile(r"(?![0-9])\p{Nd}")
_BLANK = regex.compile(r"(?! )\p{Zs}")
_DASH = regex.compile("(?!-)[\\p{Pd}\u2212\u0640]")
_CASELESS = r"[\p{Arabic}\p{Hebrew}\u0900-\u0dff]"
_FOREIGN = f"(?:{SPACELESS.pattern}|{_CASELESS})"
_GLUED = regex.compile(f"(?<=[A-Za-z0-9]){_FOREIGN}|{_FOREIGN}(?=[A-Za-z0-9+(])")
"""A letter of another script next to a figure or an ASCII letter: `\\b` sees no border between the two.

Greek and Cyrillic letters stay: plates and codes mix them with figures.
"""


class Reading(NamedTuple):
    """A text twice, character for character at the same places."""

    words: str
    """As it is: here stand labels and context words."""
    figures: str
    """With ASCII digits, blanks and hyphens, and a blank for each glued letter: here stand values."""


def read(text: str) -> Reading:
    """`text` with its figures made alike."""
    return Reading(text, text if text.isascii() else _plain(text))


def _plain(text: str) -> str:
    text = _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)
    plain: str = _GLUED.sub(" ", _DASH.sub("-", _BLANK.sub(" ", text)))
    return plain
