"""Changes of the policy as controlled changes: proposals, their approval, and the policies that were in force.

Invariants: pure. An approval counts for one text, proposed against one policy in force, and expires (law 8).
"""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import AwareDatetime

from pipeline.domain.frozen import Frozen
from pipeline.domain.policy.rule_differences import PolicyDifferences


class ProposalState(StrEnum):
    """Where a proposal stands. Only open and approved ones can still take effect."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    STALE = "stale"
    """The policy that it was proposed against is no longer in force, or another proposal took effect."""
    APPLIED = "applied"


PROPOSED = (ProposalState.OPEN, ProposalState.APPROVED)


class PolicyOrigin(StrEnum):
    """How a policy came into force."""

    FOUND = "found"
    """It was the file when a home was first looked at, or a file that was edited by hand."""
    PROPOSAL = "proposal"
    ROLLBACK = "rollback"


class SimulatedCounts(Frozen):
    """The simulation of a proposal, as counts. Names of documents are left out: a proposal outlives them."""

    documents: int
    changed: int
    leaves: int
    enters: int
    waits: int
    approvals_void: int
    uncertain: int
    """Documents for which the record does not suffice."""
    transitions: dict[str, int]
    """`admit → quarantine` and so on, with the number of documents."""
    access_rules_losing: int
    access_rules_gaining: int
    canary_answers: int
    """Canary questions whose answers lose documents."""
    reviews_a_week: tuple[float, float] | None
    """Before and after; None without a past."""


class ProposalEvidence(Frozen):
    """Evidence that a proposal carries from the moment it was made."""

    differences: PolicyDifferences
    simulation: SimulatedCounts


class PolicyProposal(Frozen):
    """A policy that somebody wants in force."""

    proposal_id: str
    origin: PolicyOrigin
    version: int
    policy_digest: str
    text_digest: str
    """SHA-256 of the file's text, which the approval is bound to."""
    base_digest: str
    """Digest of the policy that was in force when it was proposed."""
    evidence: ProposalEvidence
    proposed_by: str
    proposed_at: AwareDatetime
    reason: str
    state: ProposalState
    decided_by: str | None = None
    decided_at: AwareDatetime | None = None
    decision_reason: str | None = None
    expires_at: AwareDatetime | None = None
    """When an approval that was not used ends."""

    def standing(self, at: AwareDatetime) -> "PolicyProposal":
        """As it stands at `at`: an approval that expired before it was used leaves it open again."""
        lapsed = self.state is ProposalState.APPROVED and self.expires_at is not None and self.expires_at <= at
        return self.model_copy(update={"state": ProposalState.OPEN}) if lapsed else self


class PolicyActivation(Frozen):
    """A policy that came into force."""

    number: int
    origin: PolicyOrigin
    version: int
    policy_digest: str
    text_digest: str
    proposal_id: str | None
    activated_by: str
    activated_at: AwareDatetime


def before_this(past: Sequence[PolicyActivation]) -> PolicyActivation | None:
    """The policy to roll back to: the newest other one that people let in, or that the home began with.

    A file that was edited by hand was in force, too, without an approval: it never comes back without a proposal.

    Args:
        past: The policies that were in force, the newest first.

    """
    first = past[-1].number if past else 0
    return next(
        (
            one
            for one in past
            if one.policy_digest != past[0].policy_digest
            and (one.origin is not PolicyOrigin.FOUND or one.number == first)
        ),
        None,
    )


class PolicyStanding(Frozen):
    """The policy of a home: the file, the activation in force, and the proposal that takes effect next."""

    file_digest: str
    activation: PolicyActivation | None
    """None in a home that no run has looked at yet."""
    drifted: bool
    """Whether the file holds other rules or weights than those that were activated."""
    hand_edits: str
    """`shown` or `refused`: the setting."""
    next: PolicyProposal | None
