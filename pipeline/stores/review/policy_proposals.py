"""Proposals of policies, and the policies that were in force, as they are kept.

Invariants: the caller's transaction is an audited one, so that two acts follow each other. At most one proposal is
approved at a time.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from pipeline.domain.digests import digest_text
from pipeline.domain.errors import IntegrityError, NotFound, UsageError
from pipeline.domain.policy.proposals import PROPOSED, PolicyActivation, PolicyProposal, ProposalState
from pipeline.stores.tables import policy_activations, policy_proposals

_p = policy_proposals.c
_a = policy_activations.c
_PROPOSAL = [column for column in policy_proposals.c if column.name != "policy_text"]
_ACTIVATION = [column for column in policy_activations.c if column.name != "policy_text"]


def find(connection: Connection, *conditions: ColumnElement[bool]) -> list[PolicyProposal]:
    """Proposals that satisfy `conditions`, newest first."""
    query = select(*_PROPOSAL).where(*conditions).order_by(_p.proposed_at.desc(), _p.proposal_id)
    return [PolicyProposal.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def waiting(connection: Connection) -> list[PolicyProposal]:
    """Proposals that can still take effect."""
    return find(connection, _p.state.in_(PROPOSED))


def require(connection: Connection, name: str) -> PolicyProposal:
    """The proposal whose id is, or uniquely begins with, `name`. Raises `NotFound` or `UsageError`."""
    found = find(connection, func.substr(_p.proposal_id, 1, len(name)) == name) if name else []
    if not found:
        raise NotFound(
            "No proposal of a policy has this id or begins with it.", fix="`corpusgate policy proposals` lists them."
        )
    if len(found) > 1:
        raise UsageError("Several proposals begin with that.", fix="Give more of the id.")
    return found[0]


def add(connection: Connection, proposal: PolicyProposal, text: str) -> None:
    """Keep a new proposal."""
    fields = proposal.model_dump() | {"evidence": proposal.evidence.model_dump(mode="json")}
    connection.execute(insert(policy_proposals), fields | {"policy_text": text})


def close(connection: Connection, proposal_id: str, state: ProposalState, **fields: object) -> None:
    """Set the state of a proposal, and what goes with it."""
    change = {"state": state, **fields}
    connection.execute(update(policy_proposals).where(_p.proposal_id == proposal_id).values(**change))


def text_of(connection: Connection, proposal: PolicyProposal) -> str:
    """The policy that was proposed. Raises `IntegrityError` if it is not the one that was looked at."""
    text = connection.execute(select(_p.policy_text).where(_p.proposal_id == proposal.proposal_id)).scalar_one()
    return _checked(text, proposal.text_digest)


def activations(connection: Connection) -> list[PolicyActivation]:
    """Policies that were in force, the newest first."""
    query = select(*_ACTIVATION).order_by(_a.number.desc())
    return [PolicyActivation(**row) for row in connection.execute(query).mappings()]


def in_force(connection: Connection) -> PolicyActivation | None:
    """The last activation."""
    row = connection.execute(select(*_ACTIVATION).order_by(_a.number.desc()).limit(1)).mappings().first()
    return None if row is None else PolicyActivation(**row)


def text_in_force(connection: Connection, activation: PolicyActivation) -> str:
    """The text that was activated. Raises `IntegrityError` if it was changed since."""
    text = connection.execute(select(_a.policy_text).where(_a.number == activation.number)).scalar_one()
    return _checked(text, activation.text_digest)


def activate(connection: Connection, activation: PolicyActivation, text: str) -> None:
    """Put an activation on record."""
    connection.execute(insert(policy_activations), activation.model_dump() | {"policy_text": text})


def let_go(connection: Connection, at: datetime, keep: str | None) -> list[PolicyProposal]:
    """Make everything that waits stale, except the proposal `keep`; returns what went stale."""
    gone = [proposal for proposal in waiting(connection) if proposal.proposal_id != keep]
    for proposal in gone:
        close(connection, proposal.proposal_id, ProposalState.STALE, expires_at=at)
    return gone


def _checked(text: str, digest: str) -> str:
    if digest_text(text) != digest:
        raise IntegrityError(
            "The text of a policy in the database is not the one whose digest is on record.",
            done="It was not put in force.",
            fix="`corpusgate audit verify` shows whether the audit log is whole; propose the policy again.",
        )
    return str(text)
