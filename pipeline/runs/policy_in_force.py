"""The policy that a run goes by: an approved proposal takes effect here, and a file edited by hand is noticed.

Invariants: one audited transaction at the start of a run, before anything is bound to the policy. The file is written
before the transaction ends; after a crash between both the next run finds the same approval and ends the work. In the
setting `refused` no verdict is bound to rules that were not activated.
"""

from datetime import datetime

from pipeline.domain.digests import digest_text
from pipeline.domain.errors import ConfigError, Conflict
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.proposals import (
    PolicyActivation,
    PolicyOrigin,
    PolicyProposal,
    ProposalState,
)
from pipeline.files.durable import write_file
from pipeline.settings.files import policy_of_text, read_text
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Connection
from pipeline.stores.review import policy_proposals
from pipeline.workspace import Workspace

REFUSED = "refused"


def settle_policy(workspace: Workspace, *, dry_run: bool = False) -> PolicyActivation | None:
    """Put an approved policy in force, or note the file as it is; returns what came into force.

    A dry run changes nothing and goes by the file, but refuses what a run would refuse.

    Raises:
        ConfigError: The file was edited by hand and the settings refuse that, or it cannot be written.
        IntegrityError: The text of the proposal is not the one that was approved.

    """
    text = read_text(workspace.home.policy_file)
    found = workspace.home.read_policy_again()
    with workspace.database.read() as connection:
        last, following = policy_proposals.in_force(connection), _following(connection, workspace)
    if last is not None and following is None and last.policy_digest == found.digest:
        return None
    if dry_run:
        if last is not None and last.policy_digest != found.digest and following is None:
            _refuse_if_set(workspace, last)
        return None
    first = _first(workspace, found, text)
    with audit_log.audited(workspace.database) as connection:
        at = workspace.database.now(connection)
        last, following = policy_proposals.in_force(connection), _following(connection, workspace)
        assert last is not None, "the first one is on record"
        if following is not None and found.digest in (last.policy_digest, following.policy_digest):
            return _apply(workspace, connection, following, last, at) or first
        if last.policy_digest == found.digest:
            return first
        _refuse_if_set(workspace, last)
        return _found(connection, found, text, last, at)


def _first(workspace: Workspace, found: Policy, text: str) -> PolicyActivation | None:
    """Put the file on record in a home without any activation, before another policy is written over it."""
    with audit_log.audited(workspace.database) as connection:
        if policy_proposals.in_force(connection) is not None:
            return None
        return _found(connection, found, text, None, workspace.database.now(connection))


def restore_policy(workspace: Workspace, caller: Caller) -> PolicyActivation:
    """Write the policy that was activated last over a file that was edited by hand.

    Raises:
        NotAllowed: The caller is not an operator of everything.
        Conflict: The file holds that policy, or none was activated.
        IntegrityError: The text on record was changed.
        ConfigError: The file cannot be written.

    """
    caller.require(Role.OPERATOR)
    edited = digest_text(read_text(workspace.home.policy_file))
    with audit_log.audited(workspace.database) as connection:
        last = policy_proposals.in_force(connection)
        if last is None or last.text_digest == edited:
            raise Conflict("The file is the policy that was activated.", fix="There is nothing to restore.")
        _write(workspace, policy_proposals.text_in_force(connection, last))
        details: dict[str, audit_log.Detail] = {"policy_digest": last.policy_digest, "replaced_digest": edited}
        entry = AuditEntry(caller.name, "policy.restored", str(last.number), details)
        audit_log.append(connection, workspace.database.now(connection), [entry])
    return last


def _following(connection: Connection, workspace: Workspace) -> PolicyProposal | None:
    """The proposal that an approval lets take effect now."""
    at = workspace.database.now(connection)
    standing = (proposal.standing(at) for proposal in policy_proposals.waiting(connection))
    return next((proposal for proposal in standing if proposal.state is ProposalState.APPROVED), None)


def _apply(
    workspace: Workspace, connection: Connection, proposal: PolicyProposal, last: PolicyActivation, at: datetime
) -> PolicyActivation | None:
    if proposal.base_digest != last.policy_digest:
        gone = policy_proposals.let_go(connection, at, keep=None)
        audit_log.append(connection, at, [_stale(one) for one in gone])
        return None
    text = policy_proposals.text_of(connection, proposal)
    policy = policy_of_text(text, f"The proposal {proposal.proposal_id}")
    activation = _activation(policy, text, last, at, proposal)
    policy_proposals.activate(connection, activation, text)
    policy_proposals.close(connection, proposal.proposal_id, ProposalState.APPLIED)
    gone = policy_proposals.let_go(connection, at, keep=proposal.proposal_id)
    audit_log.append(connection, at, [_entry("policy.activated", activation, last), *(_stale(one) for one in gone)])
    _write(workspace, text)
    return activation


def _found(
    connection: Connection, policy: Policy, text: str, last: PolicyActivation | None, at: datetime
) -> PolicyActivation:
    activation = _activation(policy, text, last, at, None)
    policy_proposals.activate(connection, activation, text)
    gone = policy_proposals.let_go(connection, at, keep=None) if last else []
    action = "policy.found" if last is None else "policy.drifted"
    audit_log.append(connection, at, [_entry(action, activation, last), *(_stale(one) for one in gone)])
    return activation


def _activation(
    policy: Policy, text: str, last: PolicyActivation | None, at: datetime, proposal: PolicyProposal | None
) -> PolicyActivation:
    return PolicyActivation(
        number=last.number + 1 if last else 1,
        origin=proposal.origin if proposal else PolicyOrigin.FOUND,
        version=policy.version,
        policy_digest=policy.digest,
        text_digest=digest_text(text),
        proposal_id=proposal.proposal_id if proposal else None,
        activated_by=PUBLISHER,
        activated_at=at,
    )


def _refuse_if_set(workspace: Workspace, last: PolicyActivation) -> None:
    if workspace.home.settings.policy.hand_edits == REFUSED:
        raise ConfigError(
            f"{workspace.home.policy_file} was edited by hand: its rules are not those of activation {last.number}.",
            done="Nothing was scanned; the last generation keeps serving.",
            fix="Propose the edit (`corpusgate policy propose`), then put the file back: `corpusgate policy restore`.",
        )


def _write(workspace: Workspace, text: str) -> None:
    file = workspace.home.policy_file
    try:
        write_file(file, text.encode())
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written: {error.strerror}.",
            done="The policy that was in force stays.",
            fix="Let the account of Corpusgate write the folder configs of the home.",
        ) from None
    workspace.home.read_policy_again()


def _entry(action: str, activation: PolicyActivation, last: PolicyActivation | None) -> AuditEntry:
    details: dict[str, audit_log.Detail] = {
        "origin": activation.origin.value,
        "policy_digest": activation.policy_digest,
        "text_digest": activation.text_digest,
        "replaced_digest": last.policy_digest if last else None,
        "proposal_id": activation.proposal_id,
    }
    return AuditEntry(PUBLISHER, action, str(activation.number), details)


def _stale(proposal: PolicyProposal) -> AuditEntry:
    return AuditEntry(PUBLISHER, "policy.stale", proposal.proposal_id, {"policy_digest": proposal.policy_digest})
