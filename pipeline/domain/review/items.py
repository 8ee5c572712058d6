"""Review items and decisions about them.

Invariants: an item is bound to one version and one binding digest and counts for nothing else (law 8). One decision a
person an item. An approval counts while it has not expired, and only with other approvals of the same redaction.
"""

from datetime import datetime
from enum import StrEnum

from pipeline.domain.documents.documents import Impact
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification


class ItemKind(StrEnum):
    """What is being decided."""

    VERSION = "version"
    DELETION = "deletion"


class ItemState(StrEnum):
    """Where an item stands. Only open, asked and approved items can still have an effect."""

    OPEN = "open"
    ASKED = "asked"
    """Open, and a reviewer waits for the owner's answer."""
    APPROVED = "approved"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    """A reviewer keeps this version out, whatever policy says later."""
    STALE = "stale"
    APPLIED = "applied"


class DecisionKind(StrEnum):
    """What a reviewer said."""

    APPROVE = "approve"
    REDACT = "redact"
    """Approve, with every finding that asked for a person taken out of the text."""
    REJECT = "reject"
    QUARANTINE = "quarantine"


PENDING = (ItemState.OPEN, ItemState.ASKED, ItemState.APPROVED)
WAITING = (ItemState.OPEN, ItemState.ASKED)
"""States in which people still have to do something."""
APPROVALS = (DecisionKind.APPROVE, DecisionKind.REDACT)


class Decision(Frozen):
    """One person's decision on one item."""

    person: str
    decision: DecisionKind
    redaction: str = ""
    """Digest of the findings the redaction was decided on; empty when nothing is redacted."""
    reason: str
    at: datetime
    expires_at: datetime


class ReviewItem(Frozen):
    """Something that waits, or waited, for people."""

    item_id: str
    doc_id: str
    version_id: str
    binding: str
    """Digest of policy, detectors and model the approval would be bound to."""
    kind: ItemKind
    rule_ids: tuple[str, ...]
    reasons: tuple[str, ...]
    impact: Impact | None
    submitter: str
    required_approvals: int
    run_id: str
    state: ItemState
    opened_at: datetime
    closed_at: datetime | None = None
    source: str = ""
    classification: Classification = Classification.RESTRICTED
    served_classification: Classification | None = None
    """Of what was served when the item was opened."""
    impact_score: int = 0
    decisions: tuple[Decision, ...] = ()
    glass_until: datetime | None = None
    """An operator broke the glass for this item, until then."""

    def approvals(self, at: datetime, redaction: str) -> int:
        """Approvals for one redaction choice that have not expired at `at`."""
        return sum(d.decision in APPROVALS and d.redaction == redaction and d.expires_at > at for d in self.decisions)

    def valid_approvals(self, at: datetime) -> int:
        """Approvals not expired at `at`, of the redaction choice that has most."""
        return max((self.approvals(at, choice) for choice in {d.redaction for d in self.decisions}), default=0)

    def enough(self, at: datetime) -> bool:
        """Whether the item may have its effect at `at`: approved by enough people, or under break-glass."""
        glass = self.glass_until is not None and self.glass_until > at
        return glass or self.valid_approvals(at) >= self.required_approvals

    def standing(self, at: datetime) -> "ReviewItem":
        """The item as it stands at `at`: an approval that expired before it was used leaves it open again."""
        lapsed = self.state is ItemState.APPROVED and not self.enough(at)
        return self.model_copy(update={"state": ItemState.OPEN}) if lapsed else self
