"""`/`: where everybody starts."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.roles import Caller
from pipeline.web.access import allow, guarded_router
from pipeline.web.pages import page

router = guarded_router()


@router.get("/")
def overview(request: Request, caller: Annotated[Caller, Depends(allow())]) -> HTMLResponse:
    """Who you are here, and what you may do."""
    return page(request, "overview.html", grants=caller.grants)
