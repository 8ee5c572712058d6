"""Where documents ended, as outcomes: one for every input (law 13)."""

from pipeline.domain.digests import digest_text
from pipeline.domain.documents import Action, Change, ChangeKind, Document, Outcome


def outcome_of(document: Document, *, chunks: int = 0) -> Outcome:
    """Where a judged document ended, without its text."""
    change, verdict = document.change, document.verdict
    if change.tagged is None or verdict is None:
        raise ValueError("only a tagged document with a verdict has an outcome")
    served = verdict.action in (Action.ADMIT, Action.REDACT)
    return Outcome(
        doc_id=change.doc_id,
        kind=change.kind,
        version_id=change.tagged.version_id,
        tagged=change.tagged,
        text_digest=document.text_digest,
        served_digest=digest_text(document.text) if served else None,
        extractor=document.extracted.extractor,
        findings=document.findings,
        impact=document.impact,
        sketch=document.sketch if served else None,
        verdict=verdict,
        renamed_from=change.renamed_from,
        lapsed=change.previous is not None and change.previous.lapsed,
        rescan=change.rescan,
        chunks=chunks,
        bytes=change.tagged.ref.length or 0,
    )


def outcome_of_deletion(change: Change) -> Outcome:
    """Where a document that is gone ended: deleted, or held by the mass-delete guard."""
    previous = change.previous
    if change.kind is not ChangeKind.DELETED or previous is None:
        raise ValueError("only a deleted document has this outcome")
    return Outcome(doc_id=change.doc_id, kind=change.kind, version_id=previous.version_id, held=change.held)
