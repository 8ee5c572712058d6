"""Stretches of a text that recognisers read.

Invariants: every line with a digit or an at sign lies inside some block; blocks are in order and end at line ends.
Nothing is cut: patterns read a block in place, however long it is. Time is linear in the text.
"""

import re
from collections.abc import Iterator

_SPELLED = r"[\[({<] ?(?:at|ät|arroba) ?[\])}>]| dot |&commat;|&#0{0,4}64;|&#x0{0,4}40;|%40"
"""How people and markup write an at sign, or the dot of a host."""
_START = re.compile(rf"[\d@]|{_SPELLED}", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_SHORT_CODE = re.compile(
    rf"@|{_SPELLED}|::|\d[A-Z]{{2}}|[A-Z]\d{{2}}|[0-9A-F]{{2}}[:-][0-9A-F]{{2}}[:-]", re.IGNORECASE
)
_FEW_DIGITS = 5


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Runs of adjacent lines that each hold a digit or an at sign."""
    return _joined(_lines(text))


def dense_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Runs of adjacent lines that each hold five digits, an at sign or something like a short code."""
    return _joined((s, e) for s, e in _lines(text) if _dense(text, s, e))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    place = 0
    while found := _START.search(text, place):
        start = text.rfind("\n", place, found.start()) + 1 or place
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        yield start, end
        place = end


def _dense(text: str, start: int, end: int) -> bool:
    line = text[start:end]
    return len(_DIGIT.findall(line)) >= _FEW_DIGITS or _SHORT_CODE.search(line) is not None


def _joined(lines: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start = end = -1
    for left, right in lines:
        if start >= 0 and left <= end + 1:
            end = right
            continue
        if start >= 0:
            yield start, end
        start, end = left, right
    if start >= 0:
        yield start, end
