"""A text as a reviewer may see it: values masked, findings marked, invisible characters named.

Invariants: no character of a secret or of personal data is left (law 4), wherever in the text the same value stands
again. Weak evidence that readers will see as it stands is marked in place of masked; a secret never is. Masked text
stays comparable: equal values carry equal numbers, other values other numbers, over both texts.
Instructions and hidden passages stay readable, because the reviewer must judge them.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from pipeline.domain.findings.findings import Finding, FindingKind
from pipeline.domain.frozen import Frozen

VALUES = (FindingKind.SECRET, FindingKind.PII)
SHORTEST_REPEATED = 4
"""Values shorter than this are masked where they were found, not wherever the same letters stand."""


class MarkKind(StrEnum):
    """Why a stretch of text is marked."""

    MASKED = "masked"
    CLEAR = "clear"
    """Weak personal data that readers will see as it stands."""
    FINDING = "finding"
    HIDDEN = "hidden"
    INVISIBLE = "invisible"
    LOOKALIKE = "lookalike"


class Mark(Frozen):
    """A marked stretch `[start, stop)` of a masked text, with what a reviewer is told about it."""

    start: int
    stop: int
    kind: MarkKind
    label: str
    """Entity type, technique of hiding, or the name of a character."""
    finding: int | None = None
    """Number of the finding in the verdict, from 1, as `corpusgate explain` numbers them."""
    detector: str = ""
    severity: str = ""
    reason: str = ""


class MaskedText(Frozen):
    """A text without its values, and its marks in order."""

    text: str
    marks: tuple[Mark, ...]


class Numbering:
    """Numbers for values, the same for equal values in every text it is used for."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._counts: dict[str, int] = {}

    def label(self, entity: str, value: str) -> str:
        """A placeholder such as `‹EMAIL_ADDRESS 2›`."""
        key = (entity, value)
        if key not in self._numbers:
            self._numbers[key] = self._counts[entity] = self._counts.get(entity, 0) + 1
        return f"‹{entity} {self._numbers[key]}›"


def values_of(text: str, findings: Iterable[Finding], clear: Collection[int] = ()) -> dict[str, str]:
    """The values that findings stand for in a text, each with its entity type; they must not leave the process.

    `clear`: numbers of findings whose values readers see.
    """
    found = {text[f.start : f.end]: f.entity for f in _masked(findings, clear).values()}
    return {value: entity for value, entity in found.items() if value.strip()}


def mask(
    text: str,
    findings: Sequence[Finding],
    numbering: Numbering,
    elsewhere: dict[str, str] | None = None,
    hidden: Sequence[tuple[int, int, str]] = (),
    clear: Collection[int] = (),
) -> MaskedText:
    """`text` without its values.

    `elsewhere`: values found in another text of the same document, masked here too. `hidden`: stretches that the raw
    format hides, each with how. `clear`: numbers of findings that readers will see as they stand; they are marked, but
    for what is a masked value as well.
    """
    masked_ones = _masked(findings, clear)
    spans = _value_spans(text, masked_ones, elsewhere or {})
    pieces: list[str] = []
    marks: list[Mark] = []
    old_ends: list[int] = []
    shifts: list[int] = []
    position = length = 0
    for start, end, entity, number in spans:
        label = numbering.label(entity, text[start:end])
        pieces += (text[position:start], label)
        length += start - position
        told = _told(findings, number)
        marks.append(Mark(start=length, stop=length + len(label), kind=MarkKind.MASKED, label=entity, **told))
        length += len(label)
        position = end
        old_ends.append(end)
        shifts.append(length - end)
    pieces.append(text[position:])
    masked = "".join(pieces)

    def place(at: int) -> int:
        """Where a place of the text stands in the masked one; inside a value, at the end of its placeholder."""
        n = bisect_right(old_ends, at)
        if n < len(spans) and spans[n][0] <= at:
            return spans[n][1] + shifts[n] if at > spans[n][0] else spans[n][0] + (shifts[n - 1] if n else 0)
        return at + (shifts[n - 1] if n else 0)

    for number, finding in enumerate(findings, 1):
        if finding.end <= finding.start or number in masked_ones:
            continue
        kind = MarkKind.HIDDEN if finding.kind is FindingKind.HIDDEN_TEXT else MarkKind.FINDING
        kind = MarkKind.CLEAR if finding.kind in VALUES else kind
        start, stop = place(finding.start), place(finding.end)
        marks.append(Mark(start=start, stop=stop, kind=kind, label=finding.entity, **_told(findings, number)))
    for start, end, how in hidden:
        marks.append(Mark(start=place(start), stop=place(end), kind=MarkKind.HIDDEN, label=how))
    marks.extend(_characters(masked))
    return MaskedText(text=masked, marks=tuple(sorted(marks, key=lambda m: (m.start, -m.stop, m.kind, m.label))))


def _masked(findings: Iterable[Finding], clear: Collection[int]) -> dict[int, Finding]:
    """Findings whose values are masked, by number. A secret is, whatever is said of it."""
    numbered = enumerate(findings, 1)
    return {n: f for n, f in numbered if f.kind in VALUES and (f.kind is FindingKind.SECRET or n not in clear)}


def _value_spans(
    text: str, findings: Mapping[int, Finding], elsewhere: dict[str, str]
) -> list[tuple[int, int, str, int | None]]:
    """Stretches to mask, in order and apart: where values were found, and wherever they stand again."""
    spans: list[tuple[int, int, str, int | None]] = [
        (f.start, f.end, f.entity, number) for number, f in findings.items() if f.end > f.start
    ]
    known = {value: entity for value, entity in elsewhere.items() if len(value.strip()) >= SHORTEST_REPEATED}
    for start, end, entity, _ in list(spans):
        if len(text[start:end].strip()) >= SHORTEST_REPEATED:
            known.setdefault(text[start:end], entity)
    spans += [(start, end, known[text[start:end]], None) for start, end in _standing(text, known)]
    apart: list[tuple[int, int, str, int | None]] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1], s[3] is None)):
        if apart and span[0] < apart[-1][1]:
            last = apart[-1]
            apart[-1] = (last[0], max(last[1], span[1]), last[2], last[3] or span[3])
        else:
            apart.append(span)
    return apart


def _standing(text: str, values: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where any of `values` stands in `text`, the longest at each place; the cost hardly grows with their number."""
    lengths: dict[str, set[int]] = {}
    for value in values:
        lengths.setdefault(value[:SHORTEST_REPEATED], set()).add(len(value))
    longest_first = {head: sorted(found, reverse=True) for head, found in lengths.items()}
    at = 0
    while at < len(text) and longest_first:
        fitting = longest_first.get(text[at : at + SHORTEST_REPEATED], ())
        length = next((length for length in fitting if text[at : at + length] in values), 0)
        if length:
            yield at, at + length
        at += length or 1


def _told(findings: Sequence[Finding], number: int | None) -> dict[str, str | int | None]:
    if number is None:
        return {"reason": "The same value was found elsewhere in this document."}
    finding = findings[number - 1]
    return {
        "finding": number,
        "detector": finding.detector,
        "severity": finding.severity.value,
        "reason": finding.reason,
    }


_UNUSUAL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e01ef]"
)
_WORD = re.compile(r"\w+")
_SCRIPTS = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}


def name_of(character: str) -> str:
    """Code point and name, such as `U+200B ZERO WIDTH SPACE`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"


def spelled(text: str) -> str:
    """`text` with every character that is invisible, or that turns text around, as its code point: `‹U+202E›`."""
    return _UNUSUAL.sub(lambda found: f"‹U+{ord(found[0]):04X}›", text)


def _characters(text: str) -> Iterable[Mark]:
    """Invisible characters one by one, and letters that look like another script's inside a word."""
    if text.isascii() and text.isprintable():
        return
    for found in _UNUSUAL.finditer(text):
        yield Mark(start=found.start(), stop=found.end(), kind=MarkKind.INVISIBLE, label=name_of(found[0]))
    if text.isascii():
        return
    for word in _WORD.finditer(text):
        if word[0].isascii():
            continue
        scripts = [unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else "" for letter in word[0]]
        if len(_SCRIPTS & set(scripts)) < 2:
            continue
        main = max(sorted(_SCRIPTS), key=scripts.count)
        for offset, script in enumerate(scripts):
            if script in _SCRIPTS and script != main:
                at = word.start() + offset
                yield Mark(start=at, stop=at + 1, kind=MarkKind.LOOKALIKE, label=name_of(text[at]))


def relocated(findings: Sequence[Finding], served: str) -> list[Finding] | None:
    """Findings of a text where they stand in its redacted form; None when that cannot be told for sure.

    Which of them were taken out is seen from the placeholders that stand where they must. Where a finding that was
    kept overlaps one that was taken out the end of the placeholder's stretch is open, and the answer is None.
    """
    shift, last_end = 0, -1
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if finding.end <= finding.start:
            continue
        if finding.start < last_end:
            if finding.end > last_end:
                return None
            continue
        at = finding.start + shift
        placeholder = re.compile(rf"‹{re.escape(finding.entity)}_\d+›").match(served, at)
        if placeholder is None:
            kept.append(finding.model_copy(update={"start": at, "end": finding.end + shift}))
            continue
        if kept and kept[-1].end > at:
            return None
        shift += len(placeholder[0]) - (finding.end - finding.start)
        last_end = finding.end
    return kept if all(finding.end <= len(served) for finding in kept) else None
