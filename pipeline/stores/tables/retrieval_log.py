"""The retrieval log: every answer, with the passages that left with it.

Invariants: rows are only added, and removed by retention. The audit log holds the digest of each batch.
"""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from pipeline.stores.tables.columns import metadata, time

retrieval_answers = Table(
    "retrieval_answers",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("batch", Integer, nullable=False),
    Column("id", String(32), nullable=False),
    time("at"),
    Column("principal", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("door", String(16), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("question", String(32), nullable=False),
    Column("asked", Integer, nullable=False),
    Index(None, "id", unique=True),
    Index(None, "batch"),
    Index(None, "at"),
    Index(None, "principal", "number"),
    Index(None, "on_behalf_of", "number"),
)

retrieved_passages = Table(
    "retrieved_passages",
    metadata,
    Column("answer", Integer, ForeignKey("retrieval_answers.number"), primary_key=True),
    Column("rank", Integer, primary_key=True),
    Column("chunk_id", String(64), nullable=False),
    Column("version_id", String(32), nullable=False),
    Column("score", Float, nullable=False),
    Column("shown", Boolean, nullable=False),
    Index(None, "version_id", "answer"),
    Index(None, "chunk_id", "answer"),
)
"""Versions are named without a foreign key: the record of a passage outlives an erased version."""
