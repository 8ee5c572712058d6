"""Facts about the project itself: what a stranger who clones it relies on."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES = sorted(
    path for top in ("pipeline", "transforms") for path in (ROOT / top).rglob("*.py") if "versions" not in path.parts
)
LONG = 400


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", name, maxsplit=1)[0]).lower()


@cache
def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def locked() -> dict[str, str]:
    """Name to block of the lock file."""
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    return {normal(block): block for block in blocks}


def test_every_locked_package_is_pinned_and_hashed() -> None:
    for name, block in locked().items():
        assert re.match(r"[a-z0-9._\[\],-]+==\S+", block), f"{name} is not pinned to one version"
        assert "--hash=sha256:" in block, f"{name} has no hash"


def test_the_lock_names_no_index_no_address_and_no_path() -> None:
    for forbidden in ("://", "--index", "--extra-index", "--find-links", " @ ", "file:", str(ROOT), str(Path.home())):
        assert forbidden not in LOCK


def test_the_lock_covers_every_declared_dependency() -> None:
    declared = [
        *PYPROJECT["project"]["dependencies"],
        *PYPROJECT["dependency-groups"]["dev"],
        *PYPROJECT["build-system"]["requires"],
        *(line for line in (ROOT / "scripts/tools.in").read_text().splitlines() if not line.startswith("#")),
    ]
    missing = {normal(name) for name in declared} - locked().keys()
    assert not missing, "run `make lock`"


def test_no_other_lock_file_is_kept() -> None:
    """Those formats write the address of the package index into the repository."""
    assert not [name for name in ("uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock") if (ROOT / name).exists()]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module starts with a docstring"


def test_files_stay_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert not [str(path.relative_to(ROOT)) for path, lines in lengths.items() if lines > LONG], "split them"
    assert sorted(lengths.values())[len(lengths) // 2] <= 130, "the middle file should be about 120 lines"


def test_make_alone_lists_the_targets() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in ("setup", "test", "check", "demo", "lock", "clean"):
        assert f"make {target}" in shown


def test_every_make_target_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"^(?:[A-Z]+=\S+ )*make ([a-z]+)", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    assert named <= targets


def test_every_file_the_readme_links_exists() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / "README.md").read_text())
    assert not [link for link in links if not (ROOT / link).exists()]


def test_no_file_names_the_machine_it_was_written_on() -> None:
    home, root = str(Path.home()), str(ROOT)
    needles = [needle.encode() + b"/" for needle in (home, root) if needle.count("/") > 1 or needle == "/root"]
    found = [path for path in tracked() for needle in needles if needle in path.read_bytes()]
    assert not found


def test_help_starts_without_the_heavy_libraries() -> None:
    """`corpusgate --help` answers at once: Beam, torch and spaCy are only loaded by what needs them."""
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom pipeline.cli.main import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "print(sorted({'apache_beam', 'torch', 'spacy'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
