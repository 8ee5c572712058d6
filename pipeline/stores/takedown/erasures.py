"""The ledger's side of an erasure: the tombstone, cleared columns, rewritten generations, and the receipt.

Invariants: from the first transaction on, nothing of the document is live, and no run and no rollback brings it back
until a person allows it again (law 10). Digests, ids, verdicts and the audit log stay; masked previews, fingerprints,
titles, submitters' file names and written reasons about the document are removed. Every step is audited in its
transaction, and repeating it changes nothing.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, union, update

from pipeline.domain.digests import canonical_json, digest_bytes, digest_json, digest_text
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.errors import LedgerError, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.review.items import ItemState
from pipeline.domain.serving.erasing import ErasedDocument, Erasure
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.database import Database
from pipeline.stores.review import queue as review_queue
from pipeline.stores.submissions import submissions
from pipeline.stores.tables import (
    break_glass,
    break_glass_reviews,
    documents,
    erasures,
    findings,
    generations,
    passage_samples,
    quarantine_seen,
    review_decisions,
    review_items,
    review_questions,
    sketches,
    submitted_documents,
    verdicts,
    versions,
    waived_findings,
    word_sketches,
)
from pipeline.stores.tables import submissions as submission_rows
from pipeline.stores.takedown.stored_rows import StoredRow, schema_words, stored_rows

_e = erasures.c
MOST_NAMED = 5
"""Documents that are listed where a name is ambiguous."""


class Texts(Frozen):
    """Digests of stored texts of a document: those nobody else has, and those another document has too."""

    own: tuple[str, ...]
    shared: tuple[str, ...]


class Erasures:
    """Begin, finish, allow again and list erasures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, doc_id: str, by: str, reason: str) -> tuple[Erasure, bool]:
        """Put the tombstone; returns the erasure, and whether an interrupted one goes on."""
        if not reason.strip():
            raise UsageError("A reason is needed.", fix="Say in one sentence why, for whoever reads the record later.")
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            row = connection.execute(
                select(erasures).where(_e.doc_id == doc_id, _e.finished_at.is_(None), _e.allowed_at.is_(None))
            )
            if found := row.mappings().first():
                return Erasure(**found), True
            begun = Erasure(erasure_id=secrets.token_hex(8), doc_id=doc_id, erased_by=by, reason=reason, erased_at=at)
            connection.execute(insert(erasures), begun.model_dump())
            cleared = _clear(connection, doc_id, by, at)
            details: dict[str, Detail] = {
                "erasure_id": begun.erasure_id,
                "reason_digest": digest_text(reason),
                **cleared,
            }
            audit_log.append(connection, at, [AuditEntry(by, "erasure.started", doc_id, details)])
            return begun, False

    def rewrite(self, erasure: Erasure, records: Sequence[GenerationRecord]) -> None:
        """Point the ledger at kept generations that were written again without the document, all at once."""
        with audit_log.audited(self._database) as connection:
            point_at(connection, records)
            at = self._database.now(connection)
            entries = [
                AuditEntry(
                    erasure.erased_by,
                    "generation.rewritten",
                    str(record.number),
                    {
                        "erasure_id": erasure.erasure_id,
                        "digest": record.digest,
                        "manifest_digest": record.manifest_digest,
                        "documents": record.documents,
                        "chunks": record.chunks,
                    },
                )
                for record in records
            ]
            audit_log.append(connection, at, entries)

    def note_search(self, erasure: Erasure, facts: Mapping[str, object]) -> None:
        """Remember that nothing was found, while what is searched for is still there to search for."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            row = update(erasures).where(_e.erasure_id == erasure.erasure_id).values(searched=dict(facts))
            connection.execute(row)
            details = {"erasure_id": erasure.erasure_id, "search_digest": digest_json(facts)}
            entry = AuditEntry(erasure.erased_by, "erasure.searched", erasure.doc_id, details)
            audit_log.append(connection, at, [entry])

    def finish(self, erasure: Erasure, receipt: Mapping[str, object], receipt_digest: str, at: datetime) -> Erasure:
        """Store the receipt; the erasure is proven."""
        with audit_log.audited(self._database) as connection:
            values = {"finished_at": at, "receipt": dict(receipt)}
            connection.execute(update(erasures).where(_e.erasure_id == erasure.erasure_id).values(**values))
            details = {"erasure_id": erasure.erasure_id, "receipt_digest": receipt_digest}
            entry = AuditEntry(erasure.erased_by, "erasure.finished", erasure.doc_id, details)
            audit_log.append(connection, at, [entry])
        return erasure.model_copy(update=values)

    def allow_again(self, doc_id: str, by: str, reason: str) -> None:
        """Let a document of that name in again, through the gate like any other."""
        if not reason.strip():
            raise UsageError("A reason is needed.", fix="Say in one sentence why, for whoever reads the record later.")
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            values = {"allowed_by": by, "allowed_at": at, "allow_reason": reason}
            allowed = update(erasures).where(_e.doc_id == doc_id, _e.allowed_at.is_(None), _e.finished_at.is_not(None))
            if connection.execute(allowed.values(**values)).rowcount == 0:
                raise UsageError(
                    f"No finished erasure keeps {doc_id} out.", fix="`corpusgate erase list` shows what was erased."
                )
            _void(connection, doc_id)
            details = {"reason_digest": digest_text(reason)}
            audit_log.append(connection, at, [AuditEntry(by, "erasure.allowed_again", doc_id, details)])

    def named(self, name: str) -> list[str]:
        """Ids of the documents of that name, at most one more than `MOST_NAMED`.

        A name is the id, else the end of it, the id of a submission, or what its submitter called the file.
        """
        d, s, h = documents.c.doc_id, submission_rows.c, submitted_documents.c.doc_id
        if not name:
            return []
        with self._database.read() as connection:
            for column in (d, h):
                if connection.execute(select(column).where(column == name)).first() is not None:
                    return [name]
            as_submitted = select(s.doc_id).where(or_(s.name == name, s.submission_id == name))
            either = union(*(select(column).where(_ends_with(column, name)) for column in (d, h)), as_submitted)
            return sorted(connection.execute(either).scalars())[: MOST_NAMED + 1]

    def erasures(self) -> list[Erasure]:
        """Every erasure, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(erasures).order_by(_e.erased_at.desc(), _e.erasure_id)).mappings()
            return [Erasure(**row) for row in rows]

    def in_force(self) -> list[ErasedDocument]:
        """What must not come in, with the contents it had."""
        with self._database.read() as connection:
            query = select(_e.doc_id, _e.erased_at).where(_e.allowed_at.is_(None)).order_by(_e.erased_at)
            erased = {row.doc_id: row.erased_at for row in connection.execute(query)}
            return [_erased_document(connection, doc_id, at) for doc_id, at in erased.items()]

    def texts(self, doc_id: str) -> Texts:
        """Digests under which texts of the document may be stored."""
        with self._database.read() as connection:
            mine = _text_digests(connection, verdicts.c.doc_id == doc_id)
            others = verdicts.c.doc_id != doc_id
            erased = verdicts.c.doc_id.in_(select(_e.doc_id).where(_e.allowed_at.is_(None)))
            shared = {
                digest
                for column in (verdicts.c.text_digest, verdicts.c.served_digest)
                for digest in connection.execute(select(column).where(column.in_(mine), others, ~erased)).scalars()
            }
            return Texts(own=tuple(sorted(mine - shared)), shared=tuple(sorted(shared)))

    def submission_files(self, doc_id: str) -> list[tuple[str, str]]:
        """Source and file name of everything submitted as this document."""
        with self._database.read() as connection:
            query = select(submission_rows.c.source, submission_rows.c.file).where(submission_rows.c.doc_id == doc_id)
            return [(row.source, row.file) for row in connection.execute(query)]

    def documents_of_text(self, digest: str) -> set[str]:
        """Documents that have a text of that digest on record."""
        with self._database.read() as connection:
            either = or_(verdicts.c.text_digest == digest, verdicts.c.served_digest == digest)
            return set(connection.execute(select(verdicts.c.doc_id).where(either)).scalars())

    def document_of_file(self, file: str) -> str | None:
        """The document that was submitted in that file of an inbox."""
        with self._database.read() as connection:
            query = select(submission_rows.c.doc_id).where(submission_rows.c.file == file)
            return connection.execute(query).scalar()

    def versions(self, doc_id: str) -> list[str]:
        """Ids of every version of the document on record."""
        with self._database.read() as connection:
            query = select(versions.c.version_id).where(versions.c.doc_id == doc_id).order_by(versions.c.version_id)
            return list(connection.execute(query).scalars())

    def rows(self) -> Iterator[StoredRow]:
        """Every row of every table."""
        return stored_rows(self._database)

    def schema_words(self) -> bytes:
        """The words the schema itself is made of."""
        return schema_words(self._database)


def point_at(connection: Connection, records: Sequence[GenerationRecord]) -> None:
    """Replace where kept generations are found and what they hold; their numbers stay."""
    for record in records:
        fields = ("digest", "manifest", "manifest_digest", "documents", "chunks")
        values = {field: getattr(record, field) for field in fields}
        done = connection.execute(update(generations).where(generations.c.number == record.number).values(**values))
        if done.rowcount != 1:
            raise LedgerError(f"The ledger knows no generation {record.number}.")


def _ends_with(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    return func.substr(column, func.length(column) - len(name) + 1, len(name)) == name


def _erased_document(connection: Connection, doc_id: str, at: datetime) -> ErasedDocument:
    mine = select(versions.c.content_digest).where(versions.c.doc_id == doc_id)
    same = select(versions.c.doc_id).where(
        versions.c.content_digest.in_(mine), versions.c.doc_id != doc_id, versions.c.recorded_at < at
    )
    handed_in = select(submission_rows.c.content_digest).where(submission_rows.c.doc_id == doc_id)
    return ErasedDocument(
        doc_id=doc_id,
        erased_at=at,
        contents=tuple(sorted(connection.execute(mine.union(handed_in)).scalars())),
        others=tuple(sorted(connection.execute(same.distinct()).scalars())),
    )


def _text_digests(connection: Connection, condition: ColumnElement[bool]) -> set[str]:
    rows = connection.execute(select(verdicts.c.text_digest, verdicts.c.served_digest).where(condition))
    return {digest for row in rows for digest in row if digest}


def _clear(connection: Connection, doc_id: str, by: str, at: datetime) -> dict[str, int]:
    """Take the document off and clear what is not a digest, an id or a decision; returns how many rows of what."""
    unserved = {"live_version": None, "live_verdict": None}
    connection.execute(update(documents).where(documents.c.doc_id == doc_id).values(**unserved))
    _void(connection, doc_id)
    mine = select(verdicts.c.verdict_id).where(verdicts.c.doc_id == doc_id)
    items = select(review_items.c.item_id).where(review_items.c.doc_id == doc_id)
    of_mine = select(versions.c.version_id).where(versions.c.doc_id == doc_id)
    asked = or_(review_questions.c.item_id.in_(items), review_questions.c.version_id.in_(of_mine))
    cleared = {
        "findings": connection.execute(delete(findings).where(findings.c.verdict_id.in_(mine))).rowcount,
        "waived": connection.execute(delete(waived_findings).where(waived_findings.c.scope == doc_id)).rowcount,
        "questions": connection.execute(delete(review_questions).where(asked)).rowcount,
    }
    for table in (sketches, word_sketches, passage_samples, quarantine_seen):
        connection.execute(delete(table).where(table.c.version_id.in_(of_mine)))
    for table in (review_decisions, break_glass, break_glass_reviews):
        connection.execute(update(table).where(table.c.item_id.in_(items)).values(reason=""))
    pending = review_items.c.closed_at.is_(None), review_items.c.doc_id == doc_id
    waiting = list(connection.execute(select(review_items.c.item_id).where(*pending)).scalars())
    review_queue.move(connection, waiting, ItemState.STALE, at)
    cleared["titles"] = _clear_titles(connection, doc_id)
    named = update(submission_rows).where(submission_rows.c.doc_id == doc_id)
    cleared["submissions"] = connection.execute(named.values(name="", declared={})).rowcount
    handed_in = select(submitted_documents).where(submitted_documents.c.doc_id == doc_id)
    if (row := connection.execute(handed_in).first()) is not None and row.withdrawn_at is None:
        submissions.withdraw(connection, doc_id, by, "erased", at)
    return cleared


def _void(connection: Connection, doc_id: str) -> None:
    """Let the next run judge the document anew, whatever its source holds."""
    latest = select(documents.c.latest_verdict).where(documents.c.doc_id == doc_id)
    connection.execute(update(verdicts).where(verdicts.c.verdict_id.in_(latest)).values(binding=""))


def _clear_titles(connection: Connection, doc_id: str) -> int:
    """A title is a piece of the document. The record stays, without it, under the digest of what is left."""
    cleared = 0
    rows = connection.execute(select(versions.c.version_id, versions.c.provenance).where(versions.c.doc_id == doc_id))
    for version_id, recorded in rows.all():
        provenance = Provenance.model_validate_json(recorded)
        if provenance.title is None:
            continue
        left = canonical_json(provenance.model_copy(update={"title": None}).model_dump(mode="json"))
        values = {"provenance": left.decode(), "provenance_digest": digest_bytes(left)}
        connection.execute(update(versions).where(versions.c.version_id == version_id).values(**values))
        cleared += 1
    return cleared
