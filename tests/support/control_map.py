"""The names in a control map that stand for nothing."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer

from pipeline.cli.main import app
from pipeline.domain.controls import CHECKPOINT, DETECTORS, ControlMap, Mechanism
from pipeline.domain.serving.canary_questions import CanaryQuestions
from pipeline.domain.telemetry.metrics import CATALOGUE
from pipeline.settings.application import Settings
from pipeline.settings.principals import Identities
from scripts.reference import settings

ROOT = Path(__file__).parents[2]
SETTINGS = {row.name for model in (Settings, Identities, CanaryQuestions) for row in settings(model)}
METRICS = {metric.name for metric in CATALOGUE}
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def missing(found: ControlMap) -> list[str]:
    """Everything that a map names and that does not exist, as `mechanism: kind name`."""
    return [f"{name}: {absent}" for name, one in found.mechanisms.items() for absent in _missing(one)]


def _missing(one: Mechanism) -> Iterator[str]:
    yield from (f"code {path}" for path in one.code if not (ROOT / path).exists())
    yield from (f"test {test}" for test in one.tests if not _is_test(test))
    yield from (f"setting {name}" for name in one.settings if name not in SETTINGS)
    yield from (f"metric {name}" for name in one.metrics if name not in METRICS)
    yield from (f"command {line}" for line in one.commands if not _is_command(line))
    yield from (f"action {name}" for name in one.recorded if name not in _actions() | {CHECKPOINT, DETECTORS})
    places = (ROOT / "transforms" / f"{one.gate}.py", ROOT / "pipeline" / one.gate, ROOT / one.gate)
    if not any(path.exists() for path in places):
        yield f"gate {one.gate}"


def _is_test(name: str) -> bool:
    file, _, function = name.partition("::")
    return file.startswith("tests/") and (ROOT / file).is_file() and function in _tests(ROOT / file)


@cache
def _tests(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def _is_command(line: str) -> bool:
    program, *words = line.split()
    if program == "make":
        return len(words) == 1 and words[0] in TARGETS
    if program == "python":
        return len(words) == 2 and words[0] == "-m" and (ROOT / (words[1].replace(".", "/") + ".py")).is_file()
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    options = {name for param in command.params for name in param.opts}
    return (
        program == "corpusgate"
        and not hasattr(command, "commands")
        and all(word in options for word in words if word.startswith("-"))
        and (not words or words[0].startswith("-"))
    )


@cache
def _actions() -> frozenset[str]:
    """Every string of the code that has the form of an action."""
    found: set[str] = set()
    for path in (ROOT / "pipeline").rglob("*.py"):
        found.update(re.findall(r'"([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8")))
    return frozenset(found)
