"""Submissions in the ledger: submitter, document and version of each.

Invariants: everything here happens in the caller's transaction. Limits are counted and the submission that passes them
is written in one transaction that holds the audit log's head, so no two are counted against the same room. A document
that was withdrawn stays withdrawn: its live version is not served (`withdrawn`), and nothing is added to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, insert, or_, select, update

from pipeline.domain.frozen import Frozen
from pipeline.domain.submissions.submissions import Submitted
from pipeline.stores.database import insert_into
from pipeline.stores.tables import (
    documents,
    submission_keys,
    submission_versions,
    submissions,
    submitted_documents,
)

SLICE = 5_000


class SubmissionRecord(Frozen):
    """One submission as it was received."""

    submission_id: str
    doc_id: str
    source: str
    number: int
    """1 for the first version of a document, and so on."""
    submitter: str
    person: str
    """The submitter in the spelling separation of duties compares."""
    received_at: datetime
    name: str
    file: str
    declared: dict[str, Any]
    content_digest: str
    bytes: int


class SubmittedDocument(Frozen):
    """A document that came through submissions."""

    doc_id: str
    source: str
    uri: str
    latest: str
    """The submission that counts."""
    versions: int
    person: str = ""
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None


def add(connection: Connection, record: SubmissionRecord, uri: str) -> None:
    """Store a submission; it is the one that counts for its document from this commit on."""
    newest = {"latest": record.submission_id, "versions": record.number, "person": record.person}
    if record.number == 1:
        row = {"doc_id": record.doc_id, "source": record.source, "uri": uri}
        connection.execute(insert(submitted_documents), row | newest)
    else:
        connection.execute(
            update(submitted_documents).where(submitted_documents.c.doc_id == record.doc_id).values(**newest)
        )
    connection.execute(insert(submissions), record.model_dump())


def find(connection: Connection, submission_id: str) -> SubmissionRecord | None:
    """The submission of that id."""
    row = connection.execute(select(submissions).where(submissions.c.submission_id == submission_id)).mappings().first()
    return None if row is None else SubmissionRecord(**row)


def find_document(connection: Connection, doc_id: str) -> SubmittedDocument | None:
    """The document of that id, if it came through submissions."""
    columns = [submitted_documents.c[name] for name in SubmittedDocument.model_fields]
    query = select(*columns).where(submitted_documents.c.doc_id == doc_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else SubmittedDocument(**row)


def page(
    connection: Connection,
    *,
    people: Iterable[str] = (),
    sources: Iterable[str] | None = None,
    document: str | None = None,
    before: SubmissionRecord | None = None,
    limit: int = 50,
) -> list[SubmissionRecord]:
    """Newest first: of one of `people`, or of one of `sources` (None: of all)."""
    table = submissions.c
    query = select(submissions).order_by(table.received_at.desc(), table.submission_id.desc()).limit(limit)
    if sources is not None:
        query = query.where(or_(table.person.in_(list(people)), table.source.in_(list(sources))))
    if document is not None:
        query = query.where(table.doc_id == document)
    if before is not None:
        earlier = and_(table.received_at == before.received_at, table.submission_id < before.submission_id)
        query = query.where(or_(table.received_at < before.received_at, earlier))
    return [SubmissionRecord(**row) for row in connection.execute(query).mappings()]


def withdraw(connection: Connection, doc_id: str, by: str, reason: str, at: datetime) -> None:
    """Take a document back for good."""
    change = {"withdrawn_by": by, "withdrawn_at": at, "withdrawn_reason": reason}
    connection.execute(update(submitted_documents).where(submitted_documents.c.doc_id == doc_id).values(**change))


# Idempotency


def keyed(connection: Connection, person: str, key_digest: str, now: datetime) -> tuple[str, str] | None:
    """Submission and request digest an idempotency key stands for; keys that are over stand for nothing."""
    table = submission_keys.c
    query = select(table.submission_id, table.request_digest).where(
        table.person == person, table.key_digest == key_digest, table.expires_at > now
    )
    row = connection.execute(query).first()
    return None if row is None else (row.submission_id, row.request_digest)


def remember_key(
    connection: Connection,
    person: str,
    key_digest: str,
    request_digest: str,
    submission_id: str,
    now: datetime,
    life: timedelta,
) -> None:
    """Let an idempotency key stand for a submission until it expires; what is over is forgotten."""
    connection.execute(delete(submission_keys).where(submission_keys.c.expires_at <= now))
    row = {"person": person, "key_digest": key_digest, "request_digest": request_digest}
    connection.execute(insert(submission_keys), row | {"submission_id": submission_id, "expires_at": now + life})


# The gate


def counting(connection: Connection, sources: Sequence[str]) -> list[Submitted]:
    """The submission that counts for each document of `sources` that is not withdrawn."""
    return _submitted(connection, _counting(sources))


def _counting(sources: Sequence[str]) -> Select[Any]:
    return (
        select(submissions, submitted_documents.c.uri)
        .join(submitted_documents, submitted_documents.c.latest == submissions.c.submission_id)
        .where(submitted_documents.c.source.in_(list(sources)), submitted_documents.c.withdrawn_at.is_(None))
        .order_by(submissions.c.doc_id)
    )


def _submitted(connection: Connection, query: Select[Any]) -> list[Submitted]:
    return [
        Submitted.model_validate({name: row[name] for name in Submitted.model_fields})
        for row in connection.execute(query).mappings()
    ]


def unjudged(connection: Connection, sources: Sequence[str], content_digest: str | None = None) -> list[Submitted]:
    """The same of those no verdict was given on yet; with `content_digest`, of those with such bytes."""
    judged = exists().where(submission_versions.c.submission_id == submissions.c.submission_id)
    query = _counting(sources).where(~judged)
    if content_digest is not None:
        query = query.where(submissions.c.content_digest == content_digest)
    return _submitted(connection, query)


def withdrawn_ids(connection: Connection, sources: Sequence[str]) -> set[str]:
    """Documents of `sources` that were withdrawn and that the ledger still holds."""
    query = (
        select(documents.c.doc_id)
        .join(submitted_documents, submitted_documents.c.doc_id == documents.c.doc_id)
        .where(documents.c.source.in_(list(sources)), documents.c.deleted_run.is_(None))
        .where(submitted_documents.c.withdrawn_at.is_not(None))
    )
    return set(connection.execute(query).scalars())


def link_versions(connection: Connection, links: Mapping[str, str], at: datetime) -> None:
    """Note which version each submission was read as (submission id to version id); what is known stays."""
    rows = [{"submission_id": one, "version_id": version, "read_at": at} for one, version in links.items()]
    if rows:
        connection.execute(insert_into(connection, submission_versions).on_conflict_do_nothing(), rows)


def still_needed(connection: Connection, ids: Iterable[str], since: datetime) -> set[str]:
    """Of these submissions the ones whose file must stay: those that count, and those replaced after `since`."""
    newer = submissions.alias("newer")
    replaced_lately = exists(
        select(newer.c.submission_id).where(
            newer.c.doc_id == submissions.c.doc_id,
            newer.c.number > submissions.c.number,
            newer.c.received_at > since,
        )
    )
    query = (
        select(submissions.c.submission_id)
        .join(submitted_documents, submitted_documents.c.doc_id == submissions.c.doc_id)
        .where(submitted_documents.c.withdrawn_at.is_(None))
        .where(or_(submitted_documents.c.latest == submissions.c.submission_id, replaced_lately))
    )
    wanted = list(ids)
    return {
        one
        for start in range(0, len(wanted), SLICE)
        for one in connection.execute(
            query.where(submissions.c.submission_id.in_(wanted[start : start + SLICE]))
        ).scalars()
    }
