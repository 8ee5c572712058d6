"""Private keys in PEM armour, whole, cut off, or split over string literals and escapes.

Invariants: an armour line without key material behind it is no finding; searching is linear, because the end is
looked for with plain string search inside a bounded stretch.
"""

import re
from collections.abc import Iterator

LONGEST = 32_768
_BEGIN = re.compile(
    r"-----\s?BEGIN (?P<kind>[A-Z0-9 ]{0,40}?)(?:PRIVATE|SECRET) KEY(?: BLOCK)?\s?-----|PuTTY-User-Key-File-\d"
)
_END = re.compile(r"-----\s?END [A-Z0-9 ]{0,40}?(?:PRIVATE|SECRET) KEY(?: BLOCK)?\s?-----|Private-MAC: [0-9a-f]{0,64}")
_NOISE = re.compile(r"(?:\\+[rntu]|&#1[03];|<br\s?/?>|[\s\"'`+\\|,.>*#;])+")
_MATERIAL = re.compile(r"[A-Za-z0-9/=_-]{24,}")
_FIRST_LINES = 600


def private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Spans of private keys in `text`, armour included."""
    at = 0
    while (begin := _BEGIN.search(text, at)) is not None:
        limit = min(len(text), begin.start() + LONGEST)
        end = _END.search(text, begin.end(), limit)
        following = _BEGIN.search(text, begin.end(), limit)
        if end is not None and (following is None or end.end() <= following.start()):
            stop, closed = end.end(), True
        else:
            stop, closed = (following.start() if following else limit), False
        body = text[begin.end() : (end.start() if end and closed else stop)]
        if _has_material(body):
            yield begin.start(), stop if closed else begin.end() + _material_end(body)
        at = stop if closed else begin.end()


def _has_material(body: str) -> bool:
    return sum(len(run) for run in _MATERIAL.findall(_NOISE.sub("", body[:_FIRST_LINES]))) >= 32


def _material_end(body: str) -> int:
    """Where a key without an end mark stops: at the first line that holds no key material."""
    at = 0
    for number, line in enumerate(body.split("\n")):
        if number > 0 and line.strip() and not re.search(r"[A-Za-z0-9+/=]{16,}|^[\w-]+: ", line):
            break
        at += len(line) + 1
    return max(1, min(at, len(body)))
