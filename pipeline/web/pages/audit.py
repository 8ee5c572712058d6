"""`/audit`: the audit log, proof that it was not changed, and a download."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
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

Day = Annotated[str, Query(max_length=10)]
SIZE = 50
_DAYS = ("since", "until")


def day(text: str) -> datetime | None:
    """The beginning of a day of a form, in UTC; None if it is not a day."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return None


async def _asked(
    actor: Annotated[str, Query(max_length=200)] = "",
    action: Annotated[str, Query(max_length=64)] = "",
    subject: Annotated[str, Query(max_length=4_000)] = "",
    since: Day = "",
    until: Day = "",
) -> dict[str, str]:
    """The fields of the form that say something; a day that is none is as if it were not given."""
    given = {"actor": actor, "action": action, "subject": subject, "since": since, "until": until}
    known = {name: value.strip() for name, value in given.items() if value.strip()}
    return {name: value for name, value in known.items() if name not in _DAYS or day(value) is not None}


Asked = Annotated[dict[str, str], Depends(_asked)]


@router.get("")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: Auditor,
    asked: Asked,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> HTMLResponse:
    """Entries, newest first."""
    found = records.audit_page(workspace, caller, _wanted(asked), before, SIZE + 1)
    more = "/audit?" + urlencode({**asked, "before": found[SIZE - 1].seq}) if len(found) > SIZE else ""
    return page(
        request,
        "pages/audit.html",
        events=found[:SIZE],
        more=more,
        asked=asked,
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
def download(workspace: WorkspaceDep, caller: Auditor, asked: Asked) -> StreamingResponse:
    """The entries as JSON Lines, oldest first, exactly as they are hashed. That they were taken is on record."""
    found = records.exported_audit(workspace, caller, _wanted(asked))

    def lines() -> Iterator[bytes]:
        for event in found:
            yield event.line + b"\n"

    headers = {"Content-Disposition": 'attachment; filename="audit-log.jsonl"'}
    return StreamingResponse(lines(), media_type="application/jsonl", headers=headers)


def _wanted(asked: dict[str, str]) -> AuditFilter:
    """From the beginning of the first day to the end of the last one, in UTC."""
    words = {name: value for name, value in asked.items() if name not in _DAYS}
    since, until = (day(asked.get(name, "")) for name in _DAYS)
    return AuditFilter(**words, since=since, until=until and until + timedelta(days=1))
