"""`/submissions`: submit a document, follow it, correct it, withdraw it; and answer reviewers.

Invariants: the submitter is the caller, no field names one, and a field that is not known here is refused. A form that
was filled in wrongly comes back as it was typed. Sent twice by accident, a form makes one submission.
"""

import io
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Form, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from pipeline.domain.errors import CorpusgateError, InvalidFields, NotFound
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.submissions.submissions import Draft, SubmissionStatus
from pipeline.submissions.receipts import Receipt
from pipeline.submissions.service import SubmissionService
from pipeline.web.dependencies import QuestionsDep, SubmissionsDep
from pipeline.web.display.messages import settle, status_for
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.pages.documents import link
from pipeline.web.parameters import Owner
from pipeline.web.security.access import CSRF_FIELD, allow, guarded_router

router = guarded_router("/submissions")
NAVIGATION = NavigationEntry("Submissions", "/submissions", frozenset(KEEPERS), "b")

ROWS = 50
LISTS = ("allow", "deny")
FIELDS = ("source", "document", "title", "classification", *LISTS, "licence", "text", "key")
MOST_LOOKS = 2_000
SOON = (SubmissionStatus.RECEIVED, SubmissionStatus.SCANNED, SubmissionStatus.APPROVED)
LATER = (SubmissionStatus.ADMITTED, SubmissionStatus.REDACTED, SubmissionStatus.IN_REVIEW)

Anybody = Annotated[Caller, Depends(allow(*KEEPERS))]
Name = Annotated[str, Path(max_length=64)]


@router.get("")
def submissions(
    request: Request,
    service: SubmissionsDep,
    questions: QuestionsDep,
    caller: Anybody,
    before: Annotated[str | None, Query(max_length=64)] = None,
) -> HTMLResponse:
    """What was handed in, newest first, and what reviewers ask."""
    listed = service.list_submissions(caller, before=before, limit=ROWS)
    asked = questions.open_questions(caller) if before is None else []
    return page(
        request,
        "submissions/list.html",
        listed=listed,
        asked=asked,
        before=before,
        following=listed[-1].submission_id if len(listed) == ROWS else None,
        submits=caller.may_somewhere(Role.OWNER),
    )


@router.get("/new")
def form(
    request: Request,
    service: SubmissionsDep,
    caller: Owner,
    document: Annotated[str | None, Query(max_length=64)] = None,
) -> HTMLResponse:
    """The form; with `document`, for a new version of it, filled in as the last one was."""
    given: dict[str, str] = {}
    replaced: Receipt | None = None
    if document is not None:
        replaced = service.receipt(caller, document)
        last = service.draft(caller, document)
        given = {
            name: value for name in ("source", "title", "classification", "licence") if (value := getattr(last, name))
        }
        given |= {name: ", ".join(value) for name in LISTS if (value := getattr(last, name))}
        given["document"] = document
    return _form(request, service, caller, given, replaced)


@router.post("")
async def submit(request: Request, service: SubmissionsDep, caller: Owner) -> Response:
    """Take it in; the answer is its receipt."""
    sent = await request.form()
    given = {name: value for name in FIELDS if isinstance(value := sent.get(name), str) and value.strip()}
    try:
        draft, upload = _draft(sent, given)
        content = upload.file if upload is not None else io.BytesIO(_as_file(given["text"]))
        taken = await run_in_threadpool(service.submit, caller, draft, content, given.get("key"))
    except NotFound:
        raise
    except CorpusgateError as problem:
        replaced = None
        if "document" in given:
            replaced = await run_in_threadpool(service.receipt, caller, given["document"])
        return await run_in_threadpool(_form, request, service, caller, given, replaced, problem)
    return RedirectResponse(f"/submissions/{taken.receipt.submission_id}", HTTPStatus.SEE_OTHER)


@router.get("/{submission_id}")
def receipt(request: Request, service: SubmissionsDep, caller: Anybody, submission_id: Name) -> HTMLResponse:
    """Where it stands, what was found in it, and how to fix that."""
    return _receipt(request, caller, service.receipt(caller, submission_id))


@router.get("/{submission_id}/status")
def status(
    request: Request,
    service: SubmissionsDep,
    caller: Anybody,
    submission_id: Name,
    look: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> HTMLResponse:
    """Where it stands, for a page that follows it until there is nothing more to wait for."""
    return _receipt(request, caller, service.receipt(caller, submission_id), part=True, look=look)


@router.post("/{submission_id}/withdraw")
def withdraw(
    request: Request,
    service: SubmissionsDep,
    caller: Owner,
    submission_id: Name,
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Take the document back for good."""

    def act() -> Response:
        service.withdraw(caller, submission_id, reason)
        return RedirectResponse(f"/submissions/{submission_id}", HTTPStatus.SEE_OTHER)

    def show(problem: CorpusgateError) -> Response:
        return _receipt(request, caller, service.receipt(caller, submission_id), problem=problem, reason=reason)

    return settle(act, show)


@router.post("/questions/{item}/answer")
def answer(
    questions: QuestionsDep, caller: Anybody, item: Name, words: Annotated[str, Form(max_length=10_000)] = ""
) -> Response:
    """Answer what a reviewer asked."""
    questions.answer(item, caller, words)
    return RedirectResponse("/submissions", HTTPStatus.SEE_OTHER)


def _draft(sent: FormData, given: Mapping[str, str]) -> tuple[Draft, UploadFile | None]:
    """What was filled in, and the file if there is one. Raises `InvalidFields`, which repeats no value."""
    if not set(sent) <= {*FIELDS, "file", CSRF_FIELD}:
        raise InvalidFields({"form": "It has fields that are not known here."})
    upload = sent.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        upload = None
    if "title" not in given:
        raise InvalidFields({"title": "Say in a few words what it is: readers see it with every passage."})
    if upload is None and "text" not in given:
        raise InvalidFields({"file": "Choose a file, or type or paste a text."})
    if upload is not None and "text" in given:
        raise InvalidFields({"file": "Give a file or a text, not both."})
    fields: dict[str, Any] = {
        name: given[name].strip()
        for name in ("source", "document", "title", "classification", "licence")
        if name in given
    }
    fields |= {name: tuple(given[name].replace(",", " ").split()) for name in LISTS if name in given}
    fields["name"] = str(upload.filename) if upload is not None else f"{fields['title'][:200]}.md"
    try:
        return Draft.model_validate(fields), upload
    except ValidationError as error:
        raise InvalidFields({str(one["loc"][0]): "It is missing." for one in error.errors()}) from None


def _as_file(text: str) -> bytes:
    """A text as browsers send it, with the line ends of a file."""
    return text.replace("\r\n", "\n").encode("utf-8", "replace")


def _form(
    request: Request,
    service: SubmissionService,
    caller: Caller,
    given: Mapping[str, str],
    replaced: Receipt | None = None,
    problem: CorpusgateError | None = None,
) -> HTMLResponse:
    fields = problem.fields if isinstance(problem, InvalidFields) else {}
    shown = {"form", *(name for name in FIELDS if name not in ("document", "key")), "file", "name"}
    return page(
        request,
        "submissions/form.html",
        status=status_for(problem),
        inboxes=service.inboxes(caller),
        largest=service.largest,
        given=given,
        replaced=replaced,
        problem=problem,
        fields=fields,
        elsewhere={name: said for name, said in fields.items() if name not in shown or name == "form"},
        key=secrets.token_hex(16),
        classifications=list(Classification),
    )


def _receipt(
    request: Request,
    caller: Caller,
    found: Receipt,
    *,
    part: bool = False,
    look: int = 0,
    problem: CorpusgateError | None = None,
    reason: str = "",
) -> HTMLResponse:
    wait = 2 if found.status in SOON else 20 if found.status in LATER else 0
    return page(
        request,
        "submissions/standing.html" if part else "submissions/receipt.html",
        status=status_for(problem),
        receipt=found,
        wait=wait if look < MOST_LOOKS else 0,
        look=look + 1,
        problem=problem,
        reason=reason,
        owns=caller.may_in(Role.OWNER, found.source),
        document_link=link,
    )
