"""Tokens, browser sessions, failed log-ins and the history of principals.

Invariant: no column holds a token, a session id or anything else that opens a door: only SHA-256 digests of random
secrets.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from pipeline.stores.tables.columns import Json, UtcDateTime, digest, metadata, time

tokens = Table(
    "tokens",
    metadata,
    Column("token_id", String(16), primary_key=True),
    digest("secret_digest"),
    Column("name", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("grants", Json),
    Column("created_by", Text, nullable=False),
    time("created_at"),
    time("expires_at"),
    time("last_used_at", nullable=True),
    Column("revoked_by", Text),
    time("revoked_at", nullable=True),
    Index(None, "principal"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_digest", String(64), primary_key=True),
    Column("principal", Text, nullable=False),
    Column("token_id", String(16), ForeignKey(tokens.c.token_id)),
    Column("claims", Json),
    time("created_at"),
    time("seen_at"),
    time("expires_at"),
    Index(None, "expires_at"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    time("failed_at"),
    time("blocked_until"),
)

principal_history = Table(
    "principal_history",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("origin", String(8), primary_key=True),
    Column("since", UtcDateTime(), primary_key=True),
    Column("digest", String(64), primary_key=True),
    time("until", nullable=True),
    Column("tenant", Text, nullable=False),
    Column("clearance", String(16), nullable=False),
    Column("groups", Json, nullable=False),
    Column("roles", Json, nullable=False),
    Index(None, "tenant", "since"),
    Index(None, "until"),
)
"""The digest covers what follows `until`. Rows are added and ended, and never removed."""

identity_file = Table(
    "identity_file",
    metadata,
    # The identity file as the history has it; the history begins with this row.
    Column("id", Integer, CheckConstraint("id = 1", name="single_row"), primary_key=True, autoincrement=False),
    digest("digest"),
    time("began_at"),
)
