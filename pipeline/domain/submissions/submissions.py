"""Submissions: rules for a draft, the status of a submission, and limits.

Invariants: a status is derived from what the ledger holds and stored nowhere. Metadata of a submission may narrow what
its source allows, never widen it, and each complaint names its field. Whatever a submitter calls a file, the name of
the document here is made of a few plain words and a random token (`pipeline.domain.submissions.submission_names`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pipeline.domain.declarations.declared import declared_of
from pipeline.domain.declarations.resolve import resolve_tags
from pipeline.domain.declarations.sidecars import is_feed, is_sidecar
from pipeline.domain.documents.documents import Action, DocumentRef
from pipeline.domain.documents.provenance import Source
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.principal_names import KnownPrincipals


class Draft(Frozen):
    """What somebody asks to submit, beside the bytes."""

    source: str
    document: str | None = None
    """The document, or an earlier submission of it, that this is a new version of; None for a new document."""
    name: str = "document.txt"
    """What the submitter calls the file. It is shown, never used as a path."""
    title: str | None = None
    classification: str | None = None
    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] | None = None
    licence: str | None = None

    @property
    def declared(self) -> dict[str, Any]:
        """The tags it declares, as a metadata file beside a document would."""
        tags = self.model_dump(mode="json", include={"title", "classification", "allow", "deny", "licence"})
        return {key: value for key, value in tags.items() if value is not None}


LONGEST_NAME = 255


def problems_of(draft: Draft, source: Source, known: KnownPrincipals | None = None) -> dict[str, str]:
    """What is wrong with a draft, by field; empty when nothing is."""
    found: dict[str, str] = {}
    if not draft.name.strip() or len(draft.name) > LONGEST_NAME:
        found["name"] = "A file needs a name of at most 255 characters."
    elif is_feed(draft.name):
        found["name"] = "A feed holds many documents: register it as a source of its own."
    elif is_sidecar(draft.name.strip()):
        found["name"] = "A metadata file is not a document: give its tags with the document that it describes."
    for field, value in draft.declared.items():
        problems = resolve_tags(source, {field: value}, known=known).problems
        if problems:
            found[field] = " ".join(problems)
    return found


def warnings_of(tags: Mapping[str, Any], source: Source, known: KnownPrincipals | None) -> tuple[str, ...]:
    """Doubts about the tags that were given with a submission, such as a reader whom no one knows."""
    return resolve_tags(source, declared_of(tags), known=known).warnings


class Submitted(Frozen):
    """The submission that counts for a document now, as the gate reads it."""

    submission_id: str
    doc_id: str
    source: str
    uri: str
    file: str
    """Name of its file in the inbox of the source."""
    content_digest: str
    bytes: int
    submitter: str
    declared: dict[str, Any]

    def ref(self, folder: str) -> DocumentRef:
        """Where it is, in the folder of its inbox."""
        return DocumentRef(
            source=self.source,
            uri=self.uri,
            location=f"{folder}/{self.file}",
            length=self.bytes,
            submission=self.submission_id,
        )


class SameBytes(Frozen):
    """Another document with exactly the bytes of a submission."""

    doc_id: str
    title: str | None
    source: str
    classification: Classification
    submitter: str
    version_id: str | None = None
    """Null for one that no refresh has read yet."""
    served: bool = False

    @property
    def words(self) -> str:
        """Its title, its id and whether readers find it."""
        named = f"{self.title} ({self.doc_id})" if self.title else self.doc_id
        return f"{named}, {'served' if self.served else 'not served'}"


class SubmissionStatus(StrEnum):
    """Where a submission stands."""

    RECEIVED = "received"
    SCANNED = "scanned"
    ADMITTED = "admitted"
    REDACTED = "redacted"
    IN_REVIEW = "in review"
    APPROVED = "approved"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    INDEXED = "indexed"
    REVOKED = "revoked"
    ROLLED_BACK = "rolled back"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"

    @property
    def waits(self) -> bool:
        """Whether somebody has to do something before it is served."""
        return self in (self.IN_REVIEW, self.QUARANTINED, self.REJECTED)


_OF_VERDICT = {
    Action.ADMIT: SubmissionStatus.ADMITTED,
    Action.REDACT: SubmissionStatus.REDACTED,
    Action.REVIEW: SubmissionStatus.IN_REVIEW,
    Action.QUARANTINE: SubmissionStatus.QUARANTINED,
    Action.REJECT: SubmissionStatus.REJECTED,
}

NEXT: dict[SubmissionStatus, str] = {
    SubmissionStatus.RECEIVED: "The next refresh of its source reads it.",
    SubmissionStatus.SCANNED: "Policy decides next.",
    SubmissionStatus.ADMITTED: "It passed, and something else keeps it from being served: ask an operator.",
    SubmissionStatus.REDACTED: "It passed, and something else keeps it from being served: ask an operator.",
    SubmissionStatus.IN_REVIEW: "Somebody else than the submitter decides. What was served before stays.",
    SubmissionStatus.APPROVED: "The next refresh of its source publishes it.",
    SubmissionStatus.QUARANTINED: "Mend what is listed and submit it again as a new version of this document.",
    SubmissionStatus.REJECTED: "It is not served. Read why, and submit a new version when that no longer holds.",
    SubmissionStatus.INDEXED: "Whoever may read it finds it.",
    SubmissionStatus.REVOKED: "An operator stopped it from being served.",
    SubmissionStatus.ROLLED_BACK: "It was served until a rollback. The next refresh of its source shows a reviewer.",
    SubmissionStatus.SUPERSEDED: "A newer version was submitted: follow that one.",
    SubmissionStatus.WITHDRAWN: "It is not served any more. Submit it anew as another document if it is needed again.",
}
"""What happens next, or what the submitter can do."""

READ_NEXT = (SubmissionStatus.RECEIVED, SubmissionStatus.APPROVED)
"""Statuses in which only a refresh is missing."""
MENDED_BY_SUBMITTING = (SubmissionStatus.QUARANTINED, SubmissionStatus.REJECTED)
"""Statuses that a mended version of the document ends."""


class SubmissionVerdict(Frozen):
    """A verdict on the version a submission became."""

    action: Action
    at: datetime


class Reviewed(Frozen):
    """What became of the review item about that version."""

    state: str
    """`open`, `approved`, `rejected`, `stale` or `applied`."""
    at: datetime


class SubmissionStanding(Frozen):
    """What the ledger says about one submission at this moment."""

    received_at: datetime
    verdicts: tuple[SubmissionVerdict, ...] = ()
    """Oldest first; the last one holds."""
    review: Reviewed | None = None
    """The newest item about this version."""
    live: bool = False
    """The ledger serves this version."""
    stopped: bool = False
    """It would be served, and something in force forbids it."""
    indexed_at: datetime | None = None
    rolled_back_at: datetime | None = None
    """When a rollback took this version off, while nobody let it back."""
    newer_at: datetime | None = None
    """When a newer version of the same document was submitted."""
    withdrawn_at: datetime | None = None


class Step(Frozen):
    """A status and since when."""

    status: SubmissionStatus
    at: datetime


def status_of(standing: SubmissionStanding) -> SubmissionStatus:
    """The one status that holds now."""
    if standing.withdrawn_at is not None:
        return SubmissionStatus.WITHDRAWN
    if standing.live:
        return SubmissionStatus.REVOKED if standing.stopped else SubmissionStatus.INDEXED
    if standing.newer_at is not None:
        return SubmissionStatus.SUPERSEDED
    if not standing.verdicts:
        return SubmissionStatus.RECEIVED
    decided = _OF_VERDICT[standing.verdicts[-1].action]
    if standing.rolled_back_at is not None and standing.verdicts[-1].at <= standing.rolled_back_at:
        return SubmissionStatus.ROLLED_BACK
    if decided is SubmissionStatus.IN_REVIEW and standing.review is not None:
        return {"approved": SubmissionStatus.APPROVED, "rejected": SubmissionStatus.REJECTED}.get(
            standing.review.state, decided
        )
    return decided


def history_of(standing: SubmissionStanding) -> tuple[Step, ...]:
    """Everything that happened to it, in order."""
    steps = [Step(status=SubmissionStatus.RECEIVED, at=standing.received_at)]
    for verdict in standing.verdicts:
        steps.append(Step(status=SubmissionStatus.SCANNED, at=verdict.at))
        steps.append(Step(status=_OF_VERDICT[verdict.action], at=verdict.at))
    review = standing.review
    if review is not None and review.state in ("approved", "applied", "rejected"):
        rejected = review.state == "rejected"
        status = SubmissionStatus.REJECTED if rejected else SubmissionStatus.APPROVED
        steps.append(Step(status=status, at=review.at))
    if standing.indexed_at is not None:
        steps.append(Step(status=SubmissionStatus.INDEXED, at=standing.indexed_at))
    if standing.rolled_back_at is not None:
        steps.append(Step(status=SubmissionStatus.ROLLED_BACK, at=standing.rolled_back_at))
    if standing.newer_at is not None:
        steps.append(Step(status=SubmissionStatus.SUPERSEDED, at=standing.newer_at))
    if standing.withdrawn_at is not None:
        steps.append(Step(status=SubmissionStatus.WITHDRAWN, at=standing.withdrawn_at))
    return tuple(sorted(steps, key=lambda step: step.at))


WINDOWS = {"per_minute": timedelta(minutes=1), "per_hour": timedelta(hours=1), "per_day": timedelta(days=1)}
"""Sliding windows in which submissions are counted."""

DAY = timedelta(days=1)


def wait_for_count(times: Sequence[datetime], now: datetime, limit: int, window: timedelta) -> timedelta:
    """How long until one more fits under `limit` in the sliding `window`; `times` are the earlier ones, any order."""
    recent = sorted((at for at in times if at > now - window), reverse=True)
    return recent[limit - 1] + window - now if len(recent) >= limit else timedelta(0)


def wait_for_bytes(sizes: Sequence[tuple[datetime, int]], now: datetime, size: int, limit: int) -> timedelta:
    """How long until `size` more bytes fit under `limit` a day; the whole day where it never would."""
    recent = sorted((at, taken) for at, taken in sizes if at > now - DAY)
    total = sum(taken for _, taken in recent) + size
    if total <= limit:
        return timedelta(0)
    for at, taken in recent:
        total -= taken
        if total <= limit:
            return at + DAY - now
    return DAY
