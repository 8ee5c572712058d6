"""Claims on review items, and questions to owners with their answers.

Invariants: one claim an item, and it counts until it expires. A question keeps its words; nothing here decides.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from pipeline.domain.review.claims import Claim, Question
from pipeline.stores.database import insert_into
from pipeline.stores.tables import review_claims, review_questions


def claims(connection: Connection, ids: Iterable[str], at: datetime) -> dict[str, Claim]:
    """Claims on these items that have not expired at `at`."""
    c = review_claims.c
    query = select(review_claims).where(c.item_id.in_(list(ids)), c.expires_at > at)
    return {row["item_id"]: Claim(**row) for row in connection.execute(query).mappings()}


def put_claim(connection: Connection, claim: Claim) -> None:
    """Store a claim in place of any other on the item."""
    fresh = claim.model_dump()
    row = insert_into(connection, review_claims).values(**fresh)
    connection.execute(row.on_conflict_do_update(index_elements=[review_claims.c.item_id], set_=fresh))


def drop_claim(connection: Connection, item_id: str) -> None:
    """Remove the claim on an item."""
    connection.execute(delete(review_claims).where(review_claims.c.item_id == item_id))


def ask(connection: Connection, question: Question) -> None:
    """Store a question."""
    connection.execute(insert(review_questions), question.model_dump())


def answer(connection: Connection, question_id: str, by: str, words: str, at: datetime) -> None:
    """Store the answer to a question."""
    answered = {"answered_by": by, "answered_at": at, "answer": words}
    connection.execute(update(review_questions).where(review_questions.c.question_id == question_id).values(**answered))


def thread(connection: Connection, item_id: str) -> list[Question]:
    """Questions about an item, oldest first."""
    return _questions(connection, review_questions.c.item_id == item_id)


def unanswered(connection: Connection) -> list[Question]:
    """Questions that wait for an answer, oldest first."""
    return _questions(connection, review_questions.c.answered_at.is_(None))


def _questions(connection: Connection, condition: ColumnElement[bool]) -> list[Question]:
    q = review_questions.c
    rows = connection.execute(select(review_questions).where(condition).order_by(q.asked_at, q.question_id))
    return [Question(**row) for row in rows.mappings()]
