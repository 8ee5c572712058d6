"""Documents with exactly the bytes of a submission: those the ledger has read, and those that wait in inboxes."""

from collections.abc import Mapping

from sqlalchemy import Connection, or_, select

from pipeline.domain.identity.permissions import Classification
from pipeline.domain.submissions.submissions import SameBytes
from pipeline.stores.ledger import history
from pipeline.stores.submissions.submissions import SubmissionRecord, unjudged
from pipeline.stores.tables import documents, versions

MOST = 20
"""Documents that are named; a form letter may have thousands of copies."""


def same_bytes(
    connection: Connection, record: SubmissionRecord, inboxes: Mapping[str, Classification]
) -> list[SameBytes]:
    """Other documents whose newest or served version has the bytes of `record`, at most `MOST`.

    Who may see them is for the caller to ask.

    Args:
        connection: Of the ledger.
        record: A submission.
        inboxes: Sources that take submissions, and the classification of what waits there and declares none.

    """
    counts = or_(documents.c.latest_version == versions.c.version_id, documents.c.live_version == versions.c.version_id)
    query = (
        select(versions.c.version_id, documents.c.doc_id)
        .join(documents, counts)
        .where(versions.c.content_digest == record.content_digest, versions.c.doc_id != record.doc_id)
        .where(documents.c.deleted_run.is_(None))
        .order_by(documents.c.doc_id, versions.c.version_id)
        .limit(MOST)
    )
    found: dict[str, SameBytes] = {}
    for row in connection.execute(query).all():
        said = history.version(connection, row.version_id).provenance
        found.setdefault(
            row.doc_id,
            SameBytes(
                doc_id=row.doc_id,
                title=said.title,
                source=said.source,
                classification=said.access.classification,
                submitter=said.submitter,
                version_id=row.version_id,
            ),
        )
    for one in unjudged(connection, list(inboxes), record.content_digest):
        if one.doc_id != record.doc_id:
            waiting = SameBytes(
                doc_id=one.doc_id,
                title=one.declared.get("title"),
                source=one.source,
                classification=one.declared.get("classification", inboxes[one.source]),
                submitter=one.submitter,
            )
            found.setdefault(one.doc_id, waiting)
    return list(found.values())[:MOST]
