"""Verified people for tests: as services take them, and with real tokens in a real home."""

from pathlib import Path

from pipeline.domain.identity.permissions import Classification, Principal
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.settings.operator import operator_name
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace


def person(name: str, *grants: Role | Grant) -> Caller:
    """Somebody with these roles; owner and reviewer of everything unless told."""
    given = grants or (Role.OWNER, Role.REVIEWER)
    return Caller(
        principal=Principal(name=name),
        grants=tuple(one if isinstance(one, Grant) else Grant(role=one) for one in given),
        means="token",
    )


def token(
    workspace: Workspace,
    name: str,
    *roles: Role | Grant,
    clearance: Classification = Classification.RESTRICTED,
    groups: tuple[str, ...] = (),
    tenant: str = "default",
) -> str:
    """Make a principal with these roles (reader, owner and reviewer unless told) and a token for it."""
    given = roles or (Role.READER, Role.OWNER, Role.REVIEWER)
    entry = PrincipalSettings(
        name=name,
        roles=tuple(one if isinstance(one, Grant) else Grant(role=one) for one in given),
        clearance=clearance,
        groups=groups,
        tenant=tenant,
    )
    workspace.principals.add(entry)
    return workspace.tokens.create(name, operator_name())[0]


def token_file(workspace: Workspace, name: str, *roles: Role) -> Path:
    """The same, in a file as `--token-file` wants it."""
    path = workspace.home.path(f"{name.rpartition(':')[2]}.token")
    path.write_text(token(workspace, name, *roles))
    return path
