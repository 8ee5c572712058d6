"""`/v1/reviews`: review items and decisions.

Invariants: the decider is the verified caller; no field names one. `pipeline.review.case` masks what is shown, and
the service holds every rule about rights.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.documents.provenance import source_of
from pipeline.domain.errors import NotFound
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.waivers import Waiver
from pipeline.domain.review.break_glass import BrokenGlass
from pipeline.domain.review.claims import Claim, Question
from pipeline.domain.review.items import WAITING, DecisionKind, ItemKind, ItemState, ReviewItem
from pipeline.domain.review.queue import QueueFilter, QueuePage, Sort
from pipeline.reports.review_page import ReviewPage, review_page
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.original import HiddenPassage
from pipeline.review.service import MOST_AT_ONCE, BulkResult
from pipeline.runs.start import StartedRefresh, publish_now
from pipeline.web.dependencies import QuestionsDep, ReviewsDep, WorkspaceDep
from pipeline.web.parameters import Anyone, ItemSeer, Operator, Reviewer
from pipeline.web.security.access import guarded_router

_Value = TypeVar("_Value")

router = guarded_router("/v1/reviews", tag="reviews", in_schema=True)

Item = Annotated[str, Path(max_length=64, description="Id of the item, or the beginning of it.")]
Words = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reason(_Body):
    """Why; kept with the decision."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Read: the new wording is right."}]})

    reason: Words


class Approval(Reason):
    """An approval of the whole text, or of the text without the findings that asked for a person."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Read: the number belongs to a person.", "redacted": True}]}
    )

    redacted: bool = False
    now: bool = False
    """With the last approval, start a refresh of the source at once."""


class Bulk(Reason):
    """One decision for items that wait for the same rules in one source."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "The same footer in each.", "items": ["4f2a9c01d37b5e88"], "decision": "approve"}]
        }
    )

    items: tuple[str, ...] = Field(min_length=1, max_length=MOST_AT_ONCE)
    decision: DecisionKind


class WaiverRequest(Reason):
    """Findings to waive, by number."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "A sample key of the vendor.", "findings": [2], "days": 90}]}
    )

    findings: tuple[int, ...] = Field(min_length=1, max_length=1_000)
    days: int = Field(ge=1)


class Asking(_Body):
    """A question to the owner."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": "Is the new address yours?"}]})

    question: Words


class Answering(_Body):
    """The answer to a question."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"answer": "Yes, from Monday on."}]})

    answer: Words


class Breaking(Reason):
    """Let one version in alone."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The storm warning cannot wait.", "hours": 4}]}
    )

    hours: float = Field(default=24, gt=0)


class Decided(_Body):
    """Where an item stands after a decision."""

    item: ReviewItem
    refresh: StartedRefresh | None = None
    """The refresh that was started at once."""


class Broken(_Body):
    """Broken glass, and the refresh that was started."""

    glass: BrokenGlass
    refresh: StartedRefresh


class OpenQuestion(_Body):
    """A question that waits for the caller's answer."""

    doc_id: str
    question: Question


class OriginalView(_Body):
    """How a document looks, without the pictures themselves."""

    pages: int
    shown: tuple[int, ...]
    """Pages from `first` on whose pictures can be fetched."""
    withheld: tuple[int, ...]
    html: str | None
    hidden: tuple[HiddenPassage, ...]
    problem: str


@router.get("")
def list_reviews(
    service: ReviewsDep,
    caller: ItemSeer,
    source: Annotated[list[str] | None, Query(max_length=100)] = None,
    rule: Annotated[list[str] | None, Query(max_length=100)] = None,
    kind: Annotated[list[ItemKind] | None, Query(max_length=2)] = None,
    state: Annotated[list[ItemState] | None, Query(max_length=10, description="Default: open and asked.")] = None,
    classification: Annotated[list[Classification] | None, Query(max_length=4)] = None,
    submitter: Annotated[str | None, Query(max_length=200)] = None,
    mine: Annotated[bool, Query(description="Only what you claimed.")] = False,
    unclaimed: bool = False,
    min_impact: Annotated[int, Query(ge=0, le=100)] = 0,
    opened_before: datetime | None = None,
    text: Annotated[str | None, Query(max_length=500, description="Part of the document's name.")] = None,
    sort: Sort = Sort.IMPACT,
    after: Annotated[str | None, Query(max_length=500, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    counts: Annotated[bool, Query(description="With total and counts by facet, which cost more than the page.")] = True,
) -> QueuePage:
    """What you may see of the queue, one page."""
    wanted = QueueFilter(
        sources=_given(source),
        rules=_given(rule),
        kinds=_given(kind),
        states=_given(state) or WAITING,
        classifications=_given(classification),
        submitter=submitter,
        claimed_by=caller.name if mine else None,
        unclaimed=unclaimed,
        min_impact=min_impact,
        opened_before=opened_before,
        text=text,
    )
    return service.page(caller, wanted, sort=sort, after=after, size=limit, counts=counts)


@router.post("/bulk")
def bulk(service: ReviewsDep, caller: Reviewer, body: Bulk) -> list[BulkResult]:
    """Decide several items alike; each under its own checks."""
    return service.bulk(body.items, caller, body.decision, body.reason)


@router.get("/questions")
def questions(questions: QuestionsDep, caller: Anyone) -> list[OpenQuestion]:
    """List questions of reviewers that wait for your answer."""
    asked = questions.open_questions(caller)
    return [OpenQuestion(doc_id=doc_id, question=question) for doc_id, question in asked]


@router.get("/break-glass")
def open_break_glass(service: ReviewsDep, _: ItemSeer) -> list[BrokenGlass]:
    """Versions that operators admitted alone and that wait for a review."""
    return service.open_break_glass()


@router.get("/{item}")
def show(workspace: WorkspaceDep, caller: Reviewer, item: Item) -> ReviewPage:
    """Everything a reviewer needs to decide an item; values are masked."""
    return review_page(workspace, item, caller)


@router.get("/{item}/original")
def original(
    service: ReviewsDep, caller: Reviewer, item: Item, first: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> OriginalView:
    """How the document looks and what it hides; values are covered."""
    seen = service.original(item, caller, first)
    return OriginalView(
        pages=seen.rendering.total,
        shown=tuple(page.number for page in seen.rendering.pages),
        withheld=seen.rendering.withheld,
        html=seen.rendering.html,
        hidden=seen.hidden,
        problem=seen.problem or seen.rendering.problem,
    )


@router.get("/{item}/pages/{number}", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def picture(
    service: ReviewsDep, caller: Reviewer, item: Item, number: Annotated[int, Path(ge=1, le=10_000)]
) -> Response:
    """One page of a PDF as a picture; values are covered."""
    pages = service.original(item, caller, number).rendering.pages
    if not pages or pages[0].number != number:
        raise NotFound("This page cannot be shown.", fix="See `original` of the item for why.")
    return Response(pages[0].png, media_type="image/png", headers={"cache-control": "no-store"})


@router.post("/{item}/claim")
def claim(service: ReviewsDep, caller: ItemSeer, item: Item) -> Claim:
    """Take an item for a while; operators take over from others."""
    return service.claim(item, caller)


@router.post("/{item}/release", status_code=204)
def release(service: ReviewsDep, caller: ItemSeer, item: Item) -> None:
    """Give an item back."""
    service.release(item, caller)


@router.post("/{item}/approve")
def approve(service: ReviewsDep, workspace: WorkspaceDep, caller: Reviewer, item: Item, body: Approval) -> Decided:
    """Let exactly this version in."""
    decided = service.approve(item, caller, body.reason, redacted=body.redacted)
    started = None
    if body.now and decided.state is ItemState.APPROVED:
        started = publish_now(workspace, decided.source)
    return Decided(item=decided, refresh=started)


@router.post("/{item}/reject")
def reject(service: ReviewsDep, caller: Reviewer, item: Item, body: Reason) -> Decided:
    """Keep this version out."""
    return Decided(item=service.reject(item, caller, body.reason))


@router.post("/{item}/quarantine")
def quarantine(service: ReviewsDep, caller: Reviewer, item: Item, body: Reason) -> Decided:
    """Keep this version out whatever policy says later."""
    return Decided(item=service.quarantine(item, caller, body.reason))


@router.post("/{item}/waive", status_code=201)
def waive(service: ReviewsDep, caller: Reviewer, item: Item, body: WaiverRequest) -> Waiver:
    """Ask for a waiver of findings; somebody else approves it."""
    return service.waive(item, caller, body.findings, body.days, body.reason)


@router.post("/{item}/ask", status_code=201)
def ask(questions: QuestionsDep, caller: Reviewer, item: Item, body: Asking) -> Question:
    """Ask the owner."""
    return questions.ask_owner(item, caller, body.question)


@router.post("/{item}/answer")
def answer(questions: QuestionsDep, caller: Anyone, item: Item, body: Answering) -> Question:
    """Answer a reviewer's question about your document."""
    return questions.answer(item, caller, body.answer)


@router.get("/{item}/questions")
def thread(questions: QuestionsDep, caller: Anyone, item: Item) -> list[Question]:
    """Questions and answers about an item."""
    return questions.thread(item, caller)


@router.post("/{item}/break-glass", status_code=201)
def break_glass(service: ReviewsDep, workspace: WorkspaceDep, caller: Operator, item: Item, body: Breaking) -> Broken:
    """Let one version in alone, at once and for a while; others must look at it afterwards."""
    glass = service.break_glass(item, caller, body.reason, body.hours)
    started = publish_now(workspace, source_of(glass.doc_id))
    return Broken(glass=glass, refresh=started)


@router.post("/{item}/confirm")
def confirm(service: ReviewsDep, caller: Reviewer, item: Item, body: Reason) -> BrokenGlass:
    """Confirm that break-glass was right."""
    return service.confirm(item, caller, body.reason)


@router.post("/{item}/undo")
def undo(service: ReviewsDep, caller: Reviewer, item: Item, body: Reason) -> BrokenGlass:
    """Undo break-glass: the version is no longer served."""
    return service.undo(item, caller, body.reason)


def _given(values: Sequence[_Value] | None) -> tuple[_Value, ...]:
    return tuple(values or ())
