"""Canary questions: the answers of the current generation, and generations that wait because answers changed.

Invariant: answers are document ids, ranks and scores. No column holds the text of a document.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from pipeline.stores.tables.columns import Json, UtcDateTime, digest, metadata, time
from pipeline.stores.tables.ledger import runs

canary_answers = Table(
    "canary_answers",
    metadata,
    Column("question_id", String(63), primary_key=True),
    Column("generation", Integer, nullable=False),
    digest("question_digest"),
    Column("answer", Json, nullable=False),
)
"""Of the current generation only: each publication replaces them."""

held_generations = Table(
    "held_generations",
    metadata,
    Column("held_id", String(16), primary_key=True),
    digest("digest"),
    digest("binding"),
    Column("replaces", Integer),
    Column("run_id", String(64), ForeignKey(runs.c.run_id), nullable=False),
    Column("report", Json, nullable=False),
    Column("changes", Json, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("submitters", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("published_as", Integer),
    time("opened_at"),
    Column("closed_at", UtcDateTime()),
    Index(None, "state", "opened_at"),
    Index(None, "binding"),
)

held_decisions = Table(
    "held_decisions",
    metadata,
    Column("held_id", String(16), ForeignKey(held_generations.c.held_id), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("decision", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    time("at"),
    time("expires_at"),
)
