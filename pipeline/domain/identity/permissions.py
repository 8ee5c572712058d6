"""Access rules: which principals may read which documents.

Invariants: default deny. A rule without an allowed principal admits no one. A denied principal or group always wins
over an allowed one. Names are compared in one canonical form. No rule crosses tenants. A rule with an end admits no
one from that moment on. Equal rules share one access id, whatever order they were written in.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer

from pipeline.domain.digests import digest_json
from pipeline.domain.frozen import Frozen
from pipeline.domain.moments import in_utc

DEFAULT_TENANT = "default"
EVERYONE = "group:everyone"
"""The group every principal of a tenant belongs to."""


class Classification(StrEnum):
    """How sensitive a document is, and how far a principal is cleared."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"

    @property
    def rank(self) -> int:
        """0 for public to 3 for restricted."""
        return list(Classification).index(self)

    @property
    def up_to(self) -> tuple["Classification", ...]:
        """All classifications that are not above it, the lowest first."""
        return tuple(Classification)[: self.rank + 1]


@lru_cache(maxsize=16_384)
def principal_id(name: str) -> str:
    """The full name of a principal: `user:`, `service:` or `group:` and a name; a bare name is a user.

    Raises `ValueError` for an empty name, an unknown prefix, and white space or characters without a picture in it:
    those would forge lines and colours where the name is shown, or make two names that look the same.
    """
    # One spelling: a denial of `é` must hold for who is called `e` with an accent after it.
    prefix, separator, rest = unicodedata.normalize("NFC", name.strip()).partition(":")
    if not separator:
        prefix, rest = "user", prefix
    if prefix not in ("user", "service", "group"):
        raise ValueError(f"unknown kind of principal {prefix!r}: use user:, service: or group:")
    if not rest or not rest.isprintable() or any(character.isspace() for character in rest):
        raise ValueError("a principal needs a name without white space and control characters")
    return f"{prefix}:{rest}"


@lru_cache(maxsize=65_536)
def canonical(name: str) -> str:
    """The form in which names of principals are compared: NFKC, without case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).strip().casefold())


class AccessRule(Frozen):
    """Classification and permission tags together: who may read a document version."""

    tenant: str = Field(min_length=1)
    classification: Classification
    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()
    until: datetime | None = None
    """The moment from which nobody may read any more, to the second; None: no end."""

    @field_validator("allow", "deny", mode="after")
    @classmethod
    def _canonical(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({principal_id(name) for name in names}))

    @field_validator("until", mode="after")
    @classmethod
    def _whole_seconds_utc(cls, until: datetime | None) -> datetime | None:
        return None if until is None else to_the_second(until)

    @model_serializer(mode="wrap")
    def _without_no_end(self, to_fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A rule without an end is written, and so digested, as if ends did not exist.
        fields: dict[str, Any] = to_fields(self)
        if self.until is None:
            fields.pop("until", None)
        return fields

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical rule."""
        until = None if self.until is None else self.until.isoformat()
        return _rule_digest(self.tenant, self.classification.value, self.allow, self.deny, until)

    def ended(self, at: datetime) -> bool:
        """Whether nobody may read under this rule at `at`, or later."""
        return self.until is not None and at >= self.until

    @property
    def access_id(self) -> str:
        """Short name of the rule: the first 16 hex characters of its digest."""
        return self.digest[:16]


@lru_cache(maxsize=16_384)
def _rule_digest(
    tenant: str, classification: str, allow: tuple[str, ...], deny: tuple[str, ...], until: str | None
) -> str:
    """Few rules are shared by many documents, and each document asks for its rule's digest several times."""
    rule = {"tenant": tenant, "classification": classification, "allow": list(allow), "deny": list(deny)}
    return digest_json(rule if until is None else rule | {"until": until})


def to_the_second(moment: datetime) -> datetime:
    """The same moment in UTC, to the second. Raises `ValueError` as `in_utc` does."""
    return in_utc(moment).replace(microsecond=0)


class Principal(Frozen):
    """Who asks: always from a verified identity, never from a request body. `groups` is already expanded."""

    name: str
    """Full name: `user:NAME` or `service:NAME`."""
    tenant: str = DEFAULT_TENANT
    """Tenant of the principal."""
    groups: frozenset[str] = frozenset()
    """All groups of the principal."""
    clearance: Classification = Classification.PUBLIC
    """Highest classification that the principal may read."""

    @field_validator("name", mode="after")
    @classmethod
    def _full_name(cls, name: str) -> str:
        return principal_id(name)

    @field_validator("groups", mode="after")
    @classmethod
    def _full_groups(cls, groups: frozenset[str]) -> frozenset[str]:
        return frozenset(principal_id(group if ":" in group else f"group:{group}") for group in groups)

    @property
    def labels(self) -> frozenset[str]:
        """Every name a rule could mention this principal by: in canonical form, and as it is written."""
        names = self.groups | {self.name, EVERYONE}
        return names | {canonical(name) for name in names}


def permits(rule: AccessRule, principal: Principal, at: datetime) -> bool:
    """Whether `principal` satisfies `rule` at `at`."""
    labels = principal.labels
    return (
        not rule.ended(at)
        and rule.tenant == principal.tenant
        and principal.clearance.rank >= rule.classification.rank
        and labels.isdisjoint(map(canonical, rule.deny))
        and not labels.isdisjoint(map(canonical, rule.allow))
    )


class AccessChange(Frozen):
    """How a new access rule differs from the old one."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    lowered: bool
    """The classification went down."""
    prolonged: bool = False
    """Access ends later, or not any more."""
    widened: bool
    """Somebody who could not read before may read now."""

    @classmethod
    def between(cls, old: AccessRule, new: AccessRule) -> Self:
        """Compare two rules; any doubt (a lifted denial, another tenant) counts as widening."""
        (old_allow, old_deny), (new_allow, new_deny) = (
            ({canonical(name) for name in names} for names in (rule.allow, rule.deny)) for rule in (old, new)
        )
        added = tuple(sorted((new_allow - old_allow) | (old_deny - new_deny)))
        removed = tuple(sorted((old_allow - new_allow) | (new_deny - old_deny)))
        lowered = new.classification.rank < old.classification.rank
        prolonged = old.until is not None and (new.until is None or new.until > old.until)
        return cls(
            added=added,
            removed=removed,
            lowered=lowered,
            prolonged=prolonged,
            widened=bool(added) or lowered or prolonged or old.tenant != new.tenant,
        )


def expand_groups(direct: Iterable[str], parents: dict[str, tuple[str, ...]]) -> frozenset[str]:
    """All groups reachable from `direct` through `parents` (group → groups it belongs to); cycles are harmless."""
    seen: set[str] = set()
    waiting = list(direct)
    while waiting:
        group = waiting.pop()
        if group not in seen:
            seen.add(group)
            waiting.extend(parents.get(group, ()))
    return frozenset(seen)
