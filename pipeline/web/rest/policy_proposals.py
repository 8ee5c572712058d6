"""`/v1/policy/proposals`: policies that people propose, and the policies that were in force.

Invariant: the service decides who proposes, sees and decides; the person who acts is the caller.
"""

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller
from pipeline.domain.policy.proposals import PolicyActivation, PolicyProposal, PolicyStanding
from pipeline.reports.policy_changes import policy_changes, propose_policy, roll_back_policy
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.policy_changes import DECIDING, PROPOSING, SEEING
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.rest.pagination import After, Limit, Page, paged
from pipeline.web.security.access import allow, guarded_router
from pipeline.web.serving.simulating import MOST_CHARACTERS

router = guarded_router("/v1/policy/proposals", tag="policy", in_schema=True)

Proposer = Annotated[Caller, Depends(allow(*PROPOSING))]
Decider = Annotated[Caller, Depends(allow(*DECIDING))]
Seer = Annotated[Caller, Depends(allow(*SEEING))]
Proposal = Annotated[str, Path(max_length=16, description="Id of the proposal, or its beginning.")]
_WHY = "Too many changes wait for a person."


class ProposalReason(BaseModel):
    """Why; kept with the proposal."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": _WHY}]})

    reason: str = Field(min_length=1, max_length=LONGEST_REASON, pattern=r"^[^\x00]*\S[^\x00]*$")


class PolicyToPropose(ProposalReason):
    """A policy, and why it should be in force."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"policy": "schema_version: 1\nversion: 12\nrules: […]\n", "reason": _WHY}]},
    )

    policy: str = Field(min_length=1, max_length=MOST_CHARACTERS, description="The text of a policy file.")


class PolicyHistory(Frozen):
    """The policy now, and the policies that were in force, the newest first."""

    standing: PolicyStanding
    activations: tuple[PolicyActivation, ...]


@router.get("")
def list_proposals(
    workspace: WorkspaceDep,
    caller: Seer,
    everything: Annotated[bool, Query(alias="all", description="Those that were decided, too.")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[PolicyProposal]:
    """Proposals that can still take effect, oldest first, with their simulations."""
    found = sorted(policy_changes(workspace).list_proposals(caller, everything=everything), key=_key)
    return paged("policy proposals", found, _key, str, after, limit)


@router.post("", status_code=201)
def propose(workspace: WorkspaceDep, caller: Proposer, asked: PolicyToPropose) -> PolicyProposal:
    """Propose a policy; its simulation is attached. Another person approves it."""
    return propose_policy(workspace, caller, asked.policy, asked.reason)


@router.get("/history")
def history(workspace: WorkspaceDep, caller: Seer) -> PolicyHistory:
    """The policy in force, the proposal that takes effect next, and the policies before."""
    service = policy_changes(workspace)
    return PolicyHistory(standing=service.standing(caller), activations=tuple(service.activations(caller)))


@router.post("/rollback", status_code=201)
def roll_back(workspace: WorkspaceDep, caller: Proposer, why: ProposalReason) -> PolicyProposal:
    """Have the next run put the policy before the one in force back."""
    return roll_back_policy(workspace, caller, why.reason)


@router.get("/{proposal}")
def show(workspace: WorkspaceDep, caller: Seer, proposal: Proposal) -> PolicyProposal:
    """One proposal, with its simulation."""
    return policy_changes(workspace).show(proposal, caller)


@router.post("/{proposal}/approve")
def approve(workspace: WorkspaceDep, caller: Decider, proposal: Proposal, why: ProposalReason) -> PolicyProposal:
    """Let exactly this policy take effect at the next run."""
    return policy_changes(workspace).approve(proposal, caller, why.reason)


@router.post("/{proposal}/reject")
def reject(workspace: WorkspaceDep, caller: Decider, proposal: Proposal, why: ProposalReason) -> PolicyProposal:
    """Keep this policy out; its proposer withdraws it so."""
    return policy_changes(workspace).reject(proposal, caller, why.reason)


def _key(proposal: PolicyProposal) -> str:
    return f"{proposal.proposed_at.isoformat(timespec='microseconds')} {proposal.proposal_id}"
