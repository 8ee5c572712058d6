"""Roles, and the verified identity that holds them.

Invariants: default deny; a caller without a matching grant may do nothing. A role says which actions are open, never
which documents are readable: only the principal decides that (`identity/permissions.py`). Separation of
duties (law 8) is checked by the services on top of roles, for every role.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self, TypeVar

from pydantic import model_validator

from pipeline.domain.errors import NotAllowed
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification, Principal

Bound = TypeVar("Bound")


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


class Grant(Frozen):
    """A role, everywhere or only for some sources or classifications."""

    role: Role
    """The role."""
    sources: tuple[str, ...] = ()
    """Sources to which the role is bound. Empty: every source."""
    classifications: tuple[Classification, ...] = ()
    """Classifications to which the role is bound. Empty: every classification."""

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: object) -> object:
        """In configuration a role without bounds is one word."""
        return {"role": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _readers_are_bound_by_tags(self) -> Self:
        if self.role is Role.READER and (self.sources or self.classifications):
            raise ValueError("the role reader has no bounds: permission tags and clearance say what is read")
        return self

    @property
    def bounded(self) -> bool:
        """Whether the role is for some sources or classifications only."""
        return bool(self.sources or self.classifications)

    def covers(self, source: str | None, classification: Classification | None) -> bool:
        """Whether this grant reaches `source` and `classification`; None asks for a grant without that bound."""
        return (not self.sources or source in self.sources) and (
            not self.classifications or classification in self.classifications
        )

    def meet(self, other: "Grant") -> "Grant | None":
        """What both grants allow; None when that is nothing."""
        if self.role is not other.role:
            return None
        sources = _both(self.sources, other.sources)
        classifications = _both(self.classifications, other.classifications)
        if sources is None or classifications is None:
            return None
        return Grant(role=self.role, sources=sources, classifications=classifications)

    def __str__(self) -> str:
        bounds = (*self.sources, *(classification.value for classification in self.classifications))
        return f"{self.role.value} ({', '.join(bounds)})" if self.bounded else self.role.value


def narrowed(held: Iterable[Grant], wanted: Iterable[Grant]) -> tuple[Grant, ...]:
    """What is left of `held` when somebody asks for `wanted`: never more than `held`."""
    wanted = tuple(wanted)
    met = (one.meet(other) for one in held for other in wanted)
    return tuple(dict.fromkeys(grant for grant in met if grant is not None))


def _both(one: tuple[Bound, ...], other: tuple[Bound, ...]) -> tuple[Bound, ...] | None:
    """Two bounds together, an empty one meaning everything; None when they exclude each other."""
    if not one or not other:
        return one or other
    return tuple(item for item in one if item in other) or None


class Caller(Frozen):
    """A verified identity and what it was granted."""

    principal: Principal
    grants: tuple[Grant, ...] = ()
    means: str
    """How the identity was verified: `token`, `session`, `oidc` or `command-line`."""

    @property
    def name(self) -> str:
        """Full name, such as `user:ada`; `operator:ACCOUNT` for the account that runs a command without a token."""
        if self.means == "command-line":
            return f"operator:{self.principal.name.partition(':')[2]}"
        return self.principal.name

    def may(self, role: Role, source: str | None = None, classification: Classification | None = None) -> bool:
        """Whether the caller holds `role` for `source` and `classification`."""
        return any(grant.role is role and grant.covers(source, classification) for grant in self.grants)

    def may_somewhere(self, role: Role) -> bool:
        """Whether the caller holds `role` for anything at all."""
        return any(grant.role is role for grant in self.grants)

    def may_in(self, role: Role, source: str) -> bool:
        """Whether the caller holds `role` for anything in `source`."""
        return any(grant.role is role and (not grant.sources or source in grant.sources) for grant in self.grants)

    def require_in(self, *roles: Role, source: str) -> None:
        """Raise `NotAllowed` unless the caller holds one of `roles` for anything in `source`."""
        if not any(self.may_in(role, source) for role in roles):
            raise self._refusal(roles, source, None)

    def require(self, *roles: Role, source: str | None = None, classification: Classification | None = None) -> None:
        """Raise `NotAllowed` unless the caller holds one of `roles` for `source` and `classification`."""
        if not any(self.may(role, source, classification) for role in roles):
            raise self._refusal(roles, source, classification)

    def _refusal(self, roles: Iterable[Role], source: str | None, classification: Classification | None) -> NotAllowed:
        level = f", classification {classification.value}" if classification else ""
        where = f" for {source}{level}" if source else ""
        if not source and any(self.may_somewhere(role) for role in roles):
            where = " of every source and classification"
        return NotAllowed(
            f"{self.name} is not {' or '.join(role.value for role in roles)}{where}.",
            fix="Ask whoever keeps principals.yaml for the role, or somebody who has it to do this.",
        )


KEEPERS = (Role.OWNER, Role.REVIEWER, Role.AUDITOR, Role.OPERATOR)
"""Who may see the record of a document, for its source."""


def keeps(caller: Caller, source: str, classification: Classification | None = None) -> bool:
    """Whether records of documents of that source and classification are the caller's to see; None: of any."""
    return any(caller.may(role, source, classification) for role in KEEPERS)
