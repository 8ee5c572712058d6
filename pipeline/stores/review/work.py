"""Claims on review items, questions to owners with their answers, and looks at versions in quarantine.

Invariants: one claim an item, and it counts until it expires. A question keeps its words; nothing here decides. A
question about a version waits while that version is the newest of its document and in quarantine, and no longer.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, select, update

from pipeline.domain.documents.documents import Action
from pipeline.domain.review.claims import Claim, Question
from pipeline.domain.review.quarantine import SeenMark
from pipeline.stores.database import insert_into
from pipeline.stores.tables import documents, quarantine_seen, review_claims, review_questions, verdicts

_d, _v, _s = documents.c, verdicts.c, quarantine_seen.c
IN_QUARANTINE = and_(_d.deleted_run.is_(None), _v.action == Action.QUARANTINE.value)
"""For queries over documents and their newest verdicts."""
NEWEST = documents.join(verdicts, _v.verdict_id == _d.latest_verdict)
"""Documents with their newest verdicts."""


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


def thread_of_version(connection: Connection, version_id: str) -> list[Question]:
    """Questions about a version in quarantine, oldest first."""
    return _questions(connection, review_questions.c.version_id == version_id)


def unanswered(connection: Connection) -> list[Question]:
    """Questions about review items that wait for an answer, oldest first."""
    q = review_questions.c
    return _questions(connection, and_(q.answered_at.is_(None), q.item_id.is_not(None)))


def unanswered_in_quarantine(connection: Connection) -> list[tuple[str, Question]]:
    """Questions about documents in quarantine that wait for an answer, oldest first, each with its document."""
    q = review_questions.c
    query = select(_d.doc_id, review_questions).select_from(NEWEST.join(review_questions, _of_newest_version()))
    rows = connection.execute(query.where(q.answered_at.is_(None), IN_QUARANTINE).order_by(q.asked_at, q.question_id))
    return [(row["doc_id"], Question(**{name: row[name] for name in Question.model_fields})) for row in rows.mappings()]


def asked_in_quarantine() -> Select[tuple[str]]:
    """Ids of questions about versions that are in quarantine now, answered or not."""
    joined = NEWEST.join(review_questions, _of_newest_version())
    return select(review_questions.c.question_id).select_from(joined).where(IN_QUARANTINE)


def mark_seen(connection: Connection, version_id: str, seen: SeenMark) -> None:
    """Note that a person looked at a version; a later look of the same person takes the place of the first."""
    row = insert_into(connection, quarantine_seen).values(version_id=version_id, **seen.model_dump())
    again = {"at": seen.at, "remark": seen.remark}
    connection.execute(row.on_conflict_do_update(index_elements=[_s.version_id, _s.person], set_=again))


def seen(connection: Connection, version_ids: Iterable[str]) -> dict[str, tuple[SeenMark, ...]]:
    """Looks at these versions, oldest first; a version that no person saw is left out."""
    query = select(quarantine_seen).where(_s.version_id.in_(list(version_ids))).order_by(_s.at, _s.person)
    found: dict[str, tuple[SeenMark, ...]] = {}
    for row in connection.execute(query):
        look = SeenMark(person=row.person, at=row.at, remark=row.remark)
        found[row.version_id] = (*found.get(row.version_id, ()), look)
    return found


def _of_newest_version() -> ColumnElement[bool]:
    return review_questions.c.version_id == _d.latest_version


def _questions(connection: Connection, condition: ColumnElement[bool]) -> list[Question]:
    q = review_questions.c
    rows = connection.execute(select(review_questions).where(condition).order_by(q.asked_at, q.question_id))
    return [Question(**row) for row in rows.mappings()]
