"""Questions of reviewers to the owners of documents, and the answers.

Invariants: a question decides nothing: approvals given so far still count. An item the caller neither reviews nor has
to answer for does not exist for them. Every question and answer and its audit entry are one transaction.
"""

import secrets

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.words import Words
from pipeline.domain.errors import Conflict, NotFound
from pipeline.domain.identity.persons import person
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.review.claims import Question
from pipeline.domain.review.items import ItemState, ReviewItem
from pipeline.review import rights
from pipeline.review.acting import audit, check_words, pending, refuse_others_claim
from pipeline.review.rights import find, grants, require_reviewer
from pipeline.stores.audit import log as audit_log
from pipeline.stores.database import Connection, Database
from pipeline.stores.review import queue as review_queue
from pipeline.stores.review import work as review_work


class QuestionService:
    """Ask, answer, list."""

    def __init__(self, database: Database, words: Words) -> None:
        self._database, self._words = database, words

    def ask_owner(self, name: str, caller: Caller, question: str) -> Question:
        """Ask the owner of the document. This decides nothing: approvals given so far still count."""
        check_words(question, "A question")
        question = self._words(question)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            item = pending(connection, name, caller, at)
            require_reviewer(item, caller)
            refuse_others_claim(connection, item, caller, at)
            if item.state is ItemState.APPROVED:
                raise Conflict("This change is approved already.", fix="Reject it if it should not go ahead.")
            asked = Question(
                question_id=secrets.token_hex(8),
                item_id=item.item_id,
                asked_by=person(caller.name),
                asked_at=at,
                question=question,
            )
            review_work.ask(connection, asked)
            review_queue.move(connection, [item.item_id], ItemState.ASKED, at)
            audit(connection, at, caller, "review.ask", item, question_digest=digest_text(question))
            return asked

    def answer(self, name: str, caller: Caller, words: str) -> Question:
        """Answer the oldest open question about an item; for the submitter and the owners of its document."""
        check_words(words, "An answer")
        words = self._words(words)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            item = _answerable(connection, name, caller)
            open_questions = [one for one in review_work.thread(connection, item.item_id) if one.answered_at is None]
            if not open_questions:
                raise Conflict("Nothing waits for an answer here.")
            question, by = open_questions[0], person(caller.name)
            review_work.answer(connection, question.question_id, by, words, at)
            if len(open_questions) == 1 and item.state is ItemState.ASKED:
                review_queue.move(connection, [item.item_id], ItemState.OPEN, at)
            audit(connection, at, caller, "review.answer", item, answer_digest=digest_text(words))
            return question.model_copy(update={"answered_by": by, "answered_at": at, "answer": words})

    def thread(self, name: str, caller: Caller) -> list[Question]:
        """Questions and answers about an item, for who may see it or answer them."""
        with self._database.read() as connection:
            try:
                item = find(connection, name, caller)
            except NotFound:
                item = _answerable(connection, name, caller)
            return review_work.thread(connection, item.item_id)

    def open_questions(self, caller: Caller) -> list[tuple[ReviewItem, Question]]:
        """What waits for an answer of the caller's."""
        with self._database.read() as connection:
            asked = [(review_queue.require(connection, one.item_id), one) for one in review_work.unanswered(connection)]
            return [(item, question) for item, question in asked if _may_answer(connection, item, caller)]


def _answerable(connection: Connection, name: str, caller: Caller) -> ReviewItem:
    """An item the caller has to answer for; other items, however many begin with `name`, do not exist for them."""
    items = review_queue.beginning_with(connection, name)
    mine = [item for item in items if _may_answer(connection, item, caller)]
    if not mine:
        raise review_queue.unknown(name)
    if len(mine) > 1:
        raise review_queue.ambiguous(name)
    return mine[0]


def _may_answer(connection: Connection, item: ReviewItem, caller: Caller) -> bool:
    """Who had a part in the change, or was made an owner of exactly this source."""
    owns = any(item.source in grant.sources for grant in grants(caller, Role.OWNER))
    return owns or rights.part_in(connection, item, caller.name) is not None
