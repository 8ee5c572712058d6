"""`/audit`: the audit log, proof that it was not changed, and a download."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from pipeline.domain.audit import AuditFilter
from pipeline.domain.identity.roles import Role
from pipeline.reports import records
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.pages.documents import link
from pipeline.web.parameters import Auditor
from pipeline.web.security.access import guarded_router

router = guarded_router("/audit")
NAVIGATION = NavigationEntry("Audit log", "/audit", frozenset({Role.AUDITOR}), "a", 80)

Actor = Annotated[str, Query(max_length=200)]
Action = Annotated[str, Query(max_length=64)]
Subject = Annotated[str, Query(max_length=4_000)]
SIZE = 50


@router.get("")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: Auditor,
    actor: Actor = "",
    action: Action = "",
    subject: Subject = "",
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> HTMLResponse:
    """Entries, newest first."""
    wanted = AuditFilter(actor=actor.strip(), action=action.strip(), subject=subject.strip())
    found = records.audit_page(workspace, caller, wanted, before, SIZE + 1)
    asked = {name: value for name, value in wanted.model_dump().items() if value}
    more = "/audit?" + urlencode({**asked, "before": found[SIZE - 1].seq}) if len(found) > SIZE else ""
    return page(
        request,
        "pages/audit.html",
        events=found[:SIZE],
        more=more,
        wanted=wanted,
        begun=before is None,
        actions=records.audit_actions(workspace, caller),
        download="/audit/download" + ("?" + urlencode(asked) if asked else ""),
        link=link,
    )


@router.post("/verify")
def verify(request: Request, workspace: WorkspaceDep, caller: Auditor) -> HTMLResponse:
    """Check the whole chain against every stored checkpoint."""
    report = records.verified_audit(workspace, caller, None)
    return page(request, "pages/audit_verified.html", report=report, enhanced="hx-request" in request.headers)


@router.get("/download")
def download(
    workspace: WorkspaceDep, caller: Auditor, actor: Actor = "", action: Action = "", subject: Subject = ""
) -> StreamingResponse:
    """The entries as JSON Lines, oldest first, exactly as they are hashed. That they were taken is on record."""
    wanted = AuditFilter(actor=actor.strip(), action=action.strip(), subject=subject.strip())
    found = records.exported_audit(workspace, caller, wanted)

    def lines() -> Iterator[bytes]:
        for event in found:
            yield event.line + b"\n"

    headers = {"Content-Disposition": 'attachment; filename="audit-log.jsonl"'}
    return StreamingResponse(lines(), media_type="application/jsonl", headers=headers)
