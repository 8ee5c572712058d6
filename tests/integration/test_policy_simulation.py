"""A simulated policy and a real run under it agree on every document of the demo."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.provenance import Source
from pipeline.domain.errors import NotAllowed
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.simulation import EvidenceGap, SimulatedVerdict
from pipeline.reports.policy_simulation import PolicyComparison, SimulationQuestion, simulate
from pipeline.runs.refresh import refresh
from pipeline.settings.files import load_policy
from pipeline.workspace import Workspace
from scripts.demo.demo_corpus import DEMO, lay_out

pytestmark = pytest.mark.slow

SOURCES = yaml.safe_load((DEMO / "sources.yaml").read_text())["sources"]
OPERATOR = Caller(principal=Principal(name="user:op"), grants=(Grant(role=Role.OPERATOR),), means="test")
Rules = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("simulated")
    lay_out(folder / "corpus", 1)
    workspace = Workspace(folder / "home")
    workspace.create()
    for name in ("principals.yaml", "canaries.yaml"):
        shutil.copyfile(DEMO / name, folder / "home" / "configs" / name)
    for entry in SOURCES:
        fields = {key: value for key, value in entry.items() if key not in ("folder", "by", "approved_by")}
        fields |= {"uri": str(folder / "corpus" / entry["folder"]), "tenant": entry.get("tenant", "default")}
        fields |= {"registered_by": entry["by"], "registered_at": "2026-09-01T00:00:00Z"}
        workspace.sources.add_source(Source.model_validate(fields), entry["by"])
        if entry["approved_by"]:
            workspace.sources.approve_source(entry["name"], entry["approved_by"])
    refresh(workspace)
    yield workspace
    workspace.close()


def policy_file(workspace: Workspace, to: Path, change: Callable[[Rules, dict[str, Any]], None]) -> Path:
    """The policy of the home with a change, as a file."""
    content = yaml.safe_load((workspace.home.folder / "configs" / "policy.yaml").read_text())
    change({rule["id"]: rule for rule in content["rules"]}, content)
    to.write_text(yaml.safe_dump(content, sort_keys=False))
    return to


def simulated(
    workspace: Workspace, policy: Policy, **asked: Any
) -> tuple[PolicyComparison, dict[str, SimulatedVerdict]]:
    verdicts: dict[str, SimulatedVerdict] = {}
    found = simulate(workspace, OPERATOR, policy, SimulationQuestion(**asked), noted=verdicts.__setitem__)
    return found, verdicts


def recorded(workspace: Workspace) -> dict[str, tuple[Action, frozenset[str]]]:
    """Action and rules of the last verdict on each document."""
    found = {}
    for entry in SOURCES:
        for known in workspace.ledger.known_versions(entry["name"]):
            last = workspace.ledger.document_history(known.doc_id).versions[-1].verdicts[-1].verdict
            found[known.doc_id] = (last.action, frozenset(last.rule_ids))
    return found


def changed(rules: Rules, content: dict[str, Any]) -> None:
    """A looser rule, a stricter one, one that asks about names, and other weights."""
    rules["live-secret"]["action"] = "review"
    rules["structured-pii"]["action"] = "quarantine"
    content["rules"].insert(
        0,
        {
            "id": "mail-waits", "each": "document", "when": 'document.uri.endsWith(".eml")', "action": "review",
            "reason": "Mail is read by a person.",
        },
    )  # fmt: skip
    content["impact"]["weights"]["new-source"] = 3


def reworded(rules: Rules, content: dict[str, Any]) -> None:
    rules["tagged-and-scanned"]["reason"] = "It passed every scan, and its source is approved."


def test_the_policy_in_force_and_the_same_rules_in_other_words_change_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    same = load_policy(policy_file(workspace, tmp_path / "reworded.yaml", reworded))
    assert same.digest != workspace.home.policy.digest
    before = recorded(workspace)
    for policy in (workspace.home.policy, same):
        found, verdicts = simulated(workspace, policy)
        assert {name: (one.action, frozenset(one.rule_ids)) for name, one in verdicts.items()} == before
        assert (found.next_run.unchanged, found.next_run.transitions) == (len(before), ())
        assert (found.next_run.leaves, found.next_run.enters, found.next_run.gaps) == (0, 0, ())
        assert found.past is not None
        assert found.past.reviews_before == found.past.reviews_after > 0
        assert found.past.kept_out_before == found.past.kept_out_after > 0


def test_only_auditors_and_operators_may_ask(workspace: Workspace) -> None:
    owner = Caller(principal=Principal(name="user:o"), grants=(Grant(role=Role.OWNER),), means="test")
    with pytest.raises(NotAllowed):
        simulate(workspace, owner, workspace.home.policy, SimulationQuestion())


def test_a_sample_looks_at_the_same_documents_each_time(workspace: Workspace) -> None:
    first, names = simulated(workspace, workspace.home.policy, sample=10)
    again, others = simulated(workspace, workspace.home.policy, sample=10)
    assert first == again
    assert names == others
    assert 0 < first.next_run.documents < first.next_run.known
    assert "A sample" in first.next_run.notes[0]


def test_the_command_fails_on_a_difference_that_is_named_and_shows_no_value(
    workspace: Workspace, tmp_path: Path
) -> None:
    stricter = policy_file(workspace, tmp_path / "changed.yaml", changed)
    same = policy_file(workspace, tmp_path / "reworded.yaml", reworded)

    def run(file: Path, *more: str) -> tuple[int, str]:
        arguments = ["policy", "simulate", "--policy", str(file), *more]
        done = CliRunner().invoke(app, arguments, env={"CORPUSGATE_HOME": str(workspace.home.folder)})
        return done.exit_code, done.output

    assert run(stricter)[0] == 0
    assert run(stricter, "--fail-on", "leaves")[0] == 3
    assert run(same, "--fail-on", "change", "--fail-on", "undecided")[0] == 0
    code, shown = run(stricter, "--json", "--source", "mail")
    assert code == 0
    found = json.loads(shown)["next_run"]
    assert {(one["before"], one["after"]) for one in found["transitions"]} == {("redact", "quarantine")}
    assert found["leaves"] == 2
    assert "Moorhen9" not in shown + run(stricter)[1]


def test_a_rule_over_a_field_that_is_not_kept_is_counted_and_not_guessed(workspace: Workspace, tmp_path: Path) -> None:
    def long(rules: Rules, content: dict[str, Any]) -> None:
        content["rules"].insert(
            0,
            {
                "id": "long", "each": "document", "when": "document.characters > 99", "action": "review",
                "reason": "It is a long text.",
            },
        )  # fmt: skip

    found, verdicts = simulated(workspace, load_policy(policy_file(workspace, tmp_path / "long.yaml", long)))
    (gap,) = found.next_run.gaps
    served = sum(one.action in (Action.ADMIT, Action.REDACT) for one in verdicts.values())
    assert (gap.gap, gap.documents, gap.rules) == (EvidenceGap.FIELD_NOT_KEPT, served, ("long",))


def test_a_real_run_under_the_policy_decides_what_was_simulated(workspace: Workspace, tmp_path: Path) -> None:
    """Last in this file: the home goes on under the other policy."""
    file = policy_file(workspace, tmp_path / "changed.yaml", changed)
    found, verdicts = simulated(workspace, load_policy(file))
    before = recorded(workspace)
    served = {
        known.doc_id for entry in SOURCES for known in workspace.ledger.known_versions(entry["name"]) if known.live
    }
    shutil.copyfile(file, workspace.home.folder / "configs" / "policy.yaml")
    later = Workspace(workspace.home.folder)
    refresh(later)
    after = recorded(later)
    assert {name: (one.action, frozenset(one.rule_ids)) for name, one in verdicts.items()} == after
    moved = {name for name in before if before[name][0] is not after[name][0]}
    assert found.next_run.changed == len(moved) > 5
    assert {(one.before, one.after) for one in found.next_run.transitions} == {
        (before[name][0], after[name][0]) for name in moved
    }
    still = {known.doc_id for entry in SOURCES for known in later.ledger.known_versions(entry["name"]) if known.live}
    assert (found.next_run.leaves, found.next_run.enters) == (len(served - still), len(still - served))
    assert served - still
    later.close()
