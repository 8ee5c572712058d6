"""`/sources`: the sources of documents, their trust state, and the steps in a source's life."""

from typing import Annotated, Literal

from fastapi import Depends, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from pipeline.domain.documents.catalogue import SourceStanding
from pipeline.domain.documents.omissions import sentence
from pipeline.domain.documents.provenance import Source, SourceLimits, inbox_uri
from pipeline.domain.errors import CorpusgateError, UsageError
from pipeline.domain.identity.permissions import DEFAULT_TENANT, Classification
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.rates.ingest_rates import Figure
from pipeline.reports.dashboard import Dashboards
from pipeline.reports.listings import next_refresh
from pipeline.reports.source_rates import recent_windows, why_narrowed
from pipeline.review.registrations import SEE
from pipeline.web.dependencies import DashboardsDep, WorkspaceDep
from pipeline.web.display.messages import Confirmation, confirm, done, said
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.parameters import Owner
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/sources")
NAVIGATION = NavigationEntry("Sources", "/sources", frozenset(SEE), "u", 50)

Seer = Annotated[Caller, Depends(allow(*SEE))]
Name = Annotated[str, Path(max_length=63)]
Line = Annotated[str, Form(max_length=1_000)]
StepName = Literal["approve", "narrow", "release", "revoke"]

_DONE = {
    "registered": "The source is registered and pending: it contributes nothing until another person approves it.",
    "approve": "The source is approved. The next refresh reads it.",
    "narrow": "The source is narrowed: its new and changed documents go to review.",
    "release": "The source is trusted again.",
    "revoke": "The source is revoked: none of its documents is served.",
}
_SAYS: dict[str, tuple[str, ...]] = {
    "approve": (
        "From the next refresh on, documents from this place are read, scanned and, where policy admits them, served.",
        "Check the place, the tags and the readers before you approve.",
    ),
    "narrow": ("New and changed documents go to review.", "Documents served now stay served."),
    "release": ("Policy admits its new documents again, and its revoked documents are served again.",),
    "revoke": ("From now on no answer contains its documents.", "A reviewer can release it later."),
}
_WINDOWS = 20
"""Shown of what a source brought lately."""
_BUTTONS = {"approve": "Approve", "narrow": "Narrow", "release": "Release", "revoke": "Revoke"}


@router.get("")
def list_sources(request: Request, workspace: WorkspaceDep, dashboards: DashboardsDep, caller: Seer) -> HTMLResponse:
    """Every source the caller has a part in."""
    found = workspace.registrations.list_sources(caller)
    standings: dict[str, list[SourceStanding]] = {}
    for one in dashboards.standings():
        standings.setdefault(one.source, []).append(one)
    return page(
        request,
        "pages/sources.html",
        sources=found,
        served={name: sum(one.served for one in held) for name, held in standings.items()},
        documents={name: sum(one.documents for one in held) for name, held in standings.items()},
        kept_out={
            name: sum(one.documents for one in held if one.action.value == "quarantine")
            for name, held in standings.items()
        },
        waiting=dashboards.overview.queue_by_source(),
        registers=caller.may_somewhere(Role.OWNER),
        message=said(request, _DONE),
    )


@router.get("/new")
def new_source(request: Request, _: Owner) -> HTMLResponse:
    """The form to register one."""
    return _form(request, {"tenant": DEFAULT_TENANT, "kind": "folder", "classification": "internal"})


@router.post("/new")
def register(
    request: Request,
    workspace: WorkspaceDep,
    caller: Owner,
    name: Line = "",
    kind: Literal["folder", "inbox"] = Form("folder"),
    uri: Line = "",
    owner: Line = "",
    classification: Line = "",
    readers: Annotated[str, Form(max_length=20_000)] = "",
    kept_out: Annotated[str, Form(max_length=20_000)] = "",
    tenant: Line = DEFAULT_TENANT,
    licence: Line = "",
    until: Line = "",
    max_bytes: Line = "",
    max_documents: Line = "",
) -> Response:
    """Register a folder or an inbox; errors are shown next to the fields."""
    given = {
        "name": name, "kind": kind, "uri": uri, "owner": owner, "classification": classification,
        "readers": readers, "kept_out": kept_out, "tenant": tenant, "licence": licence, "until": until,
        "max_bytes": max_bytes, "max_documents": max_documents,
    }  # fmt: skip
    limits = {"max_bytes": max_bytes, "max_documents": max_documents}
    try:
        definition: dict[str, object] = {
            "name": name.strip(),
            "uri": inbox_uri(name.strip()) if kind == "inbox" else uri.strip(),
            "owner": owner.strip(),
            "classification": classification,
            "tenant": tenant.strip(),
            "allow": _names(readers),
            "deny": _names(kept_out),
            "licence": licence.strip() or None,
            "until": until.strip() or None,
            "limits": _limits({key: value.strip() for key, value in limits.items() if value.strip()}),
        }
        made = workspace.registrations.register(caller, definition).source
    except UsageError as error:
        return _form(request, given, error)
    return done(request, f"/sources/{made.name}", "registered")


@router.get("/{name}")
def show(
    request: Request, workspace: WorkspaceDep, dashboards: DashboardsDep, caller: Seer, name: Name
) -> HTMLResponse:
    """One source: its tags, limits, history and what the caller may do."""
    source = workspace.registrations.show(caller, name)
    last = next((run for run in dashboards.overview.last_runs(200) if name in run.sources), None)
    return page(
        request,
        "pages/source.html",
        source=source,
        warnings=workspace.registrations.warnings(source),
        why_narrowed=why_narrowed(workspace, name, source.state),
        windows=recent_windows(workspace, name, _WINDOWS),
        figures=Figure,
        standings=[one for one in dashboards.standings() if one.source == name],
        waiting=dashboards.overview.queue_by_source().get(name, 0),
        last=last,
        next_refresh=next_refresh(workspace.ledger, source),
        unread=sentence(last.summary.incomplete.get(name, ())) if last and last.summary else "",
        history=[event for event in workspace.audit.events(name) if event.action.startswith("source.")][::-1],
        steps=workspace.registrations.steps(caller, source),
        buttons=_BUTTONS,
        says=_SAYS,
        message=said(request, _DONE),
    )


@router.post("/{name}/{step}")
def take_step(
    request: Request,
    workspace: WorkspaceDep,
    dashboards: DashboardsDep,
    caller: Annotated[Caller, Depends(allow(Role.REVIEWER, Role.OPERATOR))],
    name: Name,
    step: StepName,
    reason: Line = "",
    confirmed: Line = "",
) -> Response:
    """Approve, narrow, release or revoke; asked twice."""
    registrations = workspace.registrations
    source = registrations.show(caller, name)
    if confirmed != "yes":
        return confirm(request, _step(dashboards, source, step, reason))
    match step:
        case "approve":
            registrations.approve(caller, name)
        case "narrow":
            registrations.narrow(caller, name, reason)
        case "release":
            registrations.release(caller, name, reason)
        case "revoke":
            registrations.revoke(caller, name, reason)
    return done(request, f"/sources/{name}", step)


def _step(dashboards: Dashboards, source: Source, step: str, reason: str) -> Confirmation:
    served = sum(one.served for one in dashboards.standings() if one.source == source.name)
    says = _SAYS[step] + ((f"It serves {served:,} documents now.",) if step in ("revoke", "narrow") else ())
    return Confirmation(
        title=f"{_BUTTONS[step]} source {source.name}?",
        says=says,
        action=f"/sources/{source.name}/{step}",
        fields={"reason": reason} if step != "approve" else {},
        button=f"{_BUTTONS[step]} {source.name}",
        back=f"/sources/{source.name}",
        danger=step == "revoke",
    )


def _form(request: Request, given: dict[str, str], problem: CorpusgateError | None = None) -> HTMLResponse:
    return page(
        request,
        "pages/source_new.html",
        status=400 if problem else 200,
        given={key: given.get(key, "") for key in _FIELDS},
        classifications=[one.value for one in Classification],
        defaults=SourceLimits(),
        problem=problem,
    )


_FIELDS = (
    "name", "kind", "uri", "owner", "classification", "readers", "kept_out", "tenant", "licence", "until",
    "max_bytes", "max_documents",
)  # fmt: skip


def _names(text: str) -> tuple[str, ...]:
    return tuple(one for line in text.splitlines() for part in line.split(",") if (one := part.strip()))


def _limits(given: dict[str, str]) -> SourceLimits:
    try:
        return SourceLimits.model_validate(given)
    except ValidationError:
        raise UsageError(
            "The source was not registered: its limits are whole numbers above zero.", fix="Correct the limits."
        ) from None
