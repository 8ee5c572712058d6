"""Queries of reconciliation to the ledger, and the one mark that it writes.

Invariants: reading changes nothing. A document marked to be judged again stays as it is until a run decides it again.
"""

from collections.abc import Sequence

from sqlalchemy import select, union

from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.review.held_generations import PENDING as HELD
from pipeline.domain.review.items import PENDING, ItemKind
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database, insert_into
from pipeline.stores.tables import documents, held_generations, judged_again, review_items, verdicts, versions


class DriftStore:
    """The ledger's side of reconciliation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def contents(self, source: str) -> dict[str, str]:
        """Document to the content digest decided last, of everything a source has that is not deleted."""
        query = (
            select(documents.c.doc_id, versions.c.content_digest)
            .join(versions, versions.c.version_id == documents.c.latest_version)
            .where(documents.c.source == source, documents.c.deleted_run.is_(None))
        )
        with self._database.read() as connection:
            return {row.doc_id: row.content_digest for row in connection.execute(query)}

    def known_texts(self) -> set[str]:
        """Digest of every text a verdict is about."""
        query = union(select(verdicts.c.text_digest), select(verdicts.c.served_digest))
        with self._database.read() as connection:
            return {digest for digest in connection.execute(query).scalars() if digest is not None}

    def texts_to_review(self) -> dict[str, str]:
        """Document to the digest of the text that waits for a person."""
        query = (
            select(review_items.c.doc_id, verdicts.c.text_digest)
            .join(documents, documents.c.doc_id == review_items.c.doc_id)
            .join(verdicts, verdicts.c.verdict_id == documents.c.latest_verdict)
            .where(review_items.c.state.in_(PENDING), review_items.c.kind == ItemKind.VERSION)
            .where(verdicts.c.version_id == review_items.c.version_id)
        )
        with self._database.read() as connection:
            return {row.doc_id: row.text_digest for row in connection.execute(query) if row.text_digest}

    def waiting_generations(self) -> set[str]:
        """Digests of the generations that wait for a person."""
        with self._database.read() as connection:
            waiting = held_generations.c.state.in_(HELD)
            return set(connection.execute(select(held_generations.c.digest).where(waiting)).scalars())

    def to_judge_again(self) -> set[str]:
        """Documents the next run judges anew."""
        with self._database.read() as connection:
            return set(connection.execute(select(judged_again.c.doc_id)).scalars())

    def judge_again(self, doc_ids: Sequence[str], reason: str) -> None:
        """Have the next run judge these anew; `reason` is a code."""
        if not doc_ids:
            return
        with audit_log.audited(self._database) as connection:
            mark = insert_into(connection, judged_again).on_conflict_do_nothing()
            connection.execute(mark, [{"doc_id": doc_id, "reason": reason} for doc_id in doc_ids])
            entries = [AuditEntry(PUBLISHER, "document.to_be_judged_again", one, {"reason": reason}) for one in doc_ids]
            audit_log.append(connection, self._database.now(connection), entries)

    def repaired(self, by: str, kinds: dict[str, int]) -> None:
        """Note what a repair settled."""
        with audit_log.audited(self._database) as connection:
            details = {kind.replace("-", "_"): count for kind, count in sorted(kinds.items())}
            at = self._database.now(connection)
            audit_log.append(connection, at, [AuditEntry(by, "index.repaired", "reconcile", details)])
