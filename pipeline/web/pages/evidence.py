"""`/evidence`: checkpoints, anchors and attestations, and how to take evidence away."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.identity.roles import Caller, Role
from pipeline.reports.evidence_state import evidence_state
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.page import page
from pipeline.web.display.wording import last_month
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/evidence")


@router.get("")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: Annotated[Caller, Depends(allow(Role.AUDITOR, Role.OPERATOR))],
) -> HTMLResponse:
    """The state of the evidence, without the long verification."""
    return page(
        request,
        "pages/evidence.html",
        state=evidence_state(workspace, caller),
        audits=caller.may(Role.AUDITOR),
        month="..".join(f"{moment:%Y-%m-%dT%H:%MZ}" for moment in last_month()),
    )
