"""`/v1/generations`: past and present states of the index, and rollback."""

from typing import Annotated

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.documents.provenance import source_of
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.reports import records
from pipeline.reports.older_forms import PresentIds
from pipeline.reports.served import verified_documents
from pipeline.takedown.rollback import RollbackResult, rollback
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import Operator
from pipeline.web.rest.conditional import conditional
from pipeline.web.rest.pagination import After, Limit, Page, paged
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/v1/generations", tag="generations", in_schema=True)
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Seer = Annotated[Caller, Depends(allow(Role.AUDITOR, Role.OPERATOR))]


class GenerationView(GenerationRecord):
    """A generation, and whether it is the one being served."""

    current: bool


class ServedDocument(Frozen):
    """A document of a generation."""

    doc_id: str
    version_id: str
    access_id: str


class Return(BaseModel):
    """Why to go back, or only what it would change."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"reason": "The refresh of this morning brought a wrong price list.", "dry_run": True}]
        },
    )

    reason: str = Field(min_length=1, max_length=1_000, pattern=r"^[^\x00]*\S[^\x00]*$")
    dry_run: bool = False


@router.get("", response_model=Page[GenerationView])
def list_generations(
    request: Request, workspace: WorkspaceDep, _: Seer, after: After = None, limit: Limit = 50
) -> Response:
    """Every generation, newest first."""
    current = workspace.ledger.current_generation()
    views = (_view(record, current) for record in workspace.ledger.generations())
    return conditional(request, paged("generations", views, lambda one: -one.number, int, after, limit))


@router.get("/{number}", response_model=GenerationView)
def show(request: Request, workspace: WorkspaceDep, _: Seer, number: Number) -> Response:
    """One generation."""
    return conditional(request, _view(workspace.ledger.generation(number), workspace.ledger.current_generation()))


@router.get("/{number}/documents", response_model=Page[ServedDocument])
def documents(
    request: Request, workspace: WorkspaceDep, caller: Seer, number: Number, after: After = None, limit: Limit = 100
) -> Response:
    """What a kept generation serves of the sources the caller keeps; every digest is verified first."""
    record = workspace.ledger.generation(number)
    kept = records.kept_sources(workspace, caller)
    found = (one for one in verified_documents(workspace, record) if source_of(one.doc_id) in kept)
    present = PresentIds(workspace)
    shown = sorted(
        (ServedDocument(doc_id=present(d.doc_id), version_id=d.version_id, access_id=d.access_id) for d in found),
        key=lambda one: one.doc_id,
    )
    name = f"generation {record.digest[:16]}"
    return conditional(request, paged(name, shown, lambda one: one.doc_id, str, after, limit))


@router.post("/{number}/rollback")
def go_back(workspace: WorkspaceDep, caller: Operator, number: Number, asked: Return) -> RollbackResult:
    """Serve what this generation served, without what was taken back since."""
    return rollback(workspace, number, caller, asked.reason, dry_run=asked.dry_run)


def _view(record: GenerationRecord, current: GenerationRecord | None) -> GenerationView:
    served = current is not None and current.number == record.number
    return GenerationView(**record.model_dump(), current=served)
