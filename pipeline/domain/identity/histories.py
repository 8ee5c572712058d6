"""The history of principals: what each principal was and held, and who could have read something at a past time.

Invariants: a state holds from the moment when Corpusgate first used it. Nothing is known of the time before the
history began, nor of a principal of the identity provider before its first request. Unknown is never "could not".
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pipeline.domain.digests import digest_json
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule, Principal, permits
from pipeline.domain.identity.roles import Grant, Role

Origin = Literal["file", "oidc"]
"""Where a principal comes from: the identity file, or the tokens of the identity provider."""


class PrincipalState(Frozen):
    """A principal as it was for a time."""

    principal: Principal
    """Name, tenant, clearance and all groups."""
    roles: tuple[Grant, ...] = ()
    origin: Origin
    since: datetime
    until: datetime | None = None
    """None while it holds."""
    known_before: bool = True
    """Whether it is known that the principal was otherwise, or not there, before `since`."""

    @property
    def searches(self) -> bool:
        """Whether its roles open the search of pages and REST."""
        return any(grant.role is Role.READER for grant in self.roles)


class PrincipalStates(Frozen):
    """States, and from when on the history is complete."""

    began_at: datetime | None
    """When the history began; None if it has not."""
    states: tuple[PrincipalState, ...]

    def complete_from(self, since: datetime) -> bool:
        """Whether the identity file is on record from `since` on."""
        return self.began_at is not None and self.began_at <= since

    def note(self, since: datetime) -> str:
        """How far the history answers a question about the time from `since` on, for a person."""
        if self.began_at is None:
            return "The readers are unknown: the history of principals has not begun."
        if not self.complete_from(since):
            began = f"{self.began_at:%Y-%m-%d %H:%M:%S} UTC"
            return f"The readers before {began} are unknown: the history of principals begins then."
        return "Principals of an identity provider count from their first request on."


class CouldRead(Frozen):
    """A principal who satisfied an access rule for a time."""

    principal: str
    origin: Origin
    since: datetime
    until: datetime | None
    """None if it could until the end of the time that was asked about."""
    searches: bool
    """Whether its roles opened the search of pages and REST at any of that time."""


def state_digest(principal: Principal, roles: Iterable[Grant]) -> str:
    """SHA-256 of everything in a state but the name and the times."""
    held = sorted({digest_json(grant.model_dump(mode="json")) for grant in roles})
    return digest_json([principal.tenant, principal.clearance.value, sorted(principal.groups), held])


def could_read(
    rule: AccessRule, states: Iterable[PrincipalState], start: datetime, end: datetime
) -> tuple[CouldRead, ...]:
    """Principals who satisfied `rule` at any time from `start` to `end`, by name; times that touch are one.

    With `start` equal to `end` that moment is meant.
    """
    found: dict[tuple[str, Origin], list[CouldRead]] = {}
    for state in sorted(states, key=lambda one: (one.principal.name, one.origin, one.since)):
        begins = max(state.since, start)
        ended = [moment for moment in (state.until, rule.until) if moment is not None]
        if begins > end or any(moment <= begins for moment in ended):
            continue
        if not permits(rule, state.principal, begins):
            continue
        reader = CouldRead(
            principal=state.principal.name,
            origin=state.origin,
            since=begins,
            until=min(ended) if ended and min(ended) <= end else None,
            searches=state.searches,
        )
        spans = found.setdefault((reader.principal, reader.origin), [])
        if spans and (spans[-1].until is None or spans[-1].until >= reader.since):
            reader = _joined(spans.pop(), reader)
        spans.append(reader)
    return tuple(reader for spans in found.values() for reader in spans)


def _joined(one: CouldRead, other: CouldRead) -> CouldRead:
    until = None if one.until is None or other.until is None else max(one.until, other.until)
    return one.model_copy(update={"until": until, "searches": one.searches or other.searches})
