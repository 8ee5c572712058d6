"""Versions that rollbacks removed, pinned and pruned generations, and takedowns that a generation has applied.

Invariant: a pruned generation keeps its record for ever; only its files are gone.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from pipeline.stores.tables.columns import digest, metadata, time

rolled_back_versions = Table(
    "rolled_back_versions",
    metadata,
    Column("version_id", String(32), ForeignKey("versions.version_id"), primary_key=True),
    Column("rollback", Integer, ForeignKey("generations.number"), primary_key=True),
    Column("doc_id", Text, ForeignKey("documents.doc_id"), nullable=False),
    # None where the document came back with the same content under another rule: then only the version is held.
    digest("content_digest", nullable=True),
    Column("from_generation", Integer, ForeignKey("generations.number"), nullable=False),
    Column("to_generation", Integer, ForeignKey("generations.number"), nullable=False),
    # The run that served it again, by approval.
    Column("settled_run", String(64), ForeignKey("runs.run_id")),
    Index(None, "doc_id"),
)

pinned_generations = Table(
    "pinned_generations",
    metadata,
    Column("number", Integer, ForeignKey("generations.number"), primary_key=True, autoincrement=False),
    Column("pinned_by", Text, nullable=False),
    time("pinned_at"),
    Column("reason", Text, nullable=False),
)

judged_again = Table(
    "judged_again",
    metadata,
    # What the next run judges anew although neither it nor any rule changed; a run that decided it removes the row.
    Column("doc_id", Text, ForeignKey("documents.doc_id"), primary_key=True),
    Column("reason", String(32), nullable=False),
)

pruned_generations = Table(
    "pruned_generations",
    metadata,
    Column("number", Integer, ForeignKey("generations.number"), primary_key=True, autoincrement=False),
    time("pruned_at"),
    Column("reason", String(32), nullable=False),
)

applied_takedowns = Table(
    "applied_takedowns",
    metadata,
    # Records in force when the documents of the generation below were last compared with the ledger.
    Column("rule", String(16), primary_key=True),
    Column("key", Text, primary_key=True),
)

applied_generation = Table(
    "applied_generation",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single_row"), primary_key=True, autoincrement=False),
    Column("number", Integer, ForeignKey("generations.number"), nullable=False),
)

unchecked_documents = Table(
    "unchecked_documents",
    metadata,
    # Documents that the generation above brought in although something in force kept them out.
    Column("doc_id", Text, primary_key=True),
)
