"""`/backups` and `/drills`: the backups and drills on record. They are made at the command line alone."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.identity.roles import Caller, Role
from pipeline.drills.names import SENTENCES
from pipeline.drills.record import ages
from pipeline.reports.backups import LISTED, backups_on_record
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.page import page
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("")
_Caller = Annotated[Caller, Depends(allow(Role.AUDITOR, Role.OPERATOR))]


@router.get("/backups")
def show_backups(request: Request, workspace: WorkspaceDep, caller: _Caller) -> HTMLResponse:
    """The backups of this home, newest first."""
    return page(request, "pages/backups.html", found=backups_on_record(workspace, caller), listed=LISTED)


@router.get("/drills")
def show_drills(request: Request, workspace: WorkspaceDep, caller: _Caller) -> HTMLResponse:
    """The newest record of each drill, with its steps."""
    caller.require(Role.AUDITOR, Role.OPERATOR)
    return page(request, "pages/drills.html", found=list(ages(workspace, SENTENCES)), sentences=SENTENCES)
