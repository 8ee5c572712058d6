"""`/generations`: every state of the index, its contents, and rollback."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from pipeline.domain.documents.provenance import source_of
from pipeline.domain.errors import CorpusgateError, IntegrityError, NotFound
from pipeline.domain.identity.roles import Caller, Role, keeps
from pipeline.domain.serving.canary_questions import Answer
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.publishing import retention
from pipeline.publishing.canary_answers import principals, question_digests
from pipeline.reports.older_forms import PresentIds
from pipeline.reports.served import (
    Contents,
    GenerationDifference,
    contents,
    difference,
    document_ids,
    times_served,
    verified_documents,
)
from pipeline.takedown.rollback import RollbackResult, rollback
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.messages import Confirmation, confirm, done, said
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.pages.documents import link
from pipeline.web.parameters import Operator
from pipeline.web.security.access import allow, guarded_router
from pipeline.workspace import Workspace

router = guarded_router("/generations")
NAVIGATION = NavigationEntry("Generations", "/generations", frozenset({Role.AUDITOR, Role.OPERATOR}), "n", 60)

Seer = Annotated[Caller, Depends(allow(Role.AUDITOR, Role.OPERATOR))]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
LISTED = 100
_DONE = {"rollback": "Rolled back: this generation is served. Documents it removed wait for review."}


@router.get("")
def list_generations(request: Request, workspace: WorkspaceDep, caller: Seer) -> HTMLResponse:
    """List every generation, newest first, and why it is kept."""
    return page(
        request,
        "pages/generations.html",
        found=retention.retained(workspace),
        times=times_served(workspace),
        current=workspace.ledger.current_generation(),
        held=workspace.held_generations.list_items(caller),
    )


@router.get("/{number}")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: Seer,
    number: Number,
    against: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    start: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> HTMLResponse:
    """One generation with a page of its documents, compared with another: the one asked for, its parent, the current.

    `start` is a position: a generation never changes, and an older name of a document must not be in an address.
    """
    record = workspace.ledger.generation(number)
    current = workspace.ledger.current_generation()
    found = retention.retained(workspace)
    one = next(kept for kept in found if kept.record.number == number)
    others = {kept.record.number: kept.record for kept in found if kept.pruned_at is None and kept.record != record}
    other = _other(others, record, current, against)
    held, compared, damaged = _read(workspace, record, other) if one.pruned_at is None else (None, None, False)
    is_current = current is not None and current.number == number
    documents = _kept(caller, document_ids(workspace, record)) if held is not None else ()
    return page(
        request,
        "pages/generation.html",
        record=record,
        retention=one,
        times=times_served(workspace).get(number),
        current=current,
        is_current=is_current,
        contents=held,
        documents=tuple(map(PresentIds(workspace), documents[start : start + LISTED])),
        start=start,
        kept=len(documents),
        other=other,
        others=sorted(others, reverse=True),
        compared=compared and _within(workspace, caller, compared),
        compared_all=compared,
        damaged=damaged,
        answers=_answers(workspace, number, caller),
        operates=caller.may(Role.OPERATOR) and not is_current and one.pruned_at is None,
        listed=LISTED,
        link=link,
        message=said(request, _DONE),
        verified=None,
    )


def _other(
    others: Mapping[int, GenerationRecord],
    record: GenerationRecord,
    current: GenerationRecord | None,
    asked: int | None,
) -> GenerationRecord | None:
    """The generation to compare with. Raises `NotFound` for one whose files are not kept."""
    if asked is not None and asked != record.number:
        if asked not in others:
            raise NotFound(
                f"Generation {asked} is not kept, so it cannot be compared.", fix="Choose one of the list on the page."
            )
        return others[asked]
    if record.parent is not None and record.parent in others:
        return others[record.parent]
    return others.get(current.number) if current is not None else None


@router.post("/{number}/verify")
def verify(request: Request, workspace: WorkspaceDep, _: Seer, number: Number) -> HTMLResponse:
    """Read every byte again and check it against the signed manifest."""
    record = workspace.ledger.generation(number)
    problem, documents = "", 0
    try:
        documents = len(verified_documents(workspace, record))
    except IntegrityError as error:
        problem = error.what
    return page(request, "pages/verified.html", record=record, documents=documents, problem=problem,
                enhanced="hx-request" in request.headers)  # fmt: skip


@router.post("/{number}/rollback")
def go_back(
    request: Request,
    workspace: WorkspaceDep,
    caller: Operator,
    number: Number,
    reason: Annotated[str, Form(max_length=1_000)] = "",
    confirmed: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Say what going back would change; once confirmed, do it."""
    sure = confirmed == "yes"
    result = rollback(workspace, number, caller, reason, dry_run=not sure)
    if sure and result.generation is not None:
        return done(request, f"/generations/{result.generation.number}", "rollback")
    return confirm(request, _preview(result, reason))


def _preview(result: RollbackResult, reason: str) -> Confirmation:
    listed = (
        *((doc_id, "comes back") for doc_id in result.returned),
        *((doc_id, "leaves") for doc_id in result.left),
        *((doc_id, "is served in its earlier version") for doc_id in result.changed),
        *((doc_id, f"does not come back as it was: {why.sentence}") for doc_id, why in result.withheld.items()),
    )
    return Confirmation(
        title=f"Go back to generation {result.to_generation}?",
        says=(
            f"Generation {result.from_generation} is served now. Afterwards {result.documents:,} documents are served, "
            "as a generation of its own.",
            "What was revoked, deleted, erased or narrowed since stays away. What leaves waits for review when its "
            "source offers it again.",
            "This was tried without changing anything; this is what would happen:",
        ),
        action=f"/generations/{result.to_generation}/rollback",
        fields={"reason": reason},
        button=f"Go back to generation {result.to_generation}",
        back=f"/generations/{result.to_generation}",
        listed=listed[:LISTED],
        unlisted=max(0, len(listed) - LISTED),
    )


def _read(
    workspace: Workspace, record: GenerationRecord, other: GenerationRecord | None
) -> tuple[Contents | None, GenerationDifference | None, bool]:
    """Contents, the difference from the older to the newer of both, and whether files are damaged."""
    try:
        held = contents(workspace, record)
        older, newer = sorted((record, other or record), key=lambda one: one.number)
        compared = difference(workspace, older, newer) if other is not None else None
    except CorpusgateError:
        return None, None, True
    return held, compared, False


def _within(workspace: Workspace, caller: Caller, found: GenerationDifference) -> GenerationDifference:
    """Only documents of sources the caller keeps, under their present ids."""
    present = PresentIds(workspace)

    def shown(doc_ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(present, _kept(caller, doc_ids)))

    return GenerationDifference(added=shown(found.added), removed=shown(found.removed), changed=shown(found.changed))


def _kept(caller: Caller, doc_ids: tuple[str, ...]) -> tuple[str, ...]:
    sources = {source_of(doc_id) for doc_id in doc_ids}
    mine = {source for source in sources if keeps(caller, source)}
    return tuple(doc_id for doc_id in doc_ids if source_of(doc_id) in mine)


def _answers(workspace: Workspace, number: int, caller: Caller) -> list[tuple[str, str, str, Answer]]:
    questions = workspace.home.canaries
    if not questions.questions:
        return []
    digests = question_digests(questions, principals(workspace, questions))
    stored = workspace.held_generations.stored_answers(number, digests) or {}
    return [
        (one.id, one.question, one.asked_by, tuple(f for f in stored[one.id] if _kept(caller, (f.doc_id,))))
        for one in questions.questions
        if one.id in stored
    ]
