"""Changing over to another model: the same documents, other vectors, one switch, and the way back."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete

from pipeline.domain.errors import Conflict, IntegrityError, NotAllowed
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.files.texts import TextStore
from pipeline.index.generations import Generation
from pipeline.models.embedder import DerivedEmbedder
from pipeline.models.in_use import model_of
from pipeline.models.lock import ModelLock
from pipeline.models.reference import reference_digest
from pipeline.models.tokenizer import load_tokenizer
from pipeline.publishing.migrate import estimate, migrate
from pipeline.settings.principals import PrincipalSettings
from pipeline.stores.tables import run_locks
from pipeline.takedown.revoke import revoke
from pipeline.takedown.rollback import rollback
from pipeline.workspace import Workspace
from tests.support.index_samples import BOARD, Doc, person, rule
from tests.support.served_home import OPERATOR, caller
from tests.support.two_models import AFTER, BEFORE, TwoModels

TEA = Doc("tea.md", ("tea is at four in the kitchen",))
SOUP = Doc("soup.md", ("soup is served at noon", "the lamp of the kitchen"))
LONG = Doc("long.md", ("\n\n".join(f"paragraph {n} of tea and soup and what the lamp is" for n in range(40)),))
SECRET = Doc("board.md", ("the board is served tea",), BOARD)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[TwoModels]:
    made = TwoModels(tmp_path / "home")
    made.workspace.principals.add(PrincipalSettings(name="ann", clearance=Classification.INTERNAL))
    made.refresh(TEA, SOUP, LONG, SECRET)
    yield made
    made.close()


def used(home: TwoModels) -> str | None:
    return model_of(home.workspace.home.models_lock, home.current().model_digest)


def answered(home: TwoModels, question: str = "when is tea", groups: Sequence[str] = ("group:everyone",)) -> list[str]:
    """Documents that a fresh process finds, best first."""
    workspace = Workspace(home.workspace.home.folder)
    hits = workspace.searcher.search(question, person("user:ann", *groups, clearance="restricted"), 20)
    workspace.close()
    return list(dict.fromkeys(hit.doc_id for hit in hits))


def rows(home: TwoModels, record: GenerationRecord) -> dict[str, list[tuple[str, bytes]]]:
    """Texts and vectors of a generation, by document."""
    opened = Generation.open(home.workspace.index, record, home.workspace.verifier)
    opened.verify()
    found: dict[str, list[tuple[str, bytes]]] = {}
    segments = opened.segments()
    for p in opened.documents():
        texts = segments[p.segment].rows["text"].to_pylist()
        found[p.doc_id] = [(texts[r], segments[p.segment].vectors[r].tobytes()) for r in range(p.start, p.stop)]
    return found


def counted(monkeypatch: pytest.MonkeyPatch, fail_after: int | None = None) -> list[str]:
    """Every text that is embedded from now on; an error once there are `fail_after`."""
    seen: list[str] = []
    embed = DerivedEmbedder.embed

    def watched(self: DerivedEmbedder, texts: Sequence[str]) -> Any:
        seen.extend(texts)
        if fail_after is not None and len(seen) > fail_after:
            raise KeyboardInterrupt
        return embed(self, texts)

    monkeypatch.setattr(DerivedEmbedder, "embed", watched)
    return seen


def test_a_migration_serves_the_same_documents_with_the_vectors_of_the_other_model(home: TwoModels) -> None:
    before, documents = home.current(), home.held()
    result = migrate(home.workspace, AFTER, OPERATOR)
    assert result.generation == home.current()
    assert result.before == before
    assert (used(home), home.held()) == (AFTER, documents)
    assert home.current().digest != before.digest
    embedder = home.workspace.embedder
    for doc_id, chunks in rows(home, home.current()).items():
        texts = [text for text, _ in chunks]
        assert [vector for _, vector in chunks] == [v.tobytes() for v in embedder.embed(texts)], doc_id
    assert set(answered(home)) == {TEA.doc_id, SOUP.doc_id, LONG.doc_id}
    assert home.audited("generation.published") == ["1", "2"]
    assert not list(home.workspace.home.staging.glob("migration-*"))


def test_chunks_are_cut_as_the_gate_cuts_them_for_that_model(home: TwoModels) -> None:
    """48 tokens at most: nothing is cut off by the model."""
    migrate(home.workspace, AFTER, OPERATOR)
    pieces = [text for text, _ in rows(home, home.current())[LONG.doc_id]]
    assert len(pieces) > 5
    assert "".join("".join(pieces).split()) == "".join("".join(LONG.texts).split())
    tokenizer = load_tokenizer(home.workspace.home.models / AFTER)
    assert max(len(tokenizer.encode(piece).ids) for piece in pieces) <= 48


def test_law_07_the_same_documents_give_the_same_digest_in_another_home(home: TwoModels, tmp_path: Path) -> None:
    migrate(home.workspace, AFTER, OPERATOR)
    other = TwoModels(tmp_path / "other" / "home")
    for doc in (SECRET, LONG, SOUP, TEA):  # in another order, one by one
        other.refresh(doc)
    migrate(other.workspace, AFTER, OPERATOR)
    assert other.current().digest == home.current().digest
    assert rows(other, other.current()) == rows(home, home.current())
    other.close()


def test_law_01_only_live_texts_as_they_were_admitted_are_embedded(
    home: TwoModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Doc("gone.md", ("the lamp is gone",))
    home.refresh(gone)
    revoke(home.workspace, RevocationKind.DOCUMENT, gone.doc_id, OPERATOR, "not ours")
    TextStore(home.workspace.home.texts).put("a text that nobody admitted")
    seen = counted(monkeypatch)
    migrate(home.workspace, AFTER, OPERATOR)
    assert not {"the lamp is gone", "a text that nobody admitted"} & set(seen)
    assert gone.doc_id not in home.held()


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_law_01_a_stored_text_that_is_not_the_admitted_one_stops_it(home: TwoModels, damage: str) -> None:
    path = TextStore(home.workspace.home.texts).path(TEA.content_digest)
    path.unlink() if damage == "missing" else path.write_text("another text")
    before = home.current()
    with pytest.raises(IntegrityError, match="text"):
        migrate(home.workspace, AFTER, OPERATOR)
    assert home.current() == before


def test_an_interrupted_migration_goes_on_where_it_ended(home: TwoModels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.publishing.reembedding._BATCH_CHARACTERS", 1)  # a batch for each document
    before = home.current()
    with monkeypatch.context() as patch:
        counted(patch, fail_after=3)
        with pytest.raises(KeyboardInterrupt):
            migrate(home.workspace, AFTER, OPERATOR)
    assert home.current() == before
    assert used(home) == BEFORE
    left = estimate(home.workspace, AFTER)
    assert 0 < left.left < left.chunks
    seen = counted(monkeypatch)
    result = migrate(home.workspace, AFTER, OPERATOR)
    assert 0 < len(seen) == result.embedded < left.chunks
    assert used(home) == AFTER


KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.publishing import migrate
from pipeline.workspace import Workspace
from tests.support.served_home import OPERATOR
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
module, name = sys.argv[3].rsplit(".", 1)
__import__(module)
setattr(sys.modules[module], name, die)
migrate.migrate(Workspace(Path(sys.argv[1])), sys.argv[2], OPERATOR)
"""


@pytest.mark.parametrize(
    "at",
    [
        "pipeline.publishing.migrate.build_reembedded",
        "pipeline.publishing.migrate.compared",
        "pipeline.publishing.migrate.publish_made",
        "pipeline.stores.ledger.commit._make_current",
    ],
)
def test_law_06_a_kill_anywhere_leaves_the_last_generation_and_the_next_run_finishes(
    home: TwoModels, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, found = home.current(), answered(home)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(home.workspace.home.folder), AFTER, at], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert (home.current(), answered(home)) == (before, found)
    seen = counted(monkeypatch)
    with home.workspace.database.begin() as connection:  # the lock of a killed process runs out; a test need not wait
        connection.execute(delete(run_locks))
    migrate(home.workspace, AFTER, OPERATOR)
    assert used(home) == AFTER
    assert set(seen) <= {"ready"}, "everything was embedded before the kill"
    assert set(answered(home)) == set(found)


def test_the_way_back_serves_with_the_first_model_and_keeps_what_was_taken_down_away(home: TwoModels) -> None:
    first, found = home.current(), answered(home)
    migrate(home.workspace, AFTER, OPERATOR)
    revoke(home.workspace, RevocationKind.DOCUMENT, SOUP.doc_id, OPERATOR, "it is cold")
    late = Doc("late.md", ("tea at noon",))
    home.embedder = home.workspace.embedder  # type: ignore[assignment]
    home.refresh(late)
    rollback(home.workspace, first.number, OPERATOR, "the answers are worse")
    assert (used(home), home.current().model_digest) == (BEFORE, first.model_digest)
    assert answered(home) == [doc_id for doc_id in found if doc_id != SOUP.doc_id]
    assert home.workspace.binding().model_digest == first.model_digest, "the next refresh embeds with the first model"

    rollback(home.workspace, 2, OPERATOR, "they were not")
    assert used(home) == AFTER
    assert SOUP.doc_id not in home.held()
    assert set(answered(home)) == {TEA.doc_id, LONG.doc_id}


def test_law_10_what_was_narrowed_since_stays_narrow_when_rolled_back_across_models(home: TwoModels) -> None:
    """The generation must not mix rows of two models: the rows are the target's, the access rule is today's."""
    first = home.current()
    migrate(home.workspace, AFTER, OPERATOR)
    home.embedder = home.workspace.embedder  # type: ignore[assignment]
    narrow = Doc(TEA.name, TEA.texts, rule("group:board", classification="internal"))
    home.refresh(narrow)
    assert TEA.doc_id not in answered(home)
    result = rollback(home.workspace, first.number, OPERATOR, "the answers are worse")
    assert TEA.doc_id in result.withheld
    rows(home, home.current())
    assert TEA.doc_id not in answered(home)
    assert TEA.doc_id in answered(home, groups=["group:board"])


def test_a_running_searcher_embeds_with_the_model_of_the_generation_it_serves(home: TwoModels) -> None:
    searcher, ann = home.workspace.searcher, person("user:ann", "group:everyone")
    models = [searcher.search("when is tea", ann, 3)[0].generation]
    scores = {}
    for act in (
        lambda: migrate(home.workspace, AFTER, OPERATOR),
        lambda: rollback(home.workspace, 1, OPERATOR, "back"),
    ):
        scores[len(models)] = [hit.score for hit in searcher.search("when is tea", ann, 3)]
        act()
        models.append(searcher.search("when is tea", ann, 3)[0].generation)
    assert models == [1, 2, 3]
    assert [hit.score for hit in searcher.search("when is tea", ann, 3)] == scores[1]
    vector = home.workspace.embedder.embed(["when is tea"])[0]
    kept = [kept for chunks in rows(home, home.current()).values() for _, kept in chunks]
    best = max(float(np.frombuffer(one, np.float32) @ vector) for one in kept)
    board = person("user:ann", "group:everyone", "group:board", clearance="restricted")
    assert searcher.search("when is tea", board, 1)[0].score == pytest.approx(best, abs=1e-6)


def test_answers_are_compared_and_a_reviewer_who_did_not_ask_for_it_lets_great_changes_through(home: TwoModels) -> None:
    home.ask_of_each_publication("when is tea", "what is the lamp", expect=["nowhere.md"])
    compare = migrate(home.workspace, AFTER, OPERATOR, compare_only=True)
    assert compare.generation is None
    assert [r.before is not None for r in compare.report.results] == [True, True]
    assert used(home) == BEFORE

    held = migrate(home.workspace, AFTER, OPERATOR)
    assert "run again" in held.held
    assert used(home) == BEFORE
    [item] = home.workspace.held_generations.list_items(OPERATOR)
    both = caller("user:oscar", Role.OPERATOR, Role.REVIEWER)
    with pytest.raises(NotAllowed):
        home.workspace.held_generations.approve(item.held_id, both, "mine")
    home.workspace.held_generations.approve(item.held_id, caller("user:rosa", Role.REVIEWER), "fine")
    with pytest.raises(Conflict, match="approved already") as again:
        home.workspace.held_generations.approve(item.held_id, caller("user:ron", Role.REVIEWER), "fine")
    assert "corpusgate models migrate" in str(again.value.fix)
    assert "refresh" not in str(again.value.fix)
    assert migrate(home.workspace, AFTER, OPERATOR).held == ""
    assert used(home) == AFTER


def test_a_migration_changes_the_engine_of_the_same_model(home: TwoModels) -> None:
    """The way out for a home whose engine a machine lacks; here from onnxruntime to the reference library."""
    before, documents = home.current(), home.held()
    settings = home.workspace.home.configs / "corpusgate.yaml"
    settings.write_text(
        settings.read_text().replace("  engine: auto\n  # auto: fp32", "  engine: torch\n  # auto: fp32")
    )
    settings.write_text(settings.read_text().replace("  precision: auto\n", "  precision: fp32\n"))
    changed = Workspace(home.workspace.home.folder)
    migrate(changed, BEFORE, OPERATOR)
    changed.close()
    assert (used(home), home.held()) == (BEFORE, documents)
    assert home.current().model_digest not in {before.model_digest, ""}
    assert home.current().model_digest == reference_digest(
        ModelLock.load(home.workspace.home.models_lock).digest(BEFORE),
        "fp32",
        ModelLock.load(home.workspace.home.models_lock).model(BEFORE).max_tokens,
    )


def test_a_migration_needs_an_operator_something_served_and_another_model(home: TwoModels, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        migrate(home.workspace, AFTER, caller("user:rea", Role.READER))
    with pytest.raises(Conflict, match="embedded with tiny-before by onnxruntime already"):
        migrate(home.workspace, BEFORE, OPERATOR)
    empty = Workspace(tmp_path / "empty")
    empty.create()
    with pytest.raises(Conflict, match="Nothing is served"):
        estimate(empty, "all-MiniLM-L6-v2")
    empty.close()


def test_an_estimate_changes_nothing_and_counts_what_there_is(home: TwoModels) -> None:
    before = home.current()
    expected = estimate(home.workspace, AFTER)
    assert home.current() == before
    assert expected.documents == 4
    assert expected.left == expected.chunks
    result = migrate(home.workspace, AFTER, OPERATOR)
    assert result.generation is not None
    assert result.generation.chunks == expected.chunks
    assert expected.disk_bytes > result.generation.chunks * 24 * 4
