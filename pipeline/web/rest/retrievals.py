"""`/v1/retrievals`: who received which passage, and when."""

from typing import Annotated

from fastapi import Query

from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.retrievals import RecordedRetrieval, RetrievalReport
from pipeline.reports.retrieved import Wanted, retrievals, verified_retrievals
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import Auditor, Moment
from pipeline.web.rest.pagination import After, Limit, Page, cursor, read_cursor
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/retrievals", tag="retrievals", in_schema=True)


class VerifiedRetrievals(Frozen):
    """Result of the check."""

    ok: bool
    report: RetrievalReport


@router.get("")
def list_retrievals(
    workspace: WorkspaceDep,
    caller: Auditor,
    document: Annotated[str, Query(max_length=4_000, description="Only answers that held it.")] = "",
    chunk: Annotated[str, Query(max_length=64, description="Only answers that held this passage.")] = "",
    principal: Annotated[
        str, Query(max_length=200, description="Receiver of the answer, or the principal whose permissions were used.")
    ] = "",
    generation: Annotated[
        int | None, Query(ge=0, le=2**31 - 1, description="The generation that was searched.")
    ] = None,
    since: Moment = None,
    until: Moment = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[RecordedRetrieval]:
    """Answers, newest first. For auditors."""
    before = None if after is None else read_cursor("retrievals", after, int)
    wanted = Wanted(
        document=document, chunk=chunk, principal=principal, generation=generation, since=since, until=until
    )
    found = retrievals(workspace, caller, wanted, before, limit + 1)
    more = cursor("retrievals", found[limit - 1].number) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


@router.post("/verify")
def verify(workspace: WorkspaceDep, caller: Auditor) -> VerifiedRetrievals:
    """Compare the log with its digests in the audit log: edits, additions, removals. For auditors."""
    report = verified_retrievals(workspace, caller)
    return VerifiedRetrievals(ok=report.ok, report=report)
