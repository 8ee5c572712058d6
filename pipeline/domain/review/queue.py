"""A page of the review queue: its filter, its order and its rows."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.review.claims import Claim
from pipeline.domain.review.items import WAITING, ItemKind, ItemState, ReviewItem


class Sort(StrEnum):
    """The order of a page."""

    IMPACT = "impact"
    """Highest impact first, oldest first among equals."""
    AGE = "age"
    """Oldest first."""


class QueueFilter(Frozen):
    """What to show of the queue; what is not given does not restrict."""

    states: tuple[ItemState, ...] = WAITING
    """Empty: every state."""
    sources: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    kinds: tuple[ItemKind, ...] = ()
    classifications: tuple[Classification, ...] = ()
    submitter: str | None = None
    claimed_by: str | None = None
    """A person with a claim that has not expired."""
    unclaimed: bool = False
    min_impact: int = Field(default=0, ge=0, le=100)
    opened_before: datetime | None = None
    text: str | None = Field(default=None, max_length=500)
    """Part of the document's name, in any case."""


class QueueRow(Frozen):
    """One line of the queue."""

    item: ReviewItem
    claim: Claim | None = None


class QueuePage(Frozen):
    """Some lines of the queue, and where the next page begins."""

    rows: tuple[QueueRow, ...]
    next: str | None
    """Give it back as `after` for the next page; None on the last."""
    total: int
    facets: dict[str, dict[str, int]]
    """Items under the same filter by source, rule, kind, state, classification, submitter and claimant; only the most
    frequent values of each."""
