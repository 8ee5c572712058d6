"""Figures of the corpus, from real ledgers: what Prometheus is told is what the ledger says."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import LedgerError
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.telemetry import metrics as m
from pipeline.domain.telemetry.metrics import Metric
from pipeline.stores.database import Database
from pipeline.stores.ledger.figures import Figures
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.stores.takedown.revocations import Revocations
from pipeline.telemetry import corpus
from pipeline.telemetry.corpus import CorpusMetrics
from tests.support.index_samples import Doc
from tests.support.ledger_samples import FINDING, NOON, approved_source, make_source, outcome, publication, run
from tests.support.served_home import ServedHome

TEA, CATS = Doc("tea.md", ("Tea is served at four.",)), Doc("cats.md", ("The office cat is called Ada.", "It sleeps."))
SCAN_FAILED = FindingKind.SCAN_FAILED
Found = dict[Metric, dict[tuple[str, ...], float]]


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home", database_url)
    yield made
    made.close()


def read(figures: CorpusMetrics) -> Found:
    found: Found = {}
    for metric, value, labels in figures.samples():
        assert len(labels) == len(metric.labels), metric.name
        assert labels not in found.setdefault(metric, {}), f"{metric.name} {labels} is exported twice"
        found[metric][labels] = value
    return found


def test_a_fresh_corpus_has_its_figures_too(home: ServedHome) -> None:
    found = read(CorpusMetrics(home.workspace))
    assert found[m.LEDGER_UP] == {(): 1}
    assert found[m.GENERATION] == {(): 0}
    assert found[m.WAITING] == dict.fromkeys(
        ((kind,) for kind in ("review", "held", "questions", "sources", "waivers", "glass", "letters", "quarantine")), 0
    )
    assert found[m.RUNS] == {("finished",): 0, ("failed",): 0, ("held",): 0}
    assert m.RUN_SUCCESS not in found


def test_what_is_served_and_what_was_decided(home: ServedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "FRESH_SECONDS", 0)
    figures, began = CorpusMetrics(home.workspace), time.time()
    home.refresh(TEA)
    first = read(figures)
    assert first[m.VERDICTS] == {("hand", "admit"): 1}
    home.refresh(CATS, outcomes=[home.refuse(Doc("bad.md", ("x",)), Action.QUARANTINE)])
    Revocations(home.workspace.database).revoke("document", "hand:cats.md", "user:oscar", "wrong")
    found = read(figures)
    assert found[m.GENERATION] == {(): 2}
    assert began - 1 < found[m.GENERATION_CREATED][()] < time.time() + 1
    assert (found[m.GENERATION_DOCUMENTS], found[m.GENERATION_CHUNKS]) == ({(): 2}, {(): 3})
    assert found[m.DOCUMENTS] == {("hand", "admit"): 2, ("hand", "quarantine"): 1}
    assert found[m.DOCUMENTS_SERVED] == {("hand",): 2}
    assert found[m.VERDICTS] == {("hand", "admit"): 2, ("hand", "quarantine"): 1}
    assert found[m.WAITING]["quarantine",] == 1
    assert began - 1 < found[m.WAITING_OLDEST]["quarantine",] < time.time() + 1
    assert found[m.REVOCATIONS] == {("document",): 1}
    assert found[m.RUNS] == {("finished",): 2, ("failed",): 0, ("held",): 0}
    assert found[m.RUN_VERDICTS] == {("admit",): 1, ("quarantine",): 1}
    assert began - 1 < found[m.RUN_SUCCESS][()] < time.time() + 1
    assert found[m.AUDIT][()] == len(list(home.workspace.audit.events()))


def test_sources_by_state_and_what_narrowed_them(home: ServedHome) -> None:
    registry = SourceRegistry(home.workspace.database)
    registry.add_source(make_source("wiki"), by="user:rita")
    for by, why in ((PUBLISHER, {"figure": "documents", "value": 900}), ("user:adam", None)):
        registry.narrow_source("hand", by, "Too much at once.", why)
        registry.release_source("hand", "user:adam", "It was a migration.")
    found = read(CorpusMetrics(home.workspace))
    assert {labels for labels, value in found[m.SOURCE_STATE].items() if value} == {
        ("hand", "approved"),
        ("wiki", "pending"),
    }
    assert len(found[m.SOURCE_STATE]) == 8, "the other states are 0, so that a query can tell"
    assert found[m.BREAKER] == {("hand", "documents"): 1}, "a person is no breaker"
    assert found[m.WAITING]["sources",] == 1
    assert found[m.WAITING_OLDEST]["sources",] == pytest.approx(time.time(), abs=60)


def test_verdicts_are_counted_once_run_by_run(database: Database) -> None:
    for name in ("handbook", "wiki"):
        approved_source(database, name)
    figures = Figures(database)
    run(database, "run-1", outcome("a.md"), outcome("b.md", action=Action.REVIEW))
    assert figures.verdicts() == {("handbook", Action.ADMIT): 1, ("handbook", Action.REVIEW): 1}
    # Two that end in the same moment, one of them seen before the other is there.
    run(database, "run-2", outcome("a.md", "second", run_id="run-2"), day=1)
    figures.verdicts()
    run(database, "run-3", outcome("w.md", source="wiki", run_id="run-3"), day=1, sources=("wiki",))
    for _ in range(2):
        found = figures.verdicts()
        assert found == Figures(database).verdicts()
        assert found == {("handbook", Action.ADMIT): 2, ("handbook", Action.REVIEW): 1, ("wiki", Action.ADMIT): 1}


def test_failed_scans_of_the_last_run_and_failed_runs(home: ServedHome) -> None:
    ledger, failed = home.workspace.ledger, FINDING.model_copy(update={"kind": SCAN_FAILED, "detector": "secrets"})
    ledger.start_run("run-8", ["hand"], NOON)
    bad = outcome("bad.md", source="hand", action=Action.QUARANTINE, findings=(failed,), run_id="run-8")
    made = publication(bad, run_id="run-8")
    summary = made.summary.model_copy(update={"scanned": 1})
    ledger.commit_publication(made.model_copy(update={"summary": summary}), {}, NOON)
    ledger.start_run("run-9", ["hand"], NOON + timedelta(days=900))
    ledger.fail_run("run-9", "canary-missed")
    found = read(CorpusMetrics(home.workspace))
    assert found[m.RUNS]["failed",] == 1
    assert found[m.RUN_FAILURE][()] == pytest.approx(time.time(), abs=60)
    assert found[m.RUN_FAILURES] == {("secrets",): 1}


def test_a_ledger_that_cannot_be_read_is_the_only_figure(home: ServedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise LedgerError("The ledger database refused a statement (OperationalError).")

    monkeypatch.setattr(home.workspace.ledger, "current_generation", refused)
    found = read(CorpusMetrics(home.workspace))
    assert set(found) == {m.BUILD, m.LEDGER_UP}
    assert found[m.LEDGER_UP] == {(): 0}


def test_whoever_asks_again_at_once_costs_the_ledger_nothing(home: ServedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = CorpusMetrics(home.workspace)
    first = figures.samples()
    home.refresh(TEA)
    assert figures.samples() is first
    monkeypatch.setattr(corpus, "FRESH_SECONDS", 0)
    assert figures.samples() != first
