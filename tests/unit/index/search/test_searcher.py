"""Search under permissions: exactness, law 2, consistency while generations change."""

import itertools
import threading
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.documents.documents import ChangeKind
from pipeline.domain.errors import IntegrityError, UsageError
from pipeline.domain.identity.permissions import AccessRule, Principal, permits
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.search.view import OpenGeneration
from pipeline.index.vectors import exact
from pipeline.index.vectors.exact import RowRanges, top
from tests.support.index_samples import ANN, BOARD, EVERYONE, NOON, Doc, HashEmbedder, World, person, rule

RULES = [
    EVERYONE,
    ANN,
    BOARD,
    rule("group:everyone", classification="confidential"),
    rule("group:everyone", deny=["user:bob"]),
    rule("group:everyone", tenant="other"),
    rule("user:bob", "group:board", classification="public"),
    rule(),
]
PEOPLE = [
    person("ann"),
    person("bob", clearance="confidential"),
    person("eve", clearance="public"),
    person("dora", "board", clearance="restricted"),
    person("otto", tenant="other", clearance="restricted"),
]


@pytest.fixture
def world(served_world: World) -> World:
    """Every test here holds for both backends; what looks into one of them asks for `files_world`."""
    return served_world


@pytest.fixture
def files_world(tmp_path: Path) -> World:
    """An empty world served from files."""
    return World(tmp_path)


@pytest.fixture(scope="module")
def library(worlds: Callable[[Path], World], tmp_path_factory: pytest.TempPathFactory) -> tuple[World, list[Doc]]:
    """120 documents under 8 rules, published in three generations, so in three segments."""
    world = worlds(tmp_path_factory.mktemp("library"))
    docs = [
        Doc(f"d{n:03}.md", tuple(f"text {n} part {part}" for part in range(n % 4 + 1)), RULES[n % len(RULES)])
        for n in range(120)
    ]
    for third in range(3):
        world.publish(docs[third::3])
    return world, docs


def reference(world: World, docs: list[Doc], question: str, principal: Principal, k: int) -> list[str]:
    """What must be found: every permitted chunk scored one by one."""
    vector = world.embedder.embed([question])[0]
    scored = [
        (-float(np.dot(vector, world.embedder.embed([chunk.text])[0])), chunk.chunk_id)
        for doc in docs
        if permits(doc.access, principal, NOON)
        for chunk in doc.chunks
    ]
    return [chunk_id for _, chunk_id in sorted(scored)[:k]]


@pytest.mark.parametrize("principal", PEOPLE, ids=lambda p: p.name)
@pytest.mark.parametrize("k", [1, 10, 1000])
def test_law_2_exactly_the_best_permitted_chunks_are_found(
    library: tuple[World, list[Doc]], principal: Principal, k: int
) -> None:
    world, docs = library
    hits = world.searcher().search("what is in part two", principal, k)
    assert [hit.chunk_id for hit in hits] == reference(world, docs, "what is in part two", principal, k)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_hit_says_what_it_is(library: tuple[World, list[Doc]]) -> None:
    world, docs = library
    wanted = docs[1]
    (hit,) = world.searcher().search(wanted.texts[0], person("ann"), 1)
    assert hit.score == pytest.approx(1.0, abs=1e-5)
    assert (hit.doc_id, hit.version_id, hit.text) == (wanted.doc_id, wanted.version_id, wanted.texts[0])
    assert (hit.start, hit.end, hit.classification) == (0, len(wanted.texts[0]), "internal")
    assert world.current is not None
    assert (hit.generation, hit.generation_digest) == (3, world.current.digest)
    assert wanted.texts[0] not in repr(hit)


def test_law_2_a_document_nobody_is_allowed_is_found_by_nobody(world: World) -> None:
    readable = Doc("readable.md", ("Nobody may read this.",))
    world.publish([Doc("nobody.md", ("Nobody may read this.",), rule()), readable])
    found = {hit.doc_id for principal in PEOPLE for hit in world.searcher().search("nobody", principal, 10)}
    assert found == {readable.doc_id}, "the same words under another rule are found, so the search looked"


def test_law_2_what_is_not_live_is_dropped_and_the_rest_moves_up(world: World) -> None:
    docs = [Doc(f"{n}.md", (f"note {n}",)) for n in range(60)]
    world.publish(docs)
    order = [hit.version_id for hit in world.searcher().search("note", person("bob"), 60)]
    world.taken_back = set(order[:40])
    found = [hit.version_id for hit in world.searcher().search("note", person("bob"), 10)]
    assert found == order[40:50]


def test_law_2_the_ledger_is_asked_only_about_permitted_versions(world: World) -> None:
    world.publish([Doc("open.md", ("open",)), Doc("hidden.md", ("hidden",), BOARD)])
    asked: set[str] = set()

    def live(versions: Collection[str]) -> set[str]:
        asked.update(versions)
        return set(versions)

    world.searcher(live).search("hidden", person("bob"))
    assert asked == {Doc("open.md", ("open",)).version_id}


def test_law_2_hidden_documents_change_nothing_a_principal_sees(
    world: World, worlds: Callable[[Path], World], tmp_path: Path
) -> None:
    visible = [Doc(f"{n}.md", (f"note {n}", f"more {n}")) for n in range(12)]
    hidden = [Doc(f"x{n}.md", (f"note {n}",), BOARD) for n in range(30)]
    other = worlds(tmp_path / "without")
    world.publish(visible + hidden)
    other.publish(visible)
    seen = [[(h.chunk_id, h.score) for h in w.searcher().search("note 3", person("bob"))] for w in (world, other)]
    assert seen[0] == seen[1]


def test_each_rule_is_evaluated_once_per_principal_and_generation(
    files_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = files_world
    world.publish([Doc(f"{n}.md", (f"note {n}",), RULES[n % 3]) for n in range(30)])
    calls: list[AccessRule] = []
    monkeypatch.setattr("pipeline.index.search.view.permits", lambda r, p, at: calls.append(r) or permits(r, p, at))
    searcher = world.searcher()
    for _ in range(5):
        searcher.search("note", person("ann"))
    assert len(calls) == 3


def test_law_02_access_that_ended_is_refused_by_a_searcher_that_ran_before(
    files_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = files_world
    world.publish(
        [Doc("kept.md", ("note one",)), Doc("ending.md", ("note two",), EVERYONE.model_copy(update={"until": NOON}))]
    )
    searcher, asked = world.searcher(), person("ann")
    for moment, expected in (
        (NOON - timedelta(seconds=1), {"hand:kept.md", "hand:ending.md"}),
        (NOON, {"hand:kept.md"}),
        (NOON + timedelta(days=1), {"hand:kept.md"}),
    ):
        monkeypatch.setattr("pipeline.index.search.view.now", lambda moment=moment: moment)
        assert {hit.doc_id for hit in searcher.search("note", asked)} == expected


def test_no_generation_finds_nothing(world: World) -> None:
    assert world.searcher().search("anything", person("ann")) == []
    assert world.searcher().trace("0" * 32) is None


@pytest.mark.parametrize(("question", "k"), [("", 5), ("  \n", 5), ("tea", 0)])
def test_a_senseless_request_is_refused(world: World, question: str, k: int) -> None:
    with pytest.raises(UsageError):
        world.searcher().search(question, person("ann"), k)


def test_another_model_is_refused(world: World) -> None:
    world.publish([Doc("a.md", ("a",))])
    world.embedder = HashEmbedder("another")
    with pytest.raises(IntegrityError, match="another embedding model"):
        world.searcher().search("a", person("ann"))


def test_an_older_generation_presented_as_current_is_refused(world: World) -> None:
    first = world.publish([Doc("a.md", ("a",))])
    searcher = world.searcher()
    world.publish([Doc("b.md", ("b",))])
    assert len(searcher.search("a", person("ann"))) == 2
    world.current = first
    with pytest.raises(IntegrityError, match="after generation 2"):
        searcher.search("a", person("ann"))


@pytest.mark.parametrize("server_opens", [False, True])
def test_a_search_overtaken_by_a_publication_is_answered(
    world: World, server_opens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the ledger's answer and the look at what was served before, others may serve a newer generation."""
    searcher, asked = world.searcher(), person("ann")
    world.publish([Doc("a.md", ("a",))])
    searcher.prepare()
    assert len(searcher.search("a", asked)) == 1
    if server_opens:
        searcher.opened_by(lambda: None)
    answer = searcher._current

    def overtaken() -> GenerationRecord | None:
        record = answer()
        monkeypatch.setattr(searcher, "_current", answer)
        world.publish([Doc("b.md", ("b",))])
        searcher.prepare()
        assert len(searcher.search("a", asked)) == 2
        return record

    monkeypatch.setattr(searcher, "_current", overtaken)
    assert {hit.doc_id for hit in searcher.search("a", asked)} >= {"hand:a.md"}
    assert len(searcher.search("a", asked)) == 2


def test_a_search_opens_no_generation_that_a_server_opens(files_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world, opened, woken = files_world, list[int](), list[None]()
    open_ = OpenGeneration.open

    def counted(root: Path, record: GenerationRecord, **more: Any) -> OpenGeneration:
        opened.append(record.number)
        return open_(root, record, **more)

    monkeypatch.setattr(OpenGeneration, "open", counted)
    searcher, asked = world.searcher(), person("ann")
    searcher.opened_by(lambda: woken.append(None))
    assert not searcher.waits
    world.publish([Doc("a.md", ("a",))])
    assert searcher.waits
    searcher.prepare()
    assert (opened, searcher.waits) == ([1], False)
    world.publish([Doc("b.md", ("b",))])
    assert {hit.doc_id for hit in searcher.search("a", asked)} == {"hand:a.md"}
    assert (opened, len(woken), searcher.waits) == ([1], 1, False)
    searcher.prepare()
    assert {hit.doc_id for hit in searcher.search("a", asked)} == {"hand:a.md", "hand:b.md"}
    assert (opened, len(woken)) == ([1, 2], 1)
    searcher.opened_by(None)
    world.publish([Doc("c.md", ("c",))])
    assert len(searcher.search("a", asked)) == 3


def test_a_generation_that_a_server_could_not_open_is_refused_until_it_can(files_world: World) -> None:
    world, asked = files_world, person("ann")
    searcher = world.searcher()
    searcher.opened_by(lambda: None)
    world.publish([Doc("a.md", ("a",))])
    searcher.prepare()
    world.publish([Doc("b.md", ("b",))])
    assert world.current is not None
    manifest = world.index / world.current.manifest
    kept = manifest.read_bytes()
    manifest.chmod(0o600)
    manifest.write_bytes(kept.replace(b"payload", b"pay1oad"))
    for attempt in (searcher.prepare, partial(searcher.search, "a", asked), partial(searcher.search, "a", asked)):
        with pytest.raises(IntegrityError, match="manifest"):
            attempt()
    manifest.write_bytes(kept)
    searcher.prepare()
    assert len(searcher.search("a", asked)) == 2


def test_a_trace_leads_from_a_chunk_to_its_generation(library: tuple[World, list[Doc]]) -> None:
    world, docs = library
    doc = docs[7]
    chunk = doc.chunks[2]
    trace = world.searcher().trace(chunk.chunk_id)
    assert trace is not None
    assert (trace.doc_id, trace.version_id, trace.ordinal) == (doc.doc_id, doc.version_id, 2)
    assert (trace.content_digest, trace.text_digest) == (doc.content_digest, chunk.text_digest)
    assert (trace.access, trace.generation) == (doc.access, world.current)
    assert chunk.text not in repr(trace)
    assert world.searcher().trace("0" * 32) is None


def test_a_superseded_chunk_has_no_trace(world: World) -> None:
    old = Doc("a.md", ("old",))
    new = Doc("a.md", ("new",))
    world.publish([old, Doc("b.md", ("b",))])
    world.publish([new])
    assert world.searcher().trace(old.chunks[0].chunk_id) is None
    assert world.searcher().trace(new.chunks[0].chunk_id) is not None


def test_searches_while_generations_change_never_mix_them(world: World) -> None:
    """Each generation replaces all documents; a mixed view would show texts of two."""
    names = [f"{n}.md" for n in range(8)]

    def generation(number: int) -> list[Doc]:
        return [Doc(name, (f"{name} in state {number}",)) for name in names]

    world.publish(generation(0))
    searcher, stop = world.searcher(set), threading.Event()
    failures: list[object] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                hits = searcher.search("state", person("ann"), 20)
            except Exception as error:  # any error is a failure of the test
                failures.append(error)
                return
            states = {(hit.text.rpartition(" ")[2], hit.generation) for hit in hits}
            if len(hits) != len(names) or len(states) != 1:
                failures.append(states)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(1, 8):
        docs = generation(number)
        world.publish(docs, [doc.outcome(kind=ChangeKind.MODIFIED) for doc in docs])
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


@settings(max_examples=60, deadline=None)
@given(data=st.data(), k=st.integers(1, 20))
def test_ranges_find_what_scoring_every_row_finds(data: st.DataObject, k: int) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, 300), min_size=2, max_size=24)))
    pairs = [(a, b) for a, b in itertools.pairwise(cuts) if data.draw(st.booleans())]
    starts, stops = np.array(pairs, np.int64).reshape(-1, 2).T
    vectors = np.random.default_rng(7).normal(size=(300, 16)).astype(np.float32)
    question = np.random.default_rng(8).normal(size=(1, 16)).astype(np.float32)
    rows = np.concatenate([np.empty(0, np.int64), *(np.arange(a, b) for a, b in pairs)])
    expected = rows[np.argsort(-(vectors[rows] @ question[0]), kind="stable")][:k]
    for long_range in (1, 8, 10_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exact, "_LONG_RANGE", long_range)
            scores, found = top(vectors, RowRanges.of(starts, stops), question, k)
        assert found.tolist() == expected.tolist()
        assert np.allclose(scores, (vectors[found] @ question[0]), atol=1e-5)
