"""Findings: what detectors report, without the value.

Invariants: a `Finding` never holds the value it is about, only its place, a keyed fingerprint and a masked
preview (law 4). Spans are Unicode code points in the normalised text, end-exclusive; a finding in another string of
the document has a place and no span. A `Detection` lives only inside the process that holds the text; it becomes a
`Finding` by `seal`.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pydantic import Field

from pipeline.domain.digests import fingerprint
from pipeline.domain.findings.failures import failure_sentence
from pipeline.domain.findings.line_numbers import LineNumbers
from pipeline.domain.frozen import Frozen


class FindingKind(StrEnum):
    """The families of findings policy distinguishes."""

    SECRET = "secret"  # noqa: S105
    PII = "pii"
    INJECTION = "injection"
    PLAIN_ORDER = "plain_order"
    """An order to an assistant without a word that overrides, out of place in its document."""
    HIDDEN_TEXT = "hidden_text"
    SCAN_FAILED = "scan_failed"


class Severity(StrEnum):
    """How bad it would be if the finding is true."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Severity).index(self)


class Place(StrEnum):
    """Where a finding is: in the text of the document, or in another string that is served or shown with it."""

    TEXT = "text"
    NAME = "name"
    """The name inside the source: folders, file name, record id."""
    TITLE = "title"
    OWNER = "owner"
    SUBMITTER = "submitter"
    LICENCE = "licence"
    ACCESS = "access"
    """Tenant, allowed and denied principals."""
    PROBLEM = "problem"
    """A sentence about a declaration that could not be read."""


class Lowering(StrEnum):
    """Why a detector judged that something it recognised is not what it looks like (law 5: lowered, never dropped)."""

    PLACEHOLDER = "placeholder"
    REFERENCE = "reference"
    SAMPLE = "sample"
    DESCRIPTION = "description"
    PUBLIC = "public"
    HASH = "hash"
    IDENTIFIER = "identifier"
    MACHINE = "machine"
    PIECE = "piece"
    COLUMN = "column"
    MENTION = "mention"
    ASIDE = "aside"
    QUOTED = "quoted"
    PEOPLE = "people"

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return _BECAUSE[self]


_BECAUSE = {
    Lowering.PLACEHOLDER: "it stands in for a value that the reader must fill in",
    Lowering.REFERENCE: "it refers to where the value is kept: a variable, an environment, a vault, a template",
    Lowering.SAMPLE: "it is a sample of documentation: it counts up, repeats itself or is used everywhere",
    Lowering.DESCRIPTION: "its name, or a word before it, says that it is something else: a length, a path, a version",
    Lowering.PUBLIC: "it is a public key, a certificate or another value that is meant to be published",
    Lowering.HASH: "it is a hash, a checksum or a revision in its usual place",
    Lowering.IDENTIFIER: "it is an identifier whose name does not say secret",
    Lowering.MACHINE: "its line reads like the output of a program: hashes, coordinates, packed code",
    Lowering.PIECE: "it is a piece of a longer token, such as a path, a version or a number of another kind",
    Lowering.COLUMN: "its column, or its label, holds something else: the header says so, or the other values do",
    Lowering.MENTION: "the text talks about it: it is quoted, reported or stands among explanations",
    Lowering.QUOTED: "the text is about such orders, and quotes this one so that it could be carried out as it stands",
    Lowering.PEOPLE: "it is said to people about papers, goods or machines, and asks nothing of a model",
    Lowering.ASIDE: "the text quotes or reports it, but is about something else",
}


@dataclass(frozen=True, slots=True)
class Detection:
    """A detector's raw observation. `value` and `reason` must not be logged; `value` leaves no process."""

    kind: FindingKind
    detector: str
    """Stable id of the rule that fired, such as `secrets.aws-access-key`."""
    entity: str
    """The type of thing found, upper snake case, such as `AWS_ACCESS_KEY` or `EMAIL_ADDRESS`."""
    start: int
    end: int
    severity: Severity
    confidence: float
    """0 to 1: how likely the finding is true."""
    reason: str = ""
    """One sentence for a reviewer that says why this fired. Never holds document text."""
    value: str | None = field(default=None, repr=False)
    """The decoded value, where it differs from text[start:end] (encoded or split values)."""
    lowered: Lowering | None = None
    """Why it was judged harmless; None where it was not."""


class Finding(Frozen):
    """A detection without its value: safe to store, log, send and show."""

    kind: FindingKind
    detector: str
    entity: str
    severity: Severity
    confidence: float = Field(ge=0, le=1)
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    line: int = Field(ge=1)
    fingerprint: str
    preview: str
    reason: str = ""
    place: Place = Place.TEXT
    """For any other place than the text, `start` and `end` are 0 and `line` is 1."""
    lowered: Lowering | None = None
    """Why the detector judged it harmless. It stays on record; a rule counts it only by naming `lowered`."""

    @property
    def where(self) -> str:
        """Its line in the text, or the string it is in, in words."""
        return f"line {self.line}" if self.place is Place.TEXT else self.place.value

    def at(self, place: Place) -> "Finding":
        """The same finding in another string than the text, without a span."""
        return self.model_copy(update={"place": place, "start": 0, "end": 0, "line": 1})

    @property
    def is_value(self) -> bool:
        """Whether it stands for a secret, or for personal data more telling than a bare name (law 4)."""
        if self.kind is FindingKind.PII:
            return self.severity is not Severity.LOW and self.confidence >= CERTAIN
        return self.kind is FindingKind.SECRET and self.lowered is None


CERTAIN = 0.5
"""From this confidence on personal data counts as such; below it is weak evidence."""


def mask(value: str, entity: str) -> str:
    """A preview that says what kind of thing stood there and how long it was, and nothing else.

    No character of the value is shown: even a first letter narrows a name or a password.
    """
    return f"{entity.lower().replace('_', ' ')}, {len(value)} characters"


def seal(detection: Detection, text: str, key: bytes, lines: LineNumbers | None = None) -> Finding:
    """Turn a detection into a finding: the value becomes a keyed fingerprint and a masked preview.

    Args:
        detection: A detection in `text`.
        text: The text.
        key: The home's key of fingerprints.
        lines: Those of `text`, for a caller with many detections.

    """
    value = detection.value if detection.value is not None else text[detection.start : detection.end]
    because = f" It was lowered: {detection.lowered.sentence}." if detection.lowered else ""
    return Finding(
        kind=detection.kind,
        detector=detection.detector,
        entity=detection.entity,
        severity=detection.severity,
        confidence=round(detection.confidence, 4),
        start=detection.start,
        end=detection.end,
        line=(lines or LineNumbers(text)).at(detection.start),
        fingerprint=fingerprint(key, value),
        preview=mask(value, detection.entity),
        reason=(detection.reason + because).lstrip(),
        lowered=detection.lowered,
    )


def scan_failure(detector: str, word: str, media_type: str = "") -> Finding:
    """The finding that stands for "this was not done to its end": policy can never admit it (law 3)."""
    return Finding(
        kind=FindingKind.SCAN_FAILED,
        detector=detector,
        entity="SCAN_FAILED",
        severity=Severity.CRITICAL,
        confidence=1.0,
        start=0,
        end=0,
        line=1,
        fingerprint="",
        preview="",
        reason=failure_sentence(detector, word, media_type),
    )


def merge_overlaps(detections: Iterable[Detection]) -> list[Detection]:
    """One finding a value: of overlapping detections of one kind keep the most severe, most confident, longest.

    The survivor's span is widened to cover everything it absorbed, so redaction removes all of it. A lowered detection
    never widens or replaces one that is not lowered; it gives way to it.
    """
    ranked = sorted(detections, key=lambda d: (d.kind, d.start, -d.end))
    merged = _merged(one for one in ranked if one.lowered is None)
    reported = sorted(merged, key=lambda d: (d.kind, d.start))
    lowered = [one for one in _merged(one for one in ranked if one.lowered) if not _overlaps(one, reported)]
    return sorted((*merged, *lowered), key=lambda d: (d.start, d.end, d.kind, d.detector))


def _merged(ranked: Iterable[Detection]) -> list[Detection]:
    merged: list[Detection] = []
    for current in ranked:
        last = merged[-1] if merged else None
        if last is None or last.kind != current.kind or current.start >= last.end or current.end <= current.start:
            merged.append(current)
            continue
        best = max(last, current, key=lambda d: (d.severity.rank, d.confidence, d.end - d.start, d.detector))
        start, end = min(last.start, current.start), max(last.end, current.end)
        value = best.value if (start, end) == (best.start, best.end) else None
        merged[-1] = replace(best, start=start, end=end, value=value)
    return merged


def _overlaps(one: Detection, reported: Sequence[Detection]) -> bool:
    """Whether a detection of its kind, of `reported` (by kind and place, without overlaps), stands at its place."""
    at = bisect_left(reported, (one.kind, one.end), key=lambda d: (d.kind, d.start))
    return at > 0 and reported[at - 1].kind == one.kind and reported[at - 1].end > one.start
