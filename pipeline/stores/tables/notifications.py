"""The outbox: events on their way to channels, the messages they were bundled into, and how far the audit log was read.

Invariant: events and messages hold ids, codes and counts; no document text, no value of a finding.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from pipeline.stores.tables.columns import Json, metadata, time

notification_cursor = Table(
    "notification_cursor",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single_row"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)

notification_messages = Table(
    "notification_messages",
    metadata,
    Column("message_id", String(32), primary_key=True),
    Column("channel", String(63), nullable=False),
    Column("body", Text, nullable=False),
    Column("events", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason_code", String(64)),
    time("created_at"),
    time("next_at"),
    time("finished_at", nullable=True),
    Index(None, "state", "next_at"),
    Index(None, "created_at"),
)

notification_events = Table(
    "notification_events",
    metadata,
    Column("event_id", String(32), primary_key=True),
    Column("channel", String(63), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("source", String(63)),
    Column("subject", Text, nullable=False),
    time("at"),
    Column("details", Json, nullable=False),
    time("noted_at"),
    Column("message_id", String(32), ForeignKey("notification_messages.message_id")),
    Index(None, "channel", "message_id"),
    Index(None, "noted_at"),
)
