"""Break-glass: versions that an operator admitted alone, their expiry, and their later review.

Invariants: a version admitted by break-glass is no longer served from the moment it expires or is undone: each query
asks the ledger. It stays only if enough people confirm it before. A row is open until it was reviewed.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from pipeline.domain.review.break_glass import BrokenGlass, GlassReview
from pipeline.stores.database import insert_into
from pipeline.stores.tables import break_glass, break_glass_reviews, documents, review_items
from pipeline.stores.takedown.rules import glass_over

_g = break_glass.c


def add(connection: Connection, glass: BrokenGlass) -> None:
    """Store that the glass was broken."""
    connection.execute(insert(break_glass), glass.model_dump(exclude={"required_approvals", "reviews"}))


def find(connection: Connection, *conditions: ColumnElement[bool]) -> list[BrokenGlass]:
    """What was broken, oldest first."""
    query = select(break_glass, review_items.c.required_approvals).join(review_items).where(*conditions)
    rows = [dict(row) for row in connection.execute(query.order_by(_g.broken_at, _g.item_id)).mappings()]
    if not rows:
        return []  # every page asks
    said: dict[str, list[GlassReview]] = {}
    reviews = select(break_glass_reviews).where(break_glass_reviews.c.item_id.in_([row["item_id"] for row in rows]))
    for row in connection.execute(reviews.order_by(break_glass_reviews.c.at)).mappings():
        said.setdefault(row["item_id"], []).append(GlassReview(**{k: v for k, v in row.items() if k != "item_id"}))
    return [BrokenGlass(**row, reviews=tuple(said.get(row["item_id"], ()))) for row in rows]


def of_item(connection: Connection, item_id: str) -> BrokenGlass | None:
    """What was broken for an item."""
    return next(iter(find(connection, _g.item_id == item_id)), None)


def still_open() -> ColumnElement[bool]:
    """Whether people still have to look at it."""
    return and_(_g.confirmed_at.is_(None), _g.undone_at.is_(None))


def review(connection: Connection, item_id: str, said: GlassReview, *, final: bool) -> None:
    """Store what a person said; with the last word needed it is confirmed or undone."""
    fresh = said.model_dump()
    row = insert_into(connection, break_glass_reviews).values(item_id=item_id, **fresh)
    key = [break_glass_reviews.c.item_id, break_glass_reviews.c.person]
    connection.execute(row.on_conflict_do_update(index_elements=key, set_=fresh))
    if final:
        closed = {"confirmed_at" if said.decision == "confirm" else "undone_at": said.at}
        connection.execute(update(break_glass).where(_g.item_id == item_id).values(**closed))


def over(connection: Connection, sources: Sequence[str], at: datetime) -> set[str]:
    """Documents of `sources` that serve what break-glass let in and that is over."""
    query = (
        select(documents.c.doc_id)
        .join(break_glass, _g.verdict_id == documents.c.live_verdict)
        .where(documents.c.source.in_(sources), glass_over(at))
    )
    return set(connection.execute(query).scalars())
