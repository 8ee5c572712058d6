"""The strings of a document as one text for the detectors, and what was found where it stands in them.

Invariant: pure. Each string is on the sheet as it is; other forms of it only add findings.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from pydantic import Field

from pipeline.domain.documents.pseudonyms import PART
from pipeline.domain.findings.findings import Finding, FindingKind, Place
from pipeline.domain.frozen import Frozen

_SEPARATED = re.compile(r"[/#]")
_MOST_SUFFIXES = 8
_GAP = "\n\n"
STRINGS_EXTRACTOR = "strings-1"
"""Extractor of a sheet: short strings, in which a generated value needs no word for a credential next to it."""


class ServedString(Frozen):
    """One string that leaves with a document or is shown."""

    place: Place
    text: str = Field(repr=False)


class StringFinding(Frozen):
    """A finding where it stands in a string."""

    string: int
    start: int
    end: int
    finding: Finding


@dataclass(frozen=True)
class _Line:
    start: int
    stop: int
    string: int
    at: int
    """Where the line begins in its string."""
    decoded: int | None = None
    """Length of the part it was decoded from, where places differ."""
    secrets_only: bool = False
    """A whole name, in which a separator can pass for a piece of an address."""


class Sheet:
    """Strings as one text for the detectors, each as it is and so that separators of names hide nothing.

    A key after an underscore, or one written with percent signs, is a word of its own only on a line of its own.
    """

    def __init__(self, strings: Sequence[ServedString]) -> None:
        self._lines: list[_Line] = []
        pieces: list[str] = []
        position = 0
        for number, string in enumerate(strings):
            for form, at, decoded in dict.fromkeys(_forms(string)):
                whole_name = string.place is Place.NAME and form == string.text and bool(_SEPARATED.search(form))
                self._lines.append(_Line(position, position + len(form), number, at, decoded, whole_name))
                pieces.append(form)
                position += len(form) + len(_GAP)
        self.text = _GAP.join(pieces)
        self._strings = strings

    def located(self, findings: Iterable[Finding]) -> list[StringFinding]:
        """The findings where they stand in the strings; a failed scan stands in all of every string."""
        found: list[StringFinding] = []
        for finding in findings:
            if finding.kind is FindingKind.SCAN_FAILED:
                found += [_whole(number, string, finding) for number, string in enumerate(self._strings)]
                continue
            for line in self._lines:
                if finding.start >= line.stop or finding.end <= line.start:
                    continue
                if line.secrets_only and finding.kind is FindingKind.PII:
                    continue
                start = max(finding.start - line.start, 0) + line.at
                end = min(finding.end, line.stop) - line.start + line.at
                if line.decoded is not None:
                    start, end = line.at, line.at + line.decoded
                place = self._strings[line.string].place
                found.append(StringFinding(string=line.string, start=start, end=end, finding=finding.at(place)))
        return found


def _forms(string: ServedString) -> Iterator[tuple[str, int, int | None]]:
    """The string as it is, its parts, and its parts with separators of names undone; each with its place."""
    yield string.text, 0, None
    if not any(separator in string.text for separator in "_%/#"):
        return
    parts = PART.finditer(string.text) if string.place is Place.NAME else re.finditer(r"(?s).+", string.text)
    for part in parts:
        text, at = part[0], part.start()
        yield text, at, None
        if "_" in text:
            yield text.replace("_", " "), at, None
            for underscore in [found.start() for found in re.finditer("_", text)][:_MOST_SUFFIXES]:
                yield text[underscore + 1 :], at + underscore + 1, None
        decoded = unquote(text) if "%" in text else text
        if decoded != text:
            yield decoded, at, len(text)


def _whole(number: int, string: ServedString, finding: Finding) -> StringFinding:
    return StringFinding(string=number, start=0, end=len(string.text), finding=finding.at(string.place))
