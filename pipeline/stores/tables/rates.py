"""Ingest rates of sources, window by window."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from pipeline.stores.tables.columns import Json, UtcDateTime, metadata

ingest_figures = Table(
    "ingest_figures",
    metadata,
    Column("source", String(63), primary_key=True),
    Column("graph", String(16), primary_key=True),
    Column("start", UtcDateTime(), primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("seconds", Integer, nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("known", Integer, nullable=False),
    Column("figures", Json, nullable=False),
    Column("breaches", Json, nullable=False),
    Column("normal", Boolean, nullable=False),
    Index(None, "start"),
)
"""An empty owner is the source as a whole. `run_id` is the last run that added to the row. `normal` says whether later
windows are measured by it: not when it held a breach, nor while its source was narrowed."""
