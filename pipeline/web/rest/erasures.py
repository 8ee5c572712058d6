"""`/v1/erasures`: erase a document, read the receipt, allow it again.

Invariants: the same rights as at the command line; the answer to an erasure is its receipt, and comes when nothing of
the document is found any more. A receipt names the document by the digest of its id.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.documents.provenance import source_of
from pipeline.domain.errors import NotFound
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role, keeps
from pipeline.domain.serving.erasing import Erasure, ErasureReceipt, ErasureState
from pipeline.takedown import erase as operation
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import Operator
from pipeline.web.rest.conditional import conditional
from pipeline.web.rest.pagination import After, Limit, Page, paged
from pipeline.web.security.access import allow, guarded_router
from pipeline.workspace import Workspace

router = guarded_router("/v1/erasures", tag="erasures", in_schema=True)
Seer = Annotated[Caller, Depends(allow(Role.AUDITOR, Role.OPERATOR))]
Line = Annotated[str, Field(min_length=1, max_length=4_000, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]


class ErasureRequest(BaseModel):
    """What to erase, or to allow again, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"document": "handbook:notice.md", "reason": "Its subject asked for it."}]},
    )

    document: Line
    """Its id, the end of it, or of a submission its id or what its submitter called the file."""
    reason: str = Field(min_length=1, max_length=1_000, pattern=r"^[^\x00]*\S[^\x00]*$")


class ErasureView(Frozen):
    """An erasure, and where it stands."""

    erasure_id: str
    doc_id: str
    state: ErasureState
    erased_by: str
    reason: str
    erased_at: datetime
    finished_at: datetime | None
    allowed_by: str | None
    allowed_at: datetime | None
    allow_reason: str | None
    receipt: dict[str, object] | None = None
    """The signed envelope; only for one erasure."""


@router.get("", response_model=Page[ErasureView])
def list_erasures(
    request: Request, workspace: WorkspaceDep, caller: Seer, after: After = None, limit: Limit = 50
) -> Response:
    """Erasures in the sources that the caller keeps, oldest first."""
    views = sorted((_view(one) for one in _seen(workspace, caller)), key=_key)
    return conditional(request, paged("erasures", views, _key, str, after, limit))


@router.get("/{erasure}", response_model=ErasureView)
def show(
    request: Request, workspace: WorkspaceDep, caller: Seer, erasure: Annotated[str, Path(max_length=64)]
) -> Response:
    """One erasure with its signed receipt."""
    found = next((one for one in _seen(workspace, caller) if one.erasure_id == erasure), None)
    if found is None:
        raise NotFound("There is no erasure of that id.", fix="GET /v1/erasures lists them.")
    return conditional(request, _view(found).model_copy(update={"receipt": found.receipt}))


@router.post("", status_code=201)
def erase(workspace: WorkspaceDep, caller: Operator, asked: ErasureRequest) -> ErasureReceipt:
    """Erase a document from every kept generation, cache, stored text and inbox. An interrupted erasure resumes."""
    return operation.erase(workspace, asked.document, caller, asked.reason)


@router.post("/allow-again")
def allow_again(workspace: WorkspaceDep, caller: Operator, asked: ErasureRequest) -> ErasureView:
    """Allow an erased document again. If its source offers it, it passes the gate like any other document."""
    operation.allow_again(workspace, asked.document, caller, asked.reason)
    return _view(operation.find(workspace, asked.document))


def _seen(workspace: Workspace, caller: Caller) -> list[Erasure]:
    return [one for one in operation.erasures(workspace) if keeps(caller, source_of(one.doc_id))]


def _view(one: Erasure) -> ErasureView:
    fields = one.model_dump(include=set(ErasureView.model_fields) - {"receipt", "state"})
    return ErasureView(**fields, state=one.state)


def _key(one: ErasureView) -> str:
    return f"{one.erased_at.isoformat(timespec='microseconds')} {one.erasure_id}"
