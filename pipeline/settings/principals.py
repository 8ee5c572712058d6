"""The shape of `principals.yaml`: who may ask, and who may do what."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from pipeline.domain.errors import NotFound, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import DEFAULT_TENANT, Classification, Principal, expand_groups, principal_id
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
        entry = self._entry(name)
        return Principal(
            name=entry.name, tenant=entry.tenant, groups=self.all_groups(entry.groups), clearance=entry.clearance
        )

    def grants(self, name: str) -> tuple[Grant, ...]:
        """What the principal of that name may do here. Raises `NotFound` when there is none."""
        return self._entry(name).roles

    def all_groups(self, direct: Iterable[str]) -> frozenset[str]:
        """`direct` and every group these belong to."""
        parents = {_group(name): tuple(map(_group, g.member_of)) for name, g in self.groups.items()}
        return expand_groups(map(_group, direct), parents)

    def _entry(self, name: str) -> PrincipalSettings:
        try:
            wanted = principal_id(name)
        except ValueError as error:
            raise UsageError(f"That is no principal: {error}.", fix="Write user:NAME or service:NAME.") from None
        for entry in self.principals:
            if principal_id(entry.name) == wanted:
                return entry
        raise NotFound(
            f"There is no principal {wanted}.",
            fix=f"Add it with `corpusgate principals add {wanted} --clearance internal`.",
        )


def _group(name: str) -> str:
    return name if ":" in name else f"group:{name}"
