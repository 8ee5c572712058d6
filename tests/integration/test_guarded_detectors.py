"""The real detectors in their child processes pass their own canaries, whatever the seed."""

from pathlib import Path
from random import Random

import pytest

from pipeline.detectors import canaries
from pipeline.detectors.suite import DETECTORS, detector
from pipeline.domain.findings.findings import FindingKind
from pipeline.settings.application import DetectorSettings

CONFIGS = Path(__file__).parents[2] / "configs"
KEY = b"k" * 32


@pytest.mark.parametrize("name", DETECTORS)
def test_canaries(name: str, tmp_path: Path) -> None:
    (tmp_path / "configs").symlink_to(CONFIGS)
    guarded = detector(name, DetectorSettings(), tmp_path)
    try:
        guarded.prove()
        for seed in range(10):
            for canary in (one for kind in guarded.kinds for one in canaries.planted(kind, Random(seed))):
                findings = [one.kind for one in guarded.scan(canary.document, KEY)]
                assert set(findings) <= set(guarded.kinds), (seed, canary.file_type)
                assert (canary.kind in findings) == bool(canary.places or canary.hidden), (seed, canary.file_type)
    finally:
        guarded.close()


def test_every_family_of_findings_has_canaries() -> None:
    for kind in set(FindingKind) - {FindingKind.SCAN_FAILED}:
        assert len(list(canaries.planted(kind, Random(0)))) >= 4
