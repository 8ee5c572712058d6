"""Redaction: exact spans out, typed placeholders in.

Invariants: equal values (by fingerprint) get the same placeholder inside a document. Text outside the spans is
untouched. Overlapping spans become one placeholder that covers all of them, so that no part of a value is left.
Placeholders are recognised by where they were put, never by their form, which an author could write (law 5).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.domain.digests import digest_json
from pipeline.domain.findings.findings import Finding


def redaction_digest(findings: Sequence[Finding]) -> str:
    """What an approval with redaction is bound to: every finding by detector, keyed fingerprint and place."""
    return digest_json(sorted([f.detector, f.fingerprint, str(f.start), str(f.end)] for f in findings))


PLACEHOLDER = "‹"
"""What a placeholder begins with."""


class _Placeholder(NamedTuple):
    """A placeholder in a redacted text, and the stretch of the original that it stands for."""

    start: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Redaction:
    """A redacted text, and where its placeholders stand."""

    text: str
    placed: tuple[_Placeholder, ...]

    def is_placeholder(self, start: int, end: int) -> bool:
        """Whether a stretch of the redacted text holds no letter and no digit but those of placeholders."""
        touched = self._touched(start, end)
        ends = [start, *(one.end for one in touched)]
        begins = [*(one.start for one in touched), end]
        kept = (self.text[left:right] for left, right in zip(ends, begins, strict=True))
        return bool(touched) and not any(character.isalnum() for piece in kept for character in piece)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original text that a stretch of the redacted text stands for."""
        touched = self._touched(start, end)
        first = touched[0].first if touched and touched[0].start < start else self._outside(start)
        last = touched[-1].last if touched and touched[-1].end > end else self._outside(end)
        return first, last

    def _touched(self, start: int, end: int) -> list[_Placeholder]:
        return [one for one in self.placed if one.start < end and start < one.end]

    def _outside(self, place: int) -> int:
        """Where a place outside the placeholders is in the original text."""
        at = bisect_right(self.placed, place, key=lambda one: one.end)
        return place + (self.placed[at - 1].last - self.placed[at - 1].end if at else 0)


def redact(text: str, findings: Sequence[Finding]) -> Redaction:
    """`text` with every finding's span replaced by a placeholder such as `‹EMAIL_ADDRESS_1›`.

    Findings without a span (start equal to end) cannot be redacted and are ignored here: policy re-scans.
    """
    numbers: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    pieces: list[str] = []
    placed: list[_Placeholder] = []
    position = length = 0
    for first, last, entity, value_key in _merged(findings):
        number = numbers.get((entity, value_key))
        if number is None:
            number = counts[entity] = counts.get(entity, 0) + 1
            numbers[entity, value_key] = number
        placeholder = f"{PLACEHOLDER}{entity}_{number}›"
        pieces += (text[position:first], placeholder)
        length += first - position
        placed.append(_Placeholder(length, length + len(placeholder), first, last))
        length += len(placeholder)
        position = last
    pieces.append(text[position:])
    return Redaction("".join(pieces), tuple(placed))


def _merged(findings: Sequence[Finding]) -> list[tuple[int, int, str, str]]:
    spans = sorted((f.start, -f.end, f.entity, f.fingerprint) for f in findings if f.end > f.start)
    merged: list[tuple[int, int, str, str]] = []
    for start, negative_end, entity, value_key in spans:
        end = -negative_end
        if merged and start < merged[-1][1]:
            last = merged[-1]
            merged[-1] = (last[0], max(last[1], end), last[2], last[3] + value_key)
        else:
            merged.append((start, end, entity, value_key))
    return merged
