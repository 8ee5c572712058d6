"""Documents that a run found changed, and documents that stay out of the index after it, for people.

Invariants: ids, kinds and reasons only, no text. A document that moved is one change, not a new one and a deleted one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.frozen import Frozen

RENAMED, HELD = "renamed", "deletion held"
_ORDER = (ChangeKind.DELETED.value, HELD, RENAMED, ChangeKind.ACCESS.value, ChangeKind.METADATA.value)
_KEPT_OUT = (Action.REVIEW, Action.QUARANTINE, Action.REJECT)


class DocumentChange(Frozen):
    """One document that is not as it was."""

    doc_id: str
    change: str
    """A kind of change, `renamed`, or `deletion held`."""
    before: str | None = None
    """Its older name."""
    verdict: Action | None = None


class RunDocument(DocumentChange):
    """One document that a run on record judged, or found gone."""

    reasons: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """The reasons, as one text."""
        return " ".join(self.reasons)


class NotServed(Frozen):
    """One document whose latest version is not served."""

    doc_id: str
    verdict: Action
    reasons: tuple[str, ...]
    decided_at: datetime | None = None
    """None for the run itself."""

    @property
    def why(self) -> str:
        """The reasons, as one text."""
        return " ".join(self.reasons)


def changes_of(outcomes: Iterable[Outcome]) -> list[DocumentChange]:
    """Every document that changed: first what is gone or moved, new ones last, by id among equals.

    What was judged again although it is as it was is left out.
    """
    known = [one for one in outcomes if one.kind is not ChangeKind.UNCHANGED and not one.rescan]
    moved = {one.renamed_from for one in known if one.renamed_from}
    found = [_change(one) for one in known if one.kind is not ChangeKind.DELETED or one.doc_id not in moved]
    places = {change: place for place, change in enumerate((*_ORDER, ChangeKind.MODIFIED.value, ChangeKind.NEW.value))}
    return sorted(found, key=lambda one: (places[one.change], one.doc_id))


def kept_out_after(outcomes: Sequence[Outcome], before: Iterable[NotServed]) -> list[NotServed]:
    """Documents that stay out: first by the verdicts of this run, then what stands from `before` and was left alone."""
    now = [
        NotServed(doc_id=outcome.doc_id, verdict=outcome.verdict.action, reasons=outcome.verdict.reasons)
        for outcome in outcomes
        if outcome.verdict is not None and outcome.verdict.action in _KEPT_OUT
    ]
    looked_at = {outcome.doc_id for outcome in outcomes if outcome.verdict or outcome.kind is ChangeKind.DELETED}
    return [*now, *(one for one in before if one.doc_id not in looked_at)]


def _change(outcome: Outcome) -> DocumentChange:
    change = outcome.kind.value
    if outcome.kind is ChangeKind.DELETED and outcome.held:
        change = HELD
    elif outcome.renamed_from:
        change = RENAMED
    return DocumentChange(
        doc_id=outcome.doc_id,
        change=change,
        before=outcome.renamed_from,
        verdict=outcome.verdict.action if outcome.verdict else None,
    )
