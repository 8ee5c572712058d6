"""`/v1/documents`: the record of a document, as far as the caller may see it."""

from typing import Annotated

from fastapi import Path, Request, Response

from pipeline.reports.records import DocumentRecord, document_record
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import Anyone
from pipeline.web.rest.conditional import conditional
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/documents", tag="documents", in_schema=True)
DocId = Annotated[str, Path(max_length=4_000, description="The whole id, as searches return it.")]


@router.get("/{doc_id:path}", response_model=DocumentRecord)
def document(request: Request, workspace: WorkspaceDep, caller: Anyone, doc_id: DocId) -> Response:
    """Readers see what is served to them; keepers of its source see versions, verdicts and masked findings."""
    return conditional(request, document_record(workspace, caller, doc_id))
