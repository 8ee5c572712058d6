"""The audit log as callers read it: events, filters and the result of a verification."""

from datetime import datetime

from pydantic import Field

from pipeline.domain.frozen import Frozen


class AuditEvent(Frozen):
    """An entry as it stands in the chain."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: str
    """Canonical JSON."""
    prev_hash: str
    hash: str


class AuditFilter(Frozen):
    """Which entries; what is not given does not restrict."""

    actor: str = Field(default="", max_length=200)
    action: str = Field(default="", max_length=64)
    """The whole word, or its beginning up to a dot: `review` stands for `review.approve` and others."""
    subject: str = Field(default="", max_length=4_000)


class AuditReport(Frozen):
    """What verification found."""

    events: int
    """Entries checked before the first wrong one, or all of them."""
    head_hash: str
    checkpoints: int = 0
    """Signed checkpoints the log was compared with."""
    refused_checkpoints: int = 0
    """Stored checkpoints whose signature no trusted key made; they prove nothing."""
    first_bad_seq: int | None = None
    problem: str | None = None
    """A sentence for a person."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem is None
