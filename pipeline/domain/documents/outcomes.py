"""Outcomes of documents: one for every input (law 13)."""

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import SERVED, Action, Change, ChangeKind, Document, Outcome, TaggedDocument
from pipeline.domain.documents.served import is_masked_name


def outcome_of(document: Document, *, chunks: int = 0) -> Outcome:
    """Where a judged document ended, without its text."""
    change, verdict = document.change, document.verdict
    if change.tagged is None or verdict is None:
        raise ValueError("only a tagged document with a verdict has an outcome")
    served = verdict.action in SERVED
    return Outcome(
        doc_id=change.doc_id,
        kind=change.kind,
        version_id=change.tagged.version_id,
        tagged=_kept(change.tagged),
        text_digest=document.text_digest,
        served_digest=digest_text(document.text) if served else None,
        extractor=document.extracted.extractor,
        findings=document.findings,
        impact=document.impact,
        sketch=document.sketch if served or verdict.action is Action.REVIEW else None,
        words=document.words if served or verdict.action is Action.REVIEW else None,
        passages=document.passages if served or verdict.action is Action.REVIEW else None,
        verdict=verdict,
        renamed_from=change.renamed_from,
        lapsed=change.previous is not None and change.previous.lapsed,
        rescan=change.rescan,
        chunks=chunks,
        bytes=change.tagged.ref.length or 0,
        order=change.tagged.ref.order,
        basis=basis_of(change),
        past=document.past,
        compared=change.previous is not None and change.previous.serving is not None,
    )


def outcome_of_unchanged(change: Change) -> Outcome:
    """A document of a stream that is as the ledger knows it: nothing was decided about it."""
    if change.kind is not ChangeKind.UNCHANGED:
        raise ValueError("only an unchanged document has this outcome")
    return Outcome(
        doc_id=change.doc_id,
        kind=change.kind,
        version_id="" if change.tagged is None else change.tagged.version_id,
        tagged=None if change.tagged is None else _kept(change.tagged),
        order=None if change.tagged is None else change.tagged.ref.order,
        basis=basis_of(change),
    )


def _kept(tagged: TaggedDocument) -> TaggedDocument:
    """The tags without the place in the source, where that shows a name a pseudonym stands for."""
    if not is_masked_name(tagged.provenance):
        return tagged
    return tagged.model_copy(update={"ref": tagged.ref.model_copy(update={"location": "", "sidecar": None})})


def basis_of(change: Change) -> str:
    """What a decision in a stream was based on; a run, which has one snapshot, need not say."""
    streamed = change.snapshot or change.tagged is None
    return change.previous.digest if streamed and change.previous is not None else ""


def outcome_of_deletion(change: Change) -> Outcome:
    """Where a document that is gone ended: deleted, or held by the mass-delete guard."""
    previous = change.previous
    if change.kind is not ChangeKind.DELETED or previous is None:
        raise ValueError("only a deleted document has this outcome")
    return Outcome(
        doc_id=change.doc_id,
        kind=change.kind,
        version_id=previous.version_id,
        hold=change.hold,
        owner=previous.owner,
        counted=previous.serving is not None
        and not (change.renamed_away or previous.deletion_waits or previous.deletion_approved),
        order=change.order,
        basis=basis_of(change),
    )
