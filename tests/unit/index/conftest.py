"""Fixtures of the index tests."""

from pathlib import Path

import pytest
from index_samples import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty index with keys."""
    return World(tmp_path)
