"""Documents whose latest version is not served, because it waits for review or is quarantined.

Invariants: reads only. A version that a reviewer rejected no longer waits. No text, only id, verdict and reasons.
"""

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.run_changes import NotServed
from pipeline.domain.review.items import ItemState
from pipeline.stores.tables import documents, review_items, verdicts

_d, _v = documents.c, verdicts.c
_JOINED = documents.join(verdicts, _d.latest_verdict == _v.verdict_id)


def waiting(connection: Connection) -> dict[Action, int]:
    """How many there are, by verdict."""
    query = select(_v.action, func.count()).select_from(_JOINED).where(_waits()).group_by(_v.action)
    counted = {Action(action): int(count) for action, count in connection.execute(query)}
    return {action: counted.get(action, 0) for action in (Action.REVIEW, Action.QUARANTINE)}


def kept_out(connection: Connection, most: int) -> list[NotServed]:
    """Up to `most` of them, the newest decision first."""
    query = select(_d.doc_id, _v.action, _v.reasons, _v.decided_at).select_from(_JOINED).where(_waits())
    rows = connection.execute(query.order_by(_v.decided_at.desc(), _d.doc_id).limit(most))
    return [
        NotServed(doc_id=row.doc_id, verdict=row.action, reasons=tuple(row.reasons), decided_at=row.decided_at)
        for row in rows
    ]


def _waits() -> ColumnElement[bool]:
    rejected = exists().where(
        review_items.c.version_id == _d.latest_version,
        review_items.c.binding == _v.binding,
        review_items.c.state == ItemState.REJECTED,
    )
    waits = or_(_v.action == Action.QUARANTINE, ~rejected)
    return and_(_d.deleted_run.is_(None), _v.action.in_([Action.REVIEW, Action.QUARANTINE]), waits)
