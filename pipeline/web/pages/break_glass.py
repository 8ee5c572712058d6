"""`/review/break-glass`: what operators let in alone, until people have looked at it.

Invariants: who reviews it is the service's to say. Of what is outside a caller's grants only the number is told.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Form, Path, Request
from fastapi.responses import HTMLResponse, Response

from pipeline.domain.errors import CorpusgateError, NotFound, UsageError
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.review.break_glass import BrokenGlass
from pipeline.domain.review.items import ReviewItem
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.rights import SEE
from pipeline.review.service import ReviewService
from pipeline.web.display.errors import status_of
from pipeline.web.display.messages import done, said
from pipeline.web.display.page import page
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/review/break-glass")

Seer = Annotated[Caller, Depends(allow(*SEE))]
DONE = {
    "confirm": "Confirmed. With as many confirmations as an approval needs, it stays.",
    "undo": "Undone. What it let in is not served from now on.",
}


@router.get("")
def open_break_glass(request: Request, caller: Seer) -> HTMLResponse:
    """What waits for people to look at it."""
    return _shown(request, caller)


@router.post("/{item}")
def review(
    request: Request,
    caller: Annotated[Caller, Depends(allow(Role.REVIEWER))],
    item: Annotated[str, Path(max_length=64)],
    decision: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=10 * LONGEST_REASON)] = "",
) -> Response:
    """Say afterwards whether it was right."""
    service = _service(request)
    try:
        if decision not in DONE:
            raise UsageError("Nothing was chosen.", fix="Say whether it was right, and why.")
        (service.confirm if decision == "confirm" else service.undo)(item, caller, reason)
    except NotFound:
        raise
    except CorpusgateError as problem:
        return _shown(request, caller, problem=problem, about=item, reason=reason, status=status_of(problem))
    return done(request, "/review/break-glass", decision)


def _shown(
    request: Request,
    caller: Caller,
    *,
    problem: CorpusgateError | None = None,
    about: str = "",
    reason: str = "",
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    service = _service(request)
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
        status=status,
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


def _service(request: Request) -> ReviewService:
    service: ReviewService = request.app.state.workspace.reviews
    return service
