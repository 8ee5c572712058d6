"""`/runs`: runs on record, and what each did to which document."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Path, Query, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.documents.documents import Action
from pipeline.reports.runs import list_runs, run_documents, run_view
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.page import page
from pipeline.web.pages.documents import link
from pipeline.web.parameters import RecordKeeper
from pipeline.web.security.access import guarded_router

router = guarded_router("/runs")
SIZE = 100
LISTED = 100


@router.get("")
def listed(
    request: Request,
    workspace: WorkspaceDep,
    caller: RecordKeeper,
    after: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """Runs over sources that the caller keeps, newest first, a page at a time."""
    found = list_runs(workspace, caller, LISTED + 1, after)
    more = "/runs?" + urlencode({"after": found[LISTED - 1].run.run_id}) if len(found) > LISTED else ""
    return page(request, "pages/runs.html", found=found[:LISTED], more=more, begun=not after)


@router.get("/{run_id}")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: RecordKeeper,
    run_id: Annotated[str, Path(max_length=64)],
    verdict: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str, Query(max_length=4_000)] = "",
) -> HTMLResponse:
    """One run with its documents, a page at a time."""
    view = run_view(workspace, caller, run_id)
    wanted = Action(verdict) if verdict in set(Action) else None
    found = run_documents(workspace, caller, run_id, wanted, after, SIZE + 1)
    asked = {"verdict": wanted.value} if wanted else {}
    more = f"/runs/{run_id}?" + urlencode({**asked, "after": found[SIZE - 1].doc_id}) if len(found) > SIZE else ""
    return page(
        request,
        "pages/run.html",
        view=view,
        documents=found[:SIZE],
        wanted=wanted,
        actions=tuple(Action),
        more=more,
        begun=not after,
        link=link,
    )
