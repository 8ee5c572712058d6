"""Changes of documents that arrive in a stream, whatever the order of their arrival.

Invariants: a version older than the decided one, or older than a reported deletion, changes nothing, however late it
comes. Every compared document leaves as exactly one change (law 13). A deletion that a source reports is not a
missing file, but while the source is narrowed it waits for a person like every change.
"""

from collections.abc import Iterable

from pipeline.domain.documents.changes import compare, settle_deletion
from pipeline.domain.documents.documents import Change, ChangeKind, DocumentRef, LastSeen, TaggedDocument
from pipeline.domain.documents.holds import DeletionHold


def newest(references: Iterable[DocumentRef]) -> DocumentRef:
    """The reference that counts among those of one document. Of equal orders a deletion counts, else always one."""
    return max(references, key=lambda ref: (-1 if ref.order is None else ref.order, ref.gone, ref.stamp, ref.location))


def is_older(ref: DocumentRef, seen: LastSeen) -> bool:
    """Whether its source put this version before the one that was decided last."""
    return ref.order is not None and seen.order is not None and ref.order < seen.order


def compare_arrival(tagged: TaggedDocument, seen: LastSeen, binding: str) -> Change:
    """The change of one document; `binding` is the digest of what verdicts are bound to now."""
    change = None if is_older(tagged.ref, seen) else compare(tagged.doc_id, [tagged], seen.known, binding)
    if change is None:
        return Change(kind=ChangeKind.UNCHANGED, doc_id=tagged.doc_id, tagged=tagged, previous=seen.known, inputs=1)
    return change


def compare_deletion(ref: DocumentRef, seen: LastSeen, *, narrowed: bool) -> Change:
    """The change of a document whose source told that it was deleted."""
    if seen.known is None or is_older(ref, seen):
        return Change(kind=ChangeKind.UNCHANGED, doc_id=ref.doc_id, previous=seen.known, inputs=1)
    change = Change(kind=ChangeKind.DELETED, doc_id=ref.doc_id, previous=seen.known, inputs=1, order=ref.order)
    return settle_deletion(change, DeletionHold.NARROWED if narrowed else None)
