"""Engines that a test may need, and how to get one that is missing."""

import pytest

from pipeline.domain.errors import ConfigError
from pipeline.engines.tools import prism


def needs_prism() -> None:
    """Leave the test out where there is no Prism."""
    try:
        prism()
    except ConfigError as error:
        pytest.skip(f"{error.what} `make tools` builds it, where there is Go.")
