"""The publication of a run, and the record of a generation.

Invariants: a generation's digest covers what it serves, not when or by whom it was built, so equal inputs give equal
digests (law 7). Run ids, times and the layout of segments are in the signed manifest but not in the digest.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import Field

from pipeline.domain.digests import digest_json
from pipeline.domain.documents.documents import SERVED, Action, ChangeKind, Outcome
from pipeline.domain.documents.listings import Omission
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.serving.document_tree import document_root


class LiveDocument(Frozen):
    """One document version that a generation serves."""

    doc_id: str
    version_id: str
    content_digest: str
    text_digest: str
    """Digest of the text that was embedded: of the redacted text, where something was redacted."""
    access_id: str

    @property
    def leaf(self) -> str:
        """Leaf of the document root for this document."""
        return digest_json([self.doc_id, self.version_id, self.text_digest, self.access_id])


def generation_digest(
    documents: Iterable[LiveDocument], access_table: Mapping[str, AccessRule], model_digest: str, policy_digest: str
) -> str:
    """Digest of everything a reader of the generation could be served."""
    return digest_of_root(document_root(documents), access_table, model_digest, policy_digest)


def digest_of_root(root: str, access_table: Mapping[str, AccessRule], model_digest: str, policy_digest: str) -> str:
    """The same, of documents with that document root."""
    access = digest_json({access_id: rule.digest for access_id, rule in sorted(access_table.items())})
    return digest_json({"documents": root, "access": access, "model": model_digest, "policy": policy_digest})


class GenerationRecord(Frozen):
    """One immutable, signed state of the index, as the ledger knows it."""

    number: int = Field(ge=1)
    digest: str
    manifest: str
    """Path of the signed manifest, relative to the index folder."""
    manifest_digest: str
    parent: int | None
    run_id: str
    created_at: datetime
    documents: int
    chunks: int
    model_digest: str
    policy_digest: str
    rolled_back_to: int | None = None
    """The generation whose documents it brought back, where it is a rollback."""


class PointerMove(Frozen):
    """What a rollback changes about one document: the version being served, before and after."""

    doc_id: str
    before: str | None
    after: str | None
    verdict_id: str | None
    """The verdict under which `after` is served."""
    content_digest: str | None
    """Of `before`, where the rollback takes that content off; None where only its access rule or metadata change."""


class Rollback(Frozen):
    """The part of a publication that moves pointers back."""

    from_generation: int
    to_generation: int
    by: str
    reason_digest: str
    moves: tuple[PointerMove, ...]


class RunSummary(Frozen):
    """What a run did, for people, machines and the ledger."""

    run_id: str
    documents: dict[ChangeKind, int]
    verdicts: dict[Action, int]
    rescanned: int = 0
    scanned: int = 0
    embedded: int = 0
    held_deletions: int = 0
    seconds: float
    bytes: int
    incomplete: dict[str, tuple[Omission, ...]] = Field(default_factory=dict)
    """By source: folders and feeds that could not be read, with names as people may see them."""


class Publication(Frozen):
    """Everything one run changes, committed in one ledger transaction (law 6)."""

    summary: RunSummary
    outcomes: tuple[Outcome, ...]
    """Without the unchanged ones."""
    generation: GenerationRecord | None
    """None when what is served stayed as it was."""
    rollback: Rollback | None = None


_SAME_BYTES = (ChangeKind.ACCESS, ChangeKind.METADATA)


def _untagged(outcome: Outcome) -> bool:
    """Whether what is served has the bytes of a version whose tags cannot be read."""
    tagged = outcome.tagged
    return outcome.kind in _SAME_BYTES and tagged is not None and bool(tagged.provenance.problems)


def serves(outcome: Outcome) -> bool | None:
    """True when the outcome's version becomes live, False when the document leaves, None when nothing changes.

    A refused new version leaves the old one serving. When the version being served is itself refused, because new
    detectors or a new policy see more in it, it leaves. So does one that stood on a waiver which is over, and one whose
    bytes are the same while its tags can no longer be read: nobody knows who may read it (law 2).
    """
    if outcome.kind is ChangeKind.DELETED:
        return None if outcome.held else False
    if outcome.verdict is None:
        return None
    action = outcome.verdict.action
    if outcome.lapsed and action not in SERVED:
        return False
    if action in (Action.QUARANTINE, Action.REJECT) and (outcome.kind is ChangeKind.UNCHANGED or _untagged(outcome)):
        return False
    return True if action in SERVED else None


class Served(Frozen):
    """A generation and the time it was served in."""

    record: GenerationRecord
    since: datetime
    until: datetime | None
    """None for the current one."""
