"""`/quarantine`: what is in quarantine, and the page of one document with the work on it.

Invariants: the services hold the rules about rights. A refused act shows the page again, with the typed text and the
reason. The person who acts is the caller; no field names one.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from pipeline.domain.errors import CorpusgateError, UsageError
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.review.quarantine import QuarantineFilter, QuarantineSort
from pipeline.reports.quarantine import quarantine_case, quarantine_of, quarantined
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.quarantine import MARKING, MOST_SEEN_AT_ONCE
from pipeline.web.dependencies import QuestionsDep, WaiversDep, WorkspaceDep
from pipeline.web.display.messages import done, said, settle, status_for
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.pages.documents import link as record_of
from pipeline.web.parameters import Anyone, RecordKeeper, Reviewer, Sentences
from pipeline.web.quarantine_place import place_after, place_cursor
from pipeline.web.security.access import allow, guarded_router
from pipeline.workspace import Workspace

router = guarded_router("/quarantine")
NAVIGATION = NavigationEntry("Quarantine", "/quarantine", frozenset(KEEPERS), "q", 45)

Marker = Annotated[Caller, Depends(allow(*MARKING))]
Releaser = Annotated[Caller, Depends(allow(Role.OWNER, Role.REVIEWER))]
DocId = Annotated[str, Query(alias="id", min_length=1, max_length=4_000)]
Name = Annotated[str, Form(max_length=4_000)]
SIZE = 50
DAYS = 90
"""How long a waiver lasts unless another number is typed."""

DONE = {
    "seen": "Marked as seen. A new version is unseen again.",
    "ask": "Your question was sent to the owner of the document.",
    "answer": "Your answer is recorded. The document stays in quarantine.",
    "release": "You asked for release. Another person has to approve the waiver; then the next refresh evaluates it.",
}


def link(doc_id: str) -> str:
    """Where the work on a document in quarantine is."""
    return f"/quarantine/document?id={quote(doc_id, safe='')}"


async def _asked(
    text: Annotated[str, Query(max_length=500)] = "",
    source: Annotated[str, Query(max_length=63)] = "",
    rule: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(pattern=f"^(|{'|'.join(FindingKind)})$")] = "",
    owner: Annotated[str, Query(max_length=200)] = "",
    unseen: Annotated[str, Query(pattern="^(|1)$")] = "",
    days: Annotated[str, Query(pattern="^[0-9]{0,4}$")] = "",
    sort: Annotated[str, Query(pattern=f"^(|{'|'.join(QuarantineSort)})$")] = "",
) -> dict[str, str]:
    """The fields that were filled in; forms send the others empty."""
    given = {
        "text": text.strip(), "source": source, "rule": rule, "kind": kind, "owner": owner.strip(), "unseen": unseen,
        "days": days, "sort": sort,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}


Asked = Annotated[dict[str, str], Depends(_asked)]


@router.get("")
def show_list(
    request: Request,
    workspace: WorkspaceDep,
    caller: RecordKeeper,
    asked: Asked,
    after: Annotated[str, Query(max_length=6_000)] = "",
) -> HTMLResponse:
    """Documents in quarantine, a page at a time."""
    return _list(request, workspace, caller, asked, after)


@router.post("/seen")
def mark_seen(
    request: Request,
    workspace: WorkspaceDep,
    caller: Marker,
    asked: Asked,
    item: Annotated[list[Name] | None, Form()] = None,
    remark: Sentences = "",
    back: Annotated[str, Form(pattern="^(|document)$")] = "",
) -> Response:
    """Mark one document, or several, as seen."""
    if len(item or ()) > MOST_SEEN_AT_ONCE:
        raise UsageError(f"1 to {MOST_SEEN_AT_ONCE} documents are marked as seen at once.", fix="Select fewer.")
    names = list(item or ())

    def act() -> Response:
        results = quarantine_of(workspace).mark_seen(names, caller, remark)
        refused = [result for result in results if not result.done]
        if back and not refused:
            return done(request, link(names[0]), "seen")
        if refused:
            problems = " ".join(dict.fromkeys(result.problem for result in refused))
            marked = len(results) - len(refused)
            raise UsageError(
                problems,
                done=f"{marked} of {len(results)} documents were marked as seen.",
                fix="Open those documents one by one; each page names what it needs.",
            )
        return done(request, f"/quarantine?{urlencode(asked)}" if asked else "/quarantine", "seen")

    return settle(act, lambda problem: _list(request, workspace, caller, asked, "", problem=problem))


@router.get("/document")
def show_document(request: Request, workspace: WorkspaceDep, caller: RecordKeeper, doc_id: DocId) -> HTMLResponse:
    """One document: why, what its owner can do, findings, questions, and the way out."""
    return _document(request, workspace, caller, doc_id)


@router.post("/ask")
def ask(
    request: Request,
    workspace: WorkspaceDep,
    questions: QuestionsDep,
    caller: Reviewer,
    doc_id: Name = "",
    question: Sentences = "",
) -> Response:
    """Ask the owner."""

    def act() -> None:
        questions.ask_about(doc_id, caller, question)

    return _done(request, workspace, caller, doc_id, "ask", act, {"question": question})


@router.post("/answer")
def answer(
    request: Request,
    questions: QuestionsDep,
    caller: Anyone,
    doc_id: Name = "",
    words: Sentences = "",
    back: Annotated[str, Form(pattern="^(|submissions)$")] = "",
) -> Response:
    """Answer what a reviewer asked; from here, or from the page of submissions."""
    questions.answer_about(doc_id, caller, words)
    return done(request, "/submissions" if back else link(doc_id), "answer")


@router.post("/release")
def ask_for_release(
    request: Request,
    workspace: WorkspaceDep,
    waivers: WaiversDep,
    caller: Releaser,
    doc_id: Name = "",
    days: Annotated[int, Form(ge=1, le=100_000)] = DAYS,
    reason: Sentences = "",
) -> Response:
    """Ask for a waiver of every finding that keeps it in quarantine."""

    def act() -> None:
        waivers.release(doc_id, caller, reason, days, workspace.home.policy)

    return _done(request, workspace, caller, doc_id, "release", act, {"reason": reason, "days": days})


def _done(
    request: Request,
    workspace: Workspace,
    caller: Caller,
    doc_id: str,
    word: str,
    act: Callable[[], None],
    given: dict[str, Any],
) -> Response:
    def acted() -> Response:
        act()
        return done(request, link(doc_id), word)

    return settle(acted, lambda problem: _document(request, workspace, caller, doc_id, problem=problem, given=given))


def _list(
    request: Request,
    workspace: Workspace,
    caller: Caller,
    asked: dict[str, str],
    after: str,
    *,
    problem: CorpusgateError | None = None,
) -> HTMLResponse:
    sort = QuarantineSort(asked.get("sort", QuarantineSort.OLDEST))
    fields = {name: value for name, value in asked.items() if name != "sort"}
    if int(fields.get("days", 0)) > 3_650:
        raise UsageError("That is more than ten years.", fix="Give fewer days.")
    wanted = QuarantineFilter.model_validate(fields)
    found = quarantined(workspace, caller, wanted, sort, place_after(sort, after), SIZE + 1)
    more = ""
    if len(found) > SIZE:
        more = "/quarantine?" + urlencode({**asked, "after": place_cursor(sort, found[SIZE - 1].place)})
    return page(
        request,
        "pages/quarantine.html",
        status=status_for(problem),
        rows=found[:SIZE],
        more=more,
        asked=asked,
        begun=not after,
        counts=quarantine_of(workspace).counts(caller, wanted),
        kinds=list(FindingKind),
        marks=any(caller.may_somewhere(role) for role in MARKING),
        filtered=urlencode(asked),
        link=link,
        problem=problem,
        message=said(request, DONE),
        now=datetime.now(UTC),
        longest=LONGEST_REASON,
    )


def _document(
    request: Request,
    workspace: Workspace,
    caller: Caller,
    doc_id: str,
    *,
    problem: CorpusgateError | None = None,
    given: dict[str, Any] | None = None,
) -> HTMLResponse:
    return page(
        request,
        "pages/quarantined.html",
        status=status_for(problem),
        case=quarantine_case(workspace, caller, doc_id),
        record=record_of(doc_id),
        problem=problem,
        message=said(request, DONE),
        given={"question": "", "reason": "", "days": DAYS} | (given or {}),
        most_days=workspace.home.settings.review.waiver_days,
        longest=LONGEST_REASON,
    )
