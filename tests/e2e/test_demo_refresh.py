"""The sample corpus through the whole gate: every document ends where configs/demo/expected.yaml says, and why."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.domain.documents.provenance import Source
from pipeline.publishing.canary_check import check
from pipeline.runs.refresh import refresh
from pipeline.runs.result import RefreshResult
from pipeline.search.answers import search_as
from pipeline.workspace import Workspace
from scripts.demo.demo_corpus import DEMO, lay_out

pytestmark = pytest.mark.slow

EXPECTED = yaml.safe_load((DEMO / "expected.yaml").read_text())
SOURCES = yaml.safe_load((DEMO / "sources.yaml").read_text())["sources"]
PLANTED = [b"Moorhen9-Skipjack-44", b"tern_sk_9vQ2mZr7", b"Oystercatcher!58", b"GB29 NWBK", b"4111 1111", b"w.askew@"]
"""Beginnings of values that only detectors may see."""


class Run:
    """One home taken through both revisions."""

    def __init__(self, folder: Path) -> None:
        self.corpus = folder / "corpus"
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        for name in ("principals.yaml", "canaries.yaml"):
            shutil.copyfile(DEMO / name, folder / "home" / "configs" / name)
        lay_out(self.corpus, 1)
        for entry in SOURCES:
            self._register(entry)
        self.first = refresh(self.workspace)
        self.after_first = self.actions()
        self.again = refresh(self.workspace)
        lay_out(self.corpus, 2)
        self.second = refresh(self.workspace)
        self.after_second = self.actions()

    def _register(self, entry: dict[str, Any]) -> None:
        fields = {key: value for key, value in entry.items() if key not in ("folder", "by", "approved_by")}
        fields |= {"uri": str(self.corpus / entry["folder"]), "tenant": entry.get("tenant", "default")}
        fields |= {"registered_by": entry["by"], "registered_at": "2026-09-01T00:00:00Z"}
        self.workspace.sources.add_source(Source.model_validate(fields), entry["by"])
        if entry["approved_by"]:
            self.workspace.sources.approve_source(entry["name"], entry["approved_by"])

    def actions(self) -> dict[str, str]:
        """Document id to its last verdict."""
        ledger = self.workspace.ledger
        known = (version for entry in SOURCES for version in ledger.known_versions(entry["name"]))
        return {version.doc_id: version.action.value for version in known}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("demo"))


def test_every_document_of_the_first_revision_ends_as_expected(run: Run) -> None:
    assert run.after_first == {name: entry["verdict"] for name, entry in EXPECTED["rev1"].items()}


def test_law_13_every_document_is_counted_once(run: Run) -> None:
    assert sum(run.first.summary.documents.values()) == len(EXPECTED["rev1"])
    assert sum(run.first.summary.verdicts.values()) == len(EXPECTED["rev1"])


def test_law_07_a_second_run_over_the_same_corpus_does_nothing(run: Run) -> None:
    assert (run.again.summary.scanned, run.again.summary.embedded, run.again.published) == (0, 0, False)
    assert digest(run.again) == digest(run.first)


def test_every_change_of_the_second_revision_is_seen_as_what_it_is(run: Run) -> None:
    seen = {outcome.doc_id: outcome.kind.value for outcome in run.second.outcomes if outcome.kind.value != "unchanged"}
    assert seen == {name: entry["change"] for name, entry in EXPECTED["rev2"].items()}
    renamed = {outcome.doc_id: outcome.renamed_from for outcome in run.second.outcomes if outcome.renamed_from}
    assert renamed == {name: e["renamed_from"] for name, e in EXPECTED["rev2"].items() if "renamed_from" in e}


def test_every_document_of_the_second_revision_ends_as_expected(run: Run) -> None:
    wanted = {name: entry["verdict"] for name, entry in EXPECTED["rev2"].items() if "verdict" in entry}
    assert {name: run.after_second[name] for name in wanted} == wanted
    gone = {name for name, entry in EXPECTED["rev2"].items() if "verdict" not in entry}
    assert not gone & run.after_second.keys()


def test_every_canary_question_is_answered_as_it_must_be(run: Run) -> None:
    report = check(run.workspace).report
    assert len(report.results) == 5
    assert (report.forbidden, report.missing, report.below) == ((), (), ())
    assert (run.first.held, run.second.held) == (None, None)


def test_law_02_nobody_finds_what_an_unapproved_source_holds(run: Run) -> None:
    for principal in ("user:ada", "user:ines", "user:sanne"):
        found = {hit.document for hit in search_as(run.workspace, principal, "price list of the chain merchant", 20)}
        assert not found & set(EXPECTED["nobody"])


def test_law_02_a_customer_finds_only_documents_of_its_own_tenant(run: Run) -> None:
    found = {hit.document for hit in search_as(run.workspace, "user:wilhelmina", EXPECTED["question"], 50)}
    assert found == {name for name in EXPECTED["rev1"] if name.startswith("amberwick:")}


def test_law_02_a_denied_contractor_does_not_find_the_prototype(run: Run) -> None:
    question = "fog signal that listens for engines"
    name = "engineering:acoustic-prototype.md"
    assert name not in {hit.document for hit in search_as(run.workspace, "user:corin", question, 50)}


def test_law_08_a_widened_document_stays_with_those_who_could_read_it(run: Run) -> None:
    question = "What do we not ask candidates in an interview?"
    name = "people:interview-guide.md"
    assert name in {hit.document for hit in search_as(run.workspace, "user:hanna", question, 5)}
    assert name not in {hit.document for hit in search_as(run.workspace, "user:ravi", question, 50)}


def test_law_08_a_restricted_document_without_approvals_is_found_by_nobody(run: Run) -> None:
    found = {hit.document for hit in search_as(run.workspace, "user:tobias", "minutes of the board meeting", 50)}
    assert not {name for name in found if name.startswith("board:")}


def test_law_04_no_planted_value_is_anywhere_in_the_ledger_or_the_index(run: Run) -> None:
    kept = [path for path in run.workspace.home.folder.rglob("*") if path.is_file() and "texts" not in path.parts]
    assert any(path.suffix == ".db" for path in kept)
    for path in kept:
        data = path.read_bytes()
        assert not [value for value in PLANTED if value in data], path.name


def digest(result: RefreshResult) -> str:
    assert result.generation is not None
    return result.generation.digest
