"""A process that opens many homes keeps the models and detectors of a few of them, and no child of the others."""

import gc
import os
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.detectors import suite
from pipeline.workspace import Workspace
from tests.support.shared_detectors import apart
from tests.support.trial import tree

HOMES = 4


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[list[Workspace]]:
    made = [Workspace(tmp_path / f"home-{number}") for number in range(HOMES)]
    for workspace in made:
        workspace.create()
    with apart():
        yield made
    for workspace in made:
        workspace.database.dispose()


def test_detectors_of_earlier_homes_end_with_their_children(homes: list[Workspace]) -> None:
    suite._detector.cache_clear()
    gc.collect()
    before = set(tree(os.getpid()))
    for workspace in homes:
        suite.begin(workspace.home.settings.detectors, workspace.home.folder)
    kept = suite._detector.cache_info()
    gc.collect()
    left = set(tree(os.getpid())) - before
    suite._detector.cache_clear()
    gc.collect()
    assert kept.maxsize == 2 * len(suite.DETECTORS)
    assert len(left) == kept.maxsize
    assert set(tree(os.getpid())) <= before


def test_models_of_earlier_homes_are_let_go(homes: list[Workspace]) -> None:
    held = []
    for workspace in homes:
        embedder = workspace.embedder
        embedder.embed(["The lamp is serviced in May."])
        held.append(weakref.ref(embedder))
    del embedder
    gc.collect()
    assert [one() is not None for one in held] == [False, False, True, True]
