"""Tokens: what is known of them; the token itself is with its holder only."""

from datetime import datetime
from enum import StrEnum

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Grant


class TokenState(StrEnum):
    """Whether a token opens anything."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Token(Frozen):
    """What is known of a token; the token itself is with its holder only."""

    token_id: str
    name: str
    principal: str
    grants: tuple[Grant, ...] | None
    """What it was narrowed to; None: everything its principal may do."""
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_by: str | None = None
    revoked_at: datetime | None = None

    def state(self, at: datetime) -> TokenState:
        """Whether it opens anything at `at`."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        return TokenState.VALID if at < self.expires_at else TokenState.EXPIRED
