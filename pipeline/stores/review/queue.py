"""The review queue: waiting items and decisions.

Invariants: an item is bound to one version and one binding digest and counts for nothing else (law 8). One
decision a person an item. An approval counts while it has not expired, and only with others for the same redaction.
Items are opened, applied and made stale only inside the publisher's transaction; people only decide.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, insert, or_, select, union_all, update

from pipeline.domain.digests import digest_json
from pipeline.domain.errors import NotFound, UsageError
from pipeline.domain.review.items import APPROVALS, PENDING, Decision, ItemKind, ItemState, ReviewItem
from pipeline.stores.database import insert_into
from pipeline.stores.tables import (
    break_glass,
    documents,
    review_decisions,
    review_items,
    review_questions,
    review_rules,
)

SLICE = 5_000


def item_id(run_id: str, doc_id: str, kind: ItemKind) -> str:
    """Derived, so that a repeated commit names the same item."""
    return digest_json([run_id, doc_id, kind.value])[:16]


def add(connection: Connection, items: Iterable[ReviewItem]) -> None:
    """Store freshly opened items."""
    items = list(items)
    rows = [
        item.model_dump(exclude={"decisions", "impact", "glass_until"})
        | {"impact": None if item.impact is None else item.impact.model_dump(mode="json")}
        for item in items
    ]
    if rows:
        connection.execute(insert(review_items), rows)
        rules = [{"item_id": item.item_id, "rule_id": rule} for item in items for rule in dict.fromkeys(item.rule_ids)]
        if rules:
            connection.execute(insert(review_rules), rules)


def move(connection: Connection, ids: Sequence[str], state: ItemState, at: datetime) -> None:
    """Put items into `state`."""
    closed = None if state in PENDING else at
    change = update(review_items).where(review_items.c.item_id == bindparam("id")).values(state=state, closed_at=closed)
    if ids:
        connection.execute(change, [{"id": one} for one in ids])


def find(connection: Connection, *conditions: ColumnElement[bool]) -> list[ReviewItem]:
    """Items that satisfy `conditions`, oldest first, with their decisions."""
    query = select(review_items).where(*conditions).order_by(review_items.c.opened_at, review_items.c.item_id)
    return read(connection, query)


def read(connection: Connection, query: Select[Any]) -> list[ReviewItem]:
    """The items of a query over `review_items`, in its order, with their decisions."""
    rows = [dict(row) for row in connection.execute(query).mappings()]
    decided: dict[str, list[Decision]] = {}
    glass: dict[str, datetime] = {}
    for start in range(0, len(rows), SLICE):
        ids = [row["item_id"] for row in rows[start : start + SLICE]]
        made = select(review_decisions).where(review_decisions.c.item_id.in_(ids)).order_by(review_decisions.c.at)
        for row in connection.execute(made).mappings():
            decided.setdefault(row["item_id"], []).append(Decision(**{k: v for k, v in row.items() if k != "item_id"}))
        broken = select(break_glass.c.item_id, break_glass.c.expires_at).where(
            break_glass.c.item_id.in_(ids), break_glass.c.undone_at.is_(None)
        )
        glass.update((one, until) for one, until in connection.execute(broken))
    return [
        ReviewItem(**row, decisions=tuple(decided.get(row["item_id"], ())), glass_until=glass.get(row["item_id"]))
        for row in rows
    ]


def require(connection: Connection, name: str, *conditions: ColumnElement[bool]) -> ReviewItem:
    """The item among those that satisfy `conditions` whose id is, or uniquely begins with, `name`."""
    begins = func.substr(review_items.c.item_id, 1, len(name)) == name
    query = select(review_items.c.item_id).where(begins, *conditions).limit(2)
    ids = connection.execute(query).scalars().all() if name else []
    if not ids:
        raise unknown()
    if len(ids) > 1:
        raise ambiguous()
    return find(connection, review_items.c.item_id == ids[0])[0]


def beginning_with(connection: Connection, name: str) -> list[ReviewItem]:
    """The item of that id, and those somebody asked about whose id begins so, whoever may see them."""
    begins = func.substr(review_items.c.item_id, 1, len(name)) == name
    asked = review_items.c.item_id.in_(select(review_questions.c.item_id))
    return find(connection, or_(review_items.c.item_id == name, and_(begins, asked))) if name else []


def ambiguous() -> UsageError:
    """The error for a beginning that several items of the caller's share."""
    return UsageError("Several review items begin so.", fix="`corpusgate review list` shows the ids.")


def unknown() -> NotFound:
    """The error for an item that does not exist, or not for whoever asks."""
    return NotFound(
        "There is no review item that has this id or begins with it.", fix="`corpusgate review list` shows the ids."
    )


def decide(connection: Connection, item: ReviewItem, decision: Decision) -> None:
    """Store one person's decision; a new one of the same person replaces it."""
    fresh = decision.model_dump()
    row = insert_into(connection, review_decisions).values(item_id=item.item_id, **fresh)
    key = [review_decisions.c.item_id, review_decisions.c.person]
    connection.execute(row.on_conflict_do_update(index_elements=key, set_=fresh))


def approved(source: str, at: datetime) -> Select[Any]:
    """Rows (kind, version_id, binding, redaction) of a source that may have their effect at `at`.

    Enough approvals for one redaction choice are still valid, or an operator broke the glass and it has not expired.
    """
    i, d, g = review_items.c, review_decisions.c, break_glass.c
    of_source = (documents.c.source == source, i.state == ItemState.APPROVED)
    by_people = (
        select(i.kind, i.version_id, i.binding, d.redaction)
        .select_from(review_items.join(review_decisions).join(documents))
        .where(*of_source, d.decision.in_(APPROVALS), d.expires_at > at)
        .group_by(i.item_id, i.kind, i.version_id, i.binding, i.required_approvals, d.redaction)
        .having(func.count(d.person.distinct()) >= i.required_approvals)
    )
    by_glass = (
        select(i.kind, i.version_id, i.binding, bindparam("none", "", literal_execute=True))
        .select_from(review_items.join(documents).join(break_glass, g.item_id == i.item_id))
        .where(*of_source, g.expires_at > at, g.undone_at.is_(None))
    )
    both = union_all(by_people, by_glass).subquery()
    return select(both)


def leaving(source: str) -> Select[Any]:
    """Ids of the documents of a source whose deletion was held, and not called off since."""
    held = (ItemState.OPEN, ItemState.ASKED, ItemState.APPROVED, ItemState.REJECTED)
    i = review_items.c
    return select(i.doc_id).where(i.source == source, i.kind == ItemKind.DELETION, i.state.in_(held))


def quarantined(source: str) -> Select[Any]:
    """Ids of the versions of a source that a reviewer put into quarantine."""
    return select(review_items.c.version_id).where(
        review_items.c.source == source, review_items.c.state == ItemState.QUARANTINED
    )
