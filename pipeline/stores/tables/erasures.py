"""Erasures: documents that must never come back, and the signed receipts.

Invariants: a document is erased while a row about it was not allowed again. Receipts hold digests, counts and names
of places, never erased content.
"""

from sqlalchemy import Column, Index, String, Table, Text

from pipeline.stores.tables.columns import Json, metadata, time

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", String(16), primary_key=True),
    Column("doc_id", Text, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    time("erased_at"),
    time("finished_at", nullable=True),
    # What the byte search said, before the old files were removed.
    Column("searched", Json),
    Column("receipt", Json),
    Column("allowed_by", Text),
    time("allowed_at", nullable=True),
    Column("allow_reason", Text),
    Index(None, "doc_id"),
)
