"""Which stretches of a text are worth a recogniser's time.

Invariants: every line with what `worth` asks for lies inside some block; blocks are in order and begin and end at line
borders (or `margin` characters before). Nothing is cut: patterns read a block in place, however long it is.
"""

import re
from collections.abc import Iterator

_DIGIT = re.compile(r"\d")
_SHORT_CODE = re.compile(r"@|::|\d[A-Z]{2}|[A-Z]\d{2}|[0-9A-F]{2}[:-][0-9A-F]{2}[:-]", re.IGNORECASE)
FEW_DIGITS = 5


def blocks(text: str, margin: int = 0, identifiers: bool = False) -> Iterator[tuple[int, int]]:
    """Runs of adjacent lines that hold a digit or an at sign, each with `margin` characters before it.

    With `identifiers`, a line with fewer than five digits counts only where it holds something like a short code.
    """
    start = end = -1
    for line in re.finditer(r"[^\n]*[\d@][^\n]*", text):
        if identifiers and not _worth(line.group()):
            continue
        if start >= 0 and line.start() <= end + 1:
            end = line.end()
            continue
        if start >= 0:
            yield max(0, start - margin), end
        start, end = line.span()
    if start >= 0:
        yield max(0, start - margin), end


def _worth(line: str) -> bool:
    return len(_DIGIT.findall(line)) >= FEW_DIGITS or _SHORT_CODE.search(line) is not None
