"""Tests of the policy that ships, and what a test says."""

import shutil
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.policy.policy_tests import FindingFacts, JudgedTest, PolicyTest, PolicyTests, run_tests, untested
from pipeline.settings.files import load, load_policy
from pipeline.settings.home import default_configs

SHIPPED = load_policy(default_configs() / "policy.yaml")
TESTS = load(default_configs() / "policy.tests.yaml", PolicyTests).tests


@pytest.mark.parametrize("outcome", run_tests(SHIPPED, TESTS), ids=lambda outcome: outcome.test.name)
def test_the_policy_that_ships_decides_what_its_tests_expect(outcome: JudgedTest) -> None:
    assert outcome.passed, outcome


def test_every_rule_that_ships_has_a_test() -> None:
    assert untested(SHIPPED, TESTS) == []


def test_a_rule_that_no_test_expects_is_named() -> None:
    assert untested(SHIPPED, [test for test in TESTS if "live-secret" not in test.rules]) == ["live-secret"]


def test_a_test_fails_on_another_verdict_and_on_another_rule() -> None:
    secret = PolicyTest(
        name="a secret",
        findings=(FindingFacts(kind=FindingKind.SECRET),),
        verdict=Action.QUARANTINE,
        rules=("live-secret",),
    )
    other = secret.model_copy(update={"verdict": Action.REVIEW}), secret.model_copy(update={"rules": ("injection",)})
    assert [one.passed for one in run_tests(SHIPPED, [secret, *other])] == [True, False, False]


def test_a_field_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValidationError, match="document has no field colour"):
        PolicyTest(name="odd", document={"colour": "red"}, verdict=Action.ADMIT, rules=("x",))


def test_the_command_runs_the_tests_next_to_the_policy(tmp_path: Path) -> None:
    for name in ("policy.yaml", "policy.tests.yaml"):
        shutil.copyfile(default_configs() / name, tmp_path / name)
    policy, tests = tmp_path / "policy.yaml", tmp_path / "policy.tests.yaml"
    done = CliRunner().invoke(app, ["policy", "check", str(policy)])
    assert (done.exit_code, f"{len(TESTS)} of {len(TESTS)} tests pass" in done.output) == (0, True)
    content = yaml.safe_load(tests.read_text())
    content["tests"] = [{**content["tests"][0], "verdict": "reject"}]
    tests.write_text(yaml.safe_dump(content))
    done = CliRunner().invoke(app, ["policy", "check", str(policy)])
    assert done.exit_code == 1
    assert "Rules without a test: scan-failed" in done.output
    assert "clean document" in done.output
    tests.unlink()
    done = CliRunner().invoke(app, ["policy", "check", str(policy)])
    assert (done.exit_code, "No tests" in done.output) == (0, True)
