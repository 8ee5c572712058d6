"""Publishing with a database that serves: loaded before the commit, the rest forgotten after it (laws 6 and 10)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.domain.errors import LedgerError, VectorStoreError
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.pgvector.copy import PgvectorCopy
from pipeline.index.signing import Verifier
from pipeline.publishing.publish import _copied
from pipeline.publishing.run import OpenedGenerations, Publisher
from pipeline.stores.run_lock import HeldLock
from tests.support.index_samples import Doc
from tests.support.pgvector_samples import PgvectorWorld, copy_of

TEA, CATS = Doc("tea.md", ("Tea is served at four.",)), Doc("cats.md", ("The office cat is called Ada.",))


class Publishing:
    """A generation being served, and the one that follows it."""

    def __init__(self, world: PgvectorWorld) -> None:
        self.first = self.built(world, TEA)
        self.copy = copy_of(world.url)
        self.copy.load(world.generation(self.first))
        world.current = self.first
        self.second = self.built(world, CATS)
        verifier = Verifier.load(world.keys)
        workspace: Any = SimpleNamespace(serving_copy=self.copy, index=world.index, verifier=verifier)
        self.publisher = Publisher(workspace, HeldLock("publisher", 1), OpenedGenerations(workspace))

    @staticmethod
    def built(world: PgvectorWorld, doc: Doc) -> GenerationRecord:
        record = world.build(world.stage([doc], [doc.outcome()]))
        assert record is not None
        return record


@pytest.fixture
def publishing(tmp_path: Path, vector_databases: Callable[[], AbstractContextManager[str]]) -> Iterator[Publishing]:
    with vector_databases() as url:
        yield Publishing(PgvectorWorld(tmp_path, url=url))


def test_law_06_at_the_commit_both_generations_are_there_and_after_it_one(publishing: Publishing) -> None:
    with _copied(publishing.publisher, publishing.second, Purpose.REFRESH):
        assert publishing.copy.holds(publishing.first)
        assert publishing.copy.holds(publishing.second)
    assert not publishing.copy.holds(publishing.first)
    assert publishing.copy.holds(publishing.second)


def test_law_06_a_commit_that_fails_leaves_what_was_served(publishing: Publishing) -> None:
    with pytest.raises(LedgerError), _copied(publishing.publisher, publishing.second, Purpose.REFRESH):
        raise LedgerError("The commit failed.")
    assert publishing.copy.holds(publishing.first)


@pytest.mark.parametrize("purpose", Purpose)
def test_law_10_only_an_erasure_insists_on_the_clean_up(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch, purpose: Purpose
) -> None:
    def fails(*_: object) -> None:
        raise VectorStoreError("The database went away.")

    monkeypatch.setattr(PgvectorCopy, "keep_only", fails)
    expected = pytest.raises(VectorStoreError) if purpose is Purpose.ERASURE else nullcontext()
    with expected, _copied(publishing.publisher, publishing.second, purpose):
        pass
    assert publishing.copy.holds(publishing.second)
