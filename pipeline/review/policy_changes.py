"""Changes of the policy: proposed by one person, approved by another, in force at the next run.

Invariants: no person approves their own proposal (law 8). An approval is bound to the text and to the policy in force
when it was proposed, and expires. Every act and its audit entry are one transaction; reasons stay with the proposal,
the audit log holds their digests. A policy with what looks like a credential or personal data is not kept (law 4).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from pipeline.domain.digests import digest_json, digest_text
from pipeline.domain.documents.words import Words
from pipeline.domain.errors import Conflict, InvalidFields, NotAllowed
from pipeline.domain.identity.persons import person, same_person
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.proposals import (
    PROPOSED,
    PolicyActivation,
    PolicyOrigin,
    PolicyProposal,
    PolicyStanding,
    ProposalEvidence,
    ProposalState,
    before_this,
)
from pipeline.review.acting import check_words
from pipeline.review.sent_policy import sent_policy
from pipeline.settings.home import Home
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Connection, Database
from pipeline.stores.review import policy_proposals

PROPOSING = (Role.OPERATOR,)
DECIDING = (Role.REVIEWER, Role.OPERATOR)
SEEING = (Role.REVIEWER, Role.AUDITOR, Role.OPERATOR)
"""Roles that propose, decide and see, if they reach every source and classification."""

Evidence = Callable[[Policy], ProposalEvidence]
_NOTHING = "Nothing was proposed."


class PolicyChangeService:
    """Propose, list, decide, roll back."""

    def __init__(self, database: Database, home: Home, words: Words) -> None:
        self._database, self._home, self._words = database, home, words
        self._valid_for = timedelta(days=home.settings.review.approval_days)

    def propose(self, caller: Caller, text: str, reason: str, evidence: Evidence) -> PolicyProposal:
        """Propose a policy, with its simulation.

        Raises:
            NotAllowed: The caller is not an operator of everything.
            InvalidFields: The text is not a policy, or holds what looks like a value.
            Conflict: The policy is in force, or proposed already.

        """
        caller.require(*PROPOSING)
        check_words(reason, "A reason")
        policy = sent_policy(text, self._words, _NOTHING)
        if self._words(text) != text:
            problem = "It holds what looks like a credential or personal data."
            raise InvalidFields({"policy": problem}, done=_NOTHING, fix="Take it out of the policy.")
        base = self._home.read_policy_again()
        if policy.digest == base.digest:
            raise Conflict("These rules and weights are in force.", done=_NOTHING, fix="Change a rule or a weight.")
        seen = evidence(policy)
        return self._add(caller, text, policy, base.digest, reason, PolicyOrigin.PROPOSAL, seen)

    def roll_back(self, caller: Caller, reason: str, evidence: Evidence) -> PolicyProposal:
        """Have the next run put the policy before the one in force back: people let it in, so none is asked again.

        Raises:
            NotAllowed: The caller is not an operator of everything.
            Conflict: There was no other policy before.
            IntegrityError: The text of the policy is not the one on record.

        """
        caller.require(*PROPOSING)
        check_words(reason, "A reason")
        with self._database.read() as connection:
            past = policy_proposals.activations(connection)
            before = before_this(past)
            text = policy_proposals.text_in_force(connection, before) if before else ""
        if before is None:
            raise Conflict("No other policy was in force before.", fix="Propose a policy: `corpusgate policy propose`.")
        policy = sent_policy(text, self._words, _NOTHING)
        return self._add(caller, text, policy, past[0].policy_digest, reason, PolicyOrigin.ROLLBACK, evidence(policy))

    def list_proposals(self, caller: Caller, *, everything: bool = False) -> list[PolicyProposal]:
        """Proposals that can still take effect, or, with `everything`, all of them; the newest first."""
        caller.require(*SEEING)
        with self._database.read() as connection:
            at = self._database.now(connection)
            found = [one.standing(at) for one in policy_proposals.find(connection)]
        return [one for one in found if everything or one.state in PROPOSED]

    def show(self, name: str, caller: Caller) -> PolicyProposal:
        """One proposal, by its id or the beginning of it."""
        caller.require(*SEEING)
        with self._database.read() as connection:
            return policy_proposals.require(connection, name).standing(self._database.now(connection))

    def standing(self, caller: Caller) -> PolicyStanding:
        """The policy in force, the file, and what takes effect next."""
        caller.require(*SEEING)
        found = self._home.read_policy_again()
        with self._database.read() as connection:
            at = self._database.now(connection)
            last = policy_proposals.in_force(connection)
            waiting = [one.standing(at) for one in policy_proposals.waiting(connection)]
        return PolicyStanding(
            file_digest=found.digest,
            activation=last,
            drifted=last is not None and last.policy_digest != found.digest,
            hand_edits=self._home.settings.policy.hand_edits,
            next=next((one for one in waiting if one.state is ProposalState.APPROVED), None),
        )

    def activations(self, caller: Caller) -> list[PolicyActivation]:
        """Policies that were in force, the newest first."""
        caller.require(*SEEING)
        with self._database.read() as connection:
            return policy_proposals.activations(connection)

    def approve(self, name: str, caller: Caller, reason: str) -> PolicyProposal:
        """Let exactly this policy take effect at the next run. Another approval that waits ends."""
        return self._decide(name, caller, reason, ProposalState.APPROVED)

    def reject(self, name: str, caller: Caller, reason: str) -> PolicyProposal:
        """Keep a policy out. The person who proposed it withdraws it so; an approval that was not used ends."""
        return self._decide(name, caller, reason, ProposalState.REJECTED)

    def _add(
        self,
        caller: Caller,
        text: str,
        policy: Policy,
        base: str,
        reason: str,
        origin: PolicyOrigin,
        evidence: ProposalEvidence,
    ) -> PolicyProposal:
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            text_digest = digest_text(text)
            known = [one.standing(at) for one in policy_proposals.waiting(connection)]
            if any(one.text_digest == text_digest and one.base_digest == base for one in known):
                raise Conflict("This policy is proposed already.", fix="`corpusgate policy proposals` lists proposals.")
            back = origin is PolicyOrigin.ROLLBACK
            proposal = PolicyProposal(
                proposal_id=digest_json([text_digest, base, person(caller.name), at.isoformat()])[:16],
                origin=origin,
                version=policy.version,
                policy_digest=policy.digest,
                text_digest=text_digest,
                base_digest=base,
                evidence=evidence,
                proposed_by=person(caller.name),
                proposed_at=at,
                reason=reason,
                state=ProposalState.APPROVED if back else ProposalState.OPEN,
                decided_by=person(caller.name) if back else None,
                decided_at=at if back else None,
                expires_at=at + self._valid_for if back else None,
            )
            gone = self._others_end(connection, at, keep="") if back else []
            policy_proposals.add(connection, proposal, text)
            action = "policy.rollback" if back else "policy.proposed"
            audit_log.append(connection, at, [*gone, _entry(caller, action, proposal, reason)])
        return proposal

    def _decide(self, name: str, caller: Caller, reason: str, decision: ProposalState) -> PolicyProposal:
        caller.require(*DECIDING)
        check_words(reason, "A reason")
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            proposal = policy_proposals.require(connection, name).standing(at)
            if proposal.state not in PROPOSED:
                raise Conflict(
                    f"This proposal is {proposal.state.value}; it can no longer be decided.",
                    fix="`corpusgate policy proposals` shows what waits.",
                )
            own = same_person(proposal.proposed_by, caller.name)
            gone: list[AuditEntry] = []
            if decision is ProposalState.APPROVED:
                if own:
                    raise NotAllowed(
                        f"{caller.name} proposed this policy.", fix="Ask another reviewer or operator to approve it."
                    )
                if proposal.state is ProposalState.APPROVED:
                    raise Conflict("This policy is approved already.", fix="The next run puts it in force.")
                self._require_base(connection, proposal)
                gone = self._others_end(connection, at, keep=proposal.proposal_id)
            elif own:
                decision = ProposalState.WITHDRAWN
            change = {
                "decided_by": person(caller.name),
                "decided_at": at,
                "decision_reason": reason,
                "expires_at": at + self._valid_for if decision is ProposalState.APPROVED else None,
            }
            policy_proposals.close(connection, proposal.proposal_id, decision, **change)
            audit_log.append(connection, at, [*gone, _entry(caller, f"policy.{decision.value}", proposal, reason)])
        return proposal.model_copy(update={"state": decision, **change})

    def _require_base(self, connection: Connection, proposal: PolicyProposal) -> None:
        last = policy_proposals.in_force(connection)
        base = last.policy_digest if last else self._home.read_policy_again().digest
        if base != proposal.base_digest:
            raise Conflict(
                "Another policy came into force since this one was proposed, so its simulation says nothing any more.",
                fix="Propose it again.",
            )

    def _others_end(self, connection: Connection, at: datetime, keep: str) -> list[AuditEntry]:
        """An approval of another proposal ends: one policy takes effect next."""
        approved = [
            one
            for one in policy_proposals.waiting(connection)
            if one.state is ProposalState.APPROVED and one.proposal_id != keep
        ]
        for one in approved:
            policy_proposals.close(connection, one.proposal_id, ProposalState.STALE, expires_at=at)
        return [
            AuditEntry("service:corpusgate", "policy.stale", one.proposal_id, {"policy_digest": one.policy_digest})
            for one in approved
        ]


def _entry(caller: Caller, action: str, proposal: PolicyProposal, reason: str) -> AuditEntry:
    details: dict[str, audit_log.Detail] = {
        "policy_digest": proposal.policy_digest,
        "text_digest": proposal.text_digest,
        "base_digest": proposal.base_digest,
        "evidence_digest": digest_json(proposal.evidence.model_dump(mode="json")),
        "reason_digest": digest_text(reason),
        "means": caller.means,
    }
    return AuditEntry(caller.name, action, proposal.proposal_id, details)
