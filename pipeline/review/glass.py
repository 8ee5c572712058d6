"""The rules of break-glass: who may admit a version alone, documents that it never admits, and the later review.

Invariants: for operators only, with a reason and for a limited time. Never for a document that holds a secret or that
a detector did not finish (law 3: policy could not admit it either), and never by a person with a part in it (law 8).
Other reviewers check it afterwards, as many as an approval needs.
"""

from datetime import datetime, timedelta

from pipeline.domain.errors import Conflict, NotAllowed, UsageError
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.persons import person, same_person
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.review.break_glass import BrokenGlass, GlassReview
from pipeline.domain.review.items import ItemKind, ReviewItem
from pipeline.review.rights import refuse_involved, require_reviewer
from pipeline.stores.database import Connection
from pipeline.stores.ledger import history
from pipeline.stores.review import break_glass

NEVER = (FindingKind.SCAN_FAILED, FindingKind.SECRET)


def broken(
    connection: Connection, item: ReviewItem, caller: Caller, reason: str, at: datetime, hours: float, most: float
) -> BrokenGlass:
    """Store that an operator broke the glass for `item`."""
    both = {item.classification, item.served_classification or item.classification}
    for classification in both:
        caller.require(Role.OPERATOR, source=item.source, classification=classification)
    refuse_involved(connection, item, caller.name)
    if not 0 < hours <= most:
        raise UsageError(
            f"Break-glass lasts up to {most:g} hours.", fix="Give fewer, or raise review.break_glass_hours."
        )
    if item.kind is ItemKind.DELETION:
        raise UsageError("Break-glass lets a version in; it deletes nothing.", fix="Ask a reviewer.")
    found = history.verdict_of_item(connection, item).findings
    if any(finding.kind in NEVER and finding.lowered is None for finding in found):
        raise NotAllowed(
            "A document with a secret in it, or one that could not be scanned, cannot be admitted by one person alone.",
            fix="Have its owner mend it and submit it again.",
        )
    if break_glass.of_item(connection, item.item_id) is not None:
        raise Conflict("The glass was broken for this item before.", fix="It needs a reviewer now.")
    glass = BrokenGlass(
        item_id=item.item_id,
        doc_id=item.doc_id,
        version_id=item.version_id,
        broken_by=person(caller.name),
        broken_at=at,
        expires_at=at + timedelta(hours=hours),
        reason=reason,
        verdict_id=None,
        confirmed_at=None,
        undone_at=None,
        required_approvals=item.required_approvals,
    )
    break_glass.add(connection, glass)
    return glass


def reviewed(
    connection: Connection, item: ReviewItem, caller: Caller, decision: str, reason: str, at: datetime
) -> BrokenGlass:
    """Store what a reviewer says about broken glass afterwards."""
    require_reviewer(item, caller)
    glass = break_glass.of_item(connection, item.item_id)
    if glass is None or not glass.open:
        raise Conflict(
            "No broken glass of this item waits for a review.", fix="`corpusgate review list` shows what waits."
        )
    if same_person(caller.name, glass.broken_by):
        raise NotAllowed(
            f"{caller.name} broke the glass and does not review it.", fix="Ask a reviewer who had no part in it."
        )
    if decision == "confirm":
        refuse_involved(connection, item, caller.name)
    said = GlassReview(person=person(caller.name), decision=decision, reason=reason, at=at)
    others = [one for one in glass.reviews if one.person != said.person]
    confirmed = sum(one.decision == "confirm" for one in (*others, said))
    break_glass.review(
        connection, item.item_id, said, final=decision == "undo" or confirmed >= glass.required_approvals
    )
    reviewed = break_glass.of_item(connection, item.item_id)
    assert reviewed is not None
    return reviewed
