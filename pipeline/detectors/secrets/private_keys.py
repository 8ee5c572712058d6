"""Private keys in PEM armour, whole, cut off, or split over string literals and escapes.

Invariants: an armour line without key material is not a finding; searching is linear in the text, and the stretch of
one armour line is bounded.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

LONGEST = 32_768
_BEGIN = re.compile(
    r"-{4,5}\s?BEGIN (?:(?P<kind>[A-Z0-9 ]{0,40}?)(?:PRIVATE|SECRET) KEY(?: BLOCK)?|OpenVPN Static key V\d)\s?-{4,5}"
    r"|PuTTY-User-Key-File-\d"
)
_MARKS = ("BEGIN ", "PuTTY-User-Key-File-")
"""A text without any of them is not searched."""
_END = re.compile(
    r"-{4,5}\s?END (?:[A-Z0-9 ]{0,40}?(?:PRIVATE|SECRET) KEY(?: BLOCK)?|OpenVPN Static key V\d)\s?-{4,5}"
    r"|Private-MAC: [0-9a-f]{0,64}"
)
_NOISE = re.compile(r"(?:\\+[rntu]|&#1[03];|<br\s?/?>|[\s\"'`+\\|,.>*#;])+")
_MATERIAL = re.compile(r"[A-Za-z0-9/=_-]{24,}")
_FIRST_LINES = 600


def private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Spans of private keys in `text`, armour included."""
    if not any(mark in text for mark in _MARKS):
        return
    begins = [found.span() for found in _BEGIN.finditer(text)]
    ends = [found.span() for found in _END.finditer(text)] if begins else []
    for number, (start, body) in enumerate(begins):
        limit = min(len(text), start + LONGEST, *(begin for begin, _ in begins[number + 1 : number + 2]))
        place = bisect_left(ends, (body, body))
        closed = place < len(ends) and ends[place][1] <= limit
        material = text[body : ends[place][0] if closed else limit]
        if _has_material(material):
            yield start, ends[place][1] if closed else body + _material_end(material)


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
