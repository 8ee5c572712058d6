"""Principals at past times, and who could have read a document then. For auditors and operators.

Invariant: what is not known is said: nothing before the history began, and nothing about a principal of the identity
provider before its first request.
"""

import re
from datetime import datetime

from pipeline.domain.errors import NotFound, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.histories import CouldRead, PrincipalState, PrincipalStates, could_read
from pipeline.domain.identity.permissions import AccessRule, principal_id
from pipeline.domain.identity.roles import Caller, Role
from pipeline.workspace import Workspace

_ACCESS_ID = re.compile(r"[0-9a-f]{16}")


class ReadersThen(Frozen):
    """Principals who satisfied an access rule at a moment."""

    at: datetime
    access_id: str
    rule: AccessRule
    document: str | None
    version_id: str | None
    """The version of the document that was admitted last at that moment."""
    complete: bool
    """Whether the identity file of that moment is on record."""
    note: str
    readers: tuple[CouldRead, ...]


def past_principals(
    workspace: Workspace, caller: Caller, name: str = "", at: datetime | None = None
) -> PrincipalStates:
    """Every state of a principal, or of all, oldest first; with `at` the states of that moment. Raises `NotAllowed`."""
    _require(workspace, caller)
    names = [_named(name)] if name else None
    return workspace.principals.history.states(names=names, since=at, until=at)


def readers(workspace: Workspace, caller: Caller, wanted: str, at: datetime | None = None) -> ReadersThen:
    """Principals who could read a document (its id or an unambiguous ending) or under a rule (its access id).

    Raises:
        NotAllowed: The caller is neither auditor nor operator.
        NotFound: There is no such rule or document, or no version of the document was admitted by then.

    """
    _require(workspace, caller)
    with workspace.database.read() as connection:
        now = workspace.database.now(connection)
    moment = at or now
    document = version = None
    if _ACCESS_ID.fullmatch(wanted):
        rule = workspace.ledger.access_rule(wanted)
    else:
        document = workspace.ledger.resolve_document(wanted)
        admitted = workspace.ledger.admitted_at(document, moment)
        if admitted is None:
            raise NotFound(
                f"No version of {document} was admitted by {moment:%Y-%m-%d %H:%M:%S} UTC.",
                fix="`corpusgate explain` shows when each of its versions was admitted. Choose a later moment.",
            )
        version, rule = admitted
    found = workspace.principals.history.states(tenant=rule.tenant, since=moment, until=moment)
    return ReadersThen(
        at=moment,
        access_id=rule.access_id,
        rule=rule,
        document=document,
        version_id=version,
        complete=found.complete_from(moment),
        note=found.note(moment),
        readers=could_read(rule, found.states, moment, moment),
    )


def state_then(workspace: Workspace, name: str, at: datetime) -> PrincipalState | None:
    """The principal as it was at `at`, the latest description if there are several; None if it is not on record.

    Raises:
        NotFound: It is on record that there was no such principal.

    """
    found = workspace.principals.history.states(names=[_named(name)])
    then = [one for one in found.states if one.since <= at and (one.until is None or one.until > at)]
    if then:
        return max(then, key=lambda one: one.since)
    first = min(found.states, key=lambda one: one.since, default=None)
    unknown = first is not None and at < first.since and not first.known_before
    if unknown or not found.complete_from(at):
        return None
    raise NotFound(
        f"{_named(name)} was not a principal at that moment.",
        fix=f"See its times: corpusgate principals history {_named(name)}.",
    )


def _require(workspace: Workspace, caller: Caller) -> None:
    caller.require(Role.AUDITOR, Role.OPERATOR)
    workspace.principals.current()  # what was changed by hand a moment ago is in the answer


def _named(name: str) -> str:
    try:
        return principal_id(name)
    except ValueError as error:
        raise UsageError(f"That is not a principal: {error}.", fix="Write user:NAME or service:NAME.") from None
