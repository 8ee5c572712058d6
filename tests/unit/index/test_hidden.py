"""Law 2: what is hidden changes no answer, no error, and not how many rows are scored. Counted, not timed."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from pipeline.domain.errors import CorpusgateError
from pipeline.domain.identity.permissions import Principal
from pipeline.index.compaction import build_compacted
from pipeline.index.generations import Generation
from pipeline.index.search.searcher import Searcher
from pipeline.index.search.view import OpenGeneration
from pipeline.index.signing import Signer, Verifier
from pipeline.index.vectors import approximate, exact
from pipeline.settings.application import IndexSettings
from tests.support.index_samples import ANN, BOARD, EVERYONE, NOON, Doc, World, person

BOB, DORA = person("bob"), person("dora", "board", clearance="restricted")
LISTS = IndexSettings(approximate_from=200)


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the number of rows of each scoring of vectors."""
    counts: list[int] = []
    some, of_range = exact.inner_products, exact.inner_products_of_range

    def counted(vectors: np.ndarray, rows: np.ndarray, question: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        counts.append(len(rows))
        return some(vectors, rows, question)

    def counted_range(vectors: np.ndarray, start: int, stop: int, question: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        counts.append(stop - start)
        return of_range(vectors, start, stop, question)

    monkeypatch.setattr(exact, "inner_products", counted)
    monkeypatch.setattr(exact, "inner_products_of_range", counted_range)
    monkeypatch.setattr(approximate, "inner_products", counted)
    return counts


def said(world: World, question: str, principal: Principal, k: int) -> object:
    try:
        hits = world.searcher().search(question, principal, k)
    except CorpusgateError as error:
        return type(error), str(error)
    return [(h.score, h.chunk_id, h.doc_id, h.version_id, h.classification, h.start, h.end, h.text) for h in hits]


@pytest.mark.parametrize(("question", "k"), [("note 3", 5), ("note 3", 1000), ("", 5), ("note 3", 0)])
@pytest.mark.parametrize("visible", [0, 12])
def test_law_02_answers_errors_and_scored_rows_are_those_of_a_corpus_without_hidden_documents(
    tmp_path: Path, scored: list[int], question: str, k: int, visible: int
) -> None:
    open_docs = [Doc(f"{n}.md", (f"note {n}", f"more {n}")) for n in range(visible)]
    seen = []
    for name, hidden in (("with", 60), ("without", 0)):
        world = World(tmp_path / name)
        # The document that somebody else may read keeps the other corpus from being empty: both have a generation.
        world.publish([Doc("ann.md", ("note 3",), ANN)])
        world.publish([*open_docs, *(Doc(f"x{n}.md", (f"note {n}",), BOARD) for n in range(hidden))])
        scored.clear()
        seen.append((said(world, question, BOB, k), sum(scored)))
    assert seen[0] == seen[1]


def test_law_02_who_may_read_nothing_makes_nothing_scored_and_the_ledger_is_not_asked(
    world: World, scored: list[int]
) -> None:
    world.publish([Doc(f"{n}.md", (f"note {n}",), BOARD) for n in range(30)])

    def asked(_: object) -> set[str]:
        raise AssertionError

    assert world.searcher(asked).search("note 3", BOB) == []
    assert scored == []


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Enough rows for inverted lists: 600 of everyone, 600 of the board."""
    world = World(tmp_path_factory.mktemp("large"))
    for rule, name in ((EVERYONE, "open"), (BOARD, "board")):
        world.publish([Doc(f"{name}-{n}.md", (f"{name} {n}", f"copy {n}", "the same"), rule) for n in range(200)])
    result = build_compacted(
        world.opened(),
        live_versions=world.live,
        run_id="compaction",
        at=NOON + timedelta(hours=1),
        signer=Signer.load(world.keys),
        settings=LISTS,
    )
    assert result is not None
    world.current = result.record
    return world


def searcher(world: World, settings: IndexSettings) -> Searcher:
    return Searcher(
        world.index, lambda: world.current, world.live, lambda _: world.embedder, Verifier.load(world.keys), settings
    )


def test_law_02_inverted_lists_show_no_more_than_exact_search(large: World) -> None:
    through_lists, one_by_one = searcher(large, LISTS), searcher(large, IndexSettings(approximate_from=None))
    for question in [f"board {n}" for n in range(20)]:
        for who in (BOB, DORA):
            found = [(h.score, h.chunk_id) for h in through_lists.search(question, who)]
            assert found == [(h.score, h.chunk_id) for h in one_by_one.search(question, who)]
        assert all("open" in h.doc_id for h in through_lists.search(question, BOB, 50))


def test_copies_are_ordered_by_chunk_id_however_they_are_searched(large: World) -> None:
    wanted = None
    for settings in (LISTS, IndexSettings(approximate_from=None)):
        hits = searcher(large, settings).search("the same", DORA, 40)
        assert {hit.text for hit in hits} == {"the same"}
        chunk_ids = [hit.chunk_id for hit in hits]
        assert chunk_ids == sorted(chunk_ids)
        wanted = wanted or chunk_ids
        assert chunk_ids == wanted


def test_auditors_see_how_all_rows_rank(large: World) -> None:
    assert large.current is not None
    ranked = searcher(large, LISTS).ranked(large.current, "board 7", 1200)
    assert [row.rank for row in ranked] == list(range(1, 1201))
    assert ranked[0].doc_id == "hand:board-7.md"
    assert ranked[0].access == BOARD
    scores = [(-row.score, row.chunk_id) for row in ranked]
    assert scores == sorted(scores)
    mine = [row.chunk_id for row in ranked if row.access == EVERYONE][:30]
    assert [hit.chunk_id for hit in searcher(large, LISTS).search("board 7", BOB, 30)] == mine


def test_a_view_of_an_earlier_generation_can_be_opened(world: World) -> None:
    first = world.publish([Doc("a.md", ("first",))])
    world.publish([Doc("b.md", ("second",))])
    assert first is not None
    view = OpenGeneration.open(world.index, first, Verifier.load(world.keys), IndexSettings())
    assert [row.doc_id for row in view.ranked(world.embedder.embed(["x"]), 5)] == ["hand:a.md"]
    assert isinstance(view.generation, Generation)
