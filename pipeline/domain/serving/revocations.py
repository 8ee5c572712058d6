"""Revocations: what must not be served any more, whatever a generation holds."""

from datetime import datetime
from enum import StrEnum

from pipeline.domain.frozen import Frozen


class RevocationKind(StrEnum):
    """What a revocation can name."""

    DOCUMENT = "document"
    SOURCE = "source"
    OWNER = "owner"
    PRINCIPAL = "principal"
    """Everything this person or service submitted."""
    RUN = "run"
    MODEL = "model"


class Revocation(Frozen):
    """One revocation, in force until lifted."""

    revocation_id: str
    kind: RevocationKind
    subject: str
    revoked_by: str
    revoked_at: datetime
    reason: str
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    lift_reason: str | None = None
