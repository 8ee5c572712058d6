"""Law 5: what looks like personal data and is judged not to be stays on record with the reason."""

import pytest

from pipeline.detectors.pii import PiiDetector
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.findings.findings import Detection, Lowering, Severity

UUID = "5b1f3c2e-8d47-4c1a-9f60-2a7e91d0c4b3"


def scan(detector: PiiDetector, text: str) -> list[Detection]:
    return detector.scan(ExtractedText(text=text, media_type="text/plain", extractor="test"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"job {UUID} finished by 536-22-8714 after 3 s", Lowering.MACHINE),
        (f"job {UUID} went on to +49 30 90182340 after 3 s", Lowering.MACHINE),
        ("see ticket/a-536-22-8714 for the rest", Lowering.PIECE),
        ("the form shows 123-45-6789 in its box", Lowering.SAMPLE),
    ],
)
def test_law_5_a_number_judged_harmless_is_lowered_and_not_dropped(
    detector: PiiDetector, text: str, reason: Lowering
) -> None:
    found = [one for one in scan(detector, text) if one.lowered]
    assert [(one.lowered, one.severity) for one in found] == [(reason, Severity.LOW)]


@pytest.mark.parametrize("text", ["SSN: 536-22-8714", f"{UUID} social security number 536-22-8714"])
def test_a_word_next_to_a_number_outweighs_what_lowers_it(detector: PiiDetector, text: str) -> None:
    assert any(one.entity == "US_SSN" and one.lowered is None for one in scan(detector, text))


def test_a_piece_of_a_word_or_hash_is_not_a_number(detector: PiiDetector) -> None:
    assert scan(detector, "checksum a536-22-8714f0 of the archive") == []
