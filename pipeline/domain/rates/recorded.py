"""Ingest figures of one run or one window of a stream, as they stand on record."""

from datetime import datetime
from enum import StrEnum

from pipeline.domain.frozen import Frozen
from pipeline.domain.rates.breaches import Breach
from pipeline.domain.rates.ingest_rates import IngestFigures


class Graph(StrEnum):
    """Which graph the windows are of: a run measures itself by runs, a window of a stream by such windows."""

    REFRESH = "refresh"
    STREAM = "stream"


class RecordedWindow(Frozen):
    """One window as it stands on record."""

    graph: Graph
    start: datetime
    seconds: int
    """0: a run, however long it took."""
    run_id: str
    known: int
    figures: IngestFigures
    owners: dict[str, IngestFigures]
    breaches: tuple[Breach, ...]
    normal: bool
