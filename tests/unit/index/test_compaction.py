"""Merging segments: the same answers and digest from fewer files, crash by crash (laws 2, 6, 7, 10)."""

import errno
import os
import signal
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import ChangeKind
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.compaction import Compacted, build_compacted
from pipeline.index.generations import Generation
from pipeline.index.search.hits import Hit
from pipeline.index.signing import Signer, Verifier
from pipeline.settings.application import IndexSettings
from tests.support.faults import die_in_call, run_elsewhere, until_the_disk_suffices
from tests.support.index_samples import ANN, BOARD, EVERYONE, NOON, Doc, World, person

RULES = [EVERYONE, ANN, BOARD]
PEOPLE = [person("ann"), person("bob"), person("dora", "board", clearance="restricted")]


def compact_and_die(root: str, current: str, call: str, step: str) -> None:
    owner, name = {"os": os, "Path": Path}[call.partition(".")[0]], call.partition(".")[2]
    die_in_call(owner, name, int(step))
    compacted(World.reopened(root, current))


def docs_of(part: int) -> list[Doc]:
    return [Doc(f"{part}-{n}.md", (f"text {part} {n}", f"more {part} {n}"), RULES[n % 3]) for n in range(6)]


def compacted(world: World, rewrite: tuple[str, ...] = (), **settings: object) -> Compacted | None:
    return build_compacted(
        world.opened(),
        live_versions=world.live,
        run_id="compaction",
        at=NOON + timedelta(hours=1),
        signer=Signer.load(world.keys),
        settings=IndexSettings.model_validate(settings),
        rewrite=rewrite,
    )


def answers(world: World) -> list[list[Hit]]:
    return [world.searcher().search("text about something", who, 50) for who in PEOPLE]


def told(found: list[list[Hit]]) -> list[list[tuple[object, ...]]]:
    return [[(h.score, h.chunk_id, h.doc_id, h.version_id, h.start, h.end, h.text) for h in hits] for hits in found]


@pytest.fixture
def layered(world: World) -> World:
    """Five segments; the documents of the first were superseded but for one, and one access rule was changed."""
    for part in range(4):
        world.publish(docs_of(part))
    changed = [Doc(doc.name, (f"{doc.texts[0]} anew",), doc.access) for doc in docs_of(0)[1:]]
    world.publish(changed, [doc.outcome(kind=ChangeKind.MODIFIED) for doc in changed])
    narrowed = Doc("1-0.md", docs_of(1)[0].texts, ANN)
    world.publish([], [narrowed.outcome(kind=ChangeKind.ACCESS, reuse=True, chunks=0)])
    return world


def test_fewer_segments_give_the_same_answers_and_digest(layered: World) -> None:
    before, digest, served = told(answers(layered)), layered.current, list(layered.opened().documents())
    result = compacted(layered)
    assert result is not None
    assert digest is not None
    assert (result.record.digest, result.record.number, result.record.parent) == (digest.digest, 7, 6)
    assert (len(result.merged), len(result.written), result.dropped_rows) == (5, 1, 10)
    layered.current = result.record
    generation = layered.opened()
    generation.verify()
    assert [p.document for p in generation.documents()] == [p.document for p in served]
    assert told(answers(layered)) == before
    (segment,) = generation.segments().values()
    assert len(segment) == result.record.chunks
    keys = list(zip(*(segment.rows[c].to_pylist() for c in ("access_id", "doc_id", "ordinal")), strict=True))
    assert keys == sorted(keys)


def test_rows_stand_under_the_access_rule_they_have_now(layered: World) -> None:
    result = compacted(layered)
    assert result is not None
    layered.current = result.record
    (segment,) = layered.opened().segments().values()
    rules = dict(zip(segment.rows["doc_id"].to_pylist(), segment.rows["access_id"].to_pylist(), strict=True))
    assert rules["hand:1-0.md"] == ANN.access_id


def segments_in_use(index_root: Path, records: Iterable[GenerationRecord], verifier: Verifier) -> set[str]:
    """Digests of the segments that these generations name."""
    return {name for record in records for name in Generation.open(index_root, record, verifier).statement.segments}


def test_generations_before_keep_their_segments(layered: World) -> None:
    old = layered.opened()
    result = compacted(layered)
    assert result is not None
    old.verify()
    verifier = Verifier.load(layered.keys)
    assert segments_in_use(layered.index, [old.record], verifier) == set(result.merged)
    assert segments_in_use(layered.index, [result.record], verifier) == set(result.written)
    both = segments_in_use(layered.index, [old.record, result.record], verifier)
    assert both == {path.name for path in (layered.index / "segments").iterdir()}


def test_nothing_to_gain_writes_nothing(world: World) -> None:
    world.publish(docs_of(0))
    before = sorted(world.index.rglob("*"))
    assert compacted(world) is None
    assert sorted(world.index.rglob("*")) == before


def test_large_segments_are_left_and_none_becomes_larger_than_allowed(world: World) -> None:
    for part in range(5):
        world.publish(docs_of(part))  # twelve rows each
    result = compacted(world, segment_rows=24)
    assert result is not None
    world.current = result.record
    sizes = sorted(len(segment) for segment in world.opened().segments().values())
    assert sizes == [12, 24, 24]
    assert compacted(world, segment_rows=23) is None


def test_a_segment_can_be_written_anew_on_demand(world: World) -> None:
    world.publish(docs_of(0))
    world.publish([docs_of(1)[0]])
    world.publish([], [docs_of(0)[0].deleted()])
    (name, *_) = (name for name, segment in world.opened().segments().items() if len(segment) == 12)
    assert compacted(world, segment_rows=3, unused_share=0.5) is None
    result = compacted(world, rewrite=(name,), segment_rows=3, unused_share=0.5)
    assert result is not None
    assert result.merged == (name,)
    assert result.dropped_rows == 2


def test_law_10_what_was_taken_back_leaves_for_good(layered: World) -> None:
    gone = docs_of(2)[0]
    layered.taken_back = {gone.version_id}
    result = compacted(layered)
    assert result is not None
    layered.current = result.record
    assert gone.doc_id not in {p.document.doc_id for p in layered.opened().documents()}
    (segment,) = layered.opened().segments().values()
    assert gone.doc_id not in segment.rows["doc_id"].to_pylist()
    layered.taken_back = set()
    assert gone.name not in layered.found("text", PEOPLE[2])


def test_law_07_equal_generations_give_equal_segments(tmp_path: Path) -> None:
    names = []
    for home in ("one", "two"):
        world = World(tmp_path / home)
        for part in range(3):
            world.publish(docs_of(part))
        result = compacted(world, approximate_from=10)
        assert result is not None
        names.append(result.written)
    assert names[0] == names[1]


def test_law_06_a_full_disk_at_any_step_changes_nothing(layered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told(answers(layered))

    def unchanged() -> None:
        assert list(layered.index.rglob(".tmp-*")) == []
        assert told(answers(layered)) == before

    result, failed = until_the_disk_suffices(monkeypatch, lambda: compacted(layered, approximate_from=10), unchanged)
    assert failed > 11  # five files of the segment, its description, three of the generation, the folders around them
    assert result is not None
    layered.current = result.record
    assert told(answers(layered)) == before


@pytest.mark.parametrize(("call", "step"), [("os.fsync", 1), ("os.fsync", 4), ("Path.rename", 1), ("Path.rename", 2)])
def test_law_06_a_kill_at_any_step_changes_nothing(layered: World, call: str, step: int) -> None:
    before, current = told(answers(layered)), layered.current
    assert current is not None
    done = run_elsewhere(
        "tests.unit.index.test_compaction:compact_and_die", layered.root, current.model_dump_json(), call, step
    )
    assert done.returncode == -signal.SIGKILL
    assert told(answers(layered)) == before
    result = compacted(layered)
    assert result is not None
    assert result.record.digest == current.digest
    assert list(layered.index.rglob(".tmp-*")) == []
    layered.current = result.record
    layered.opened().verify()
    assert told(answers(layered)) == before


def test_a_full_disk_while_lists_are_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    from pipeline.index.vectors.kernels import build_lists
    from tests.unit.index.vectors.test_approximate import clustered

    def full(_: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        build_lists(clustered()[:500], 20, "sq8", full)
