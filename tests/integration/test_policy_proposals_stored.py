"""Proposals and activations of policies on both databases."""

from datetime import UTC, datetime, timedelta

from pipeline.domain.digests import digest_text
from pipeline.domain.policy.proposals import (
    PolicyActivation,
    PolicyOrigin,
    PolicyProposal,
    ProposalEvidence,
    ProposalState,
    SimulatedCounts,
)
from pipeline.domain.policy.rule_differences import PolicyDifferences
from pipeline.stores.audit import log as audit_log
from pipeline.stores.database import Database
from pipeline.stores.review import policy_proposals

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
TEXT = "rules: []\n"
COUNTS = SimulatedCounts(
    documents=3,
    changed=1,
    leaves=1,
    enters=0,
    waits=0,
    approvals_void=0,
    uncertain=0,
    transitions={"admit → quarantine": 1},
    access_rules_losing=1,
    access_rules_gaining=0,
    canary_answers=0,
    reviews_a_week=(0.5, 1.5),
)


def proposal(name: str, minutes: int = 0) -> PolicyProposal:
    return PolicyProposal(
        proposal_id=name,
        origin=PolicyOrigin.PROPOSAL,
        version=2,
        policy_digest="a" * 64,
        text_digest=digest_text(TEXT),
        base_digest="b" * 64,
        evidence=ProposalEvidence(differences=PolicyDifferences(rules=(), weights=()), simulation=COUNTS),
        proposed_by="user:olga",
        proposed_at=AT + timedelta(minutes=minutes),
        reason="it is stricter",
        state=ProposalState.OPEN,
    )


def test_a_proposal_comes_back_as_it_was_kept_and_the_newest_first(database: Database) -> None:
    first, second = proposal("aa11"), proposal("ab22", minutes=1)
    with audit_log.audited(database) as connection:
        for one in (first, second):
            policy_proposals.add(connection, one, TEXT)
        assert policy_proposals.waiting(connection) == [second, first]
        assert policy_proposals.require(connection, "aa") == first
        assert policy_proposals.text_of(connection, first) == TEXT
        fields = {"decided_by": "user:rosa", "decided_at": AT, "expires_at": AT + timedelta(days=1)}
        policy_proposals.close(connection, "aa11", ProposalState.APPROVED, **fields)
    with database.read() as connection:
        approved = policy_proposals.require(connection, "aa11")
    assert approved == first.model_copy(update={"state": ProposalState.APPROVED, **fields})
    assert approved.standing(AT + timedelta(days=2)).state is ProposalState.OPEN


def test_the_last_activation_is_in_force_and_what_waits_goes_stale(database: Database) -> None:
    made = [
        PolicyActivation(
            number=number,
            origin=PolicyOrigin.FOUND,
            version=number,
            policy_digest="c" * 64,
            text_digest=digest_text(TEXT),
            proposal_id=None,
            activated_by="service:corpusgate",
            activated_at=AT,
        )
        for number in (1, 2)
    ]
    with audit_log.audited(database) as connection:
        assert policy_proposals.in_force(connection) is None
        for one in made:
            policy_proposals.activate(connection, one, TEXT)
        policy_proposals.add(connection, proposal("aa11"), TEXT)
        assert [one.proposal_id for one in policy_proposals.let_go(connection, AT, keep=None)] == ["aa11"]
    with database.read() as connection:
        assert policy_proposals.in_force(connection) == made[1]
        assert policy_proposals.activations(connection) == made[::-1]
        assert policy_proposals.text_in_force(connection, made[1]) == TEXT
        assert policy_proposals.waiting(connection) == []
