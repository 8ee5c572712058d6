"""`/retrievals`: who received which passage, when, with filters, and proof that the record is whole."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.errors import NotFound
from pipeline.domain.serving.retrievals import RecordedRetrieval
from pipeline.reports.retrieved import Wanted, retrievals, verified_retrievals
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.page import page
from pipeline.web.pages.audit import Day, day
from pipeline.web.pages.documents import link
from pipeline.web.parameters import Auditor
from pipeline.web.security.access import guarded_router

router = guarded_router("/retrievals")
SIZE = 50
NAMED = 3
"""Documents that an answer names at first sight; the others are in a disclosure."""


@router.get("")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: Auditor,
    document: Annotated[str, Query(max_length=4_000)] = "",
    principal: Annotated[str, Query(max_length=200)] = "",
    chunk: Annotated[str, Query(max_length=64)] = "",
    generation: Annotated[str, Query(pattern=r"^[0-9]{0,9}$")] = "",
    since: Day = "",
    until: Day = "",
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> HTMLResponse:
    """Answers, newest first, a page at a time. There is no filter by question: its words must not be in an address."""
    given = {
        "document": document.strip(), "principal": principal.strip(), "chunk": chunk.strip(),
        "generation": generation, "since": since if day(since) else "", "until": until if day(until) else "",
    }  # fmt: skip
    asked = {name: value for name, value in given.items() if value}
    first, last = day(since), day(until)
    wanted = Wanted(
        document=given["document"],
        principal=given["principal"],
        chunk=given["chunk"],
        generation=int(generation) if generation else None,
        since=first,
        until=last and last + timedelta(days=1),
    )
    hint, found = "", list[RecordedRetrieval]()
    try:
        found = retrievals(workspace, caller, wanted, before, SIZE + 1)
    except NotFound as error:
        hint = error.what
    more = "/retrievals?" + urlencode({**asked, "before": found[SIZE - 1].number}) if len(found) > SIZE else ""
    return page(
        request,
        "pages/retrievals.html",
        found=found[:SIZE],
        more=more,
        asked=asked,
        begun=before is None,
        hint=hint,
        named=NAMED,
        link=link,
    )


@router.post("/verify")
def verify(request: Request, workspace: WorkspaceDep, caller: Auditor) -> HTMLResponse:
    """Compare the whole log with its digests in the audit log."""
    report = verified_retrievals(workspace, caller)
    return page(request, "pages/retrievals_verified.html", report=report, enhanced="hx-request" in request.headers)
