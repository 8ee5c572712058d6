"""`/v1/sources`: the sources of documents, and their trust state."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.documents.listings import Omission
from pipeline.domain.documents.provenance import Source, SourceLimits
from pipeline.domain.identity.permissions import DEFAULT_TENANT, Classification
from pipeline.domain.identity.roles import Caller, Role
from pipeline.reports.listings import next_refresh, unread_parts
from pipeline.reports.source_rates import SourceRates, source_rates
from pipeline.review.registrations import SEE, RegistrationService
from pipeline.web.dependencies import RegistrationsDep, WorkspaceDep
from pipeline.web.parameters import Owner, Reviewer, UtcMoment
from pipeline.web.rest.conditional import conditional
from pipeline.web.rest.pagination import After, Limit, Page, paged
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/v1/sources", tag="sources", in_schema=True)
Name = Annotated[str, Path(max_length=63)]
Seer = Annotated[Caller, Depends(allow(*SEE))]
Stopper = Annotated[Caller, Depends(allow(Role.REVIEWER, Role.OPERATOR))]
Line = Annotated[str, Field(min_length=1, max_length=1_000, pattern=r"^[^\x00]*\S[^\x00]*$")]


class Registration(BaseModel):
    """A new source. Who registers it is the caller, and it starts pending: no field says otherwise."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "handbook",
                    "uri": "/srv/handbook",
                    "owner": "user:olga",
                    "classification": "internal",
                    "allow": ["group:staff"],
                }
            ]
        },
    )

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    uri: Line
    owner: Line
    classification: Classification
    tenant: Line = DEFAULT_TENANT
    allow: tuple[Line, ...] = Field(max_length=1_000)
    deny: tuple[Line, ...] = Field(default=(), max_length=1_000)
    until: UtcMoment | None = Field(default=None, description="The time at which all access ends.")
    licence: Line | None = None
    limits: SourceLimits = SourceLimits()


class SourceReason(BaseModel):
    """Why; kept with the source."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "It brought ten times its usual number of documents."}]},
    )

    reason: Line


class DoubtedSource(Source):
    """A source, and doubts about its tags."""

    warnings: tuple[str, ...] = ()
    """Names that it allows and that no one has."""


class SourceWithReading(DoubtedSource):
    """A source, and what the last run could not read of it."""

    unread: tuple[Omission, ...] = ()
    """Folders and feeds, with the reason; nothing beneath was changed or deleted."""
    next_refresh: str
    """When it is read next, as far as the pace of earlier refreshes shows it."""


@router.get("", response_model=Page[SourceWithReading])
def list_sources(
    request: Request, service: RegistrationsDep, caller: Seer, after: After = None, limit: Limit = 50
) -> Response:
    """Sources the caller has a part in, by name."""
    found = service.list_sources(caller)
    return conditional(
        request, paged("sources", _with_reading(request, service, found), lambda source: source.name, str, after, limit)
    )


@router.post("", status_code=201)
def register(
    service: RegistrationsDep,
    response: Response,
    caller: Owner,
    asked: Registration,
) -> DoubtedSource:
    """Register a source. It contributes nothing until another person approves it."""
    registered = service.register(caller, asked.model_dump())
    response.headers["Location"] = f"/v1/sources/{registered.source.name}"
    return DoubtedSource.model_validate({**registered.source.model_dump(), "warnings": registered.warnings})


@router.get("/{name}", response_model=SourceWithReading)
def show(request: Request, service: RegistrationsDep, caller: Seer, name: Name) -> Response:
    """One source."""
    return conditional(request, _with_reading(request, service, [service.show(caller, name)])[0])


@router.get("/{name}/rates", response_model=SourceRates)
def rates(
    request: Request,
    workspace: WorkspaceDep,
    service: RegistrationsDep,
    caller: Seer,
    name: Name,
    windows: Annotated[int, Query(ge=1, le=1_000, description="How many windows, newest first.")] = 20,
) -> Response:
    """Figures of a source in its last runs and windows, its bands and limits, and its breaches."""
    return conditional(request, source_rates(workspace, service.show(caller, name).name, windows))


@router.post("/{name}/approve")
def approve(service: RegistrationsDep, caller: Reviewer, name: Name) -> Source:
    """Let a pending source contribute. Not by the person who registered it."""
    return service.approve(caller, name)


@router.post("/{name}/narrow")
def narrow(service: RegistrationsDep, caller: Stopper, name: Name, asked: SourceReason) -> Source:
    """Send everything new of a source to review; what it serves keeps serving."""
    return service.narrow(caller, name, asked.reason)


@router.post("/{name}/release")
def release(service: RegistrationsDep, caller: Reviewer, name: Name, asked: SourceReason) -> Source:
    """Trust a narrowed or revoked source again. Not by the person who registered it."""
    return service.release(caller, name, asked.reason)


@router.post("/{name}/revoke")
def revoke(service: RegistrationsDep, caller: Stopper, name: Name, asked: SourceReason) -> Source:
    """Stop serving a source at once."""
    return service.revoke(caller, name, asked.reason)


def _with_reading(request: Request, service: RegistrationService, found: list[Source]) -> list[SourceWithReading]:
    ledger = request.app.state.workspace.ledger
    unread = unread_parts(ledger)
    return [
        SourceWithReading.model_validate(
            {
                **source.model_dump(),
                "unread": unread.get(source.name, ()),
                "warnings": service.warnings(source),
                "next_refresh": next_refresh(ledger, source),
            }
        )
        for source in found
    ]
