"""Runs as the ledger has them."""

from datetime import datetime

from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.publication import RunSummary


class Run(Frozen):
    """One run as the ledger knows it."""

    run_id: str
    sources: tuple[str, ...]
    state: str
    """`started`, `finished`, `failed`, or `held` for a person to look at the answers of its generation."""
    started_at: datetime
    finished_at: datetime | None = None
    reason_code: str | None = None
    summary: RunSummary | None = None
