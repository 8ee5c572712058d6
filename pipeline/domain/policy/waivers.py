"""Waivers: findings that two people decided, outside the document, to let through (law 5).

Invariants: a waiver covers exactly the findings it names, by detector and fingerprint, in one document or one source,
from its approval until it expires or is ended. A failed scan is never covered. Nothing is covered in a document that
the approver submitted or owns, whenever it came in: an approval is worth nothing for one's own documents.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import Field, field_validator

from pipeline.domain.documents.provenance import source_of
from pipeline.domain.findings.findings import Finding, FindingKind
from pipeline.domain.frozen import Frozen

WAIVED = "waived"
"""Tag of a verdict that did not count every finding."""


class WaivedFinding(Frozen):
    """What a waiver names: never the value, only what tells equal values apart."""

    scope: str = Field(min_length=1)
    """A document (`source:uri`) or a source; source names hold no colon, so the two are never ambiguous."""
    detector: str = Field(min_length=1)
    fingerprint: str = Field(pattern=r"^[0-9a-f]{32}$")
    kind: FindingKind
    entity: str

    @field_validator("kind")
    @classmethod
    def _not_a_failure(cls, kind: FindingKind) -> FindingKind:
        if kind is FindingKind.SCAN_FAILED:
            raise ValueError("a failed scan cannot be waived")
        return kind

    @classmethod
    def of(cls, finding: Finding, scope: str) -> "WaivedFinding":
        """The finding as a waiver names it. Raises `ValueError` for a failed scan."""
        return cls(
            scope=scope,
            detector=finding.detector,
            fingerprint=finding.fingerprint,
            kind=finding.kind,
            entity=finding.entity,
        )


class WaiverState(StrEnum):
    """Where a waiver stands. Only an active one has an effect."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"
    ENDED = "ended"
    """A person ended or withdrew it."""


class Waiver(Frozen):
    """One request, for one finding or for a whole baseline, and what became of it."""

    waiver_id: str
    source: str
    reason: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    findings: tuple[WaivedFinding, ...]

    def names(self, finding: WaivedFinding) -> bool:
        """Whether it names that finding, in the same scope or in the whole source."""
        scopes = (finding.scope, source_of(finding.scope))
        same = (finding.detector, finding.fingerprint)
        return any(one.scope in scopes and (one.detector, one.fingerprint) == same for one in self.findings)

    def state(self, at: datetime) -> WaiverState:
        """How it stands at that moment."""
        if self.ended_at is not None:
            return WaiverState.ENDED
        if self.expires_at <= at:
            return WaiverState.EXPIRED
        return WaiverState.PENDING if self.approved_at is None else WaiverState.ACTIVE


class ActiveWaivers:
    """What is waived at one moment. Which waiver covers a finding depends on nothing but the waivers themselves."""

    def __init__(self, waivers: Iterable[Waiver], at: datetime) -> None:
        active = [waiver for waiver in waivers if waiver.state(at) is WaiverState.ACTIVE]
        self.ids = frozenset(waiver.waiver_id for waiver in active)
        self._covers: dict[tuple[str, str, str], list[Waiver]] = {}
        # The one that lasts longest first, so that a renewal takes over before its forerunner ends.
        for waiver in sorted(active, key=lambda one: (one.expires_at, one.waiver_id), reverse=True):
            for finding in waiver.findings:
                self._covers.setdefault((finding.scope, finding.detector, finding.fingerprint), []).append(waiver)

    def covering(self, doc_id: str, authors: Collection[str], detector: str, fingerprint: str) -> str | None:
        """Id of the waiver that covers a finding of a document, or None.

        `authors`: who submitted and who owns the document, each in the one spelling `approved_by` is kept in.
        """
        for scope in (doc_id, source_of(doc_id)):
            for waiver in self._covers.get((scope, detector, fingerprint), ()):
                if waiver.approved_by not in authors:
                    return waiver.waiver_id
        return None

    def split(
        self, doc_id: str, authors: Collection[str], findings: Sequence[Finding]
    ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        """The findings that count, and the ids of the waivers that cover the others."""
        counted: list[Finding] = []
        used: set[str] = set()
        for finding in findings:
            failed = finding.kind is FindingKind.SCAN_FAILED
            waiver = None if failed else self.covering(doc_id, authors, finding.detector, finding.fingerprint)
            if waiver is None:
                counted.append(finding)
            else:
                used.add(waiver)
        return tuple(counted), tuple(sorted(used))
