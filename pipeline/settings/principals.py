"""Models of `principals.yaml`: principals, groups and roles."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Literal

from pydantic import Field

from pipeline.domain.errors import NotFound, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import (
    DEFAULT_TENANT,
    Classification,
    Principal,
    canonical,
    expand_groups,
    principal_id,
)
from pipeline.domain.identity.roles import Grant


class GroupSettings(Frozen):
    """A group and the groups it belongs to."""

    member_of: tuple[str, ...] = ()
    """Groups that this group belongs to."""


class PrincipalSettings(Frozen):
    """One line of the identity file."""

    name: str
    """Full name: `user:NAME` or `service:NAME`."""
    tenant: str = DEFAULT_TENANT
    """Tenant of the principal. No search crosses tenants."""
    groups: tuple[str, ...] = ()
    """Groups of the principal."""
    clearance: Classification = Classification.PUBLIC
    """Highest classification that the principal may read."""
    roles: tuple[Grant, ...] = ()
    """Roles of the principal: `reader`, or `{role: reviewer, sources: [handbook]}`."""


class Identities(Frozen):
    """The whole of `configs/principals.yaml`."""

    schema_version: Literal[1]
    """Version of the file's format."""
    principals: tuple[PrincipalSettings, ...] = ()
    """Everyone who may ask."""
    groups: dict[str, GroupSettings] = Field(default_factory=dict)
    """Groups that belong to other groups."""

    def principal(self, name: str) -> Principal:
        """The principal of that name with all its groups. Raises `NotFound` when there is none."""
        return _principal(self.entry(name), self._parents())

    def grants(self, name: str) -> tuple[Grant, ...]:
        """What the principal of that name may do here. Raises `NotFound` when there is none."""
        return self.entry(name).roles

    @property
    def everyone(self) -> dict[str, tuple[Principal, tuple[Grant, ...]]]:
        """Every principal with its roles, by name, without the ones that `principal` refuses."""
        spelt: dict[str, list[PrincipalSettings]] = {}
        for entry in self.principals:
            with suppress(ValueError):
                spelt.setdefault(canonical(principal_id(entry.name)), []).append(entry)
        taken = [same[0] for same in spelt.values() if len({principal_id(entry.name) for entry in same}) == 1]
        parents = self._parents()
        return {principal_id(entry.name): (_principal(entry, parents), entry.roles) for entry in taken}

    def all_groups(self, direct: Iterable[str]) -> frozenset[str]:
        """`direct` and every group these belong to, as written and in canonical form."""
        return _all_groups(direct, self._parents())

    def _parents(self) -> dict[str, tuple[str, ...]]:
        parents: dict[str, tuple[str, ...]] = {}
        for name, group in self.groups.items():
            key = canonical(_group(name))
            parents[key] = (*parents.get(key, ()), *(canonical(_group(parent)) for parent in group.member_of))
        return parents

    @property
    def names(self) -> frozenset[str]:
        """Every principal and group that is named anywhere in the file, in canonical form."""
        people = (principal_id(entry.name) for entry in self.principals)
        theirs = (group for entry in self.principals for group in entry.groups)
        parents = (group for settings in self.groups.values() for group in settings.member_of)
        return frozenset(map(canonical, (*people, *map(_group, (*theirs, *self.groups, *parents)))))

    @staticmethod
    def named(name: str) -> str:
        """The full name of a principal, in the file or not. Raises `UsageError` for what is not a name."""
        try:
            return principal_id(name)
        except ValueError as error:
            raise UsageError(f"That is no principal: {error}.", fix="Write user:NAME or service:NAME.") from None

    def entry(self, name: str) -> PrincipalSettings:
        """The entry of the principal of that name, as it is written. Raises `NotFound` when there is none."""
        wanted = self.named(name)
        entries = [entry for entry in self.principals if canonical(principal_id(entry.name)) == canonical(wanted)]
        if len({principal_id(entry.name) for entry in entries}) > 1:
            raise UsageError(
                f"The identity file has several principals {wanted}, which only case or form of letters tells apart.",
                done="None of them is taken.",
                fix="Give each of them a name of its own in configs/principals.yaml.",
            )
        if entries:
            return entries[0]
        raise NotFound(
            f"There is no principal {wanted}.",
            fix=f"Add it with `corpusgate principals add {wanted} --clearance internal`.",
        )


def _group(name: str) -> str:
    return name if ":" in name else f"group:{name}"


def _all_groups(direct: Iterable[str], parents: dict[str, tuple[str, ...]]) -> frozenset[str]:
    written = frozenset(map(_group, direct))
    return written | expand_groups(map(canonical, written), parents)


def _principal(entry: PrincipalSettings, parents: dict[str, tuple[str, ...]]) -> Principal:
    groups = _all_groups(entry.groups, parents)
    return Principal(name=entry.name, tenant=entry.tenant, groups=groups, clearance=entry.clearance)
