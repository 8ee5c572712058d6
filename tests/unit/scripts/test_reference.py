"""The reference pages are complete: every setting, command, metric, variable and exit code is documented."""

import re
import subprocess
from pathlib import Path

import pytest
import typer
import yaml
from pydantic import BaseModel, Field

from pipeline.cli.main import app
from pipeline.domain.errors import ExitCode
from pipeline.domain.policy.impact import DEFAULT_WEIGHTS
from pipeline.domain.policy.policy import Policy, PolicyRule
from pipeline.domain.serving.canary_questions import CanaryQuestions
from pipeline.domain.telemetry.metrics import CATALOGUE
from pipeline.settings.application import Settings
from pipeline.settings.principals import Identities
from scripts.reference import DOCS, GENERATORS, LAYERS, attribute_docstrings, commands, nested_model, settings

ROOT = Path(__file__).parents[3]


def page(name: str) -> str:
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generated_page_equals_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == GENERATORS[name](), "run `make reference`"


def test_every_folder_is_on_the_map_once() -> None:
    shown = [name for _, names in LAYERS for name in names.split()]
    folders = [path.name for path in (ROOT / "pipeline").iterdir() if (path / "__init__.py").exists()]
    assert sorted(shown) == sorted([*folders, "transforms"])


@pytest.mark.parametrize("model", [Settings, Identities, CanaryQuestions], ids=lambda model: model.__name__)
def test_every_setting_is_described(model: type[BaseModel]) -> None:
    rows = list(settings(model))
    assert not [row.name for row in rows if not row.meaning.endswith(".")], "write a docstring under the attribute"
    for row in rows:
        assert f"| `{row.name}` |" in page("settings.md")


def test_every_setting_stands_in_the_file_that_ships() -> None:
    """Optional parts, such as an identity provider, stand there as null or as a comment."""
    shipped = yaml.safe_load((ROOT / "configs" / "corpusgate.yaml").read_text(encoding="utf-8"))

    def missing(model: type[BaseModel], given: dict[str, object], prefix: str = "") -> list[str]:
        names = []
        for key, field in model.model_fields.items():
            if key not in given:
                names.append(prefix + key)
            elif isinstance(given[key], dict) and (nested := nested_model(field.annotation)) and not nested[1]:
                inner = given[key]
                assert isinstance(inner, dict)
                names += missing(nested[0], inner, f"{prefix}{key}.")
        return names

    assert missing(Settings, shipped) == ["index.pgvector"]
    assert Settings.model_validate(shipped) == Settings(schema_version=1)


def test_a_setting_without_a_description_is_noticed() -> None:
    class Sample(BaseModel):
        described: int = 1
        """Has one."""
        bare: int = Field(default=2, ge=1)

    assert attribute_docstrings(Sample) == {"described": "Has one."}
    assert [(row.name, row.values, row.meaning) for row in settings(Sample)] == [
        ("described", "whole number", "Has one."),
        ("bare", "whole number, at least 1", ""),
    ]


def test_every_command_argument_and_option_is_described() -> None:
    bare = []
    for path, command in commands(typer.main.get_command(app), ()):
        if not command.help or not command.epilog:
            bare.append(" ".join(path))
        bare += [f"{' '.join(path)} {param.name}" for param in command.params if not param.help]
        assert f"### {' '.join(path)}\n" in page("commands.md")
    assert not bare, "give it a help text, and each command an example"


@pytest.mark.parametrize("model", [Policy, PolicyRule], ids=lambda model: model.__name__)
def test_every_field_of_the_policy_is_described(model: type[BaseModel]) -> None:
    assert set(attribute_docstrings(model)) == set(model.model_fields)


def test_every_factor_of_an_impact_is_described() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| [\d.]+ \| (.+) \|$", page("policy.md"), flags=re.MULTILINE)
    assert {name for name, says in rows if says.strip()} == set(DEFAULT_WEIGHTS), "comment the weight in policy.yaml"


def test_every_metric_is_described() -> None:
    assert not [metric.name for metric in CATALOGUE if f"| `{metric.name}` |" not in page("metrics.md")]


def test_every_exit_code_is_described() -> None:
    rows = re.findall(r"^\| (\d) \| (\w+) \| .+ \| .+ \|$", page("exit_codes.md"), flags=re.MULTILINE)
    assert rows == [(str(code.value), code.name.lower()) for code in ExitCode]


def read_variables() -> set[str]:
    """Every variable that code, scripts or deployment files read."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {"ARGS", "WORKERS", "TOOLS", "CI"}  # of the Makefile and of the tests' own plugin
    for name in filter(None, listed.split("\0")):
        if (
            not name.startswith(("pipeline/", "transforms/", "scripts/", "configs/deploy/"))
            or not (ROOT / name).exists()
        ):
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        names |= set(re.findall(r"\bCORPUSGATE_[A-Z_]+[A-Z]\b", text))
        if name.endswith(".py"):
            names |= set(re.findall(r"environ(?:\.get|\.setdefault)?[(\[]\s*\"([A-Z_]+)\"", text))
        elif name.startswith("scripts/") and text.startswith("#!"):
            names |= set(re.findall(r"\$\{([A-Z_]+):[-+]", text))
    return names - {"PYTHONPATH"}


def test_every_environment_variable_is_described() -> None:
    described = set(re.findall(r"`([A-Z][A-Z_]+)`(?=[^|]* \|)", page("environment.md")))
    assert described - {"DNS", "PATH"} == read_variables()
