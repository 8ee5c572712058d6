"""Work on what waits: claims, questions to owners, looks at quarantine, break-glass and its review.

Invariant: texts in these tables were written by people about documents, never copied from one; the audit log holds
only their digests.
"""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from pipeline.stores.tables.columns import metadata, time
from pipeline.stores.tables.ledger import review_items, verdicts, versions

review_rules = Table(
    "review_rules",
    metadata,
    Column("item_id", String(16), ForeignKey(review_items.c.item_id), primary_key=True),
    Column("rule_id", String(200), primary_key=True),
    Index(None, "rule_id"),
)

review_claims = Table(
    "review_claims",
    metadata,
    Column("item_id", String(16), ForeignKey(review_items.c.item_id), primary_key=True),
    Column("person", Text, nullable=False),
    time("claimed_at"),
    time("expires_at"),
)

review_questions = Table(
    "review_questions",
    metadata,
    Column("question_id", String(16), primary_key=True),
    Column("item_id", String(16), ForeignKey(review_items.c.item_id)),
    Column("version_id", String(32), ForeignKey(versions.c.version_id)),
    Column("asked_by", Text, nullable=False),
    time("asked_at"),
    Column("question", Text, nullable=False),
    Column("answered_by", Text),
    time("answered_at", nullable=True),
    Column("answer", Text),
    Index(None, "item_id"),
    Index(None, "version_id"),
)

quarantine_seen = Table(
    "quarantine_seen",
    metadata,
    Column("version_id", String(32), ForeignKey(versions.c.version_id), primary_key=True),
    Column("person", Text, primary_key=True),
    time("at"),
    Column("remark", Text, nullable=False),
)

break_glass = Table(
    "break_glass",
    metadata,
    Column("item_id", String(16), ForeignKey(review_items.c.item_id), primary_key=True),
    Column("doc_id", Text, nullable=False),
    Column("version_id", String(32), ForeignKey(versions.c.version_id), nullable=False),
    Column("broken_by", Text, nullable=False),
    time("broken_at"),
    time("expires_at"),
    Column("reason", Text, nullable=False),
    Column("verdict_id", String(32), ForeignKey(verdicts.c.verdict_id)),
    time("confirmed_at", nullable=True),
    time("undone_at", nullable=True),
    Index(None, "verdict_id"),
)

break_glass_reviews = Table(
    "break_glass_reviews",
    metadata,
    Column("item_id", String(16), ForeignKey(break_glass.c.item_id), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("decision", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    time("at"),
)
