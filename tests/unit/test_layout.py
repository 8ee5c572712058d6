"""The house keeps its shape: a fixed top level, and each wrapped library behind one door."""

import ast
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TOP_LEVEL = {"pyproject.toml", "README.md", "pipeline", "transforms", "configs", "tests", "scripts", "docs"} | {
    "Makefile",
    "LICENSE",
    "CHANGELOG.md",
    "requirements.lock",
}

ONE_DOOR = [
    "cel",
    "cryptography",
    "datasketch",
    "detect_secrets",
    "faiss",
    "httpx",
    "jwt",
    "kingfisher_sdk",
    "kreuzberg",
    "mammoth",
    "nh3",
    "pgvector",
    "opentelemetry",
    "presidio_analyzer",
    "prometheus_client",
    "pypdfium2",
    "psycopg",
    "rfc8785",
    "securesystemslib",
    "sentence_transformers",
    "spacy",
    "tldextract",
    "tokenizers",
    "torch",
    "transformers",
    "yara_x",
]
"""Libraries with exactly one importing module, so that replacing one is a change to one file."""

ROOMS = {
    "alembic": {"pipeline.stores"},
    "apache_beam": {
        "transforms",
        "pipeline.runs.refresh",
        "pipeline.runs.stream",
        "pipeline.engines.runners",
        "pipeline.engines.worker",
        "pipeline.engines.worker_pool",
    },
    "anyio": {"pipeline.web"},
    "fastapi": {"pipeline.web"},
    "jinja2": {"pipeline.web"},
    "rich": {"pipeline.cli"},
    "starlette": {"pipeline.web"},
    "uvicorn": {"pipeline.web"},
    "sqlalchemy": {"pipeline.stores"},
    "typer": {"pipeline.cli"},
}
"""Libraries that are a whole package's language, and the packages that speak it."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def importers() -> dict[str, set[str]]:
    """Top-level library to the modules that import it anywhere, inside functions too."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for top in ("pipeline", "transforms"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names = [node.module]
                else:
                    continue
                for name in names:
                    found[name.partition(".")[0]].add(module_name(path))
    return found


def test_the_top_level_is_what_the_readme_promises() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tops = {name.partition("/")[0] for name in listed.splitlines()}
    assert {top for top in tops if not top.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize("library", ONE_DOOR)
def test_a_wrapped_library_has_one_importing_module(library: str) -> None:
    assert len(importers().get(library, set())) <= 1


@pytest.mark.parametrize("library", ROOMS)
def test_a_package_wide_library_stays_in_its_package(library: str) -> None:
    rooms = tuple(ROOMS[library])
    strays = {
        name for name in importers().get(library, set()) if not f"{name}.".startswith(tuple(f"{r}." for r in rooms))
    }
    assert not strays


def test_no_module_with_transforms_postpones_its_annotations() -> None:
    """Beam reads type hints of transforms at construction; postponed ones become Any."""
    for module in importers()["apache_beam"]:
        path = ROOT / (module.replace(".", "/") + ".py")
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert "from __future__ import annotations" not in text, module


@pytest.mark.parametrize("word", ["utils", "helpers", "manager", "common", "misc"])
def test_no_file_is_named_after_nothing(word: str) -> None:
    assert not [path for top in ("pipeline", "transforms") for path in (ROOT / top).rglob(f"*{word}*.py")]


def test_every_part_of_the_pipeline_has_its_layer() -> None:
    """A new module that no contract names would escape the import rules."""
    contract = (ROOT / ".importlinter").read_text().split("[importlinter:contract:")[1]
    parts = {
        module_name(path).split(".")[1]
        for path in (ROOT / "pipeline").rglob("*.py")
        if path.parent != ROOT / "pipeline"
    }
    parts |= {path.stem for path in (ROOT / "pipeline").glob("*.py")} - {"__init__"}
    assert not {part for part in parts if f"pipeline.{part}" not in contract}


def test_every_gate_is_named_in_the_contract_that_keeps_gates_apart() -> None:
    shared = {"__init__", "bundle_errors", "containment", "elements", "gate", "kafka_io", "listing", "measured"}
    shared |= {"passages", "reading", "scanning", "ticks"}
    contract = (ROOT / ".importlinter").read_text().split("[importlinter:contract:gates]")[1]
    gates = {path.stem for path in (ROOT / "transforms").glob("*.py")} - shared
    assert not {gate for gate in gates if f"transforms.{gate}\n" not in contract}
