"""`/documents`: records of documents, why they are served or not, and their takedown."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from pipeline.domain.documents.catalogue import CatalogueOrder, DocumentStanding
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.reports import records
from pipeline.reports.explained import access_now, explained, in_one_sentence, permitted_names, worth_mending
from pipeline.reports.listed_documents import count_documents, listed_documents, written_documents
from pipeline.takedown import revoke
from pipeline.takedown.revoke import LEFT_TO_REFRESH
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.messages import Confirmation, confirm, done, said
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.document_question import After, Asked
from pipeline.web.parameters import Anyone, Reviewer
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/documents")
NAVIGATION = NavigationEntry("Documents", "/documents", frozenset(KEEPERS), "d", 40)

Keeper = Annotated[Caller, Depends(allow(*KEEPERS))]
DocId = Annotated[str, Query(alias="id", min_length=1, max_length=4_000)]
Field = Annotated[str, Form(max_length=4_000)]
SIZE = 50
LISTED = 50
VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("All", {}),
    ("Personal data", {"holds": "pii"}),
    ("Secrets", {"holds": "secret"}),
    ("Orders to a model", {"holds": "injection"}),
    ("In review", {"standing": "review"}),
    ("In quarantine", {"standing": "quarantine"}),
    ("Restricted and served", {"classification": "restricted", "standing": "served"}),
    ("Gone from the source", {"standing": "deleted"}),
)
"""Questions that people ask often, as filters."""
_ORDERS = {
    CatalogueOrder.NAME: "name",
    CatalogueOrder.NEWEST: "newest verdict",
    CatalogueOrder.OLDEST: "oldest verdict",
    CatalogueOrder.OWNER: "owner",
}

_DONE = {
    "revoke": "The document is revoked: no answer contains it.",
    "lift": f"The revocation is lifted. {LEFT_TO_REFRESH.replace('`', '')}",
}


def link(doc_id: str) -> str:
    """Where a document's record is."""
    return f"/documents/record?id={quote(doc_id, safe='')}"


@router.get("")
def list_documents(
    request: Request, workspace: WorkspaceDep, caller: Keeper, asked: Asked, after: After = ""
) -> HTMLResponse:
    """Documents of the sources the caller keeps, a page at a time."""
    rows = listed_documents(workspace, caller, asked.wanted, asked.place(after), SIZE + 1, asked.order)
    more = asked.address("/documents", rows[SIZE - 1]) if len(rows) > SIZE else ""
    return page(
        request,
        "pages/documents.html",
        rows=rows[:SIZE],
        total=count_documents(workspace, caller, asked.wanted) if rows else 0,
        more=more,
        asked=asked.given,
        narrowed={name: value for name, value in asked.given.items() if value and name != "order"},
        begun=not after,
        standings=list(DocumentStanding),
        kinds=list(FindingKind),
        classifications=list(Classification),
        orders=_ORDERS,
        views=VIEWS,
        sources=[one.name for one in workspace.registrations.list_sources(caller)],
        download=asked.address("/documents/download"),
        link=link,
    )


@router.get("/download")
def download(workspace: WorkspaceDep, caller: Keeper, asked: Asked) -> StreamingResponse:
    """The whole list as comma-separated values."""
    headers = {"Content-Disposition": 'attachment; filename="documents.csv"'}
    lines = written_documents(workspace, caller, asked.wanted, asked.order)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/record")
def record(request: Request, workspace: WorkspaceDep, caller: Anyone, doc_id: DocId) -> HTMLResponse:
    """Why a document is served, or not: provenance, versions, findings masked, verdicts, decisions, timeline."""
    found = explained(workspace, caller, doc_id)
    access = access_now(found)
    return page(
        request,
        "pages/document.html",
        doc_id=doc_id,
        found=found,
        sentence=in_one_sentence(found),
        access=access,
        permitted=permitted_names(workspace, caller, access) if access is not None else None,
        mend=found.verdict is not None and worth_mending(found.verdict),
        message=said(request, _DONE),
    )


@router.post("/revoke")
def revoke_document(
    request: Request,
    workspace: WorkspaceDep,
    caller: Annotated[Caller, Depends(allow(Role.OWNER, Role.REVIEWER, Role.OPERATOR))],
    doc_id: Field = "",
    reason: Field = "",
    confirmed: Field = "",
) -> Response:
    """Take a document out of every answer, after showing what that takes."""
    records.document_record(workspace, caller, doc_id)  # who may not know of it learns nothing here either
    sure = confirmed == "yes"
    taken = revoke.revoke(workspace, RevocationKind.DOCUMENT, doc_id, caller, reason, dry_run=not sure)
    if sure:
        return done(request, link(doc_id), "revoke")
    served = f"It is served now, with {taken.chunks:,} passages." if taken.documents else "It is not served now."
    step = Confirmation(
        title=f"Revoke {doc_id}?",
        says=(
            served,
            "From now on no answer of any running server contains it, and no refresh or rollback brings it back.",
            "A reviewer who neither submitted nor owns it can lift the revocation.",
        ),
        action="/documents/revoke",
        fields={"doc_id": doc_id, "reason": reason},
        button="Revoke this document",
        back=link(doc_id),
    )
    return confirm(request, step)


@router.post("/lift")
def lift_document(
    request: Request,
    workspace: WorkspaceDep,
    caller: Reviewer,
    doc_id: Field = "",
    reason: Field = "",
    confirmed: Field = "",
) -> Response:
    """Let a revoked document in again."""
    records.document_record(workspace, caller, doc_id)
    if confirmed == "yes":
        revoke.lift(workspace, RevocationKind.DOCUMENT, doc_id, caller, reason)
        return done(request, link(doc_id), "lift")
    step = Confirmation(
        title=f"Let {doc_id} in again?",
        says=(
            "Passages in the current generation are found again at once; the rest with the next refresh.",
            "Its access rule and its verdict stay as they are.",
        ),
        action="/documents/lift",
        fields={"doc_id": doc_id, "reason": reason},
        button="Lift the revocation",
        back=link(doc_id),
        danger=False,
    )
    return confirm(request, step)
