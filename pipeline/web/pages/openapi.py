"""`/openapi.json`: the REST interface, described."""

from fastapi import Request
from fastapi.responses import JSONResponse

from pipeline.web.parameters import Anyone
from pipeline.web.security.access import guarded_router

router = guarded_router()


@router.get("/openapi.json")
def openapi(request: Request, _: Anyone) -> JSONResponse:
    """OpenAPI 3.1."""
    return JSONResponse(request.app.openapi())
