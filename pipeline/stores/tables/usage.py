"""Use and resemblance of documents, for the impact of a change."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text

from pipeline.stores.tables.columns import metadata

retrievals = Table(
    "retrievals",
    metadata,
    Column("doc_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("answers", Integer, nullable=False),
    Index(None, "day"),
)

sketches = Table(
    "sketches",
    metadata,
    Column("version_id", String(32), ForeignKey("versions.version_id"), primary_key=True),
    Column("sketch", String(344), nullable=False),
)

word_sketches = Table(
    "word_sketches",
    metadata,
    Column("version_id", String(32), ForeignKey("versions.version_id"), primary_key=True),
    Column("words", String(684), nullable=False),
)
"""Of short texts."""

passage_samples = Table(
    "passage_samples",
    metadata,
    Column("version_id", String(32), ForeignKey("versions.version_id"), primary_key=True),
    Column("passages", String(1368), nullable=False),
)
"""Of texts that a newer text can hold a part of."""
