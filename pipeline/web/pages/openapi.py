"""`/openapi.json`: the REST interface, described."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from pipeline.domain.identity.roles import Caller
from pipeline.web.security.access import allow, guarded_router

router = guarded_router()


@router.get("/openapi.json")
def openapi(request: Request, _: Annotated[Caller, Depends(allow())]) -> JSONResponse:
    """OpenAPI 3.1."""
    return JSONResponse(request.app.openapi())
