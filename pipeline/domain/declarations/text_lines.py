"""Lines of a decoded text with their offsets, whatever ends them.

Invariant: LF, CR, CR LF, CR CR LF, vertical tab, form feed, U+001C to U+001E, U+0085, U+2028 and U+2029 end a line, as
they do for a reader of the text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_END = re.compile("\r*\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


class TextLine(NamedTuple):
    """One line without its end."""

    number: int
    """From 1."""
    text: str
    end: int
    """Offset behind the line and what ends it."""


def lines_of(text: str, most_characters: int) -> Iterator[TextLine]:
    """Lines that begin within the first `most_characters`, one after the other."""
    start, number = 0, 1
    while start < len(text) and start <= most_characters:
        match = _END.search(text, start)
        stop, end = (match.start(), match.end()) if match else (len(text), len(text))
        yield TextLine(number, text[start:stop], end)
        start, number = end, number + 1


def unified(text: str) -> str:
    """The same lines, each ended by LF."""
    return _END.sub("\n", text)
