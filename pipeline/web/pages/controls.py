"""`/controls`: the control map with the coverage of each framework and the newest evidence of each control."""

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.controls import ControlStatus
from pipeline.domain.identity.roles import Caller, Role
from pipeline.reports.controls import controls
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.page import page
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/controls")


@router.get("")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: Annotated[Caller, Depends(allow(Role.AUDITOR, Role.OPERATOR))],
    framework: Annotated[str, Query(max_length=40)] = "",
    status: Annotated[str, Query(pattern=f"^(|{'|'.join(ControlStatus)})$")] = "",
) -> HTMLResponse:
    """Every control, or those of a framework with a status."""
    report = controls(workspace, caller, framework, ControlStatus(status) if status else None)
    return page(
        request,
        "pages/controls.html",
        report=report,
        framework=framework,
        chosen=status,
        statuses=list(ControlStatus),
        titles={one.framework: one.title for one in report.coverage},
    )
