"""How much of what documents hide is reported, by kind and technique, and that ordinary documents report nothing."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from pipeline.detectors.hidden_text import HiddenTextDetector
from pipeline.domain.findings.findings import Severity
from pipeline.extraction.extractor import Extractor
from tests.support.hidden_documents import HiddenDocument, documents, ordinary
from tests.support.programs import ROOT

pytestmark = pytest.mark.slow

LEAST_RECALL = 0.95
ORDINARY = 200


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as one:
        yield one


@pytest.fixture(scope="module")
def detector() -> HiddenTextDetector:
    return HiddenTextDetector(Path(ROOT) / "configs" / "detectors")


def is_reported(document: HiddenDocument, extractor: Extractor, detector: HiddenTextDetector) -> bool:
    """Whether a hidden run holds the hidden passage, or, in plain text, a finding of the detector."""
    extracted = extractor.extract(document.data, document.name)
    assert extracted.failure is None, (document.name, document.technique)
    reported = " ".join(" ".join(run.text.split()) for run in extracted.hidden)
    assert document.seen not in reported, (document.name, document.technique)
    return document.hidden in reported or (document.name == "a.md" and bool(detector.scan(extracted)))


def test_every_technique_of_every_kind_is_reported(extractor: Extractor, detector: HiddenTextDetector) -> None:
    found: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for document in documents(Random(23)):
        found[document.name, document.technique].append(is_reported(document, extractor, detector))
    assert sum(len(results) for results in found.values()) > 1000
    missed = {key: sum(results) / len(results) for key, results in found.items() if not all(results)}
    assert not {key: recall for key, recall in missed.items() if recall < LEAST_RECALL}


def test_ordinary_documents_report_nothing(extractor: Extractor, detector: HiddenTextDetector) -> None:
    alarms = [
        (document.name, found.reason)
        for document in ordinary(Random(29), ORDINARY)
        for found in detector.scan(extractor.extract(document.data, document.name))
        if found.severity is not Severity.LOW
    ]
    assert alarms == []
