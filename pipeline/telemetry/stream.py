"""Figures of a stream's driver: its windows, its gates as Beam counts them, and the corpus. Offered until it ends.

    metrics = StreamMetrics(workspace)
    with metrics.served():                      # only where metrics.stream_port is set
        ...
        metrics.published(lag=1.8)              # after each window
        metrics.backlog(windows=3)              # whenever it is known
        metrics.sent_again(documents=2)
        metrics.gates(gate_figures(result.metrics()))

Invariant: the driver's thread sets figures and the server's threads read them. A counter never falls until the driver
restarts or, for the gates, their graph does.
"""

import threading
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pipeline.domain.telemetry import metrics as m
from pipeline.domain.telemetry.gate_figures import GateFigures, totals
from pipeline.domain.telemetry.metrics import Sample
from pipeline.telemetry.corpus import CorpusMetrics
from pipeline.telemetry.prometheus import Exposition, MetricsServer, offered
from pipeline.workspace import Workspace


@dataclass(slots=True)
class _Counts:
    windows: int = 0
    again: int = 0
    backlog: int = 0
    lag: float | None = None
    published_at: float | None = None


class StreamMetrics:
    """What one driver says about itself."""

    def __init__(self, workspace: Workspace) -> None:
        self._settings = workspace.home.settings.metrics
        self._counts, self._gates = _Counts(), tuple[GateFigures, ...]()
        self._lock = threading.Lock()
        self.exposition = Exposition(CorpusMetrics(workspace).samples, self.samples, process=True)

    def published(self, lag: float, windows: int = 1) -> None:
        """Windows were published, so many seconds after the oldest ended."""
        with self._lock:
            self._counts.windows += windows
            self._counts.lag, self._counts.published_at = lag, time.time()

    def backlog(self, windows: int) -> None:
        """So many windows are ready and not yet published."""
        with self._lock:
            self._counts.backlog = windows

    def sent_again(self, documents: int) -> None:
        """Documents were sent in again, because the ledger had moved on."""
        with self._lock:
            self._counts.again += documents

    def gates(self, figures: Iterable[GateFigures]) -> None:
        """What Beam has counted since the stream was submitted."""
        with self._lock:
            self._gates = tuple(figures)

    def served(self) -> AbstractContextManager[MetricsServer | None]:
        """Offer the figures while the block runs, where the settings name a port; `UsageError` when it is taken."""
        return offered(self.exposition, self._settings.host, self._settings.stream_port)

    def samples(self) -> list[Sample]:
        """Figures of this moment, without those of the corpus."""
        with self._lock:
            counts, gates = self._counts, self._gates
            found = [
                Sample(m.WINDOWS, counts.windows),
                Sample(m.AGAIN, counts.again),
                Sample(m.BACKLOG, counts.backlog),
            ]
            if counts.lag is not None and counts.published_at is not None:
                found += [Sample(m.LAG, counts.lag), Sample(m.PUBLISHED_AT, counts.published_at)]
        return [*found, *totals(gates)]
