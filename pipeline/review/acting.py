"""Checks of every act on a review item: the item still waits, no one else has claimed it, and the act is on record.

Invariants: an act and its audit entry are one transaction, which the caller opens. A written reason is kept with the
act; the audit log holds its digest.
"""

from datetime import datetime

from pipeline.domain.errors import Conflict, UsageError
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.roles import Caller
from pipeline.domain.review.items import PENDING, ReviewItem
from pipeline.review.rights import find
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Connection
from pipeline.stores.review import work as review_work

LONGEST_REASON = 1_000


def pending(connection: Connection, name: str, caller: Caller, at: datetime) -> ReviewItem:
    """An item that can still be decided, as it stands at this moment."""
    item = find(connection, name, caller).standing(at)
    if item.state not in PENDING:
        raise Conflict(
            f"This review item is {item.state.value}; it can no longer be decided.",
            fix="`corpusgate review list` shows what waits.",
        )
    return item


def refuse_others_claim(connection: Connection, item: ReviewItem, caller: Caller, at: datetime) -> None:
    """Refuse what somebody else is working on."""
    held = review_work.claims(connection, [item.item_id], at).get(item.item_id)
    if held is not None and not same_person(held.person, caller.name):
        raise Conflict(
            f"{held.person} works on this item until {held.expires_at:%H:%M} UTC.",
            fix="Wait, ask them to release it, or have an operator take it over.",
        )


def check_words(words: str, what: str) -> None:
    """Refuse an empty or endless text; `what` is needed."""
    if not words.strip() or len(words) > LONGEST_REASON:
        raise UsageError(f"{what} is needed, of at most {LONGEST_REASON} characters.", fix="Say it in one sentence.")


def audit(
    connection: Connection, at: datetime, caller: Caller, action: str, item: ReviewItem, **details: audit_log.Detail
) -> None:
    """Put the act on record, with the right it was done by."""
    bound: dict[str, audit_log.Detail] = {
        "item_id": item.item_id,
        "kind": item.kind.value,
        "version_id": item.version_id,
        "means": caller.means,
    }
    audit_log.append(connection, at, [AuditEntry(caller.name, action, item.doc_id, bound | details)])
