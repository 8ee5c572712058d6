"""A detector of the word `badger`, and its disloyal relatives, for tests of the guard."""

import os
import re
import time
from pathlib import Path

from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.findings.findings import Detection, FindingKind, Severity


class Wordy:
    name = "wordy"
    kinds = (FindingKind.SECRET,)
    digest = "d" * 64

    def __init__(self, folder: Path) -> None:
        assert isinstance(folder, Path)

    def scan(self, document: ExtractedText) -> list[Detection]:
        text = document.text
        if "sleep" in text:
            time.sleep(60)
        if "crash" in text:
            os.abort()
        if "error" in text:
            raise ValueError(text)
        runs = [found("HIDDEN", 0, 0, run.text) for run in document.hidden if "badger" in run.text]
        return [found("ANIMAL", *match.span()) for match in re.finditer("badger", text)] + runs


def found(entity: str, start: int, end: int, value: str | None = None) -> Detection:
    return Detection(FindingKind.SECRET, "wordy.badger", entity, start, end, Severity.HIGH, 0.9, "A badger.", value)


class Blind(Wordy):
    def scan(self, document: ExtractedText) -> list[Detection]:
        return []


class Alarmist(Wordy):
    def scan(self, document: ExtractedText) -> list[Detection]:
        return [found("ANIMAL", 0, 1)]


class Tiring(Wordy):
    """Works for its first ten scans."""

    scans = 0

    def scan(self, document: ExtractedText) -> list[Detection]:
        self.scans += 1
        return super().scan(document) if self.scans <= 10 else []


class Confused(Wordy):
    """Knows the canaries, and points outside any other text."""

    def scan(self, document: ExtractedText) -> list[Detection]:
        return super().scan(document) if len(document.text) < 40 else [found("ANIMAL", 0, 10_000)]


class Relapsing(Wordy):
    """Its second process is blind: the first leaves a mark behind."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.blind = (folder / "mark").exists()
        (folder / "mark").write_text("x")

    def scan(self, document: ExtractedText) -> list[Detection]:
        return [] if self.blind else super().scan(document)
