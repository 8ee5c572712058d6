"""The ledger's own tables: sources, runs, documents, verdicts, generations, review, waivers, audit log.

Invariant: no column holds document text or the value of a finding.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from pipeline.stores.tables.columns import Json, UtcDateTime, digest, metadata, time

sources = Table(
    "sources",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("uri", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("classification", String(16), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("allow", Json, nullable=False),
    Column("deny", Json, nullable=False),
    Column("licence", Text),
    Column("limits", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("registered_by", Text, nullable=False),
    time("registered_at"),
    Column("approved_by", Text),
    time("approved_at", nullable=True),
    Column("reason", Text),
    time("until", nullable=True),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("sources", Json, nullable=False),
    Column("state", String(16), nullable=False),
    time("started_at"),
    time("finished_at", nullable=True),
    Column("reason_code", String(64)),
    Column("summary", Json),
    Column("result", Json),
    Index(None, "state"),
    Index(None, "started_at"),
)

access_rules = Table(
    "access_rules",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("access_id", String(16), nullable=False),
    Column("rule", Json, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("version_id", String(32), primary_key=True),
    Column("doc_id", Text, nullable=False),
    digest("content_digest"),
    Column("access_digest", String(64), ForeignKey(access_rules.c.digest), nullable=False),
    digest("metadata_digest"),
    Column("owner", Text, nullable=False),
    Column("submitter", Text, nullable=False),
    Column("run_id", String(64), ForeignKey(runs.c.run_id), nullable=False),
    Column("provenance", Text, nullable=False),
    digest("provenance_digest"),
    time("recorded_at"),
    Index(None, "doc_id"),
    Index(None, "content_digest"),
    Index(None, "owner"),
    Index(None, "recorded_at"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("verdict_id", String(32), primary_key=True),
    Column("run_id", String(64), ForeignKey(runs.c.run_id), nullable=False),
    Column("doc_id", Text, nullable=False),
    Column("version_id", String(32), ForeignKey(versions.c.version_id), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("action", String(16), nullable=False),
    Column("rule_ids", Json, nullable=False),
    Column("reasons", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("impact", Json),
    digest("policy_digest"),
    digest("detector_digest"),
    digest("model_digest"),
    digest("binding"),
    digest("text_digest", nullable=True),
    digest("served_digest", nullable=True),
    Column("extractor", Text),
    Column("renamed_from", Text),
    Column("rescan", Boolean, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    time("decided_at"),
    Index(None, "doc_id"),
    Index(None, "version_id"),
    Index(None, "run_id"),
)

findings = Table(
    "findings",
    metadata,
    Column("verdict_id", String(32), ForeignKey(verdicts.c.verdict_id), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("detector", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("line", Integer, nullable=False),
    Column("fingerprint", String(32), nullable=False),
    Column("preview", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("place", String(16), nullable=False, server_default="text"),
    Column("lowered", String(16)),
    Index(None, "fingerprint"),
)
# In Postgres partial indexes have the same conditions, by its migrations. Here they would load its dialect everywhere.
Index("ix_findings_in_strings", findings.c.verdict_id, sqlite_where=findings.c.place != "text")

documents = Table(
    "documents",
    metadata,
    Column("doc_id", Text, primary_key=True),
    Column("source", String(63), ForeignKey(sources.c.name), nullable=False),
    Column("latest_version", String(32), ForeignKey(versions.c.version_id), nullable=False),
    Column("latest_verdict", String(32), ForeignKey(verdicts.c.verdict_id), nullable=False),
    Column("live_version", String(32), ForeignKey(versions.c.version_id)),
    Column("live_verdict", String(32), ForeignKey(verdicts.c.verdict_id)),
    Column("deleted_run", String(64), ForeignKey(runs.c.run_id)),
    Column("version_order", BigInteger),
    Column("ref", Json),
    Index(None, "source", "doc_id"),
    Index(None, "live_version", unique=True),
)

generations = Table(
    "generations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    digest("digest"),
    Column("manifest", Text, nullable=False),
    digest("manifest_digest"),
    Column("parent", Integer, ForeignKey("generations.number")),
    Column("run_id", String(64), ForeignKey(runs.c.run_id), nullable=False),
    time("created_at"),
    Column("documents", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    digest("model_digest"),
    digest("policy_digest"),
    Column("rolled_back_to", Integer),
)

current_generation = Table(
    "current_generation",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single_row"), primary_key=True, autoincrement=False),
    Column("number", Integer, ForeignKey(generations.c.number), nullable=False),
)

revocations = Table(
    "revocations",
    metadata,
    Column("revocation_id", String(16), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("revoked_by", Text, nullable=False),
    time("revoked_at"),
    Column("reason", Text, nullable=False),
    Column("lifted_by", Text),
    time("lifted_at", nullable=True),
    Column("lift_reason", Text),
    Index(None, "kind", "subject"),
)

review_items = Table(
    "review_items",
    metadata,
    Column("item_id", String(16), primary_key=True),
    Column("doc_id", Text, ForeignKey(documents.c.doc_id), nullable=False),
    Column("version_id", String(32), ForeignKey(versions.c.version_id), nullable=False),
    digest("binding"),
    Column("kind", String(16), nullable=False),
    Column("rule_ids", Json, nullable=False),
    Column("reasons", Json, nullable=False),
    Column("impact", Json),
    Column("submitter", Text, nullable=False),
    Column("required_approvals", Integer, nullable=False),
    Column("run_id", String(64), ForeignKey(runs.c.run_id), nullable=False),
    Column("state", String(16), nullable=False),
    time("opened_at"),
    Column("closed_at", UtcDateTime()),
    Column("source", String(63), nullable=False, server_default=""),
    Column("classification", String(16), nullable=False, server_default="restricted"),
    Column("served_classification", String(16)),
    Column("impact_score", Integer, nullable=False, server_default="0"),
    Index(None, "doc_id"),
    Index(None, "source"),
)
_PENDING = review_items.c.closed_at.is_(None)
_BY_AGE = (review_items.c.opened_at, review_items.c.item_id)
Index("ix_review_items_by_impact", review_items.c.impact_score.desc(), *_BY_AGE, sqlite_where=_PENDING)
Index("ix_review_items_by_age", *_BY_AGE, sqlite_where=_PENDING)

review_decisions = Table(
    "review_decisions",
    metadata,
    Column("item_id", String(16), ForeignKey(review_items.c.item_id), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("decision", String(16), nullable=False),
    Column("redaction", String(64), nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    time("at"),
    time("expires_at"),
)

waivers = Table(
    "waivers",
    metadata,
    Column("waiver_id", String(16), primary_key=True),
    Column("source", String(63), ForeignKey(sources.c.name), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    time("asked_at"),
    time("expires_at"),
    Column("approved_by", Text),
    time("approved_at", nullable=True),
    Column("ended_by", Text),
    time("ended_at", nullable=True),
    Column("end_reason", Text),
    Index(None, "source"),
)

waived_findings = Table(
    "waived_findings",
    metadata,
    Column("waiver_id", String(16), ForeignKey(waivers.c.waiver_id), primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("detector", Text, primary_key=True),
    Column("fingerprint", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("entity", Text, nullable=False),
    Index(None, "fingerprint"),
)

verdict_waivers = Table(
    "verdict_waivers",
    metadata,
    Column("verdict_id", String(32), ForeignKey(verdicts.c.verdict_id), primary_key=True),
    Column("waiver_id", String(16), ForeignKey(waivers.c.waiver_id), primary_key=True),
    Index(None, "waiver_id"),
)

run_locks = Table(
    "run_locks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("host", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_start", BigInteger),
    time("acquired_at"),
    time("heartbeat_at"),
    time("expires_at"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),
    digest("prev_hash"),
    digest("hash"),
    Index(None, "subject"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single_row"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    digest("hash"),
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    digest("hash"),
    time("at"),
    Column("envelope", Json, nullable=False),
)
"""Checkpoints of the older format, over the chain of hashes. They are read and no longer written."""

audit_tree = Table(
    "audit_tree",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single_row"), primary_key=True, autoincrement=False),
    Column("origin", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", Json, nullable=False),
)

audit_notes = Table(
    "audit_notes",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", String(64), nullable=False),
    time("at"),
    Column("note", Text, nullable=False),
)
