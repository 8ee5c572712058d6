"""The life of a document, in the order it happened.

Invariants: pure; made from what the ledger recorded. Reasons are shown as people wrote them; no text of the document
is shown.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pipeline.domain.audit import AuditEvent
from pipeline.domain.frozen import Frozen
from pipeline.domain.review.items import ReviewItem
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.domain.serving.revocations import Revocation, RevocationKind
from pipeline.stores.ledger.history import DocumentHistory, VersionRecord

_FROM_AUDIT = {
    "document.deleted": ("deleted", "Gone from its source; the next generation did not hold it."),
    "submission.withdrawn": ("withdrawn", "Withdrawn by its owner."),
    "document.rolled_back": ("rolled-back", "Taken off by a rollback."),
    "erasure.started": ("erased", "Its erasure began."),
    "erasure.finished": ("erased", "Erased from every generation that is kept."),
    "erasure.allowed_again": ("lifted", "Allowed to come in again after its erasure."),
}
"""Entries of the audit log that nothing else in the record tells."""


class Moment(Frozen):
    """Something that happened to a document."""

    at: datetime
    kind: str
    """One of a closed set of words, for its colour."""
    title: str
    by: str = ""
    words: tuple[str, ...] = ()
    """Reasons, of rules or of people."""
    version: str = ""


def timeline(
    history: DocumentHistory,
    events: Iterable[AuditEvent],
    revocations: Iterable[Revocation],
    generations: Iterable[GenerationRecord],
) -> list[Moment]:
    """Everything that happened, oldest first."""
    made = {record.run_id: record for record in generations}
    moments: list[Moment] = []
    for version in history.versions:
        moments.extend(_of_version(version, made))
    for event in events:
        if event.action in _FROM_AUDIT:
            kind, title = _FROM_AUDIT[event.action]
            moments.append(Moment(at=event.at, kind=kind, title=title, by=event.actor))
    for one in revocations:
        if _names(one, history):
            moments.extend(_of_revocation(one))
    return sorted(moments, key=lambda moment: moment.at)


def _of_version(version: VersionRecord, made: dict[str, GenerationRecord]) -> Iterator[Moment]:
    provenance = version.provenance
    short = version.version_id[:12]
    yield Moment(
        at=provenance.ingested_at,
        kind="read",
        title=f"Version {short} was read",
        by=provenance.submitter,
        version=short,
    )
    for record in version.verdicts:
        generation = made.get(record.run_id)
        served = generation is not None and record.verdict.action.value in ("admit", "redact")
        where = f"; served in generation {generation.number}" if generation is not None and served else ""
        yield Moment(
            at=record.decided_at,
            kind=record.verdict.action.value,
            title=f"Verdict: {record.verdict.action.value} ({record.kind.value}){where}",
            words=tuple(
                f"{rule}: {said}" for rule, said in zip(record.verdict.rule_ids, record.verdict.reasons, strict=False)
            ),
            version=short,
        )
    for item in version.reviews:
        yield from _of_review(item, short)


def _of_review(item: ReviewItem, version: str) -> Iterator[Moment]:
    what = "The version" if item.kind.value == "version" else "Its deletion"
    needs = "one approval" if item.required_approvals == 1 else f"{item.required_approvals} approvals"
    yield Moment(at=item.opened_at, kind="review", title=f"{what} waits for {needs}", version=version)
    for decision in item.decisions:
        yield Moment(
            at=decision.at,
            kind="approved" if decision.decision.value in ("approve", "redact") else decision.decision.value,
            title=f"Review: {decision.decision.value}",
            by=decision.person,
            words=(decision.reason,),
            version=version,
        )


def _of_revocation(one: Revocation) -> Iterator[Moment]:
    named = "" if one.kind is RevocationKind.DOCUMENT else f" ({one.kind.value} {one.subject})"
    yield Moment(at=one.revoked_at, kind="revoked", title=f"Revoked{named}", by=one.revoked_by, words=(one.reason,))
    if one.lifted_at is not None:
        words = (one.lift_reason,) if one.lift_reason else ()
        yield Moment(at=one.lifted_at, kind="lifted", title=f"Let in again{named}", by=one.lifted_by or "", words=words)


def _names(one: Revocation, history: DocumentHistory) -> bool:
    if one.kind is RevocationKind.DOCUMENT:
        return one.subject == history.doc_id
    return one.kind is RevocationKind.SOURCE and one.subject == history.source
