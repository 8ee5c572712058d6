"""`/v1/quarantine`: documents in quarantine, and the work of people on them.

Invariants: the person who acts is the verified caller; no field names one. The services hold every rule about rights.
Asking for release is asking for a waiver: another person approves it under `/review/waivers`.
"""

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.waivers import Waiver
from pipeline.domain.review.claims import Question
from pipeline.domain.review.quarantine import (
    QuarantineCounts,
    QuarantinedDocument,
    QuarantineFilter,
    QuarantineResult,
    QuarantineSort,
)
from pipeline.reports.quarantine import quarantine_case, quarantine_of, quarantined
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.quarantine import MARKING, MOST_SEEN_AT_ONCE, QuarantineCase
from pipeline.web.dependencies import QuestionsDep, WaiversDep, WorkspaceDep
from pipeline.web.parameters import Anyone, RecordKeeper, Reviewer
from pipeline.web.quarantine_place import place_after, place_cursor
from pipeline.web.rest.pagination import After, Limit, Page
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/v1/quarantine", tag="quarantine", in_schema=True)

Marker = Annotated[Caller, Depends(allow(*MARKING))]
Releaser = Annotated[Caller, Depends(allow(Role.OWNER, Role.REVIEWER))]
DocId = Annotated[str, Path(max_length=4_000, description="The whole id of the document.")]
Sorted = Annotated[QuarantineSort, Query(description="The order: longest in quarantine first, or newest, or by id.")]
Name = Annotated[str, Field(min_length=1, max_length=4_000)]
Words = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


async def _filter(
    text: Annotated[str, Query(max_length=500, description="Part of the document's id.")] = "",
    source: Annotated[str, Query(max_length=63, description="Name of the source.")] = "",
    rule: Annotated[str, Query(max_length=200, description="A policy rule that decided.")] = "",
    kind: Annotated[FindingKind | None, Query(description="Kind of a finding of the newest verdict.")] = None,
    owner: Annotated[str, Query(max_length=200, description="Owner of the document.")] = "",
    unseen: Annotated[bool, Query(description="Only versions that no person has marked as seen.")] = False,
    days: Annotated[int, Query(ge=0, le=3_650, description="In quarantine for at least so many days.")] = 0,
) -> QuarantineFilter:
    return QuarantineFilter(text=text, source=source, rule=rule, kind=kind, owner=owner, unseen=unseen, days=days)


Wanted = Annotated[QuarantineFilter, Depends(_filter)]


class _QuarantineBody(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MarkSeen(_QuarantineBody):
    """Documents that the caller looked at."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"documents": ["handbook:setup.md"], "remark": "Its owner is on leave."}]}
    )

    documents: tuple[Name, ...] = Field(min_length=1, max_length=MOST_SEEN_AT_ONCE)
    remark: str = Field(default="", max_length=LONGEST_REASON)


class AskAbout(_QuarantineBody):
    """A question to the owner of a document."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"document": "handbook:setup.md", "question": "Is this a real key?"}]}
    )

    document: Name
    question: Words


class AnswerAbout(_QuarantineBody):
    """The answer to the oldest open question about a document."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"document": "handbook:setup.md", "answer": "No, the vendor prints it in its manual."}]
        }
    )

    document: Name
    answer: Words


class AskForRelease(_QuarantineBody):
    """A waiver of every finding that keeps a document in quarantine."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"document": "handbook:setup.md", "reason": "A sample key of the vendor.", "days": 90}]
        }
    )

    document: Name
    reason: Words
    days: int = Field(ge=1, le=100_000)


@router.get("")
def list_quarantine(
    workspace: WorkspaceDep,
    caller: RecordKeeper,
    wanted: Wanted,
    sort: Sorted = QuarantineSort.OLDEST,
    after: After = None,
    limit: Limit = 100,
) -> Page[QuarantinedDocument]:
    """Documents in quarantine within the caller's grants."""
    found = quarantined(workspace, caller, wanted, sort, place_after(sort, after), limit + 1)
    more = place_cursor(sort, found[limit - 1].place) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


@router.get("/counts")
def count_quarantine(workspace: WorkspaceDep, caller: RecordKeeper, wanted: Wanted) -> QuarantineCounts:
    """How many documents there are, in all and by rule, source and kind of finding."""
    return quarantine_of(workspace).counts(caller, wanted)


@router.get("/documents/{doc_id:path}")
def show_quarantined(workspace: WorkspaceDep, caller: RecordKeeper, doc_id: DocId) -> QuarantineCase:
    """One document: why, its findings with masked previews, what its owner can do, questions, and the way out."""
    return quarantine_case(workspace, caller, doc_id)


@router.post("/seen")
def mark_seen(workspace: WorkspaceDep, caller: Marker, body: MarkSeen) -> list[QuarantineResult]:
    """Mark exactly these versions as seen; each under its own checks. It decides nothing."""
    return quarantine_of(workspace).mark_seen(body.documents, caller, body.remark)


@router.post("/questions", status_code=201)
def ask_about(questions: QuestionsDep, caller: Reviewer, body: AskAbout) -> Question:
    """Ask the owner of a document in quarantine."""
    return questions.ask_about(body.document, caller, body.question)


@router.post("/answers")
def answer_about(questions: QuestionsDep, caller: Anyone, body: AnswerAbout) -> Question:
    """Answer the oldest open question about a document that you own or submitted."""
    return questions.answer_about(body.document, caller, body.answer)


@router.post("/release", status_code=201)
def ask_for_release(workspace: WorkspaceDep, waivers: WaiversDep, caller: Releaser, body: AskForRelease) -> Waiver:
    """Ask to waive every finding that keeps a document in quarantine. Another person approves it."""
    return waivers.release(body.document, caller, body.reason, body.days, workspace.home.policy)
