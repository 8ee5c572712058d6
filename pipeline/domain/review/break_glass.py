"""Break-glass: versions an operator let in alone, until when, and who reviewed them afterwards."""

from datetime import datetime

from pipeline.domain.frozen import Frozen


class GlassReview(Frozen):
    """What one person said afterwards."""

    person: str
    decision: str
    """`confirm` or `undo`."""
    reason: str
    at: datetime


class BrokenGlass(Frozen):
    """One version let in by one operator."""

    item_id: str
    doc_id: str
    version_id: str
    broken_by: str
    broken_at: datetime
    expires_at: datetime
    reason: str
    verdict_id: str | None
    """The verdict that stands on it; None until a run used it."""
    confirmed_at: datetime | None
    undone_at: datetime | None
    required_approvals: int
    reviews: tuple[GlassReview, ...] = ()

    @property
    def open(self) -> bool:
        """Whether people still have to look at it."""
        return self.confirmed_at is None and self.undone_at is None

    def in_force(self, at: datetime) -> bool:
        """Whether what stands on it may be served at `at`."""
        confirmed = self.confirmed_at is not None and self.confirmed_at <= self.expires_at
        return self.undone_at is None and (confirmed or self.expires_at > at)
