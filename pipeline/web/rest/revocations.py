"""`/v1/revocations`: names that must no longer be served, from this moment on."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.serving.revocations import Revocation, RevocationKind
from pipeline.reports import records
from pipeline.takedown.revoke import RevocationResult, lift, revoke
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.rest.conditional import conditional
from pipeline.web.rest.pagination import After, Limit, Page, paged
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/v1/revocations", tag="revocations", in_schema=True)


class RevocationRequest(BaseModel):
    """What to stop, or to let in again, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "document", "subject": "handbook:notice.md", "reason": "It came in by mistake."}]
        },
    )

    kind: RevocationKind
    subject: str = Field(min_length=1, max_length=4_000, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
    reason: str = Field(min_length=1, max_length=1_000, pattern=r"^[^\x00]*\S[^\x00]*$")


class Stop(RevocationRequest):
    """What to stop."""

    unknown: bool = Field(default=False, description="Accept a name that the ledger does not know yet.")
    dry_run: bool = Field(default=False, description="Show what would be revoked; revoke nothing.")


@router.get("", response_model=Page[Revocation])
def list_revocations(
    request: Request,
    workspace: WorkspaceDep,
    caller: Annotated[Caller, Depends(allow(*KEEPERS))],
    lifted: Annotated[bool, Query(description="Those that were lifted too.")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Response:
    """Revocations the caller has a part in, oldest first."""
    found = records.revocations(workspace, caller, everything=lifted)
    return conditional(request, paged("revocations", found, _key, str, after, limit))


@router.post(
    "", status_code=201, responses={200: {"model": RevocationResult, "description": "What a dry run would take."}}
)
def stop(
    workspace: WorkspaceDep,
    response: Response,
    caller: Annotated[Caller, Depends(allow(Role.OWNER, Role.REVIEWER, Role.OPERATOR))],
    asked: Stop,
) -> RevocationResult:
    """Stop serving everything the name stands for. 200 for a dry run."""
    response.status_code = 200 if asked.dry_run else 201
    return revoke(
        workspace, asked.kind, asked.subject, caller, asked.reason, unknown=asked.unknown, dry_run=asked.dry_run
    )


@router.post("/lift")
def let_in(
    workspace: WorkspaceDep,
    caller: Annotated[Caller, Depends(allow(Role.REVIEWER, Role.OPERATOR))],
    asked: RevocationRequest,
) -> Revocation:
    """Take a revocation back; what generations no longer hold comes back with the next refresh."""
    return lift(workspace, asked.kind, asked.subject, caller, asked.reason)


def _key(revocation: Revocation) -> str:
    return f"{revocation.revoked_at.isoformat(timespec='microseconds')} {revocation.revocation_id}"
