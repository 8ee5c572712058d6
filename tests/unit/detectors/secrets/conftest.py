"""One detector for the whole session: compiling kingfisher's rules takes seconds."""

from pathlib import Path

import pytest

from pipeline.detectors.secrets import SecretDetector

CONFIGS = Path(__file__).parents[4] / "configs" / "detectors"


@pytest.fixture(scope="session")
def secrets() -> SecretDetector:
    return SecretDetector(CONFIGS)
