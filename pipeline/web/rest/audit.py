"""`/v1/audit`: the audit log, and proof that it was not changed."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.audit import AuditEvent, AuditFilter, AuditReport
from pipeline.reports import records
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import Auditor, Moment
from pipeline.web.rest.pagination import After, Limit, Page, cursor, read_cursor
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/audit", tag="audit", in_schema=True)


class KeptCheckpoint(BaseModel):
    """A signed checkpoint that was kept elsewhere."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"checkpoint": "corpusgate.example/home\n1203\nq9…=\n\n— corpusgate.example/home 4f2a…\n"}]
        },
    )

    checkpoint: str | dict[str, Any] | None = Field(
        default=None, min_length=1, description="The signed note `audit checkpoint` wrote, or an older envelope."
    )


class Verified(BaseModel):
    """What the check found."""

    ok: bool
    report: AuditReport


@router.get("")
def list_events(
    workspace: WorkspaceDep,
    caller: Auditor,
    subject: Annotated[str, Query(max_length=4_000, description="Only about this.")] = "",
    actor: Annotated[str, Query(max_length=200, description="Only by this person or service.")] = "",
    action: Annotated[
        str, Query(max_length=64, description="Only this action, or actions that begin so: `review`, `review.approve`.")
    ] = "",
    since: Moment = None,
    until: Moment = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditEvent]:
    """Events, oldest first."""
    begin = 0 if after is None else read_cursor("audit", after, int)
    wanted = AuditFilter(actor=actor, action=action, subject=subject, since=since, until=until)
    found = records.audit_events(workspace, caller, wanted, begin, limit)
    more = cursor("audit", found[limit - 1].seq) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


@router.post("/verify")
def verify(workspace: WorkspaceDep, caller: Auditor, asked: KeptCheckpoint | None = None) -> Verified:
    """Check the whole chain for edits, removals, reordering and truncation."""
    report = records.verified_audit(workspace, caller, asked.checkpoint if asked else None)
    return Verified(ok=report.ok, report=report)
