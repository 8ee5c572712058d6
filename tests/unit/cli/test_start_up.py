"""Commands start with the libraries that they use, as the modules of a process of their own show."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from pipeline.cli.main import app
from pipeline.cli.tree import COMMANDS, Commands, CommandTree
from pipeline.workspace import Workspace

CLI = Path(__file__).parents[3] / "pipeline" / "cli"
HEAVY = {
    *("alembic", "apache_beam", "cel", "cryptography", "detect_secrets", "faiss", "fastapi", "httpx"),
    *("kreuzberg", "numpy", "onnxruntime", "opentelemetry", "presidio_analyzer", "prometheus_client"),
    *("prompt_toolkit", "pyarrow", "pydantic", "scipy", "sentence_transformers", "spacy", "sqlalchemy", "tokenizers"),
    *("pyarrow.compute", "sqlalchemy.dialects.postgresql", "torch", "transformers", "yara_x", "yaml"),
}
"""Libraries that cost a noticeable part of a second, or that only some commands need."""
LEDGER = {"pydantic", "sqlalchemy", "yaml"}
INDEX = {"numpy", "pyarrow", "cryptography", "cel"}

AFTER = """
import json, sys
from pipeline.cli.main import main
try:
    main()
except SystemExit:
    pass
parts = {"pyarrow.compute", "sqlalchemy.dialects.postgresql"}
loaded = {name.partition(".")[0] for name in sys.modules} | parts & set(sys.modules)
print("loaded", *sorted(loaded), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = Workspace(tmp_path_factory.mktemp("start-up") / "home")
    workspace.create()
    workspace.close()
    return workspace.home.folder


def loaded(*arguments: str, environment: dict[str, str] | None = None) -> tuple[str, set[str]]:
    """The output of a command, and the libraries in its process when it ends."""
    command = [sys.executable, "-c", AFTER, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=300)
    last = done.stderr.splitlines()[-1].split()
    assert last[0] == "loaded", done.stderr
    return done.stdout, set(last[1:])


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_help_and_version_import_no_heavy_library(arguments: tuple[str, ...]) -> None:
    written, libraries = loaded(*arguments)
    assert "corpusgate" in written
    assert not libraries & HEAVY


def test_a_command_leaves_nothing_to_the_collector_of_garbage_at_its_end() -> None:
    code = "import gc, sys\nfrom pipeline.cli.main import main\n"
    code += "sys.exit = lambda _: print(len(gc.get_objects()))\nmain()"
    command = [sys.executable, "-c", code, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert int(done.stdout.splitlines()[-1]) < 1_000, "of tens of thousands"


def test_completion_imports_no_adapter_and_completes_names() -> None:
    words = {"_CORPUSGATE_COMPLETE": "complete_bash", "COMP_WORDS": "corpusgate rev", "COMP_CWORD": "1"}
    code = "import sys; sys.argv[0] = 'corpusgate'\nimport atexit\natexit.register(lambda: print('loaded', "
    code += "*sorted({n.partition('.')[0] for n in sys.modules}), file=sys.stderr))\n"
    code += "from pipeline.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=words, timeout=300
    )
    assert set(done.stdout.split()) == {"review", "revoke", "revocations"}
    libraries = set(done.stderr.splitlines()[-1].split())
    assert libraries & HEAVY <= {"pydantic"}, "Typer itself parses with pydantic"


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (("sources", "list"), LEDGER),
        (("sources", "--help"), LEDGER),
        (("audit", "verify"), LEDGER | {"cryptography"}),  # it reads the marks in signed manifests
        (("explain", "handbook:missing.md"), LEDGER | INDEX),
        (("doctor",), LEDGER | INDEX),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_imports_the_libraries_it_uses_and_no_others(
    home: Path, arguments: tuple[str, ...], allowed: set[str]
) -> None:
    _, libraries = loaded("--home", str(home), *arguments)
    assert libraries & HEAVY <= allowed


@pytest.mark.parametrize("target", ["pipeline.sandbox.probe", "pipeline.extraction.ocr.probe"])
def test_a_child_that_the_doctor_starts_imports_no_heavy_library(target: str) -> None:
    code = f"import pipeline.sandbox.child, {target}, sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert not set(done.stdout.split()) & HEAVY


def test_the_table_of_commands_names_every_command_with_its_own_help() -> None:
    registered = {}
    for path in sorted(CLI.glob("*.py")):
        if "\ndef register(app" in path.read_text(encoding="utf-8"):
            group = typer.Typer()
            import_module(f"pipeline.cli.{path.stem}").register(group)
            for name, command in typer.main.get_group(group).commands.items():
                registered[name] = (path.stem, " ".join((command.help or "").split("\n\n")[0].split()))
    assert registered == COMMANDS


def test_the_tree_loads_the_command_that_is_run_and_lists_the_others() -> None:
    tree = typer.main.get_command(app)
    assert isinstance(tree, CommandTree)
    assert isinstance(tree.commands, Commands)
    assert tree.list_commands(None) == list(COMMANDS)
    _, command, rest = tree.resolve_command(typer.Context(tree), ["tokens", "list"])
    assert set(command.commands) >= {"create", "list", "revoke"}
    assert rest == ["list"]
