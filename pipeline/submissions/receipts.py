"""Receipts for submitters: the status of a submission, its findings, and how to fix them.

Invariant: findings are masked (law 4): kind, place and preview; no value, no fingerprint, no text.
"""

from datetime import datetime

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.emptiness import NO_TEXT
from pipeline.domain.findings.advice import how_to_fix
from pipeline.domain.findings.findings import Lowering
from pipeline.domain.frozen import Frozen
from pipeline.domain.policy.policy import Policy
from pipeline.domain.review.items import DecisionKind, ItemState
from pipeline.domain.submissions.submissions import NEXT, SameBytes, Step, SubmissionStatus, history_of, status_of
from pipeline.stores.ledger.history import VersionRecord
from pipeline.stores.submissions.standing import Placed


class SeenFinding(Frozen):
    """Something a detector saw, and where; never what it saw."""

    kind: str
    entity: str
    severity: str
    detector: str
    line: int
    where: str
    """Its line, or the string it is in: `title`, `name` or another tag."""
    start: int
    """Character of the extracted text it begins at, from 0."""
    end: int
    preview: str
    reason: str
    fix: str
    lowered: Lowering | None = None
    """Why the detector judged it harmless; null where it did not."""


class SubmissionSummary(Frozen):
    """One line of a list of submissions."""

    submission_id: str
    document: str
    source: str
    version: int
    """1 for the first version of the document, and so on."""
    name: str
    title: str | None
    submitted_by: str
    received_at: datetime
    bytes: int
    content_digest: str
    status: SubmissionStatus
    generation: int | None
    """Where it was first indexed, while it is served."""
    next: str
    newer: str | None
    """The submission to follow instead, where there is a newer version."""


class Receipt(SubmissionSummary):
    """Everything its submitter can know about a submission."""

    version_id: str | None
    reasons: tuple[str, ...]
    fixes: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    """Doubts about the tags that were given with it: names that no one has."""
    same_bytes: tuple[SameBytes, ...] = ()
    """Other documents with the same bytes, of those its reader may see."""
    findings: tuple[SeenFinding, ...]
    review_reason: str | None
    """What the reviewer who rejected it wrote."""
    history: tuple[Step, ...]


def summary(placed: Placed) -> SubmissionSummary:
    """The line about a submission."""
    return SubmissionSummary.model_validate(_line(placed))


def receipt(
    placed: Placed,
    version: VersionRecord | None,
    policy: Policy,
    warnings: tuple[str, ...] = (),
    same_bytes: tuple[SameBytes, ...] = (),
    next_refresh: str = "",
) -> Receipt:
    """The whole receipt; `version` is what the submission became, once a run has read it.

    `next_refresh` says when the next refresh of its source is due, for a submission that waits for one.
    """
    record = version.verdicts[-1] if version is not None and version.verdicts else None
    reasons: tuple[str, ...] = ()
    fixes: list[str] = []
    findings: tuple[SeenFinding, ...] = ()
    if record is not None:
        reasons = record.verdict.reasons
        if record.verdict.action is not Action.ADMIT:
            fixes = policy.fixes(record.verdict.rule_ids)
        findings = tuple(
            SeenFinding(
                kind=finding.kind.value,
                entity=finding.entity,
                severity=finding.severity.value,
                detector=finding.detector,
                line=finding.line,
                where=finding.where,
                start=finding.start,
                end=finding.end,
                preview=finding.preview,
                reason=finding.reason,
                lowered=finding.lowered,
                fix="" if finding.lowered else how_to_fix(finding.kind, finding.entity),
            )
            for finding in record.findings
        )
    line = _line(placed)
    if line["status"] is SubmissionStatus.INDEXED and NO_TEXT in reasons:
        line["next"] = NO_TEXT
    elif next_refresh:
        line["next"] = f"{line['next']} {next_refresh}"
    return Receipt.model_validate(
        {
            **line,
            "version_id": placed.version_id,
            "reasons": reasons,
            "fixes": tuple(dict.fromkeys(fixes)),
            "warnings": warnings,
            "same_bytes": same_bytes,
            "findings": findings,
            "review_reason": _review_reason(placed),
            "history": history_of(placed.standing),
        }
    )


def _line(placed: Placed) -> dict[str, object]:
    record, status = placed.record, status_of(placed.standing)
    return {
        "submission_id": record.submission_id,
        "document": record.doc_id,
        "source": record.source,
        "version": record.number,
        "name": record.name,
        "title": record.declared.get("title"),
        "submitted_by": record.submitter,
        "received_at": record.received_at,
        "bytes": record.bytes,
        "content_digest": record.content_digest,
        "status": status,
        "generation": placed.generation,
        "next": NEXT[status],
        "newer": placed.newer,
    }


def _review_reason(placed: Placed) -> str | None:
    if placed.review is None or placed.review.state is not ItemState.REJECTED:
        return None
    said = [one.reason for one in placed.review.decisions if one.decision is DecisionKind.REJECT]
    return said[-1] if said else None
