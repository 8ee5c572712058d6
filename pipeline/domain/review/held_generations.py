"""Generations that wait for a person because they change the answers to canary questions.

Invariant: an approval counts for one binding and expires (law 8).
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.serving.canary_questions import Purpose, QuestionResult


class HeldState(StrEnum):
    """Where a held generation stands. Only open and approved ones can still be served."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    STALE = "stale"
    APPLIED = "applied"


PENDING = (HeldState.OPEN, HeldState.APPROVED)


class HeldDecision(Frozen):
    """What one person said about it."""

    person: str
    decision: HeldState
    """`approved` or `rejected`."""
    reason: str
    at: datetime
    expires_at: datetime


class HeldReport(Frozen):
    """What a reviewer is shown: counts over all questions, and every answer that is not as it was."""

    questions: int
    changed: int
    below: int
    min_overlap: float
    compared: bool
    """False where the answers of the generation before are not known."""
    sentence: str
    results: tuple[QuestionResult, ...]
    purpose: Purpose = Purpose.REFRESH


class ReviewScope(Frozen):
    """Where changed documents come from: whoever decides must be a reviewer for each of these."""

    source: str
    classification: Classification | None
    """None for documents that are gone: only a reviewer of every classification covers them."""


class HeldGeneration(Frozen):
    """A candidate that waits, or waited, for a person."""

    held_id: str
    digest: str
    """Of the candidate: the same inputs make the same candidate again (law 7)."""
    binding: str
    replaces: int | None
    """Number of the generation it was compared with."""
    run_id: str
    """The run that was held."""
    report: HeldReport
    changes: dict[str, int]
    """How many documents changed in which way."""
    scopes: tuple[ReviewScope, ...]
    submitters: tuple[str, ...]
    """Who submitted what the candidate would newly serve: none of them may approve it."""
    state: HeldState
    opened_at: datetime
    published_as: int | None = None
    closed_at: datetime | None = None
    decisions: tuple[HeldDecision, ...] = Field(default=())

    @property
    def published_by(self) -> str:
        """Act that publishes this generation after an approval: a refresh repeats a refresh, not a migration."""
        if self.report.purpose is Purpose.MIGRATION:
            return "the same migration, run again (corpusgate models migrate),"
        return "the next refresh"

    def approved(self, at: datetime) -> bool:
        """Whether an approval that has not expired at `at` lets this candidate be served."""
        valid = any(d.decision is HeldState.APPROVED and d.expires_at > at for d in self.decisions)
        return self.state is HeldState.APPROVED and valid

    def standing(self, at: datetime) -> "HeldGeneration":
        """As it stands at `at`: an approval that expired before it was used leaves it open again."""
        lapsed = self.state is HeldState.APPROVED and not self.approved(at)
        return self.model_copy(update={"state": HeldState.OPEN}) if lapsed else self
