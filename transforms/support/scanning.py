"""Shared base of the scanning gates: documents queue in a detector's child process while the graph works on others.

Invariants: a scan gate only adds findings. Order and number of documents stay as they were. A detector that fails
adds a `scan_failed` finding (law 3); one that misses a canary stops the run.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.detectors.guarded import GuardedDetector
from pipeline.detectors.suite import begin, detector
from pipeline.domain.documents.documents import Document
from pipeline.domain.findings.findings import FindingKind
from transforms.support.bases import GateFn
from transforms.support.context import RunContext
from transforms.support.measured import measured


@measured
class Scan(GateFn):
    """Run one guarded detector over documents."""

    def __init__(self, name: str, context: RunContext) -> None:
        super().__init__(context)
        self._name = name
        self.gate = f"scan_{name}"
        self._failed = Metrics.counter(self.gate, "scan_failures")

    def setup(self) -> None:
        self._key = self._context.fingerprint_key()
        self._begun = False
        self._detector: GuardedDetector = detector(self._name, self._context.detectors, self._context.home_folder)

    def start_bundle(self) -> None:
        self._waiting: deque[tuple[Document, Any, Any]] = deque()

    def process(
        self,
        document: Document,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[Any]:
        if not self._begun:  # no run without a document to scan starts any
            begin(self._context.detectors, self._context.home_folder)
            self._begun = True
        ticket = self._detector.submit(document.extracted)
        self._waiting.append((document, ticket, (timestamp, window)))
        while len(self._waiting) > self._context.detectors.in_flight:
            yield self._next()

    def finish_bundle(self) -> Iterator[Any]:
        while self._waiting:
            yield self._next()

    def _next(self) -> WindowedValue:
        document, ticket, (timestamp, window) = self._waiting.popleft()
        findings = self._detector.result(ticket, self._key)
        if any(finding.kind is FindingKind.SCAN_FAILED for finding in findings):
            self._failed.inc()
        document = document.noting(findings=(*document.findings, *findings))
        return WindowedValue(document, timestamp, (window,))
