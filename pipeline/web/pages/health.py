"""`/healthz`: this process answers. `/readyz`: it can answer questions."""

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from pipeline.domain.errors import NotIdentified
from pipeline.domain.identity.roles import Role
from pipeline.web.dependencies import AuthenticatorDep, HealthDep
from pipeline.web.security.access import PUBLIC, guarded_router

router = guarded_router()


@router.get("/healthz", dependencies=[Depends(PUBLIC)])
async def alive() -> JSONResponse:
    """The process is there and its event loop turns."""
    return JSONResponse({"alive": True})


@router.get("/readyz", dependencies=[Depends(PUBLIC)])
async def ready(request: Request, health: HealthDep, authenticator: AuthenticatorDep) -> JSONResponse:
    """Database, current generation and model. What is missing is told to auditors and operators only."""
    parts = await run_in_threadpool(health.parts)
    fine = all(part.fine for part in parts)
    content: dict[str, object] = {"ready": fine}
    if await run_in_threadpool(_may_know, request, authenticator):
        content["parts"] = [part.model_dump() for part in parts]
    return JSONResponse(content, 200 if fine else 503)


def _may_know(request: Request, authenticator: AuthenticatorDep) -> bool:
    try:
        identified = authenticator.identify(request)
    except NotIdentified:
        return False
    return identified is not None and any(
        identified.caller.may_somewhere(role) for role in (Role.AUDITOR, Role.OPERATOR)
    )
