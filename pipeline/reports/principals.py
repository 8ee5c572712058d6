"""Everyone who may ask, as the home names them, with what they hold. Reads only."""

from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.workspace import Workspace


class PrincipalOnRecord(Principal):
    """A person or service that the home names, and its roles."""

    roles: tuple[Grant, ...]


def principals(workspace: Workspace, caller: Caller) -> list[PrincipalOnRecord]:
    """Everyone of `configs/principals.yaml`, in its order. A provider of identity may know more people.

    Raises:
        NotAllowed: The caller is neither auditor nor operator.

    """
    caller.require(Role.AUDITOR, Role.OPERATOR)
    identities = workspace.principals.current()
    everyone = [identities.principal(entry.name) for entry in identities.principals]
    return [PrincipalOnRecord(**one.model_dump(), roles=identities.grants(one.name)) for one in everyone]
