"""One detector for the whole session: compiling kingfisher's rules takes seconds."""

import pytest

from pipeline.detectors.secrets import SecretDetector
from tests.support.detectors import secret_detector


@pytest.fixture(scope="session")
def secrets() -> SecretDetector:
    return secret_detector()
