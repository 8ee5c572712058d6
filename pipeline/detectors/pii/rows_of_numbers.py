"""Rows of plain numbers in a long text, taken out before patterns search it.

A table of measurements is megabytes of digits, and every rule for an identifier would try to begin at each of them.
Short and decimal numbers between hard separators are not groups of one identifier, and without a word near them no rule
takes them for one. Headers and their columns are read elsewhere, from the text itself.

Invariants: pure; one character stays one character, so places do not move; texts below `_LONG` stay as they are. Time
is linear in the text.
"""

import re
from bisect import bisect_left, bisect_right

_LONG = 50_000
"""Characters from which on a text is worth the search."""
_LEAST = 3
"""Numbers in a row that cannot be one identifier."""
_BEFORE, _AFTER = 128, 96
"""Characters around a word in which numbers stay: more than context words reach."""
_FILLER = ";"
"""Ends every pattern, and joins nothing."""
_NUMBER = r"[-+]?(?:\d{1,7}|\d{1,9}\.\d{1,17})(?:[eE][-+]?\d{1,3})?(?![^\s,;|\"'\[\]])"
_BEGINS = r"(?<![^\s,;|\"'\[\]])"
_HARD = r"(?:\"?[ \r]{0,2}[,;|\t\n\[\]][ ,;|\t\r\n\[\]\"]{0,20}| {2,20})"
_ROW = re.compile(rf"{_BEGINS}{_NUMBER}(?:{_HARD}{_NUMBER}){{{_LEAST - 1},}}+")
_DECIMAL = r"[-+]?\d{1,9}\.\d{1,17}(?:[eE][-+]?\d{1,3})?"
_BLANKS_BETWEEN = re.compile(
    rf"^(?:{_DECIMAL}(?: {_DECIMAL})++|[-+]?\d{{1,7}}(?: [-+]?\d{{1,7}}){{15,}}+) *$", re.MULTILINE
)
"""Lines of decimals, or of more numbers than an identifier has groups."""
_WORD = re.compile(r"[^\W\d_]{2,}")


def without_rows_of_numbers(text: str) -> str:
    """`text` with a filler for each number of such a row that is not near a word."""
    if len(text) < _LONG:
        return text
    words = [found.span() for found in _WORD.finditer(text)]
    starts, ends = [start for start, _ in words], [end for _, end in words]
    for pattern in (_BLANKS_BETWEEN, _ROW):
        pieces: list[str] = []
        last = 0
        for row in pattern.finditer(text):
            left, right = row.span()
            before, after = bisect_right(ends, left), bisect_left(starts, right)
            left = max(left, ends[before - 1] + _BEFORE) if before else left
            right = min(right, starts[after] - _AFTER) if after < len(starts) else right
            if left < right:
                pieces += (text[last:left], _FILLER * (right - left))
                last = right
        text = "".join((*pieces, text[last:])) if pieces else text
    return text
