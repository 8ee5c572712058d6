"""`/v1/submissions`: submit a document, follow it, withdraw it.

Invariants: an upload goes to disk as it arrives and stops at the limit; a document in JSON has a limit of its own.
The submitter is the verified caller: no field names one. The service decides everything else.
"""

import io
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.domain.errors import InvalidFields
from pipeline.domain.submissions.submissions import Draft
from pipeline.submissions.inbox import Readable
from pipeline.submissions.receipts import Receipt, SubmissionSummary
from pipeline.web.dependencies import SubmissionsDep, WorkspaceDep
from pipeline.web.parameters import Anyone, Owner
from pipeline.web.rest.bodies import content_type, file_and_fields, read_body, text_and_fields, unknown_type
from pipeline.web.rest.pagination import After, Limit, Page, cursor, read_cursor
from pipeline.web.security import access

router = access.guarded_router("/v1/submissions", tag="submissions", in_schema=True)


class Withdrawal(BaseModel):
    """Why a document is taken back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "The rota is over."}]})

    reason: str = Field(default="", max_length=1_000)


_DRAFT: dict[str, Any] = {
    "source": {"type": "string"},
    "document": {"type": "string", "description": "New version of this document, by its id or a submission of it."},
    "name": {"type": "string", "maxLength": 255},
    "title": {"type": "string", "maxLength": 500},
    "classification": {"enum": ["public", "internal", "confidential", "restricted"]},
    "allow": {"type": "array", "items": {"type": "string"}},
    "deny": {"type": "array", "items": {"type": "string"}},
    "licence": {"type": "string", "maxLength": 500},
}


def _body(content: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**_DRAFT, content: schema},
        "required": ["source", content],
        "additionalProperties": False,
    }


_BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _body("text", {"type": "string", "minLength": 1}),
                "example": {"source": "hr-inbox", "title": "Notice periods", "text": "# Notice\n\nTwo weeks."},
            },
            "multipart/form-data": {"schema": _body("file", {"type": "string", "format": "binary"})},
        },
    }
}


@router.post("", status_code=201, response_model=Receipt, openapi_extra=_BODIES)
async def submit(
    request: Request,
    service: SubmissionsDep,
    workspace: WorkspaceDep,
    response: Response,
    caller: Owner,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Receipt:
    """Submit a file (multipart) or a text (JSON). 201 with a receipt; 200 when the same was submitted before."""
    settings = workspace.home.settings.submissions
    await run_in_threadpool(service.check_room, caller, idempotency_key)
    kind = content_type(request)
    content: Readable
    if kind == "application/json":
        draft, content = _from_json(await read_body(request, settings.max_text_bytes))
        taken = await run_in_threadpool(service.submit, caller, draft, content, idempotency_key)
    elif kind == "multipart/form-data":
        fields, upload = await file_and_fields(request, settings.max_bytes)
        try:
            draft = _draft({"name": upload.filename or "document.bin"} | fields)
            taken = await run_in_threadpool(service.submit, caller, draft, upload.file, idempotency_key)
        finally:
            await upload.close()
    else:
        raise unknown_type("A submission")
    response.status_code = 201 if taken.created else 200
    response.headers["location"] = f"/v1/submissions/{taken.receipt.submission_id}"
    return taken.receipt


@router.get("")
def list_submissions(
    service: SubmissionsDep,
    caller: Anyone,
    document: Annotated[str | None, Query(max_length=4_000)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[SubmissionSummary]:
    """Submissions you may see, newest first."""
    before = None if after is None else read_cursor("submissions", after, str)
    found = service.list_submissions(caller, document=document, before=before, limit=limit + 1)
    more = cursor("submissions", found[limit - 1].submission_id) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


@router.get("/{submission_id}")
def receipt(service: SubmissionsDep, caller: Anyone, submission_id: str) -> Receipt:
    """Where a submission stands, what was found in it, and how to fix that."""
    return service.receipt(caller, submission_id)


@router.post("/{submission_id}/withdraw")
def withdraw(
    service: SubmissionsDep,
    caller: Owner,
    submission_id: str,
    withdrawal: Withdrawal | None = None,
) -> Receipt:
    """Take the document of this submission back for good. It is not served from this moment on."""
    return service.withdraw(caller, submission_id, withdrawal.reason if withdrawal else "")


def _from_json(body: bytes) -> tuple[Draft, io.BytesIO]:
    fields, text = text_and_fields(body, 'Send {"source": …, "text": …}.')
    return _draft({"name": "text.md"} | fields), io.BytesIO(text)


def _draft(fields: Mapping[str, Any]) -> Draft:
    """The draft. Raises `InvalidFields`, which repeats no value."""
    if not set(fields) <= Draft.model_fields.keys():
        raise InvalidFields({"form": "It has fields that are not known here."})
    try:
        return Draft.model_validate(fields)
    except ValidationError as error:
        wrong = {str(one["loc"][0]): "It is missing or has the wrong type." for one in error.errors()}
        raise InvalidFields(wrong) from None
