"""The review queue: what waits for a person, and what people decided.

Invariants: an item is bound to one version and one binding digest and counts for nothing else (law 8). One
decision a person an item. An approval counts while it has not expired. Items are opened, applied and made stale
only inside the publisher's transaction; people only decide.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, select, update

from pipeline.domain.digests import digest_json
from pipeline.domain.documents import Impact
from pipeline.domain.errors import UsageError
from pipeline.stores.database import insert_into
from pipeline.stores.tables import documents, review_decisions, review_items


class ItemKind(StrEnum):
    """What is being decided."""

    VERSION = "version"
    DELETION = "deletion"


class ItemState(StrEnum):
    """Where an item stands. Only open and approved items can still have an effect."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    STALE = "stale"
    APPLIED = "applied"


class DecisionKind(StrEnum):
    """What a reviewer said."""

    APPROVE = "approve"
    REJECT = "reject"


PENDING = (ItemState.OPEN, ItemState.APPROVED)


class Decision(BaseModel):
    """One person's decision on one item."""

    model_config = ConfigDict(frozen=True)

    person: str
    decision: DecisionKind
    reason: str
    at: datetime
    expires_at: datetime


class ReviewItem(BaseModel):
    """Something that waits, or waited, for people."""

    model_config = ConfigDict(frozen=True)

    item_id: str
    doc_id: str
    version_id: str
    binding: str
    """Digest of policy, detectors and model the approval would be bound to."""
    kind: ItemKind
    rule_ids: tuple[str, ...]
    reasons: tuple[str, ...]
    impact: Impact | None
    submitter: str
    required_approvals: int
    run_id: str
    state: ItemState
    opened_at: datetime
    closed_at: datetime | None = None
    decisions: tuple[Decision, ...] = ()

    def valid_approvals(self, at: datetime) -> int:
        """Approvals that have not expired at `at`."""
        return sum(d.decision is DecisionKind.APPROVE and d.expires_at > at for d in self.decisions)

    def standing(self, at: datetime) -> "ReviewItem":
        """The item as it stands at `at`: an approval that expired before it was used leaves it open again."""
        lapsed = self.state is ItemState.APPROVED and self.valid_approvals(at) < self.required_approvals
        return self.model_copy(update={"state": ItemState.OPEN}) if lapsed else self


def item_id(run_id: str, doc_id: str, kind: ItemKind) -> str:
    """Derived, so that a repeated commit names the same item."""
    return digest_json([run_id, doc_id, kind.value])[:16]


def add(connection: Connection, items: Iterable[ReviewItem]) -> None:
    """Store freshly opened items."""
    rows = [
        item.model_dump(exclude={"decisions", "impact"})
        | {"impact": None if item.impact is None else item.impact.model_dump(mode="json")}
        for item in items
    ]
    if rows:
        connection.execute(insert(review_items), rows)


def move(connection: Connection, ids: Sequence[str], state: ItemState, at: datetime) -> None:
    """Put items into `state`."""
    closed = None if state in PENDING else at
    change = update(review_items).where(review_items.c.item_id == bindparam("id")).values(state=state, closed_at=closed)
    if ids:
        connection.execute(change, [{"id": one} for one in ids])


def find(connection: Connection, *conditions: ColumnElement[bool]) -> list[ReviewItem]:
    """Items that satisfy `conditions`, oldest first, with their decisions."""
    rows = connection.execute(
        select(review_items).where(*conditions).order_by(review_items.c.opened_at, review_items.c.item_id)
    ).mappings()
    items = [dict(row) for row in rows]
    decided: dict[str, list[Decision]] = {}
    query = select(review_decisions).join(review_items).where(*conditions).order_by(review_decisions.c.at)
    for row in connection.execute(query).mappings():
        decided.setdefault(row["item_id"], []).append(Decision(**{k: v for k, v in row.items() if k != "item_id"}))
    return [ReviewItem(**item, decisions=tuple(decided.get(item["item_id"], ()))) for item in items]


def in_states(connection: Connection, states: Iterable[ItemState] | None) -> list[ReviewItem]:
    """Items stored in one of `states`, or all."""
    return find(connection) if states is None else find(connection, review_items.c.state.in_(list(states)))


def require(connection: Connection, name: str) -> ReviewItem:
    """The item whose id is, or uniquely begins with, `name`."""
    begins = func.substr(review_items.c.item_id, 1, len(name)) == name
    ids = connection.execute(select(review_items.c.item_id).where(begins).limit(2)).scalars().all() if name else []
    if len(ids) != 1:
        what = "Several review items begin" if ids else "There is no review item that begins"
        raise UsageError(f"{what} with {name[:16]}.", fix="`corpusgate review list` shows the ids.")
    return find(connection, review_items.c.item_id == ids[0])[0]


def decide(connection: Connection, item: ReviewItem, decision: Decision) -> None:
    """Store one person's decision; a new one of the same person replaces it."""
    fresh = decision.model_dump()
    row = insert_into(connection, review_decisions).values(item_id=item.item_id, **fresh)
    key = [review_decisions.c.item_id, review_decisions.c.person]
    connection.execute(row.on_conflict_do_update(index_elements=key, set_=fresh))


def approved(source: str, at: datetime) -> Select[Any]:
    """Rows (kind, version_id, binding) of a source that have enough approvals still valid at `at`."""
    i, d = review_items.c, review_decisions.c
    return (
        select(i.kind, i.version_id, i.binding)
        .select_from(review_items.join(review_decisions).join(documents))
        .where(
            documents.c.source == source,
            i.state == ItemState.APPROVED,
            d.decision == DecisionKind.APPROVE,
            d.expires_at > at,
        )
        .group_by(i.item_id, i.kind, i.version_id, i.binding, i.required_approvals)
        .having(func.count(d.person.distinct()) >= i.required_approvals)
    )
