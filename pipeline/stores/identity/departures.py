"""Ends the work of a person who leaves: approvals that nothing used yet, and claims, in one transaction.

Invariants: an approval that was used stays on record as it was. One that waits ends now, so that its item waits for a
person again; every one is audited. A waiver or a request that the person made stands: another person decides about it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, update

from pipeline.domain.identity.departures import EndedWork
from pipeline.domain.identity.persons import person
from pipeline.domain.review import held_generations as held
from pipeline.domain.review.items import APPROVALS, PENDING
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Connection, Database
from pipeline.stores.tables import held_decisions, held_generations, review_claims, review_decisions, review_items


def end_work(database: Database, principal: str, by: str) -> EndedWork:
    """End every approval of `principal` that has not been used, and every claim."""
    who = person(principal)
    d, h, c = review_decisions.c, held_decisions.c, review_claims.c
    with audit_log.audited(database) as connection:
        at = database.now(connection)
        waiting = select(review_items.c.item_id).where(review_items.c.state.in_(PENDING))
        items = _end(connection, review_decisions, d.item_id, at, d.person == who, d.decision.in_(APPROVALS),
                     d.item_id.in_(waiting))  # fmt: skip
        candidates = select(held_generations.c.held_id).where(held_generations.c.state.in_(held.PENDING))
        generations = _end(connection, held_decisions, h.held_id, at, h.person == who,
                           h.decision == held.HeldState.APPROVED, h.held_id.in_(candidates))  # fmt: skip
        claims = connection.execute(delete(review_claims).where(c.person == who)).rowcount
        named = [("review.approval_ended", one) for one in items]
        named += [("generation.approval_ended", one) for one in generations]
        audit_log.append(connection, at, [AuditEntry(by, action, one, {"of": who}) for action, one in named])
    return EndedWork(items=items, generations=generations, claims=claims)


def _end(
    connection: Connection, table: Table, key: ColumnElement[Any], at: datetime, *of: ColumnElement[bool]
) -> tuple[str, ...]:
    """End the decisions that are valid at `at`; their subjects, sorted."""
    valid = (*of, table.c.expires_at > at)
    subjects = tuple(sorted(connection.execute(select(key).where(*valid)).scalars()))
    connection.execute(update(table).where(*valid).values(expires_at=at))
    return subjects
