"""Short strings through every detector: names, titles, tags, and what people type.

Invariant: a detector that does not finish is a finding, as for a text (law 3).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.detectors.guarded import GuardedDetector, ScanTicket
from pipeline.detectors.suite import DETECTORS, detector
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.documents.served import WITHHELD
from pipeline.domain.documents.words import is_plain, kept_words
from pipeline.domain.errors import CorpusgateError
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


class TypedWords:
    """What people type, as it may be kept; detectors start only for words that could hold a value."""

    def __init__(self, scanner: Callable[[], StringScanner]) -> None:
        self._scanner = scanner

    def __call__(self, words: str) -> str:
        """The words without values. They are withheld if no detector can read them: an act of a person goes on."""
        if is_plain(words):
            return words
        try:
            return kept_words(words, self._scanner().scan)
        except CorpusgateError:
            return WITHHELD
