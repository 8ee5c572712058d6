"""`/v1/keys`: public keys, to check signatures elsewhere. No route makes, rotates or revokes one."""

from typing import Annotated

from fastapi import Depends

from pipeline.domain.identity.roles import Caller, Role
from pipeline.publishing.keys import PublicKey, public_keys
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/v1/keys", tag="keys", in_schema=True)


@router.get("")
def keys(
    workspace: WorkspaceDep, _: Annotated[Caller, Depends(allow(Role.AUDITOR, Role.OPERATOR))]
) -> tuple[PublicKey, ...]:
    """Every public key this home ever trusted, and whether its signatures are accepted now."""
    return tuple(public_keys(workspace))
