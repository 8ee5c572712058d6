"""`/review/waivers`: findings that do not count for a while, and their approval.

Invariant: asked for by one person and approved by another; the service checks both.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.responses import HTMLResponse, Response

from pipeline.domain.errors import CorpusgateError
from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.policy.waivers import WaiverState
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.waivers import WaiverService
from pipeline.web.dependencies import WaiversDep
from pipeline.web.display.messages import done, said, settle, status_for
from pipeline.web.display.page import page
from pipeline.web.parameters import Reviewer, Sentences
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/review/waivers")

Seer = Annotated[Caller, Depends(allow(*KEEPERS))]
Name = Annotated[str, Path(max_length=64)]
DONE = {
    "approve": "The waiver is in force. The next refresh evaluates the documents it covers again.",
    "end": "The waiver has ended. Documents served because of it are no longer served.",
}


@router.get("")
def waivers(request: Request, service: WaiversDep, caller: Seer) -> HTMLResponse:
    """What waits for a second person, what is in force, what is over."""
    return _shown(request, service, caller)


@router.post("/{waiver}/approve")
def approve(request: Request, service: WaiversDep, caller: Reviewer, waiver: Name) -> Response:
    """Put it into force."""

    def act() -> Response:
        service.approve(waiver, caller)
        return done(request, "/review/waivers", "approve")

    return settle(act, lambda problem: _shown(request, service, caller, problem=problem))


@router.post("/{waiver}/end")
def end(
    request: Request,
    service: WaiversDep,
    caller: Annotated[Caller, Depends(allow(Role.OWNER, Role.REVIEWER, Role.OPERATOR))],
    waiver: Name,
    reason: Sentences = "",
) -> Response:
    """End it now, or take the request back."""

    def act() -> Response:
        service.expire(waiver, caller, reason)
        return done(request, "/review/waivers", "end")

    return settle(act, lambda problem: _shown(request, service, caller, problem=problem))


def _shown(
    request: Request,
    service: WaiverService,
    caller: Caller,
    *,
    problem: CorpusgateError | None = None,
) -> HTMLResponse:
    found = service.list_waivers(everything=True, caller=caller)
    return page(
        request,
        "review/waivers.html",
        status=status_for(problem),
        pending=[waiver for waiver, state in found if state is WaiverState.PENDING],
        active=[waiver for waiver, state in found if state is WaiverState.ACTIVE],
        over=[(w, s) for w, s in reversed(found) if s not in (WaiverState.PENDING, WaiverState.ACTIVE)][:50],
        reviews=caller.may_somewhere(Role.REVIEWER),
        ends=any(caller.may_somewhere(role) for role in (Role.OWNER, Role.REVIEWER, Role.OPERATOR)),
        problem=problem,
        done=said(request, DONE),
        now=datetime.now(UTC),
        longest=LONGEST_REASON,
    )
