"""`/v1/runs`: runs on record, and what each did to which document."""

from typing import Annotated

from fastapi import Path, Query

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.run_changes import RunDocument
from pipeline.reports.runs import RunView, list_runs, run_documents, run_view
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import RecordKeeper
from pipeline.web.rest.pagination import After, Limit, Page, cursor, read_cursor
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/runs", tag="runs", in_schema=True)
RunId = Annotated[str, Path(max_length=64, description="Id of the run.")]


@router.get("")
def runs(
    workspace: WorkspaceDep,
    caller: RecordKeeper,
    after: After = None,
    limit: Limit = 50,
) -> Page[RunView]:
    """Runs over sources that the caller keeps, newest first."""
    begin = "" if after is None else read_cursor("runs", after, str)
    found = list_runs(workspace, caller, limit + 1, begin)
    more = cursor("runs", found[limit - 1].run.run_id) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


@router.get("/{run_id}")
def run(workspace: WorkspaceDep, caller: RecordKeeper, run_id: RunId) -> RunView:
    """One run, and the generation it published."""
    return run_view(workspace, caller, run_id)


@router.get("/{run_id}/documents")
def documents(
    workspace: WorkspaceDep,
    caller: RecordKeeper,
    run_id: RunId,
    verdict: Annotated[Action | None, Query(description="Only documents that were judged so.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[RunDocument]:
    """Documents that the run judged or found gone, by id."""
    begin = "" if after is None else read_cursor("run-documents", after, str)
    found = run_documents(workspace, caller, run_id, verdict, begin, limit + 1)
    more = cursor("run-documents", found[limit - 1].doc_id) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)
