"""Fixtures of the index tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from tests.support.index_samples import World
from tests.support.pgvector_samples import PgvectorWorld

Worlds = Callable[[Path], World]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty index with keys."""
    return World(tmp_path)


@pytest.fixture(scope="module", params=["faiss", "pgvector"])
def worlds(
    request: pytest.FixtureRequest, vector_databases: Callable[[], AbstractContextManager[str]]
) -> Iterator[Worlds]:
    """Makes empty worlds, served from files by FAISS or from Postgres by pgvector."""
    with ExitStack() as stack:
        if request.param == "faiss":
            yield World
        else:
            yield lambda root: PgvectorWorld(root, url=stack.enter_context(vector_databases()))


@pytest.fixture
def served_world(worlds: Worlds, tmp_path: Path) -> World:
    """An empty world of either kind."""
    return worlds(tmp_path)
