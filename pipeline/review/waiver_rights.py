"""Rights on waivers: who may know of one, approve it and end it.

Invariants: a waiver that a caller may not know of does not exist for them. It names documents, so a role counts only if
it reaches the classification of each document that the waiver concerns; the person who asked for it knows of it anyway.
The approver neither asked for it nor submitted or owns a document that it would let through (laws 5 and 8).
"""

from pipeline.domain.errors import NotAllowed
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.waivers import Waiver
from pipeline.stores.database import Connection
from pipeline.stores.review import waivers

SEEING = (Role.OWNER, Role.REVIEWER, Role.AUDITOR, Role.OPERATOR)
_ENDING = (Role.OWNER, Role.REVIEWER, Role.OPERATOR)


def sees(connection: Connection, caller: Caller, waiver: Waiver) -> bool:
    """Whether the caller may know of a waiver."""
    if same_person(caller.name, waiver.asked_by) or any(caller.may(role, waiver.source) for role in SEEING):
        return True
    if not any(caller.may_in(role, waiver.source) for role in SEEING):
        return False
    levels = waivers.classifications(connection, waiver)
    return all(any(caller.may(role, waiver.source, level) for role in SEEING) for level in levels)


def require_ender(connection: Connection, waiver: Waiver, caller: Caller) -> None:
    """Raise `NotAllowed` unless the caller may end a waiver: their own, or one within their role."""
    caller.require_in(*_ENDING, source=waiver.source)
    if not same_person(caller.name, waiver.asked_by):
        for level in waivers.classifications(connection, waiver):
            caller.require(*_ENDING, source=waiver.source, classification=level)


def require_reviewer(connection: Connection, waiver: Waiver, caller: Caller) -> None:
    """A reviewer of every classification that the waiver would let through; for a whole source, of them all."""
    if any(finding.scope == waiver.source for finding in waiver.findings):
        caller.require(Role.REVIEWER, source=waiver.source)
        return
    for classification in waivers.classifications(connection, waiver):
        caller.require(Role.REVIEWER, source=waiver.source, classification=classification)
    caller.require_in(Role.REVIEWER, source=waiver.source)


def refuse_involved(connection: Connection, waiver: Waiver, caller: Caller) -> None:
    """Raise `NotAllowed` if the caller asked for a waiver, or submitted or owns a document it would let through."""
    if same_person(caller.name, waiver.asked_by):
        raise NotAllowed(
            f"{caller.name} asked for this waiver and may not approve it.", fix="Ask somebody else to approve it."
        )
    authors = waivers.authors(connection, waiver)
    if any(finding.scope == waiver.source for finding in waiver.findings):
        authors |= waivers.source_people(connection, waiver.source)
    document = next((where for name, where in authors.items() if same_person(caller.name, name)), None)
    if document is not None:
        raise NotAllowed(
            f"{caller.name} submitted or owns {document}, which this waiver would let through, and may not approve it.",
            fix="Ask somebody who has no part in it.",
        )
