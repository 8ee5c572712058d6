"""`/static/…`: style and script."""

from fastapi import Depends, Request
from fastapi.responses import Response

from pipeline.domain.errors import NotFound
from pipeline.web.display.assets import ASSETS
from pipeline.web.security.access import PUBLIC, guarded_router

router = guarded_router()
FOR_EVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=60"


@router.get("/static/{name}", dependencies=[Depends(PUBLIC)])
async def asset(request: Request, name: str) -> Response:
    """A file, to be kept by the browser when it was asked for by its digest."""
    found = ASSETS.find(name)
    if found is None:
        raise NotFound("There is no such file.", done="Nothing was done.", fix="Load the page again.")
    exact = request.query_params.get("v") == found.digest[:16]
    headers = {"Cache-Control": FOR_EVER if exact else BRIEFLY, "ETag": f'"{found.digest}"'}
    return Response(found.content, media_type=found.media_type, headers=headers)
