"""`/review/break-glass`: versions that operators admitted alone, until others review them.

Invariants: the service decides who reviews a version. Of versions outside a caller's grants only the number is shown.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import HTMLResponse, Response

from pipeline.domain.errors import CorpusgateError, NotFound, UsageError
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.review.break_glass import BrokenGlass
from pipeline.domain.review.items import ReviewItem
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.service import ReviewService
from pipeline.web.dependencies import ReviewsDep
from pipeline.web.display.messages import done, said, settle, status_for
from pipeline.web.display.page import page
from pipeline.web.parameters import Decision, ItemSeer, Reviewer, Sentences
from pipeline.web.security.access import guarded_router

router = guarded_router("/review/break-glass")

DONE = {
    "confirm": "Confirmed. The version stays once it has as many confirmations as an approval needs.",
    "undo": "Undone. The version is no longer served.",
}


@router.get("")
def open_break_glass(request: Request, service: ReviewsDep, caller: ItemSeer) -> HTMLResponse:
    """What waits for people to look at it."""
    return _shown(request, service, caller)


@router.post("/{item}")
def review(
    request: Request,
    service: ReviewsDep,
    caller: Reviewer,
    item: Annotated[str, Path(max_length=64)],
    decision: Decision = "",
    reason: Sentences = "",
) -> Response:
    """Say afterwards whether it was right."""

    def decide() -> Response:
        if decision not in DONE:
            raise UsageError("Nothing was chosen.", fix="Say whether it was right, and why.")
        (service.confirm if decision == "confirm" else service.undo)(item, caller, reason)
        return done(request, "/review/break-glass", decision)

    return settle(decide, lambda problem: _shown(request, service, caller, problem=problem, about=item, reason=reason))


def _shown(
    request: Request,
    service: ReviewService,
    caller: Caller,
    *,
    problem: CorpusgateError | None = None,
    about: str = "",
    reason: str = "",
) -> HTMLResponse:
    broken = service.open_break_glass()
    visible: list[tuple[BrokenGlass, ReviewItem]] = []
    for glass in broken:
        try:
            visible.append((glass, service.item(glass.item_id, caller)))
        except NotFound:
            continue
    return page(
        request,
        "review/break_glass.html",
        status=status_for(problem),
        broken=visible,
        elsewhere=len(broken) - len(visible),
        reviews=caller.may_somewhere(Role.REVIEWER),
        problem=problem,
        about=about,
        reason=reason,
        done=said(request, DONE),
        now=datetime.now(UTC),
        longest=LONGEST_REASON,
    )
