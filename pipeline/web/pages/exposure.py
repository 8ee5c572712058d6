"""`/exposure`: who received something, and who could have."""

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.exposure import ExposureKind
from pipeline.reports.exposure import ExposureQuestion, exposure
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.page import page
from pipeline.web.pages.documents import link
from pipeline.web.security.access import allow, guarded_router

ROLES = (Role.AUDITOR, Role.OPERATOR)
router = guarded_router("/exposure")


@router.get("")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: Annotated[Caller, Depends(allow(*ROLES))],
    subject: Annotated[str, Query(max_length=4_000)] = "",
    kind: Annotated[str, Query(pattern=f"^(|{'|'.join(ExposureKind)})$")] = "",
) -> HTMLResponse:
    """The question, and its answer."""
    subject = subject.strip()
    named = ExposureKind(kind) if kind else None
    found = exposure(workspace, caller, ExposureQuestion(subject, named)) if subject else None
    return page(
        request,
        "pages/exposure.html",
        subject=subject,
        kind=kind,
        kinds=list(ExposureKind),
        found=found,
        link=link,
    )
