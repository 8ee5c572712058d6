"""Fixtures of the tests that run real parts together."""

from collections.abc import Iterator

import pytest

from tests.support.shared_detectors import shared


@pytest.fixture(scope="session", autouse=True)
def _shared_detectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with shared(tmp_path_factory.mktemp("detectors") / "home"):
        yield
