"""Changes of documents since the ledger last decided.

Invariants: every listed document and every known document appears in exactly one change (laws 9 and 13). A change
is judged against what is being served, so a refused attempt never becomes the new normal. A failed listing
deletes nothing; deletions beyond the guard's bounds are held.
"""

from collections.abc import Sequence

from pipeline.domain.documents.documents import (
    Action,
    Change,
    ChangeKind,
    KnownVersion,
    ServedVersion,
    TaggedDocument,
)
from pipeline.domain.documents.holds import DeletionHold
from pipeline.domain.frozen import Frozen

CLAIMED_TWICE = "Several inputs of its source claim the same name with different content."


def compare(doc_id: str, tagged: Sequence[TaggedDocument], known: KnownVersion | None, binding: str) -> Change | None:
    """The change of one document; None for a document that is neither listed nor known.

    `binding` is the digest of what verdicts are bound to in this run. Inputs that claim the same name with equal
    content are one document; with different content the name is contradictory and tagging has a problem.
    """
    if not tagged:
        if known is None:
            return None
        return Change(kind=ChangeKind.DELETED, doc_id=doc_id, previous=known)
    document = tagged[0]
    if len(tagged) > 1:
        document = min(tagged, key=lambda t: (t.provenance.content_digest, t.version_id))
    version = document.version_id
    if len(tagged) > 1 and any(candidate.version_id != version for candidate in tagged):
        document = document.model_copy(update={"problems": (*document.problems, CLAIMED_TWICE)})
    if known is None:
        return Change(kind=ChangeKind.NEW, doc_id=doc_id, tagged=document, inputs=len(tagged))
    against_served = _relation(document, known.serving)
    kind, rescan = ChangeKind.UNCHANGED, False
    if version != known.version_id:
        # A return to the served version is no change of the document, but the newer attempt is now void.
        kind = ChangeKind.MODIFIED if known.serving is None else against_served
        rescan = against_served is ChangeKind.UNCHANGED
    elif not is_settled(known, binding):
        kind, rescan = against_served, True
    return Change(kind=kind, doc_id=doc_id, tagged=document, previous=known, inputs=len(tagged), rescan=rescan)


def is_settled(known: KnownVersion, binding: str) -> bool:
    """Whether the same version needs no second look: its verdict holds and no decision waits to be applied."""
    return known.binding == binding and not known.approved and not _to_quarantine(known)


def _to_quarantine(known: KnownVersion) -> bool:
    """Whether a reviewer's quarantine still has to become the verdict."""
    return known.quarantined and known.action.rank < Action.QUARANTINE.rank


def _relation(document: TaggedDocument, served: ServedVersion | None) -> ChangeKind:
    provenance = document.provenance
    return relation(provenance.content_digest, provenance.access.digest, provenance.metadata_digest, served)


def relation(content: str, access: str, metadata: str, served: ServedVersion | None) -> ChangeKind:
    """How a version, by its digests, differs from the one that is served."""
    if served is None:
        return ChangeKind.NEW
    if content != served.content_digest:
        return ChangeKind.MODIFIED
    if access != served.access.digest:
        return ChangeKind.ACCESS
    if metadata != served.metadata_digest:
        return ChangeKind.METADATA
    return ChangeKind.UNCHANGED


def reported_kind(change: Change) -> ChangeKind:
    """What a change counts as in reports: a mere second pass of an unchanged document is unchanged."""
    return ChangeKind.UNCHANGED if change.rescan else change.kind


def pair_renames(changes: Sequence[Change]) -> list[Change]:
    """Recognise renames among new and deleted documents that share one content digest.

    They stay a new and a deleted document (access and verdict are per name), but each new one remembers where it
    came from, and its counterpart is no loss the mass-delete guard should count.
    """
    gone = sorted((c for c in changes if c.kind is ChangeKind.DELETED), key=lambda c: c.doc_id)
    come = sorted((c for c in changes if c.kind is ChangeKind.NEW), key=lambda c: c.doc_id)
    paired = {new.doc_id: old.doc_id for new, old in zip(come, gone, strict=False)}
    moved = set(paired.values())
    return [
        change.model_copy(update={"renamed_from": paired.get(change.doc_id), "renamed_away": change.doc_id in moved})
        for change in changes
    ]


class DeletionStats(Frozen):
    """Of one source: documents the ledger knows, how many are gone without a new name, and how many are new."""

    known: int = 0
    lost: int = 0
    new: int = 0
    peak: int = 0
    """Most documents it had at once lately, since people last let deletions go; 0 if that is not on record."""

    def __add__(self, other: "DeletionStats") -> "DeletionStats":
        return DeletionStats(
            known=self.known + other.known,
            lost=self.lost + other.lost,
            new=self.new + other.new,
            peak=max(self.peak, other.peak),
        )


def why_held(stats: DeletionStats, *, max_share: float, max_count: int, free: int) -> DeletionHold | None:
    """Why the mass-delete guard holds the deletions of a source, large or small (law 9); None if it lets them go.

    Held when everything is gone, when more than `max_count` are, or when more than `max_share` are and they are more
    than `free`, so that one page taken out of a small source does not wait for a person. Many runs let no greater part
    go than one: the source is measured by the most documents it had at once lately, less what it has now.
    """
    if stats.lost == 0:
        return None
    if stats.lost >= stats.known or stats.lost > max_count:
        return DeletionHold.AT_ONCE
    if stats.lost > free and stats.lost > max_share * stats.known:
        return DeletionHold.AT_ONCE
    peak = max(stats.peak, stats.known)
    shrunk = peak - (stats.known - stats.lost + stats.new)
    return DeletionHold.ADDED_UP if shrunk > free and shrunk > max_share * peak else None


def settle_deletion(change: Change, hold: DeletionHold | None) -> Change:
    """A deletion with the guard's word applied; a reviewer's approval lifts the hold, a rename is no loss."""
    approved = change.previous is not None and change.previous.deletion_approved
    return change.model_copy(update={"hold": None if approved or change.renamed_away else hold})
