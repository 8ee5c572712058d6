"""The copy in Postgres: loaded beside what is served, whole or not at all, exactly as signed (laws 6, 7, 10)."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pipeline.domain.documents.documents import ChangeKind
from pipeline.domain.errors import IntegrityError, VectorStoreError
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.pgvector import schema as tables
from pipeline.index.pgvector.searcher import PgvectorSearcher
from tests.support.index_samples import ANN, BOARD, Doc, HashEmbedder, World, person
from tests.support.pgvector_samples import LOADER, READER, PgvectorWorld, as_role, copy_of

TEA = Doc("tea.md", ("Tea is served at four.", "Milk goes in first."))
CATS = Doc("cats.md", ("The office cat is called Ada.",), ANN)
PLANS = Doc("plans.md", ("The board meets in May.",), BOARD)


@pytest.fixture
def world(tmp_path: Path, vector_databases: Callable[[], AbstractContextManager[str]]) -> Iterator[PgvectorWorld]:
    with vector_databases() as url:
        yield PgvectorWorld(tmp_path, url=url)


def candidate(world: PgvectorWorld, *docs: Doc) -> GenerationRecord:
    built = world.build(world.stage(docs, [doc.outcome() for doc in docs]))
    assert built is not None
    return built


def rows(world: PgvectorWorld, statement: str) -> list[tuple[object, ...]]:
    schema = tables.schema_name(world.embedder.digest)
    with psycopg.connect(world.url) as admin:
        return admin.execute(statement.replace("{s}", schema).encode()).fetchall()


def killed_while_loading(world: PgvectorWorld, record: GenerationRecord, step: int) -> bool:
    """Whether a process that loads `record` dies at its statement number `step`; False when it is through by then."""
    child = os.fork()
    if child == 0:
        real, left = psycopg.Connection.execute, [step]

        def counted(*args: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **more)

        try:
            psycopg.Connection.execute = counted  # type: ignore[assignment, method-assign]
            copy_of(world.url).load(world.generation(record))
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL)
    return status != 0


def test_law_06_a_load_killed_at_any_statement_leaves_the_last_generation_serving(world: PgvectorWorld) -> None:
    world.publish([TEA])
    second = candidate(world, CATS)
    step = 1
    while killed_while_loading(world, second, step):
        assert world.found("tea", person("ann")) == {"tea.md"}
        assert not copy_of(world.url).holds(second)
        step += 1
    assert step > 15
    world.current = second
    assert world.found("tea", person("ann")) == {"tea.md", "cats.md"}
    assert copy_of(world.url).differences(world.generation(second)) == []


def test_law_06_a_generation_that_was_loaded_but_never_committed_is_not_served(world: PgvectorWorld) -> None:
    world.publish([TEA])
    lost = candidate(world, CATS)
    copy_of(world.url).load(world.generation(lost))
    assert world.found("tea", person("ann")) == {"tea.md"}
    other = candidate(world, PLANS)
    copy_of(world.url).load(world.generation(other))
    assert world.found("tea", person("ann")) == {"tea.md"}
    world.current = other
    assert copy_of(world.url).differences(world.generation(other)) == []
    assert world.found("tea", person("dora", "board", clearance="restricted")) == {"tea.md", "plans.md"}
    copy_of(world.url).keep_only(other)
    assert rows(world, "SELECT count(*) FROM {s}.chunks WHERE text LIKE '%cat%'::bytea") == [(0,)]


def test_law_07_loading_twice_changes_nothing(world: PgvectorWorld) -> None:
    record = candidate(world, TEA, CATS)
    copy = copy_of(world.url)
    assert copy.load(world.generation(record))
    before = rows(world, "SELECT block, ordinal, xmin::text FROM {s}.chunks ORDER BY 1, 2")
    assert not copy.load(world.generation(record))
    assert rows(world, "SELECT block, ordinal, xmin::text FROM {s}.chunks ORDER BY 1, 2") == before


def test_an_access_change_writes_no_vector(world: PgvectorWorld) -> None:
    world.publish([TEA, CATS])
    before = rows(world, "SELECT block, ordinal, xmin::text, xmax::text FROM {s}.chunks ORDER BY 1, 2")
    narrowed = Doc(TEA.name, TEA.texts, ANN)
    world.publish([], [narrowed.outcome(kind=ChangeKind.ACCESS, reuse=True)])
    assert rows(world, "SELECT block, ordinal, xmin::text, xmax::text FROM {s}.chunks ORDER BY 1, 2") == before
    assert world.found("tea", person("bob")) == set()
    assert world.found("tea", person("ann")) == {"tea.md", "cats.md"}


def test_law_10_what_left_the_index_left_the_database(world: PgvectorWorld) -> None:
    world.publish([TEA, CATS])
    world.publish([], [CATS.deleted()])
    assert rows(world, "SELECT doc_id FROM {s}.placements") == [(TEA.doc_id,)]
    assert rows(world, "SELECT count(*) FROM {s}.chunks") == [(2,)]
    assert rows(world, "SELECT 'user:ann' = ANY (allow) FROM {s}.access") == [(False,)]


def test_another_model_has_tables_of_its_own_and_the_old_ones_go(world: PgvectorWorld) -> None:
    world.publish([TEA])
    world.embedder = HashEmbedder("another")
    world.publish([TEA, CATS])
    assert world.found("tea", person("ann")) == {"tea.md", "cats.md"}
    schemas = rows(world, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'corpusgate%'")
    assert schemas == [(1,)]


def test_text_that_postgres_calls_no_text_comes_back_as_it_was(world: PgvectorWorld) -> None:
    odd = Doc("odd.md", ("before\0after \u2028 \U0001f600 e\u0301",))
    world.publish([odd])
    (hit,) = world.searcher().search("odd", person("bob"))
    assert hit.text == odd.texts[0]


TAMPERING = [
    ("other documents", "UPDATE {s}.placements SET version_id = 'another' WHERE chunks = 2"),
    ("other access rules", "UPDATE {s}.access SET allow = '{group:everyone}' WHERE allow = '{user:ann}'"),
    ("other chunks", "UPDATE {s}.chunks SET text = 'Milk goes in last.' WHERE ordinal = 1"),
    ("other chunks", "UPDATE {s}.chunks SET embedding = (SELECT avg(embedding) FROM {s}.chunks) WHERE ordinal = 1"),
]


@pytest.mark.parametrize(("found", "change"), TAMPERING)
def test_what_somebody_changed_in_the_database_is_found(world: PgvectorWorld, found: str, change: str) -> None:
    world.publish([TEA, CATS])
    assert world.current is not None
    generation, copy = world.generation(world.current), copy_of(world.url)
    assert copy.differences(generation) == []
    with psycopg.connect(as_role(world.url, LOADER), autocommit=True) as loader:
        loader.execute(change.replace("{s}", tables.schema_name(world.embedder.digest)).encode())
    assert copy.differences(generation) == [found]
    if found == "other access rules":
        with pytest.raises(IntegrityError, match="another access rule"):
            world.publish([PLANS])


def test_a_copy_that_is_not_there_is_an_error_and_no_empty_answer(world: PgvectorWorld) -> None:
    world.current = candidate(world, TEA)
    with pytest.raises(VectorStoreError, match="no tables"):
        world.searcher().search("tea", person("ann"))
    copy_of(world.url).load(world.generation(world.current))
    first = world.current
    world.current = candidate(world, CATS)
    with pytest.raises(VectorStoreError, match="does not hold generation 2"):
        world.searcher().search("tea", person("ann"))
    with pytest.raises(IntegrityError, match="it is not there"):
        copy_of(world.url).keep_only(world.current)
    world.current = first
    assert world.found("tea", person("ann")) == {"tea.md"}


def test_a_generation_superseded_between_two_questions_is_asked_for_again(world: PgvectorWorld) -> None:
    old = world.publish([TEA])
    world.publish([CATS])
    given = iter([old])
    searcher = PgvectorSearcher(
        as_role(world.url, READER),
        lambda: next(given, world.current),
        world.live,
        lambda _: world.embedder,
        lambda: pytest.fail("not asked"),
    )
    assert {hit.generation for hit in searcher.search("tea", person("ann"))} == {2}


def test_law_02_a_revocation_shows_at_once_in_every_thread(world: PgvectorWorld) -> None:
    docs = [Doc(f"{n}.md", (f"note {n}",)) for n in range(30)]
    world.publish(docs)
    searcher, failures, stop = world.searcher(), list[object](), threading.Event()

    def ask() -> None:
        while not stop.is_set():
            before = set(world.taken_back)
            try:
                found = {hit.version_id for hit in searcher.search("note", person("bob"), 30)}
            except Exception as error:  # any error is a failure of the test
                failures.append(error)
                return
            if found & before or len(found) < len(docs) - len(world.taken_back):
                failures.append(found & before)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for doc in docs:
        world.taken_back = world.taken_back | {doc.version_id}
        searcher.search("note", person("bob"))
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert searcher.search("note", person("bob")) == []


@pytest.mark.parametrize("k", [1, 5, 60])
def test_law_02_walking_the_graph_finds_what_scoring_every_chunk_finds(
    world: PgvectorWorld, monkeypatch: pytest.MonkeyPatch, k: int
) -> None:
    monkeypatch.setattr(tables, "EXACT_UP_TO", 20)
    rules = [Doc(f"{n}.md", (f"note {n}", f"more {n}"), (ANN, BOARD)[n % 2]) for n in range(120)]
    world.publish(rules)
    assert rows(world, "SELECT count(*) FROM pg_indexes WHERE indexname = 'chunks_neighbours'") == [(1,)]
    expected = [hit.chunk_id for hit in World.searcher(world).search("note 7", person("ann"), k)]
    # On a table this small the planner would rather score everything: leave it no other way than the graph.
    forced = as_role(world.url, READER) + "&options=-c%20enable_seqscan%3Doff%20-c%20enable_sort%3Doff"
    searcher = PgvectorSearcher(
        forced, lambda: world.current, world.live, lambda _: world.embedder, lambda: pytest.fail("not asked")
    )
    assert [hit.chunk_id for hit in searcher.search("note 7", person("ann"), k)] == expected
