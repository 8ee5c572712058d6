"""Proposals of policies, and the policies that were in force.

Invariant: a proposal holds counts of its simulation and texts of policies; no column holds words of a document.
"""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from pipeline.stores.tables.columns import Json, digest, metadata, time

policy_proposals = Table(
    "policy_proposals",
    metadata,
    Column("proposal_id", String(16), primary_key=True),
    Column("origin", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    digest("policy_digest"),
    digest("text_digest"),
    digest("base_digest"),
    Column("policy_text", Text, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("proposed_by", Text, nullable=False),
    time("proposed_at"),
    Column("reason", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_by", Text),
    time("decided_at", nullable=True),
    Column("decision_reason", Text),
    time("expires_at", nullable=True),
    Index(None, "state", "proposed_at"),
)

policy_activations = Table(
    "policy_activations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("origin", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    digest("policy_digest"),
    digest("text_digest"),
    Column("policy_text", Text, nullable=False),
    Column("proposal_id", String(16)),
    Column("activated_by", Text, nullable=False),
    time("activated_at"),
)
