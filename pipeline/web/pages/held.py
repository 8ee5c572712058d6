"""`/review/held`: generations that wait because they change the answers to canary questions.

Invariant: the service decides who sees and decides an item; the decider is the caller.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import HTMLResponse, Response

from pipeline.domain.errors import CorpusgateError, UsageError
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.review.held_generations import PENDING
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.generations import HeldGenerationService
from pipeline.web.dependencies import HeldDep
from pipeline.web.display.messages import done, said, settle, status_for
from pipeline.web.display.page import page
from pipeline.web.parameters import Decision, ItemSeer, Reviewer, Sentences
from pipeline.web.security.access import guarded_router

router = guarded_router("/review/held")

Held = Annotated[str, Path(max_length=64)]
DONE = {
    "approve": "Approved. The next refresh over the same inputs, or the same migration, publishes it.",
    "reject": "Rejected. This generation is not served; the current generation stays.",
}


@router.get("")
def held(request: Request, service: HeldDep, caller: ItemSeer) -> HTMLResponse:
    """What waits, and what was decided."""
    items = service.list_items(caller, everything=True)
    return page(
        request,
        "review/held.html",
        waiting=[item for item in items if item.state in PENDING],
        decided=[item for item in reversed(items) if item.state not in PENDING][:50],
        now=datetime.now(UTC),
    )


@router.get("/{held_id}")
def show(request: Request, service: HeldDep, caller: ItemSeer, held_id: Held) -> HTMLResponse:
    """The answers before and after."""
    return _shown(request, service, caller, held_id)


@router.post("/{held_id}/decide")
def decide(
    request: Request,
    service: HeldDep,
    caller: Reviewer,
    held_id: Held,
    decision: Decision = "",
    reason: Sentences = "",
) -> Response:
    """Let it through, or keep it out."""

    def act() -> Response:
        if decision not in DONE:
            raise UsageError("No decision was chosen.", fix="Choose one, and say why.")
        decided = (service.approve if decision == "approve" else service.reject)(held_id, caller, reason)
        return done(request, f"/review/held/{decided.held_id}", decision)

    return settle(act, lambda problem: _shown(request, service, caller, held_id, problem=problem, reason=reason))


def _shown(
    request: Request,
    service: HeldGenerationService,
    caller: Caller,
    name: str,
    *,
    problem: CorpusgateError | None = None,
    reason: str = "",
) -> HTMLResponse:
    item = service.show(name, caller)
    return page(
        request,
        "review/held_item.html",
        status=status_for(problem),
        item=item,
        pending=item.state in PENDING,
        decides=caller.may_somewhere(Role.REVIEWER),
        problem=problem,
        reason=reason,
        done=said(request, DONE),
        now=datetime.now(UTC),
        longest=LONGEST_REASON,
    )
