"""The house keeps its shape: a fixed top level, and each wrapped library behind one door."""

import ast
import re
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
    "detect_secrets",
    "faiss",
    "joserfc",
    "kingfisher_sdk",
    "PIL",
    "kreuzberg",
    "mammoth",
    "markdown_it",
    "nh3",
    "onnx",
    "onnxruntime",
    "openvino",
    "pgvector",
    "opentelemetry",
    "presidio_analyzer",
    "prometheus_client",
    "pypdfium2",
    "psycopg",
    "rfc8785",
    "safetensors",
    "securesystemslib",
    "sentence_transformers",
    "spacy",
    "standardwebhooks",
    "tesserocr",
    "tldextract",
    "tokenizers",
    "torch",
    "transformers",
    "yara_x",
]
"""Libraries with exactly one importing module, so that replacing one is a change to one file."""

DOORS = {
    "cryptography": {"pipeline.index.signing", "pipeline.backups.encryption"},
    "httpx": {"pipeline.engines.flink_jobs", "pipeline.web.security.provider"},
}
"""Libraries with one importing module for each service that they reach, or each use.

Requests to Flink and to the identity provider share no rule but their library: bounds of size, who is trusted and what
a failure means differ.
"""

ROOMS = {
    "alembic": {"pipeline.stores"},
    "apache_beam": {
        "transforms",
        "pipeline.runs",
        "pipeline.engines",
        "pipeline.files",
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


MAY_IMPORT = {
    "cli": "web drills checks runs reports backups takedown publishing "
    "search telemetry workspace review submissions settings",
    "web": "drills checks runs reports takedown publishing search telemetry workspace review submissions stores "
    "settings",
    "drills": "checks runs reports backups takedown publishing search workspace stores index models files settings",
    "checks": "publishing transforms workspace detectors stores index models extraction files sandbox",
    "runs": "publishing transforms telemetry workspace stores index engines files settings",
    "reports": "takedown publishing workspace evidence review stores index models",
    "backups": "takedown publishing workspace evidence stores index files settings",
    "takedown": "publishing workspace evidence stores index models files",
    "publishing": "workspace evidence stores index models files settings",
    "search": "workspace stores index settings",
    "transforms": "telemetry detectors stores index models extraction files settings",
    "telemetry": "workspace stores files settings",
    "evidence": "stores index outbound files settings",
    "workspace": "review submissions notifications evidence detectors stores index models extraction files settings",
    "review": "stores extraction files settings",
    "submissions": "stores files settings",
    "notifications": "stores outbound settings",
    "detectors": "models sandbox settings",
    "stores": "settings",
    "index": "files settings",
    "models": "files sandbox settings",
    "extraction": "sandbox settings",
    "engines": "settings",
    "outbound": "settings",
    "files": "",
    "sandbox": "",
    "settings": "",
    "domain": "",
}
"""What each folder imports next to `domain`, which all may import. A new edge is a decision: write it here first."""

IMPORTS_ON_USE = {
    "pipeline.checks.doctor",
    "pipeline.checks.scan",
    "pipeline.drills.rebuild",
    "pipeline.domain.policy.policy",
    "pipeline.domain.rates.ingest_rates",
    "pipeline.engines.worker",
    "pipeline.evidence.checkpoints",
    "pipeline.evidence.marked",
    "pipeline.evidence.witnesses",
    "pipeline.extraction.canaries",
    "pipeline.extraction.pdf.unread",
    "pipeline.extraction.worker",
    "pipeline.files.buckets",
    "pipeline.index.generations",
    "pipeline.index.segments",
    "pipeline.models.derivation",
    "pipeline.models.embedder",
    "pipeline.models.reference",
    "pipeline.models.tokenizer",
    "pipeline.publishing.canary_answers",
    "pipeline.reports.served",
    "pipeline.runs.__main__",
    "pipeline.runs.refresh",
    "pipeline.settings.places",
    "pipeline.stores.database",
    "pipeline.workspace",
    "transforms.support.passages",
    "transforms.support.reading",
}
"""Modules next to those of `pipeline.cli` in which functions import: what most of their callers can do without.

Decision 17 says when. Everywhere else imports stand at the head of the module.
"""


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


@pytest.mark.parametrize("library", DOORS)
def test_a_library_that_reaches_several_services_has_one_module_for_each(library: str) -> None:
    assert importers()[library] == DOORS[library]


@pytest.mark.parametrize("library", ROOMS)
def test_a_package_wide_library_stays_in_its_package(library: str) -> None:
    rooms = tuple(ROOMS[library])
    strays = {
        name for name in importers().get(library, set()) if not f"{name}.".startswith(tuple(f"{r}." for r in rooms))
    }
    assert not strays


def test_functions_import_only_where_the_table_says() -> None:
    importing = set()
    for top in ("pipeline", "transforms"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                    isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node)
                ):
                    importing.add(module_name(path))
    assert {name for name in importing if not name.startswith("pipeline.cli.")} == IMPORTS_ON_USE


def test_no_module_with_transforms_postpones_its_annotations() -> None:
    """Beam reads type hints of transforms at construction; postponed ones become Any."""
    for module in importers()["apache_beam"]:
        path = ROOT / (module.replace(".", "/") + ".py")
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert "from __future__ import annotations" not in text, module


@pytest.mark.parametrize("word", ["utils", "helpers", "manager", "common", "misc"])
def test_no_file_is_named_after_nothing(word: str) -> None:
    assert not [path for top in ("pipeline", "transforms") for path in (ROOT / top).rglob(f"*{word}*.py")]


def test_one_module_stands_loose_in_the_pipeline() -> None:
    assert {path.name for path in (ROOT / "pipeline").glob("*.py")} == {"__init__.py", "workspace.py"}


def test_every_folder_says_what_it_is_and_where_to_start() -> None:
    """A folder of modules has an `__init__.py` with a docstring; folders of migrations are Alembic's."""
    for top in ("pipeline", "transforms"):
        for folder in {path.parent for path in (ROOT / top).rglob("*.py") if "migrations" not in path.parts}:
            docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
            named = re.findall(r"(?:Start with|then) `([\w/]+\.py)`", docstring)
            assert named, f"{folder}: write `Start with FILE.py` into the docstring of its `__init__.py`"
            assert not [name for name in named if not (folder / name).exists()], folder


def room(module: str) -> str:
    """The folder of `pipeline/` a module lies in; all gates are one room."""
    top, _, rest = module.partition(".")
    return top if top == "transforms" or not rest else rest.partition(".")[0]


@cache
def edges() -> dict[str, set[str]]:
    """Room to the rooms it imports."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for top in ("pipeline", "transforms"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [f"{node.module}.{alias.name}" for alias in node.names]
                elif isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                else:
                    continue
                found[room(module_name(path))] |= {
                    room(name) for name in names if name.startswith(("pipeline.", "transforms."))
                }
    return found


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_what_the_table_allows_and_nothing_else(folder: str) -> None:
    named = edges()[folder] - {folder, "domain", "__version__", "pipeline"}
    assert named == set(MAY_IMPORT[folder].split())


def test_web_reads_only_identity_from_the_stores() -> None:
    """Everything else of the ledger reaches pages and REST through services."""
    strays = set()
    for path in (ROOT / "pipeline" / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline.stores"):
                strays |= {node.module} if not f"{node.module}.".startswith("pipeline.stores.identity.") else set()
    assert not strays


@pytest.mark.parametrize("door", ["cli", "web"])
def test_no_lower_folder_names_a_door_in_a_string(door: str) -> None:
    """A string that names a module is an import that no contract sees."""
    naming = set()
    for path in [*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "transforms").rglob("*.py")]:
        if room(module_name(path)) not in ("cli", "web"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and f"pipeline.{door}" in node.value:
                    naming.add(f"{module_name(path)}:{node.lineno}")
    assert not naming


def test_the_table_names_every_folder() -> None:
    folders = {path.name for path in (ROOT / "pipeline").iterdir() if (path / "__init__.py").exists()}
    assert set(MAY_IMPORT) == folders | {"transforms", "workspace"}


def test_every_gate_is_named_in_the_contract_that_keeps_gates_apart() -> None:
    shared = {"__init__", "gate"}
    contract = (ROOT / ".importlinter").read_text().split("[importlinter:contract:gates]")[1]
    gates = {path.stem for path in (ROOT / "transforms").glob("*.py")} - shared
    assert not {gate for gate in gates if f"transforms.{gate}\n" not in contract}


def test_every_class_name_stands_once() -> None:
    """A private class counts too: a name that means two things makes a reader open both modules."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for top in ("pipeline", "transforms", "scripts"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(f"{module_name(path)}:{node.lineno}")
    assert not {name: where for name, where in places.items() if len(where) > 1}


def test_no_two_test_files_share_a_name() -> None:
    """Pytest imports test files by their name alone: a second one of a name stops the whole suite."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


ARRAYS = re.compile(r"\b(?:NDArray|Vectors|Scores|Rows|Integers|Bitmap)\b")


def test_public_functions_say_the_shape_of_their_arrays() -> None:
    """The type says what an array holds; only the docstring can say which way round."""
    silent = []
    for top in ("pipeline", "transforms"):
        for path in (ROOT / top).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
            for node in (node for body in bodies for node in body if isinstance(node, ast.FunctionDef)):
                kinds = [argument.annotation for argument in (*node.args.args, *node.args.kwonlyargs)] + [node.returns]
                with_arrays = any(kind is not None and ARRAYS.search(ast.unparse(kind)) for kind in kinds)
                if with_arrays and not node.name.startswith("_") and "hape" not in (ast.get_docstring(node) or ""):
                    silent.append(f"{module_name(path)}.{node.name}")
    assert not silent
