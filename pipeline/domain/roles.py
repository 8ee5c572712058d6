"""Who may do what: roles, and the verified identity that holds them.

Invariants: default deny; a caller without a matching grant may do nothing. A role says which actions are open, never
which documents are readable: that is the principal's business alone (`pipeline.domain.permissions`). Separation of
duties (law 8) is checked by the services on top of roles, for every role.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from pipeline.domain.permissions import Classification, Principal


class Role(StrEnum):
    """What somebody does here."""

    READER = "reader"
    """Searches."""
    OWNER = "owner"
    """Registers sources and submits documents to them."""
    REVIEWER = "reviewer"
    """Decides what waits."""
    AUDITOR = "auditor"
    """Sees records, audit log and what others could retrieve; changes nothing."""
    OPERATOR = "operator"
    """Runs, revokes, rolls back, erases; breaks the glass."""


class Grant(BaseModel):
    """A role, everywhere or only for some sources or classifications."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    sources: tuple[str, ...] = ()
    """Empty: every source."""
    classifications: tuple[Classification, ...] = ()
    """Empty: every classification."""

    def covers(self, source: str | None, classification: Classification | None) -> bool:
        """Whether this grant reaches `source` and `classification`; None asks for a grant without that bound."""
        return (not self.sources or source in self.sources) and (
            not self.classifications or classification in self.classifications
        )


class Caller(BaseModel):
    """A verified identity and what it was granted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    principal: Principal
    grants: tuple[Grant, ...] = ()
    means: str
    """How the identity was verified: `token`, `session`, `oidc` or `command-line`."""

    @property
    def name(self) -> str:
        """Full name, such as `user:ada`."""
        return self.principal.name

    def may(self, role: Role, source: str | None = None, classification: Classification | None = None) -> bool:
        """Whether the caller holds `role` for `source` and `classification`."""
        return any(grant.role is role and grant.covers(source, classification) for grant in self.grants)

    def may_somewhere(self, role: Role) -> bool:
        """Whether the caller holds `role` for anything at all."""
        return any(grant.role is role for grant in self.grants)
