"""Short strings through every detector: names, titles, tags, and what people type.

Invariant: a detector that does not finish is a finding, as for a text (law 3).
"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.detectors.guarded import GuardedDetector, ScanTicket
from pipeline.detectors.suite import DETECTORS, detector
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.findings.findings import Finding
from pipeline.settings.application import DetectorSettings

_EXTRACTOR = "strings-1"


class StringScanner:
    """The detectors of this process, started with the first string."""

    def __init__(self, settings: DetectorSettings, home: Path, key: bytes) -> None:
        self._settings, self._home, self._key = settings, home, key

    def submit(self, text: str) -> list[tuple[GuardedDetector, ScanTicket]]:
        """Queue a text in every detector; they work on it while the caller does something else."""
        document = ExtractedText(text=text, media_type="text/plain", extractor=_EXTRACTOR)
        guards = [detector(name, self._settings, self._home) for name in DETECTORS]
        return [(guard, guard.submit(document)) for guard in guards]

    def result(self, tickets: Sequence[tuple[GuardedDetector, ScanTicket]]) -> list[Finding]:
        """Every finding in a submitted text."""
        return [finding for guard, ticket in tickets for finding in guard.result(ticket, self._key)]

    def scan(self, text: str) -> list[Finding]:
        """Every finding in a text."""
        return self.result(self.submit(text))
