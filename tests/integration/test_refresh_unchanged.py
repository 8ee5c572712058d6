"""A refresh passes only documents through the graph that may have changed, and without one none. Real detectors."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest

from pipeline.domain.documents.documents import ChangeKind, Outcome
from pipeline.domain.identity.permissions import Classification
from pipeline.engines.runners import Engine, batch_runner
from pipeline.index.generations import Generation
from pipeline.index.staging import StagingReader
from pipeline.runs import first_look as module
from pipeline.runs.first_look import FirstLook, first_look
from pipeline.runs.graph import run_graph
from pipeline.runs.refresh import refresh
from pipeline.runs.report import RunReport
from pipeline.runs.snapshot import contributing, run_context, write_snapshot
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from transforms.support.context import SETTLED, RunContext

PLAIN = {
    "pier.md": "---\nowner: user:keeper\n---\nThe pier is painted each spring.\n",
    "lamps/lamp.md": "The lamp is lit at dusk.\n",
    "lamps/wick.txt": "Wicks are cut on Fridays.\n",
    "lamps/wick.txt.meta.yaml": "classification: confidential\n",
    "tides.jsonl": '{"id": "low", "text": "Low water at nine."}\n{"id": "high", "text": "High water at three."}\n',
    "badly.md": "---\nowner: [\n---\nIts tags cannot be read.\n",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("unchanged")
    made = Workspace(folder / "home")
    made.create()
    corpus = folder / "corpus"
    for name, text in PLAIN.items():
        (corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / name).write_text(text)
    approve_source(made, "pier", corpus, classification=Classification.INTERNAL, allow=("group:staff",))
    refresh(made)
    refresh(made)  # whatever the first one leaves to be looked at once more
    yield made
    made.close()


def snapshot(workspace: Workspace, name: str) -> RunContext:
    """The context of a run that is about to look at its sources."""
    staging = workspace.home.staging / name
    staging.mkdir(parents=True, exist_ok=True)
    current = workspace.ledger.current_generation()
    context = run_context(workspace, contributing(workspace), name, datetime.now(UTC), staging, current)
    serving = Generation.open(workspace.index, current, workspace.verifier) if current else None
    return replace(context, known_counts=write_snapshot(workspace, context, serving))


def said(report: RunReport) -> RunReport:
    """A report without the figures of the gates, which hold times."""
    return report.model_copy(update={"figures": ()})


def counted(report: RunReport) -> dict[str, dict[str, int]]:
    """Counts of the gates before the gate for what changed."""
    gates = ("detect_changes", "mask_strings", "read_sources", "tag_provenance")
    return {
        one.gate: {name: count for name, count in one.counts.items() if count and "change" not in name}
        for one in report.figures
        if one.gate in gates
    }


def test_law_7_the_quick_look_reports_what_the_graph_reports(workspace: Workspace) -> None:
    look = first_look(snapshot(workspace, "quick"))
    graph = run_graph(snapshot(workspace, "graph"), batch_runner(workspace.home.settings))
    assert look is not None
    assert look.is_all
    quick = look.report
    assert said(quick) == said(graph)
    assert quick.kinds[ChangeKind.UNCHANGED] == quick.inputs == 6
    assert counted(quick) == counted(graph)


def test_law_7_an_unchanged_refresh_starts_no_detector_and_loads_neither_beam_nor_a_model(
    workspace: Workspace,
) -> None:
    served = workspace.ledger.current_generation()
    program = f"""
import json, sys
from pathlib import Path
from pipeline.sandbox import ChildProcess
started, launched = set(), ChildProcess._launched
def noted(child):
    started.add(child.target)
    return launched(child)
ChildProcess._launched = noted
from pipeline.runs.refresh import refresh
from pipeline.workspace import Workspace
result = refresh(Workspace(Path({str(workspace.home.folder)!r})))
heavy = {{"apache_beam", "torch", "spacy", "onnxruntime", "tokenizers", "sentence_transformers", "alembic"}}
loaded = sorted(heavy & set(sys.modules))
print(json.dumps([result.summary.scanned, result.published, result.generation.digest, loaded, sorted(started)]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    assert served is not None
    assert json.loads(done.stdout) == [0, False, served.digest, [], ["pipeline.extraction.tags_worker:create"]]


def edited(folder: Path) -> None:
    (folder / "pier.md").write_text(PLAIN["pier.md"] + "And each autumn.\n")


def added(folder: Path) -> None:
    (folder / "buoy.md").write_text("A buoy.\n")


def deleted(folder: Path) -> None:
    (folder / "lamps/lamp.md").unlink()


def renamed(folder: Path) -> None:
    (folder / "pier.md").rename(folder / "jetty.md")


def swapped(folder: Path) -> None:
    """The same names and the same contents, the other way round."""
    (folder / "lamps/lamp.md").write_text(PLAIN["lamps/wick.txt"])
    (folder / "lamps/wick.txt").write_text(PLAIN["lamps/lamp.md"])


def retagged(folder: Path) -> None:
    (folder / "lamps/wick.txt.meta.yaml").write_text("classification: restricted\n")


def untagged(folder: Path) -> None:
    (folder / "lamps/wick.txt.meta.yaml").unlink()


def record_replaced(folder: Path) -> None:
    (folder / "tides.jsonl").write_text(PLAIN["tides.jsonl"].replace("nine", "five"))


def claimed_twice(folder: Path) -> None:
    (folder / "tides.jsonl").write_text(PLAIN["tides.jsonl"].replace('"low"', '"high"'))


def gone(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def made_unreadable(folder: Path) -> None:
    (folder / "pier.md").unlink()
    os.mkfifo(folder / "pier.md")


EDITS = [
    edited, added, deleted, renamed, swapped, retagged, untagged, record_replaced, claimed_twice, gone, made_unreadable
]  # fmt: skip

TOGETHER = [
    [edited, deleted],
    [renamed, added],
    [swapped, record_replaced],
    [claimed_twice, retagged],
    [untagged, made_unreadable],
    [gone],
]
"""Sets of edits that do not undo each other."""

TO_SCAN = [edited, added, renamed, swapped, retagged, untagged, record_replaced]
"""With these a document needs detectors; without documents to scan none may start."""


def outcomes(context: RunContext, report: RunReport) -> list[Outcome]:
    """Where the documents of a pass ended."""
    return list(StagingReader(Path(context.staging), report.parts).outcomes())


def restored(folder: Path) -> None:
    """The folder as it was before any edit."""
    if (other := folder.with_name("elsewhere")).exists():
        other.rename(folder)
    for left in (folder / "buoy.md", folder / "jetty.md", folder / "pier.md"):
        left.unlink(missing_ok=True)
    for name, text in PLAIN.items():
        (folder / name).write_text(text)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_law_13_any_difference_is_left_to_the_graph(workspace: Workspace, edit: Callable[[Path], None]) -> None:
    [source] = workspace.sources.sources()
    folder = Path(source.uri)
    try:
        edit(folder)
        told = Mock()
        look = first_look(snapshot(workspace, f"edit-{edit.__name__}"), told)
        assert look is not None
        assert not look.is_all
        if edit in TO_SCAN:
            told.assert_called_once_with()
        if edit in (deleted, gone):
            told.assert_not_called()
    finally:
        restored(folder)
    look = first_look(snapshot(workspace, f"after-{edit.__name__}"))
    assert look is not None
    assert look.is_all


@pytest.mark.parametrize("edits", TOGETHER, ids=lambda edits: "-".join(edit.__name__ for edit in edits))
def test_law_13_a_graph_after_a_first_look_reports_and_decides_what_the_whole_graph_does(
    workspace: Workspace, edits: list[Callable[[Path], None]]
) -> None:
    [source] = workspace.sources.sources()
    folder, name = Path(source.uri), "-".join(edit.__name__ for edit in edits)
    engine = batch_runner(workspace.home.settings)
    try:
        for edit in edits:
            edit(folder)
        whole, context = snapshot(workspace, f"whole-{name}"), snapshot(workspace, f"left-{name}")
        context = replace(context, run_id=whole.run_id, started_at=whole.started_at)
        look = first_look(context)
        assert look is not None
        rest = run_graph(look.leave_rest(context), engine)
        full = run_graph(whole, engine)
    finally:
        restored(folder)
    together = look.together(rest)
    assert said(together.model_copy(update={"parts": full.parts})) == said(full)
    assert outcomes(context, rest) == outcomes(whole, full)
    assert counted(together) == counted(full)
    assert not look.is_contradicted(outcomes(context, rest))


@pytest.mark.parametrize("met", [True, False])
def test_law_13_a_document_that_the_graph_meets_under_the_id_of_one_that_stays_has_the_whole_graph_run(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, met: bool
) -> None:
    [source] = workspace.sources.sources()
    folder, graphs = Path(source.uri), list[bool]()

    def noted(context: RunContext, engine: Engine) -> RunReport:
        graphs.append(bool(context.staying))
        return run_graph(context, engine)

    monkeypatch.setattr("pipeline.runs.graph.run_graph", noted)
    if met:
        monkeypatch.setattr(FirstLook, "is_contradicted", lambda look, _: "pier:lamps/lamp.md" in look.staying)
    try:
        edited(folder)
        result = refresh(workspace, dry_run=True)
    finally:
        restored(folder)
    assert graphs == ([True, False] if met else [True])
    assert result.summary.documents[ChangeKind.UNCHANGED] == 5
    assert result.summary.documents[ChangeKind.MODIFIED] == 1


def test_a_contradiction_is_an_outcome_of_a_document_that_stays() -> None:
    look = FirstLook(known=2, staying={"pier:one.md"})
    other, same = (
        Outcome(kind=ChangeKind.DELETED, doc_id=f"pier:{name}.md", version_id="0" * 32) for name in ("two", "one")
    )
    assert not look.is_contradicted([other])
    assert look.is_contradicted([other, same])


def test_nothing_stays_whose_verdict_no_longer_holds(workspace: Workspace) -> None:
    context = snapshot(workspace, "bound")
    (Path(context.staging) / SETTLED).write_bytes(b"")
    look = first_look(context)
    assert look is not None
    assert not look.staying
    assert len(look.left) == 6


def test_a_first_look_ends_where_most_documents_are_left(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LEFT", 1)
    context = snapshot(workspace, "most")
    assert first_look(context) is not None
    (Path(context.staging) / SETTLED).write_bytes(b"")
    assert first_look(snapshot_of_nothing(context)) is None


def snapshot_of_nothing(context: RunContext) -> RunContext:
    """The context in a process that read no file of it yet."""
    return replace(context)


def test_a_refresh_without_an_approved_source_has_nothing_for_the_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.engines.runners.batch_runner", Mock(side_effect=AssertionError("no graph is needed")))
    empty = Workspace(tmp_path / "home")
    empty.create()
    result = refresh(empty)
    assert (result.generation, result.outcomes, sum(result.summary.documents.values())) == (None, (), 0)
    empty.close()
