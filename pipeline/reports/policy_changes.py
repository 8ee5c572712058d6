"""Proposals of policies with the simulation attached."""

from functools import partial

from pipeline.domain.identity.roles import Caller
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.proposals import PolicyProposal, ProposalEvidence, SimulatedCounts
from pipeline.reports.policy_simulation import PolicyComparison, SimulationQuestion, simulate
from pipeline.review.policy_changes import PolicyChangeService
from pipeline.workspace import Workspace

SAMPLE = 10_000
"""Documents that the simulation of a proposal looks at: a sample, so that a proposal takes seconds in any home."""


def policy_changes(workspace: Workspace) -> PolicyChangeService:
    """The service of a home."""
    return PolicyChangeService(workspace.database, workspace.home, workspace.words)


def propose_policy(workspace: Workspace, caller: Caller, text: str, reason: str) -> PolicyProposal:
    """Propose a policy; its simulation is attached. Raises as `PolicyChangeService.propose`."""
    return policy_changes(workspace).propose(caller, text, reason, partial(_evidence, workspace, caller))


def roll_back_policy(workspace: Workspace, caller: Caller, reason: str) -> PolicyProposal:
    """Have the next run put the policy before this one back. Raises as `PolicyChangeService.roll_back`."""
    return policy_changes(workspace).roll_back(caller, reason, partial(_evidence, workspace, caller))


def _evidence(workspace: Workspace, caller: Caller, policy: Policy) -> ProposalEvidence:
    found = simulate(workspace, caller, policy, SimulationQuestion(sample=SAMPLE))
    return ProposalEvidence(differences=found.differences, simulation=_counts(found))


def _counts(found: PolicyComparison) -> SimulatedCounts:
    run = found.next_run
    return SimulatedCounts(
        documents=run.documents,
        changed=run.changed,
        leaves=run.leaves,
        enters=run.enters,
        waits=run.waits,
        approvals_void=run.approvals_void,
        uncertain=sum(gap.documents for gap in run.gaps),
        transitions={f"{one.before.value} → {one.after.value}": one.documents for one in run.transitions},
        access_rules_losing=sum(one.loses > 0 for one in run.access),
        access_rules_gaining=sum(one.gains > 0 for one in run.access),
        canary_answers=len(run.canaries),
        reviews_a_week=found.past.reviews_a_week if found.past else None,
    )
