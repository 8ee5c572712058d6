"""`/v1/principals`: what principals were and held, and who could read a document at some moment."""

from typing import Annotated

from fastapi import Query, Request, Response

from pipeline.domain.identity.histories import PrincipalStates
from pipeline.reports.principals import PrincipalOnRecord, principals
from pipeline.search.past_principals import ReadersThen, past_principals, readers
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import Auditor, UtcMoment
from pipeline.web.rest.conditional import conditional
from pipeline.web.rest.pagination import After, Limit, Page, paged
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/principals", tag="principals", in_schema=True)

Moment = Annotated[UtcMoment | None, Query(description="At that time; default: every time, or now.")]


@router.get("", response_model=Page[PrincipalOnRecord])
def list_principals(
    request: Request, workspace: WorkspaceDep, caller: Auditor, after: After = None, limit: Limit = 50
) -> Response:
    """People and services of the home with groups, clearance and roles, by name. For auditors."""
    found = sorted(principals(workspace, caller), key=lambda one: one.name)
    return conditional(request, paged("principals", found, lambda one: one.name, str, after, limit))


@router.get("/history")
def history(
    workspace: WorkspaceDep,
    caller: Auditor,
    principal: Annotated[str, Query(max_length=200, description="Its full name; default: everyone.")] = "",
    at: Moment = None,
) -> PrincipalStates:
    """Groups, clearance and roles that principals had, and from when to when. For auditors."""
    return past_principals(workspace, caller, principal, at)


@router.get("/readers")
def could_read(
    workspace: WorkspaceDep,
    caller: Auditor,
    document: Annotated[str, Query(min_length=1, max_length=4_000, description="A document or an access id.")],
    at: Moment = None,
) -> ReadersThen:
    """Principals who could read a document, or under an access rule, at some moment. For auditors."""
    return readers(workspace, caller, document, at)
