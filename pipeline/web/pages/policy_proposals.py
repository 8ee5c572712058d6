"""`/policy/proposals`: policies that people propose, with their simulations, and the policies that were in force.

Invariants: the service decides who proposes, sees and decides. A refused act shows the page again with the reason.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Form, Path, Request
from fastapi.responses import HTMLResponse, Response

from pipeline.domain.errors import CorpusgateError, UsageError
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.roles import Caller
from pipeline.domain.policy.proposals import PROPOSED
from pipeline.reports.policy_changes import policy_changes, propose_policy, roll_back_policy
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.policy_changes import DECIDING, PROPOSING, SEEING
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.messages import done, said, settle, status_for
from pipeline.web.display.page import page
from pipeline.web.parameters import Decision, Sentences
from pipeline.web.security.access import allow, guarded_router
from pipeline.web.serving.simulating import MOST_CHARACTERS
from pipeline.workspace import Workspace

router = guarded_router("/policy/proposals")

ProposingPerson = Annotated[Caller, Depends(allow(*PROPOSING))]
DecidingPerson = Annotated[Caller, Depends(allow(*DECIDING))]
SeeingPerson = Annotated[Caller, Depends(allow(*SEEING))]
ProposalName = Annotated[str, Path(max_length=16)]
DONE = {
    "propose": "Proposed. Another person approves it; then the next run puts it in force.",
    "approve": "Approved. The next run puts this policy in force.",
    "reject": "The policy in force stays.",
    "rollback": "The next run puts the policy before this one back in force.",
}


@router.get("")
def proposals(request: Request, workspace: WorkspaceDep, caller: SeeingPerson) -> HTMLResponse:
    """What waits, what was decided, and what was in force."""
    return _list(request, workspace, caller)


@router.post("")
def propose(
    request: Request,
    workspace: WorkspaceDep,
    caller: ProposingPerson,
    policy: Annotated[str, Form(max_length=MOST_CHARACTERS)] = "",
    reason: Sentences = "",
) -> Response:
    """Propose a policy; its simulation is attached."""

    def act() -> Response:
        text = policy.replace("\r\n", "\n")  # a form sends the line ends of mail
        made = propose_policy(workspace, caller, text, reason)
        return done(request, f"/policy/proposals/{made.proposal_id}", "propose")

    given = {"policy": policy, "reason": reason}
    return settle(act, lambda problem: _list(request, workspace, caller, problem=problem, given=given))


@router.post("/rollback")
def roll_back(request: Request, workspace: WorkspaceDep, caller: ProposingPerson, reason: Sentences = "") -> Response:
    """Have the next run put the policy before the one in force back."""

    def act() -> Response:
        made = roll_back_policy(workspace, caller, reason)
        return done(request, f"/policy/proposals/{made.proposal_id}", "rollback")

    return settle(act, lambda problem: _list(request, workspace, caller, problem=problem))


@router.get("/{proposal}")
def show(request: Request, workspace: WorkspaceDep, caller: SeeingPerson, proposal: ProposalName) -> HTMLResponse:
    """One proposal, with its simulation."""
    return _shown(request, workspace, caller, proposal)


@router.post("/{proposal}/decide")
def decide(
    request: Request,
    workspace: WorkspaceDep,
    caller: DecidingPerson,
    proposal: ProposalName,
    decision: Decision = "",
    reason: Sentences = "",
) -> Response:
    """Approve a policy, or keep it out."""

    def act() -> Response:
        if decision not in ("approve", "reject"):
            raise UsageError("No decision was chosen.", fix="Choose one, and say why.")
        service = policy_changes(workspace)
        decided = (service.approve if decision == "approve" else service.reject)(proposal, caller, reason)
        return done(request, f"/policy/proposals/{decided.proposal_id}", decision)

    return settle(act, lambda problem: _shown(request, workspace, caller, proposal, problem=problem, reason=reason))


def _list(
    request: Request,
    workspace: Workspace,
    caller: Caller,
    *,
    problem: CorpusgateError | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    service = policy_changes(workspace)
    items = service.list_proposals(caller, everything=True)
    return page(
        request,
        "pages/policy_proposals.html",
        status=status_for(problem),
        standing=service.standing(caller),
        activations=service.activations(caller),
        waiting=[item for item in items if item.state in PROPOSED],
        decided=[item for item in items if item.state not in PROPOSED][:50],
        proposes=any(caller.may(role) for role in PROPOSING),
        given={"policy": "", "reason": ""} | (given or {}),
        problem=problem,
        message=said(request, DONE),
        longest=LONGEST_REASON,
        most_characters=MOST_CHARACTERS,
        now=datetime.now(UTC),
    )


def _shown(
    request: Request,
    workspace: Workspace,
    caller: Caller,
    name: str,
    *,
    problem: CorpusgateError | None = None,
    reason: str = "",
) -> HTMLResponse:
    item = policy_changes(workspace).show(name, caller)
    own = same_person(item.proposed_by, caller.name)
    return page(
        request,
        "pages/policy_proposal.html",
        status=status_for(problem),
        item=item,
        pending=item.state in PROPOSED,
        decides=any(caller.may(role) for role in DECIDING),
        own=own,
        problem=problem,
        reason=reason,
        message=said(request, DONE),
        longest=LONGEST_REASON,
    )
