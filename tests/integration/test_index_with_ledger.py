"""The index under a real ledger, on either backend: publish, search, take back, publish again (laws 2, 6, 7, 10)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import ChangeKind, Outcome
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.generations import Generation
from pipeline.index.pgvector.searcher import PgvectorSearcher
from pipeline.index.search.searcher import Searcher
from pipeline.index.signing import Verifier
from pipeline.settings.application import IndexSettings
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.source_registry import SourceRegistry
from tests.support.index_samples import ANN, Doc, World, person
from tests.support.ledger_samples import approved_source, publication
from tests.support.pgvector_samples import READER, as_role, copy_of

TEA = Doc("tea.md", ("Tea is served at four.", "Milk goes in first."))
CATS = Doc("cats.md", ("The office cat is called Ada.",), ANN)


class Served(World):
    """A world whose facts are the ledger's."""

    ledger: Ledger
    vectors = ""
    """Address of the database that serves; empty where the files do."""
    runs = 0

    def live(self, versions: object) -> set[str]:
        return self.ledger.live_versions(versions)  # type: ignore[arg-type]

    def run(self, docs: list[Doc], outcomes: list[Outcome]) -> GenerationRecord | None:
        self.runs += 1
        name = f"run-{self.runs}"
        at = datetime.now(UTC)
        self.ledger.start_run(name, ["hand"], at)
        self.current = self.ledger.current_generation()
        candidate = self.build(self.stage(docs, outcomes, run=name), run=name)
        if candidate and self.vectors:
            copy_of(self.vectors).load(Generation.open(self.index, candidate, Verifier.load(self.keys)))
        described = publication(*outcomes, run_id=name).model_copy(update={"generation": candidate})
        self.ledger.commit_publication(described, {}, at)
        return candidate


@pytest.fixture(params=["faiss", "pgvector"])
def served(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database: Database,
    vector_databases: Callable[[], AbstractContextManager[str]],
) -> Iterator[Served]:
    approved_source(database, "hand")
    world = Served(tmp_path)
    world.ledger = Ledger(database)
    if request.param == "faiss":
        yield world
        return
    with vector_databases() as world.vectors:
        yield world


def search(served: Served, name: str = "ann") -> set[str]:
    asking = served.ledger.current_generation, served.ledger.live_versions

    def files() -> Searcher:
        return Searcher(served.index, *asking, lambda _: served.embedder, Verifier.load(served.keys), IndexSettings())

    reader = as_role(served.vectors, READER)
    searcher = PgvectorSearcher(reader, *asking, lambda _: served.embedder, files) if served.vectors else files()
    return {hit.doc_id for hit in searcher.search("tea", person(name))}


def test_what_the_ledger_makes_current_opens_and_answers(served: Served) -> None:
    record = served.run([TEA, CATS], [TEA.outcome(), CATS.outcome()])
    assert record is not None
    assert served.ledger.current_generation() == record
    Generation.open(served.index, record, Verifier.load(served.keys)).verify()
    assert search(served) == {TEA.doc_id, CATS.doc_id}
    assert search(served, "bob") == {TEA.doc_id}
    assert served.run([], []) is None


def test_law_6_a_generation_the_ledger_never_committed_serves_nothing(served: Served) -> None:
    served.run([TEA], [TEA.outcome()])
    served.current = served.ledger.current_generation()
    lost = served.build(served.stage([CATS], [CATS.outcome()]))
    assert lost is not None
    if served.vectors:
        copy_of(served.vectors).load(Generation.open(served.index, lost, Verifier.load(served.keys)))
    assert search(served) == {TEA.doc_id}


def test_an_access_change_takes_effect_at_the_commit(served: Served) -> None:
    served.run([TEA, CATS], [TEA.outcome(), CATS.outcome()])
    narrowed = Doc(TEA.name, TEA.texts, ANN)
    served.run([], [narrowed.outcome(kind=ChangeKind.ACCESS, reuse=True, chunks=0)])
    assert search(served, "bob") == set()
    assert search(served) == {TEA.doc_id, CATS.doc_id}


def test_a_revoked_source_is_silent_at_once_and_leaves_with_the_next_generation(
    served: Served, database: Database
) -> None:
    served.run([TEA, CATS], [TEA.outcome(), CATS.outcome()])
    SourceRegistry(database).revoke_source("hand", by="user:adam", reason="the owner left")
    assert search(served) == set()
    record = served.run([], [])
    assert record is not None
    assert record.documents == 0
