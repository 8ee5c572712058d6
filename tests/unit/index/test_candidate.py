"""Building generations: completeness, order, reuse, dropping, and laws 1, 6, 7 and 10."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.documents.holds import DeletionHold
from pipeline.domain.errors import IntegrityError
from pipeline.index.generations import Generation
from pipeline.index.staging import StagingReader, StagingWriter
from tests.support.index_samples import ANN, BOARD, EVERYONE, Doc, HashEmbedder, World, person

TEA = Doc("tea.md", ("Tea is served at four.", "Milk goes in first.", "Biscuits are optional."))
CATS = Doc("cats.md", ("The office cat is called Ada.",), ANN)
PLANS = Doc("plans.md", ("The board meets in May.", "Nobody else may know."), BOARD)


def opened(world: World) -> Generation:
    assert world.current is not None
    return world.opened()


def segment_names(world: World) -> set[str]:
    return {path.name for path in (world.index / "segments").iterdir()}


def test_a_first_generation_counts_what_it_serves(world: World) -> None:
    record = world.publish([TEA, CATS, PLANS])
    assert record is not None
    assert (record.number, record.parent, record.documents, record.chunks) == (1, None, 3, 6)
    generation = opened(world)
    generation.verify()
    assert [p.document.doc_id for p in generation.documents()] == ["hand:cats.md", "hand:plans.md", "hand:tea.md"]
    assert set(generation.access) == {EVERYONE.access_id, ANN.access_id, BOARD.access_id}


def test_rows_of_one_access_rule_stand_together_and_documents_inside_it(world: World) -> None:
    more = [Doc(f"{n}.md", (f"note {n}", f"second {n}"), (EVERYONE, ANN, BOARD)[n % 3]) for n in range(9)]
    world.publish(more)
    (segment,) = opened(world).segments().values()
    keys = list(zip(*(segment.rows[c].to_pylist() for c in ("access_id", "doc_id", "ordinal")), strict=True))
    assert keys == sorted(keys)


@pytest.mark.parametrize("action", [Action.REVIEW, Action.QUARANTINE, Action.REJECT])
def test_law_1_only_what_is_admitted_or_redacted_comes_in(world: World, action: Action) -> None:
    world.publish([TEA, CATS], [TEA.outcome(), CATS.outcome(action)])
    assert [p.document.doc_id for p in opened(world).documents()] == [TEA.doc_id]
    (segment,) = opened(world).segments().values()
    assert set(segment.rows["doc_id"].to_pylist()) == {TEA.doc_id}


def test_law_1_staged_chunks_without_an_outcome_do_not_come_in(world: World) -> None:
    world.publish([TEA, CATS], [TEA.outcome()])
    assert [p.document.doc_id for p in opened(world).documents()] == [TEA.doc_id]


def test_law_1_chunks_of_another_version_or_rule_do_not_come_in(world: World) -> None:
    widened = Doc(CATS.name, CATS.texts, EVERYONE)
    with pytest.raises(IntegrityError, match="0 were staged"):
        world.publish([CATS], [widened.outcome()])


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_lost_chunk_stops_the_publication(world: World, missing: int) -> None:
    chunks = [chunk for chunk in TEA.chunks if chunk.ordinal != missing]
    folder = world.root / "staging" / "lossy"
    writer = StagingWriter(folder)
    vectors = world.embedder.embed([c.text for c in chunks])
    staged = StagingReader(folder, [writer.write_outcomes([TEA.outcome()]), writer.write_chunks(chunks, vectors)])
    with pytest.raises(IntegrityError, match="3 chunks, 2 were staged"):
        world.build(staged)
    assert not (world.index / "generations").exists()


def test_law_7_an_unchanged_state_gives_no_generation(world: World) -> None:
    world.publish([TEA, CATS])
    assert world.publish() is None
    assert world.publish([TEA, CATS]) is None
    assert len(segment_names(world)) == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([TEA, CATS, PLANS]), per_part=st.integers(1, 7), twice=st.booleans())
def test_law_7_order_parts_and_repetition_do_not_matter(
    tmp_path: Path, order: list[Doc], per_part: int, twice: bool
) -> None:
    shutil.rmtree(tmp_path, ignore_errors=True)
    reference, other = World(tmp_path / "a"), World(tmp_path / "b")
    expected = reference.publish([TEA, CATS, PLANS])
    outcomes = [doc.outcome() for doc in order]
    got = other.build(other.stage(order * (2 if twice else 1), outcomes * (2 if twice else 1), per_part), run="another")
    assert expected is not None
    assert got is not None
    assert got.digest == expected.digest
    assert segment_names(other) == segment_names(reference)


def test_law_7_the_digest_knows_no_run_and_no_key(world: World, tmp_path: Path) -> None:
    first = world.publish([TEA])
    second = World(tmp_path / "elsewhere").build(world.stage([TEA], [TEA.outcome()]), run="later")
    assert first is not None
    assert second is not None
    assert first.digest == second.digest
    assert first.manifest_digest != second.manifest_digest


def test_law_6_the_same_run_again_finishes_after_a_crash(world: World) -> None:
    staged = world.stage([TEA, CATS], [TEA.outcome(), CATS.outcome()])
    lost = world.build(staged)  # written, never made current
    (world.index / "segments" / ".tmp-left-behind").mkdir()
    again = world.build(staged)
    assert again == lost
    world.current = again
    assert len(segment_names(world)) == 1
    assert len(list((world.index / "generations").iterdir())) == 1
    assert world.found("tea", person("ann")) == {"tea.md", "cats.md"}


def test_an_access_change_writes_no_vector(world: World) -> None:
    world.publish([TEA, CATS])
    before = segment_names(world)
    narrowed = Doc(TEA.name, TEA.texts, ANN)
    record = world.publish([], [narrowed.outcome(kind=ChangeKind.ACCESS, reuse=True)])
    assert record is not None
    assert segment_names(world) == before
    assert world.found("tea", person("bob")) == set()
    assert world.found("tea", person("ann")) == {"tea.md", "cats.md"}
    opened(world).verify()


def test_reuse_of_another_text_is_refused(world: World) -> None:
    world.publish([TEA])
    edited = Doc(TEA.name, ("Tea is served at five.",))
    with pytest.raises(IntegrityError, match="none for its text"):
        world.publish([], [edited.outcome(reuse=True)])
    with pytest.raises(IntegrityError, match="none for its text"):
        world.publish([], [CATS.outcome(reuse=True)])


def test_a_modified_document_replaces_its_rows(world: World) -> None:
    world.publish([TEA, CATS])
    edited = Doc(TEA.name, ("Tea is served at five.",))
    world.publish([edited], [edited.outcome(kind=ChangeKind.MODIFIED)])
    texts = {hit.text for hit in world.searcher().search("tea", person("bob"))}
    assert texts == {"Tea is served at five."}
    assert world.current is not None
    assert (world.current.number, world.current.parent, world.current.chunks) == (2, 1, 2)


def test_a_deletion_leaves_and_a_held_one_stays(world: World) -> None:
    world.publish([TEA, CATS])
    assert world.publish([], [TEA.deleted().model_copy(update={"hold": DeletionHold.AT_ONCE})]) is None
    world.publish([], [TEA.deleted()])
    assert world.found("tea", person("ann")) == {"cats.md"}


def test_law_10_what_was_taken_back_leaves_with_the_next_generation(world: World) -> None:
    world.publish([TEA, CATS])
    world.taken_back.add(TEA.version_id)
    record = world.publish([PLANS])
    assert record is not None
    assert [p.document.doc_id for p in opened(world).documents()] == [CATS.doc_id, PLANS.doc_id]


def test_an_emptied_index_is_a_generation_too(world: World) -> None:
    assert world.publish() is None
    world.publish([TEA])
    record = world.publish([], [TEA.deleted()])
    assert record is not None
    assert (record.documents, record.chunks) == (0, 0)
    assert world.found("tea", person("ann")) == set()


def test_a_document_without_text_is_served_as_nothing(world: World) -> None:
    empty = Doc("empty.md", ())
    world.publish([TEA, empty])
    assert world.current is not None
    assert (world.current.documents, world.current.chunks) == (2, 3)
    assert world.found("anything", person("bob")) == {"tea.md"}
    opened(world).verify()


def test_another_model_keeps_no_old_vector(world: World) -> None:
    world.publish([TEA, CATS])
    world.embedder = HashEmbedder("a newer model")
    with pytest.raises(IntegrityError, match="another model"):
        world.publish([], [TEA.outcome(reuse=True)])
    world.publish([TEA])
    assert [p.document.doc_id for p in opened(world).documents()] == [TEA.doc_id]
    assert {s.model_digest for s in opened(world).segments().values()} == {world.embedder.digest}


def test_a_new_policy_is_a_new_generation(world: World) -> None:
    world.publish([TEA])
    record = world.build(world.stage([], []), policy=digest_text("another policy"))
    assert record is not None
    assert record.number == 2


def test_no_document_text_in_any_name(world: World) -> None:
    world.publish([TEA, CATS])
    names = "\n".join(str(path.relative_to(world.root)) for path in world.root.rglob("*"))
    assert "tea" not in names
    assert "cats" not in names
    assert "hand" not in names
