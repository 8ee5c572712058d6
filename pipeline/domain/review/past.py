"""The past of a document and of its source, as far as a reviewer needs it.

Invariant: codes, names, times and digests only; the reasons people gave are not repeated here.
"""

from datetime import datetime

from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.review.items import DecisionKind, ItemState


class PastVerdict(Frozen):
    """One earlier decision of the gate on the document."""

    decided_at: datetime
    run_id: str
    version_id: str
    kind: ChangeKind
    action: Action
    rule_ids: tuple[str, ...]


class PastDecision(Frozen):
    """What a reviewer decided earlier about the document."""

    at: datetime
    person: str
    decision: DecisionKind
    item_id: str
    state: ItemState


class SourcePast(Frozen):
    """How a source behaved lately."""

    since: datetime
    verdicts: dict[str, int]
    """Decisions of the gate, by action."""
    reviews: dict[str, int]
    """Review items, by where they ended."""
    reviewers: dict[str, int]
    """Decisions, by person."""
