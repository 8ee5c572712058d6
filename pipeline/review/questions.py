"""Questions of reviewers to the owners of documents, and the answers.

A question is about a review item, or about a document in quarantine, which has none.

Invariants: a question decides nothing: approvals given so far still count. An item or a document that the caller
neither reviews nor has to answer for does not exist for them. Every question and answer and its audit entry are one
transaction.
"""

import secrets
from datetime import datetime

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.documents.words import Words
from pipeline.domain.errors import Conflict, NotAllowed, NotFound
from pipeline.domain.identity.persons import person, same_person
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.review.claims import Question
from pipeline.domain.review.items import ItemState, ReviewItem
from pipeline.review import rights
from pipeline.review.acting import audit, check_words, pending, refuse_others_claim
from pipeline.review.quarantined import audit_quarantined, version_quarantined
from pipeline.review.rights import find, grants, require_reviewer
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Connection, Database
from pipeline.stores.review import queue as review_queue
from pipeline.stores.review import work as review_work
from pipeline.stores.review.reach import involved_in_version


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
            asked = _asked(connection, caller, question, at, item_id=item.item_id)
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
                raise _nothing_asked()
            answered = _answered(connection, open_questions[0], caller, words, at)
            if len(open_questions) == 1 and item.state is ItemState.ASKED:
                review_queue.move(connection, [item.item_id], ItemState.OPEN, at)
            audit(connection, at, caller, "review.answer", item, answer_digest=digest_text(words))
            return answered

    def ask_about(self, doc_id: str, caller: Caller, question: str) -> Question:
        """Ask the owner of a document in quarantine, for its reviewers; the question is about its newest version."""
        check_words(question, "A question")
        question = self._words(question)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            document = version_quarantined(connection, doc_id, caller, at)
            caller.require(Role.REVIEWER, source=document.source, classification=document.classification)
            asked = _asked(connection, caller, question, at, version_id=document.version_id)
            digest = digest_text(question)
            audit_quarantined(connection, at, caller, "review.ask", document, question_digest=digest)
            return asked

    def answer_about(self, doc_id: str, caller: Caller, words: str) -> Question:
        """Answer the oldest open question about a document in quarantine; for the people who own or submitted it."""
        check_words(words, "An answer")
        words = self._words(words)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            waiting = [asked for name, asked in review_work.unanswered_in_quarantine(connection) if name == doc_id]
            mine = [one for one in waiting if may_answer_about(connection, doc_id, one, caller)]
            if not mine:
                document = version_quarantined(connection, doc_id, caller, at)
                if waiting:
                    raise NotAllowed(
                        f"{caller.name} neither owns nor submitted {document.doc_id}.",
                        fix="Its owner answers, or an owner of exactly this source.",
                    )
                raise _nothing_asked()
            answered = _answered(connection, mine[0], caller, words, at)
            details = {"version_id": mine[0].version_id, "means": caller.means, "answer_digest": digest_text(words)}
            audit_log.append(connection, at, [AuditEntry(caller.name, "review.answer", doc_id, details)])
            return answered

    def thread(self, name: str, caller: Caller) -> list[Question]:
        """Questions and answers about an item, for who may see it or answer them."""
        with self._database.read() as connection:
            try:
                item = find(connection, name, caller)
            except NotFound:
                item = _answerable(connection, name, caller)
            return review_work.thread(connection, item.item_id)

    def open_questions(self, caller: Caller) -> list[tuple[str, Question]]:
        """Questions that wait for an answer of the caller's, oldest first, each with the document it is about."""
        with self._database.read() as connection:
            found = [
                (name, asked)
                for name, asked in review_work.unanswered_in_quarantine(connection)
                if may_answer_about(connection, name, asked, caller)
            ]
            for asked in review_work.unanswered(connection):
                item = review_queue.require(connection, str(asked.item_id))
                if _may_answer(connection, item, caller):
                    found.append((item.doc_id, asked))
            return sorted(found, key=lambda one: (one[1].asked_at, one[1].question_id))


def _asked(
    connection: Connection, caller: Caller, words: str, at: datetime, *,
    item_id: str | None = None, version_id: str | None = None,
) -> Question:  # fmt: skip
    """Put a question about an item, or about a version in quarantine, on record."""
    asked = Question(
        question_id=secrets.token_hex(8),
        item_id=item_id,
        version_id=version_id,
        asked_by=person(caller.name),
        asked_at=at,
        question=words,
    )
    review_work.ask(connection, asked)
    return asked


def _answered(connection: Connection, question: Question, caller: Caller, words: str, at: datetime) -> Question:
    by = person(caller.name)
    review_work.answer(connection, question.question_id, by, words, at)
    return question.model_copy(update={"answered_by": by, "answered_at": at, "answer": words})


def _nothing_asked() -> Conflict:
    return Conflict("Nothing waits for an answer here.", fix="`corpusgate review questions` lists what does.")


def _answerable(connection: Connection, name: str, caller: Caller) -> ReviewItem:
    """An item the caller has to answer for; other items, however many begin with `name`, do not exist for them."""
    items = review_queue.beginning_with(connection, name)
    mine = [item for item in items if _may_answer(connection, item, caller)]
    if not mine:
        raise review_queue.unknown()
    if len(mine) > 1:
        raise review_queue.ambiguous()
    return mine[0]


def _may_answer(connection: Connection, item: ReviewItem, caller: Caller) -> bool:
    """Who had a part in the change, or was made an owner of exactly this source."""
    return _owns(caller, item.source) or rights.part_in(connection, item, caller.name) is not None


def may_answer_about(connection: Connection, doc_id: str, asked: Question, caller: Caller) -> bool:
    """Whether the caller had a part in the version that was asked about, or was made an owner of exactly its source."""
    people = involved_in_version(connection, str(asked.version_id))
    return _owns(caller, source_of(doc_id)) or any(same_person(caller.name, name) for name in people)


def _owns(caller: Caller, source: str) -> bool:
    """Whether the caller was made an owner of exactly this source."""
    return any(source in grant.sources for grant in grants(caller, Role.OWNER))
