"""Submitted documents, their submissions, and the version that a run made of each.

Invariants: no column holds document text. The submitter's file name is metadata, in the column `name` only. A
submission's status is in no column; it is derived from verdicts, review and generations.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from pipeline.stores.tables.columns import Json, digest, metadata, time

submitted_documents = Table(
    "submitted_documents",
    metadata,
    Column("doc_id", Text, primary_key=True),
    Column("source", String(63), ForeignKey("sources.name"), nullable=False),
    Column("uri", Text, nullable=False),
    Column("latest", String(16), nullable=False),
    Column("person", Text, nullable=False, server_default=""),  # of the latest submission
    Column("versions", Integer, nullable=False),
    Column("withdrawn_by", Text),
    time("withdrawn_at", nullable=True),
    Column("withdrawn_reason", Text),
    Index(None, "source", "withdrawn_at"),
    Index(None, "person", "withdrawn_at"),
)

submissions = Table(
    "submissions",
    metadata,
    Column("submission_id", String(16), primary_key=True),
    Column("doc_id", Text, ForeignKey("submitted_documents.doc_id"), nullable=False),
    Column("source", String(63), ForeignKey("sources.name"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("submitter", Text, nullable=False),
    Column("person", Text, nullable=False),
    time("received_at"),
    Column("name", Text, nullable=False),
    Column("file", String(40), nullable=False),
    Column("declared", Json, nullable=False),
    digest("content_digest"),
    Column("bytes", BigInteger, nullable=False),
    Index(None, "doc_id", "number", unique=True),
    Index(None, "person", "received_at", "bytes"),
    Index(None, "source", "received_at", "bytes"),
    Index(None, "received_at"),
)

submission_keys = Table(
    "submission_keys",
    metadata,
    Column("person", Text, primary_key=True),
    Column("key_digest", String(64), primary_key=True),
    digest("request_digest"),
    Column("submission_id", String(16), ForeignKey("submissions.submission_id"), nullable=False),
    time("expires_at"),
    Index(None, "expires_at"),
)

submission_versions = Table(
    "submission_versions",
    metadata,
    Column("submission_id", String(16), ForeignKey("submissions.submission_id"), primary_key=True),
    Column("version_id", String(32), ForeignKey("versions.version_id"), primary_key=True),
    time("read_at"),
    Index(None, "version_id"),
)
