"""Rights on waivers: who may know of one, approve it and end it.

Invariants: a waiver that a caller may not know of does not exist for them. It names documents, so a role counts only if
it reaches the classification of each document that the waiver concerns; the person who asked for it knows of it anyway.
The approver neither asked for it nor submitted or owns a document that it would let through (laws 5 and 8).
"""

from collections.abc import Sequence

from pipeline.domain.errors import NotAllowed
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.roles import KEEPERS, Caller, Role, keeps
from pipeline.domain.policy.waivers import Waiver
from pipeline.stores.database import Connection
from pipeline.stores.review import waivers

_ENDING = (Role.OWNER, Role.REVIEWER, Role.OPERATOR)


def seen(connection: Connection, caller: Caller, found: Sequence[Waiver]) -> list[Waiver]:
    """Those of some waivers that the caller may know of, in the same order."""
    open_ = {one.waiver_id for one in found if same_person(caller.name, one.asked_by) or keeps(caller, one.source)}
    within = [
        one for one in found if one.waiver_id not in open_ and any(caller.may_in(role, one.source) for role in KEEPERS)
    ]
    levels = waivers.classifications(connection, within) if within else {}
    open_ |= {
        one.waiver_id for one in within if all(keeps(caller, one.source, level) for level in levels[one.waiver_id])
    }
    return [one for one in found if one.waiver_id in open_]


def require_ender(connection: Connection, waiver: Waiver, caller: Caller) -> None:
    """Raise `NotAllowed` unless the caller may end a waiver: their own, or one within their role."""
    caller.require_in(*_ENDING, source=waiver.source)
    if not same_person(caller.name, waiver.asked_by):
        for level in waivers.classifications(connection, [waiver])[waiver.waiver_id]:
            caller.require(*_ENDING, source=waiver.source, classification=level)


def require_reviewer(connection: Connection, waiver: Waiver, caller: Caller) -> None:
    """A reviewer of every classification that the waiver would let through; for a whole source, of them all."""
    if any(finding.scope == waiver.source for finding in waiver.findings):
        caller.require(Role.REVIEWER, source=waiver.source)
        return
    for classification in waivers.classifications(connection, [waiver])[waiver.waiver_id]:
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
