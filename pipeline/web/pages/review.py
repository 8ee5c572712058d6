"""`/review`: the queue, and the page of an item with its decision.

Invariants: the services hold the rules about rights. A refused decision shows the page again, with the typed text and
the reason. The decider is the caller; no field names one.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Form, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from pipeline.domain.documents.provenance import source_of
from pipeline.domain.errors import CorpusgateError, NotFound, UsageError
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.review.items import DecisionKind, ItemState, ReviewItem
from pipeline.domain.review.queue import QueueFilter
from pipeline.reports.review_page import ReviewPage, review_page
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.rights import SEE
from pipeline.review.service import MOST_AT_ONCE, ReviewService
from pipeline.review.what_changed import changed_fields
from pipeline.runs.start import publish_now
from pipeline.web.dependencies import QuestionsDep, ReviewsDep, WorkspaceDep
from pipeline.web.display import diff_rows
from pipeline.web.display.messages import done, said, settle, status_for
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.display.plain_html import plain
from pipeline.web.display.queue_form import QueueForm
from pipeline.web.parameters import Decision, ItemSeer, Operator, Reviewer, Sentences
from pipeline.web.security.access import guarded_router
from pipeline.workspace import Workspace

router = guarded_router("/review")
NAVIGATION = NavigationEntry("Review", "/review", frozenset(SEE), "r")

ROWS = 50
LINES_AT_ONCE = 400
LOOKS_PUBLISHED = 150
"""How often a page asks whether what it started is published."""

Item = Annotated[str, Path(max_length=64)]

DONE = {
    "approve": "Your approval is recorded for exactly this version.",
    "approved": "Approved. The next refresh of its source publishes exactly this version.",
    "kept-out": "Your approval is recorded. No refresh brings it into answers while what is named below stands.",
    "now": "Approved, and a refresh of its source was started.",
    "redact": "Your approval is recorded: the text is admitted without the findings that need a person.",
    "reject": "Rejected. This version stays out; a version that is served stays.",
    "quarantine": "In quarantine. This version stays out regardless of later policy.",
    "claim": "You have claimed this item. Others see that you work on it.",
    "release": "You have released this item.",
    "ask": "Your question was sent to the owner of the document.",
    "waive": "You asked for a waiver. Another person has to approve it.",
    "glass": "Break-glass: a refresh was started. Every page shows this until reviewers have reviewed it.",
}

NOTHING_GIVEN: dict[str, Any] = {
    "reason": "", "decision": "", "now": "", "question": "", "waiver_reason": None, "days": 90, "glass_reason": None,
    "hours": 24,
}  # fmt: skip
STARTING = ("now", "glass")
"""What starts a refresh, whose end the page then waits for."""


@router.get("")
def queue(request: Request, service: ReviewsDep, caller: ItemSeer) -> HTMLResponse:
    """What waits."""
    return _queue(request, service, caller)


@router.post("/bulk")
def bulk(
    request: Request,
    service: ReviewsDep,
    caller: Reviewer,
    item: Annotated[list[str] | None, Form()] = None,
    decision: Decision = "",
    reason: Sentences = "",
) -> Response:
    """One decision for several items."""
    if decision not in (DecisionKind.APPROVE, DecisionKind.REJECT, DecisionKind.QUARANTINE):
        raise UsageError(
            "Choose a decision for the selected items.", fix="Choose Approve, Reject or Quarantine, then send again."
        )
    if len(item or ()) > MOST_AT_ONCE:
        raise UsageError(f"1 to {MOST_AT_ONCE} items are decided at once.", fix="Select fewer.")

    def act() -> Response:
        results = service.bulk(item or (), caller, DecisionKind(decision), reason)
        named = [(result, service.item(result.item_id, caller)) for result in results]
        return page(request, "review/bulk_done.html", results=named, decision=decision)

    return settle(act, lambda problem: _queue(request, service, caller, problem=problem))


@router.get("/items/{item}")
def show(
    request: Request,
    service: ReviewsDep,
    workspace: WorkspaceDep,
    caller: ItemSeer,
    item: Item,
    whole: bool = False,
    side: bool = False,
) -> HTMLResponse:
    """Everything there is to decide on; with `side`, the text before and after next to each other."""
    return _item(request, service, workspace, caller, item, whole=whole, side=side)


@router.get("/items/{item}/lines")
def lines(
    request: Request,
    service: ReviewsDep,
    caller: Reviewer,
    item: Item,
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    count: Annotated[int, Query(ge=1, le=10_000_000)] = 1,
) -> HTMLResponse:
    """Unchanged lines that were left out, to be put where they belong."""
    view = service.whole_text(item, caller)
    now = min(count, LINES_AT_ONCE)
    found: list[Any] = diff_rows.lines(view, start, now) if view is not None else []
    if count > now and len(found) == now:
        found.append(diff_rows.Gap(start + now, count - now))
    return page(request, "review/lines.html", rows=found, item_id=item)


@router.get("/items/{item}/original")
def original(
    request: Request,
    service: ReviewsDep,
    caller: Reviewer,
    item: Item,
    first: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """How the document looks, next to the text that was scanned."""
    seen = service.original(item, caller, first)
    view = service.whole_text(item, caller)
    part = "hx-request" in request.headers
    return page(
        request,
        "review/original_part.html" if part else "review/original.html",
        item=service.item(item, caller),
        original=seen,
        html=plain(seen.rendering.html) if seen.rendering.html is not None else None,
        problem=seen.problem or seen.rendering.problem,
        layer=diff_rows.text_layer(view) if view is not None else [],
        first=first,
    )


@router.get("/items/{item}/pages/{number}")
def picture(
    service: ReviewsDep, caller: Reviewer, item: Item, number: Annotated[int, Path(ge=1, le=10_000)]
) -> Response:
    """One page as a picture, values covered."""
    pages = service.original(item, caller, number).rendering.pages
    if not pages or pages[0].number != number:
        raise NotFound("This page cannot be shown.", fix="Read the text of the document instead.")
    return Response(pages[0].png, media_type="image/png")


@router.get("/items/{item}/published")
def published(
    request: Request,
    service: ReviewsDep,
    caller: ItemSeer,
    item: Item,
    look: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> HTMLResponse:
    """Whether an approved item is published by now."""
    found = service.item(item, caller)
    waits = found.state is ItemState.APPROVED and look < LOOKS_PUBLISHED
    return page(request, "review/published.html", item=found, waits=waits, look=look + 1)


@router.post("/items/{item}/claim")
def claim(request: Request, service: ReviewsDep, workspace: WorkspaceDep, caller: ItemSeer, item: Item) -> Response:
    """Take it for a while."""
    return _done(request, service, workspace, caller, item, _then("claim", lambda: service.claim(item, caller)))


@router.post("/items/{item}/release")
def release(request: Request, service: ReviewsDep, workspace: WorkspaceDep, caller: ItemSeer, item: Item) -> Response:
    """Give it back."""
    return _done(request, service, workspace, caller, item, _then("release", lambda: service.release(item, caller)))


@router.post("/items/{item}/decide")
def decide(
    request: Request,
    service: ReviewsDep,
    workspace: WorkspaceDep,
    caller: Reviewer,
    item: Item,
    decision: Decision = "",
    reason: Sentences = "",
    now: Annotated[Literal["", "1"], Form()] = "",
) -> Response:
    """Approve, approve with redaction, reject or quarantine exactly this version."""
    given = {"reason": reason, "decision": decision, "now": now}

    def act() -> str:
        if decision in (DecisionKind.APPROVE, DecisionKind.REDACT):
            decided = service.approve(item, caller, reason, redacted=decision == DecisionKind.REDACT)
        elif decision == DecisionKind.REJECT:
            decided = service.reject(item, caller, reason)
        elif decision == DecisionKind.QUARANTINE:
            decided = service.quarantine(item, caller, reason)
        else:
            raise UsageError("No decision was chosen.", fix="Choose one, and say why.")
        if decided.state is not ItemState.APPROVED:
            return decision
        if service.obstacles(decided.item_id, caller):
            return "kept-out"
        if not now:
            return "approved"
        publish_now(workspace, decided.source)
        return "now"

    return _done(request, service, workspace, caller, item, act, given)


@router.post("/items/{item}/ask")
def ask(
    request: Request,
    questions: QuestionsDep,
    service: ReviewsDep,
    workspace: WorkspaceDep,
    caller: Reviewer,
    item: Item,
    question: Sentences = "",
) -> Response:
    """Ask the owner."""
    return _done(
        request,
        service,
        workspace,
        caller,
        item,
        _then("ask", lambda: questions.ask_owner(item, caller, question)),
        {"question": question},
    )


@router.post("/items/{item}/waive")
def waive(
    request: Request,
    service: ReviewsDep,
    workspace: WorkspaceDep,
    caller: Reviewer,
    item: Item,
    finding: Annotated[list[int] | None, Form()] = None,
    days: Annotated[int, Form(ge=1, le=100_000)] = 90,
    reason: Sentences = "",
) -> Response:
    """Ask for a waiver of findings."""
    given = {"waiver_reason": reason, "days": days}
    return _done(
        request,
        service,
        workspace,
        caller,
        item,
        _then("waive", lambda: service.waive(item, caller, finding or (), days, reason)),
        given,
    )


@router.post("/items/{item}/break-glass")
def break_glass(
    request: Request,
    service: ReviewsDep,
    workspace: WorkspaceDep,
    caller: Operator,
    item: Item,
    reason: Sentences = "",
    hours: Annotated[float, Form(gt=0, le=10_000)] = 24,
) -> Response:
    """Let one version in alone, for a while."""

    def broken() -> str:
        glass = service.break_glass(item, caller, reason, hours)
        publish_now(workspace, source_of(glass.doc_id))
        return "glass"

    return _done(request, service, workspace, caller, item, broken, {"glass_reason": reason, "hours": hours})


def _then(word: str, act: Callable[[], object]) -> Callable[[], str]:
    """An act that answers the word of `DONE` for it."""

    def acted() -> str:
        act()
        return word

    return acted


def _done(
    request: Request,
    service: ReviewService,
    workspace: Workspace,
    caller: Caller,
    name: str,
    act: Callable[[], str],
    given: dict[str, Any] | None = None,
) -> Response:
    """Decide, then show the item with what was done; `act` answers a word of `DONE`."""

    def decide() -> Response:
        word = act()
        return done(request, f"/review/items/{service.item(name, caller).item_id}", word)

    return settle(
        decide, lambda problem: _item(request, service, workspace, caller, name, problem=problem, given=given)
    )


def _following(service: ReviewService, caller: Caller, item: ReviewItem) -> ReviewItem | None:
    """The first other item of the queue."""
    shown = service.page(caller, QueueFilter(), size=2, counts=False)
    return next((row.item for row in shown.rows if row.item.item_id != item.item_id), None)


def _queue(
    request: Request,
    service: ReviewService,
    caller: Caller,
    *,
    problem: CorpusgateError | None = None,
) -> HTMLResponse:
    form, now = QueueForm(request.query_params), datetime.now(UTC)
    shown = service.page(caller, form.wanted(caller.name, now), sort=form.sort, after=form.after, size=ROWS)
    return page(
        request,
        "review/queue.html",
        status=status_for(problem),
        form=form,
        queue=shown,
        now=now,
        problem=problem,
        states=list(ItemState),
        decides=caller.may_somewhere(Role.REVIEWER),
        longest=LONGEST_REASON,
    )


def _item(
    request: Request,
    service: ReviewService,
    workspace: Workspace,
    caller: Caller,
    name: str,
    *,
    whole: bool = False,
    side: bool = False,
    problem: CorpusgateError | None = None,
    given: dict[str, Any] | None = None,
) -> HTMLResponse:
    seen: ReviewPage | None = None
    try:
        seen = review_page(workspace, name, caller)
        item = seen.case.item
    except NotFound:  # operators and auditors see that it waits, and why; its text is for reviewers
        item = service.item(name, caller)
    case = seen.case if seen is not None else None
    text = case.text if case is not None else None
    if whole and text is not None:
        text = service.whole_text(name, caller) or text
    removable = case is not None and any(one.kind is not FindingKind.SCAN_FAILED for one in case.findings)
    return page(
        request,
        "review/item.html",
        status=status_for(problem),
        item=item,
        case=case,
        canaries=seen.canaries if seen is not None else (),
        text=text,
        rows=diff_rows.rows(text) if text is not None else (),
        unusual=diff_rows.unusual_characters(text) if text is not None else {},
        removable=removable,
        whole=whole,
        side=side and text is not None and text.compared,
        fields=changed_fields(case.served, case.provenance) if case is not None and case.served is not None else (),
        following=_following(service, caller, item),
        done=said(request, DONE),
        follows=bool(said(request, dict.fromkeys(STARTING, "a refresh"))),
        problem=problem,
        given=NOTHING_GIVEN | (given or {}),
        now=datetime.now(UTC),
        breaks_glass=caller.may(Role.OPERATOR, item.source, item.classification),
        settings=workspace.home.settings.review,
        longest=LONGEST_REASON,
    )
