"""Questions about findings and the documents that have them, and their answers.

Invariant: pure. An answer holds what stands on record about a finding, and never the value or a preview of it.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import FindingKind, Lowering, Place, Severity
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification


class CountBy(StrEnum):
    """Fields by which answers are counted."""

    KIND = "kind"
    ENTITY = "entity"
    SEVERITY = "severity"
    DETECTOR = "detector"
    VERDICT = "verdict"
    RULE = "rule"
    SOURCE = "source"
    OWNER = "owner"
    CLASSIFICATION = "classification"
    DETECTOR_VERSION = "detector-version"
    DAY = "day"
    """Of the verdict, in UTC."""

    @property
    def of_findings(self) -> bool:
        """Whether it is a field of a finding, and not of a verdict or a document."""
        return self in (CountBy.KIND, CountBy.ENTITY, CountBy.SEVERITY, CountBy.DETECTOR)


class FindingQuestion(Frozen):
    """Which findings, or documents with such findings; a field that is not given does not restrict."""

    kind: FindingKind | None = None
    entity: str = Field(default="", max_length=100)
    severity: Severity | None = None
    """This one or a worse one."""
    detector: str = Field(default="", max_length=100)
    lowered: bool | None = None
    """Whether the detector judged it harmless."""
    waived: bool | None = None
    """Whether the verdict stands on a waiver of it."""
    action: Action | None = None
    rule: str = Field(default="", max_length=200)
    """A rule that decided."""
    source: str = Field(default="", max_length=63)
    owner: str = Field(default="", max_length=200)
    classification: Classification | None = None
    since: datetime | None = None
    """Verdicts from this time on."""
    until: datetime | None = None
    """Exclusive."""
    detector_version: str = Field(default="", max_length=64, pattern="^[0-9a-f]*$")
    """Beginning of the digest of detectors and extraction that the verdict is bound to."""
    missing_from: str = Field(default="", max_length=64, pattern="^[0-9a-f]*$")
    """Beginning of another such digest: only findings that this one did not make in the same version."""
    past: bool = False
    """Whether verdicts that no longer hold, and deleted documents, count too."""

    @property
    def every_verdict(self) -> bool:
        """Whether older verdicts count: asking for a past version of detectors asks for them."""
        return self.past or bool(self.detector_version or self.missing_from)

    @property
    def asks_for_findings(self) -> bool:
        """Whether a document needs a finding to match."""
        given = (self.kind, self.entity, self.severity, self.detector, self.lowered, self.waived, self.missing_from)
        return any(value not in (None, "") for value in given)


class FoundFinding(Frozen):
    """A finding on record."""

    doc_id: str
    source: str
    owner: str
    classification: Classification
    action: Action
    """Of the verdict that it belongs to."""
    kind: FindingKind
    entity: str
    severity: Severity
    confidence: float
    detector: str
    place: Place
    line: int
    """1 for any other place than the text."""
    fingerprint: str
    lowered: Lowering | None
    waived: bool
    decided_at: datetime
    detector_version: str
    verdict_id: str
    ordinal: int
    """Position in its verdict, from 0."""


class FoundDocument(Frozen):
    """A document on record, with the verdict that matched."""

    doc_id: str
    source: str
    owner: str
    classification: Classification
    action: Action
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    """Of the rules, in their order."""
    decided_at: datetime
    served: bool
    """Whether the ledger has a live version of it; takedowns come on top."""
    deleted: bool
    findings: dict[str, int]
    """Findings of the verdict, by kind."""
    detector_version: str
    verdict_id: str


class FindingCount(Frozen):
    """One value of a field, counted.

    With past verdicts, a document that had several rules or classifications counts once for each combination.
    """

    value: str
    findings: int | None
    """None if they were not counted: neither the field nor the question is about findings."""
    documents: int
