"""`corpusgate compact` on a whole home: one publication, on record, with searches going on (laws 2, 6, 10)."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.index.search.searcher import Searcher
from pipeline.publishing.compact import compact, compact_if_due
from pipeline.publishing.run import publisher_lock
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.workspace import Workspace
from tests.support.index_samples import ANN, Doc, World, person
from tests.support.ledger_samples import approved_source, publication
from tests.support.searching import searcher_of


class Home(World):
    """A home whose generations were published document by document."""

    workspace: Workspace

    def __post_init__(self) -> None:
        """The home has keys already."""

    def publish_each(self, docs: list[Doc]) -> None:
        ledger = self.workspace.ledger
        for number, doc in enumerate(docs):
            run, at = f"run-{number}", datetime.now(UTC)
            ledger.start_run(run, ["hand"], at)
            self.current = ledger.current_generation()
            candidate = self.build(self.stage([doc], [doc.outcome()], run=run), run=run)
            described = publication(doc.outcome(), run_id=run).model_copy(update={"generation": candidate})
            ledger.commit_publication(described, {}, at)

    def ask(self) -> Searcher:
        return searcher_of(self.workspace, self.embedder)


DOCS = [Doc(f"{n}.md", (f"note {n}",), ANN if n % 2 else Doc("x", ()).access) for n in range(6)]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    approved_source(workspace.database, "hand")
    made = Home(tmp_path / "home")
    made.workspace = workspace
    made.publish_each(DOCS)
    return made


def test_compaction_is_a_run_of_its_own_and_changes_no_answer(home: Home) -> None:
    before = [(h.chunk_id, h.score) for h in home.ask().search("note", person("ann"))]
    digest = home.workspace.ledger.current_generation()
    result = compact(home.workspace, "operator:test")
    assert (result.published, result.merged_segments, result.written_segments) == (True, 6, 1)
    current = home.workspace.ledger.current_generation()
    assert current is not None
    assert digest is not None
    assert (current.digest, current.number) == (digest.digest, digest.number + 1)
    assert [(h.chunk_id, h.score) for h in home.ask().search("note", person("ann"))] == before
    run = home.workspace.ledger.runs(1)[0]
    assert (run.run_id, run.sources, run.state) == (current.run_id, (), "finished")
    again = compact(home.workspace, "operator:test")
    assert (again.published, again.generation) == (False, current)


def test_law_10_a_revoked_document_leaves_with_a_compaction(home: Home) -> None:
    SourceRegistry(home.workspace.database).revoke_source("hand", by="user:adam", reason="the owner left")
    result = compact(home.workspace, "operator:test")
    assert result.generation is not None
    assert result.generation.documents == 0


def test_law_06_a_compaction_that_fails_is_on_record_and_changes_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = home.workspace.ledger.current_generation()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.index.compaction.write_segment", full)
        with pytest.raises(OSError, match="No space left"):
            compact(home.workspace, "operator:test")
    assert home.workspace.ledger.current_generation() == current
    assert home.workspace.ledger.runs(1)[0].state == "failed"
    assert len(home.ask().search("note", person("ann"))) == len(DOCS)
    assert compact(home.workspace, "operator:test").published


def test_a_refresh_compacts_only_where_there_are_too_many_segments(home: Home) -> None:
    with publisher_lock(home.workspace) as publisher:
        assert compact_if_due(publisher, "service:corpusgate") is None
    settings = (home.root / "configs" / "corpusgate.yaml").read_text()
    assert "compact_segments: 16" in settings
    (home.root / "configs" / "corpusgate.yaml").write_text(
        settings.replace("compact_segments: 16", "compact_segments: 5")
    )
    workspace = Workspace(home.root)
    with publisher_lock(workspace) as publisher:
        result = compact_if_due(publisher, "service:corpusgate")
    assert result is not None
    assert result.written_segments == 1


def test_searches_go_on_through_a_compaction(home: Home) -> None:
    searcher, stop, failures = home.ask(), threading.Event(), []

    def work() -> None:
        while not stop.is_set():
            found = searcher.search("note", person("ann"))
            if {h.doc_id for h in found} != {doc.doc_id for doc in DOCS} or len({h.generation for h in found}) != 1:
                failures.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    result = compact(home.workspace, "operator:test")
    stop.set()
    for thread in threads:
        thread.join()
    assert result.published
    assert failures == []


def test_the_command_says_what_it_did(home: Home) -> None:
    said = CliRunner().invoke(app, ["--home", str(home.root), "compact"])
    assert said.exit_code == 0, said.output
    assert "6 segments became 1" in said.output
    again = CliRunner().invoke(app, ["--home", str(home.root), "compact"])
    assert "would save nothing" in again.output
