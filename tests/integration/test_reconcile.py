"""Each kind of drift, put there by hand: it is named, and a repair settles it without serving more."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from pipeline.checks.reconcile import SourceContents, reconcile
from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import NotAllowed
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.takedown import Drift
from pipeline.files.texts import TextStore
from pipeline.index.generations import Generation
from pipeline.index.pages import PlacementPages
from pipeline.index.placements import Placement
from pipeline.index.successor import write_successor
from pipeline.models.embedding_cache import EmbeddingCache
from pipeline.publishing.publish import publish_made
from pipeline.publishing.run import PublisherRun, publisher_lock
from pipeline.stores import tables
from pipeline.stores.ledger.drift import DriftStore
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown.erase import erase
from tests.support.index_samples import ANN, EVERYONE, Doc
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome

TEA = Doc("tea.md", ("Tea is at four.", "Bring a cup."))
CATS = Doc("cats.md", ("The cat is called Ada.",))
SECRET = Doc("secret.md", ("Only Ann reads this.",), ANN)


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home", database_url)
    made.refresh(TEA, CATS)
    made.refresh(SECRET)
    shutil.rmtree(made.workspace.home.path("staging"))
    yield made
    made.close()


def kinds(home: ServedHome) -> set[tuple[str, str]]:
    return {(one.kind.value, one.subject) for one in reconcile(home.workspace).differences}


def repaired(home: ServedHome) -> None:
    assert reconcile(home.workspace, repair_by=OPERATOR).agrees
    left = {kind for kind, _ in kinds(home)} - {Drift.NOT_INDEXED.value}
    assert left == set()


def republish(home: ServedHome, change: Callable[[list[Placement]], list[Placement]]) -> None:
    """Make a generation current whose placements somebody changed, signed as if it were right."""
    workspace, current = home.workspace, home.current()
    opened = Generation.open(workspace.index, current, workspace.verifier)
    placements = change(list(opened.documents()))
    rules = {rule.access_id: rule for rule in (EVERYONE, ANN)}
    access = {p.document.access_id: rules[p.document.access_id] for p in placements}
    with publisher_lock(workspace) as publisher:
        run = PublisherRun(publisher, f"broken-{current.number}", current.created_at)
        workspace.ledger.start_run(run.run_id, [], run.started_at)
        record = write_successor(
            workspace.index,
            current,
            PlacementPages.of(placements),
            access,
            workspace.signer,
            run_id=run.run_id,
            at=run.started_at,
            model_digest=current.model_digest,
            policy_digest=current.policy_digest,
            log=None,
        )
        publish_made(run, record, {}, Purpose.REPAIR)


def test_what_agrees_has_no_difference_and_a_repair_of_it_changes_nothing(home: ServedHome) -> None:
    before = (home.current(), home.workspace.audit.verify().events)
    assert reconcile(home.workspace).differences == ()
    assert reconcile(home.workspace, repair_by=OPERATOR).agrees
    assert (home.current(), home.workspace.audit.verify().events) == before
    with pytest.raises(NotAllowed):
        reconcile(home.workspace, repair_by=REVIEWER)


def test_a_live_version_no_generation_holds_is_named(home: ServedHome) -> None:
    republish(home, lambda placements: [p for p in placements if p.document.doc_id != TEA.doc_id])
    assert kinds(home) == {("not-indexed", TEA.doc_id)}
    assert not reconcile(home.workspace, repair_by=OPERATOR).agrees  # the next refresh settles it
    assert home.found() == {*CATS.texts, *SECRET.texts}


def test_law_02_a_version_the_ledger_does_not_call_live_leaves_with_the_repair(home: ServedHome) -> None:
    with home.workspace.database.begin() as connection:
        gone = sa.update(tables.documents).where(tables.documents.c.doc_id == TEA.doc_id)
        connection.execute(gone.values(live_version=None, live_verdict=None))
    assert kinds(home) == {("not-live", TEA.doc_id)}
    repaired(home)
    assert set(home.held()) == {CATS.doc_id, SECRET.doc_id}


def test_law_10_what_was_taken_back_leaves_the_files_with_the_repair(home: ServedHome) -> None:
    Revocations(home.workspace.database).revoke("document", TEA.doc_id, "user:oscar", "a mistake")
    assert kinds(home) == {("taken-back", TEA.doc_id)}
    repaired(home)
    assert set(home.held()) == {CATS.doc_id, SECRET.doc_id}


def test_law_02_a_wider_access_table_than_the_ledgers_is_named_and_its_document_leaves(home: ServedHome) -> None:
    def widen(placements: list[Placement]) -> list[Placement]:
        return [
            Placement(p.document.model_copy(update={"access_id": EVERYONE.access_id}), p.segment, p.start, p.stop)
            for p in placements
        ]

    republish(home, widen)
    assert home.found("bob") >= set(SECRET.texts)
    assert kinds(home) == {("access-differs", SECRET.doc_id)}
    repaired(home)
    assert home.found("bob") == {*TEA.texts, *CATS.texts}
    assert kinds(home) == {("not-indexed", SECRET.doc_id)}


def test_law_02_rows_of_another_document_are_named_and_leave(home: ServedHome) -> None:
    def exchange(placements: list[Placement]) -> list[Placement]:
        ann = next(p for p in placements if p.document.doc_id == SECRET.doc_id)
        return [
            Placement(p.document, ann.segment, ann.start, ann.stop) if p.document.doc_id == CATS.doc_id else p
            for p in placements
            if p is not ann
        ]

    republish(home, exchange)
    assert home.found("bob") >= set(SECRET.texts)
    assert kinds(home) == {("rows-differ", CATS.doc_id), ("not-indexed", SECRET.doc_id)}
    reconcile(home.workspace, repair_by=OPERATOR)
    assert home.found("bob") == set(TEA.texts)


def test_an_incomplete_document_is_named(home: ServedHome) -> None:
    def cut(placements: list[Placement]) -> list[Placement]:
        return [
            Placement(p.document, p.segment, p.start + 1, p.stop) if p.document.doc_id == TEA.doc_id else p
            for p in placements
        ]

    republish(home, cut)
    assert kinds(home) == {("rows-differ", TEA.doc_id)}


def test_a_damaged_segment_is_named_and_what_it_held_leaves(home: ServedHome) -> None:
    opened = Generation.open(home.workspace.index, home.current(), home.workspace.verifier)
    place = {p.document.doc_id: p.segment for p in opened.documents()}
    rows = home.workspace.index / "segments" / place[SECRET.doc_id] / "vectors.npy"
    data = bytearray(rows.read_bytes())
    data[-1] ^= 1
    rows.unlink()
    rows.write_bytes(data)
    named = kinds(home)
    assert named == {("segment-damaged", place[SECRET.doc_id]), ("rows-differ", SECRET.doc_id)}
    repaired(home)
    assert set(home.held()) == {TEA.doc_id, CATS.doc_id}
    assert home.found() == {*TEA.texts, *CATS.texts}


def test_an_unreadable_current_generation_is_built_anew_from_what_is_live(home: ServedHome) -> None:
    Revocations(home.workspace.database).revoke("document", CATS.doc_id, "user:oscar", "a mistake")
    manifest = home.workspace.index / home.current().manifest
    manifest.unlink()
    assert ("generation-damaged", "2") in kinds(home)
    repaired(home)
    assert home.held() == {TEA.doc_id: TEA.version_id}
    assert home.found() == set(TEA.texts)


def test_a_damaged_kept_generation_cannot_be_gone_back_to_and_is_marked(home: ServedHome) -> None:
    first = home.workspace.ledger.generation(1)
    (home.workspace.index / first.manifest).write_bytes(b"{}")
    assert kinds(home) == {("kept-generation-damaged", "1")}
    repaired(home)
    assert home.audited("generation.pruned") == ["1"]


def test_files_and_runs_nobody_names_are_named_and_removed(home: ServedHome) -> None:
    workspace = home.workspace
    index = workspace.index
    shutil.copytree((index / home.current().manifest).parent, index / "generations" / "9-abcdefabcdef")
    segment = next((index / "segments").iterdir())
    shutil.copytree(segment, index / "segments" / ("0" * 64))
    (index / "segments" / ".tmp-dead").mkdir()
    (workspace.home.path("staging") / "run-dead").mkdir(parents=True)
    workspace.ledger.start_run("run-dead", [], home.current().created_at)
    text = TextStore(workspace.home.path("texts")).put("Nobody decided anything about this.")
    workspace.home.path("cache").mkdir(exist_ok=True)
    with EmbeddingCache(workspace.home.path("cache") / "embeddings.db", 384) as cache:
        cache.put_many({text: np.zeros(384, np.float32)}, "a" * 64)
    assert kinds(home) == {
        ("orphan-generation", "9-abcdefabcdef"),
        ("orphan-segment", "0" * 64),
        ("unfinished-files", "segments/.tmp-dead"),
        ("stale-staging", "run-dead"),
        ("unfinished-run", "run-dead"),
        ("orphan-text", text),
        ("unused-cached-vectors", "embeddings.db"),
    }
    held = home.held()
    repaired(home)
    assert (home.held(), home.current().number) == (held, 2)
    assert workspace.ledger.unfinished_runs() == []


def test_a_text_that_waits_for_review_and_is_not_kept_is_read_again(home: ServedHome) -> None:
    workspace = home.workspace
    store = TextStore(workspace.home.path("texts"))
    digest = store.put("Somebody has to look at this.")
    waits = Doc("waits.md", ("Somebody has to look at this.",))
    home.refresh(outcomes=[waits.outcome(Action.REVIEW, text_digest=digest, served_digest=None, chunks=0)])
    shutil.rmtree(workspace.home.path("staging"))
    assert kinds(home) == set()
    path = workspace.home.path("texts") / digest[:2] / digest
    path.write_text("Something else.")
    assert kinds(home) == {("text-damaged", digest), ("text-missing", waits.doc_id)}
    repaired(home)
    assert DriftStore(workspace.database).to_judge_again() == {waits.doc_id}
    home.refresh(outcomes=[waits.outcome(Action.REVIEW, text_digest=digest, served_digest=None, chunks=0)])
    assert DriftStore(workspace.database).to_judge_again() == set()


def test_sources_are_compared_by_content(home: ServedHome) -> None:
    listed = {TEA.doc_id: TEA.content_digest, CATS.doc_id: "0" * 64, "hand:fresh.md": "1" * 64}
    found = reconcile(home.workspace, [SourceContents("hand", listed), SourceContents("away", failure="OSError")])
    assert {(one.kind.value, one.subject) for one in found.differences} == {
        ("source-changed", CATS.doc_id),
        ("source-new", "hand:fresh.md"),
        ("source-gone", SECRET.doc_id),
        ("source-unlisted", "away"),
    }
    assert not found.agrees


def test_an_erased_document_that_left_its_source_counts_as_settled(home: ServedHome) -> None:
    erase(home.workspace, SECRET.doc_id, OPERATOR, "asked for")
    listed = {TEA.doc_id: TEA.content_digest, CATS.doc_id: CATS.content_digest}
    assert reconcile(home.workspace, [SourceContents("hand", listed)]).agrees
