"""The suite itself: what it does about tools that are missing, and in which order its files run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINES = "import pytest\n\n@pytest.fixture(autouse=True)\ndef _engine():\n    pytest.skip('there is no engine')\n\n"
TWO_TESTS = "def test_one():\n    pass\n\ndef test_two():\n    pass\n"
TOOLS = ("chromium", "deploy", "airflow", "prism", "flink", "kafka", "broker")


def suite(folder: Path, *plugins: str, ci: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the tests in a folder with plugins of ours."""
    named = [word for plugin in plugins for word in ("-p", f"tests.plugins.{plugin}")]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        os.devnull,
        "--rootdir",
        str(folder),
        "-p",
        "no:cacheprovider",
        "-v",
    ]
    environment = {key: value for key, value in os.environ.items() if key not in ("CI", "PYTEST_ADDOPTS")}
    return subprocess.run(
        [*command, *named, str(folder)],
        cwd=ROOT,
        env=environment | ({"CI": "true"} if ci else {}),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def with_skips(tmp_path: Path) -> Path:
    (tmp_path / "test_engine.py").write_text(ENGINES + TWO_TESTS)
    one = "import pytest\n\ndef test_browser():\n    pytest.skip('there is no browser')\n\n"
    (tmp_path / "test_mixed.py").write_text(one + TWO_TESTS)
    return tmp_path


def test_a_closing_section_names_what_was_left_out_and_why(with_skips: Path) -> None:
    done = suite(with_skips, "no_skips")
    assert done.returncode == 0, done.stdout
    _, _, section = done.stdout.partition("Left out: 3 tests")
    lines = section.splitlines()[1:5]
    assert lines == [
        "there is no engine",
        "  test_engine.py: all 2 tests",
        "there is no browser",
        "  test_mixed.py::test_browser",
    ]


def test_in_ci_a_test_that_is_left_out_fails_by_its_reason(with_skips: Path) -> None:
    done = suite(with_skips, "no_skips", ci=True)
    assert done.returncode == 1
    assert "Skipped, and CI leaves nothing out: there is no engine" in done.stdout
    assert "1 failed, 2 passed, 2 errors" in done.stdout
    assert "Left out:" not in done.stdout


def test_nothing_is_said_where_nothing_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "test_all.py").write_text(TWO_TESTS)
    assert "Left out" not in suite(tmp_path, "no_skips").stdout


def test_long_files_start_first_and_tests_of_a_file_keep_their_order(tmp_path: Path) -> None:
    slow = "import pytest\n\n@pytest.mark.slow\n" + TWO_TESTS
    for name, text in {
        "unit/test_a.py": TWO_TESTS,
        "e2e/test_b.py": TWO_TESTS,
        "integration/test_c.py": slow,
        "e2e/test_d.py": slow,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "conftest.py").write_text(
        "def pytest_configure(config):\n    config.addinivalue_line('markers', 'slow: long')\n"
    )
    lines = suite(tmp_path, "longest_first").stdout.splitlines()
    ran = [line.split(" ")[0].partition(f"{tmp_path.name}/")[2] for line in lines if " PASSED" in line]
    files = ["e2e/test_d.py", "integration/test_c.py", "e2e/test_b.py", "unit/test_a.py"]
    assert ran == [f"{file}::{test}" for file in files for test in ("test_one", "test_two")]


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A clone on a machine that has a shell and nothing that installs or builds."""
    for name in ("scripts/test_tools.sh", "scripts/tools.sh", "scripts/deploy_tools.lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "scripts" / "setup.sh").write_text("#!/bin/sh\necho 'no network' >&2\nexit 1\n")
    (tmp_path / "scripts" / "setup.sh").chmod(0o755)
    shutil.copytree(ROOT / "configs" / "deploy", tmp_path / "configs" / "deploy")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "env", "dirname", "id", "cmp", "cat"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    return tmp_path


def install(clone: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(clone / "scripts" / "test_tools.sh")],
        env={"PATH": str(clone / "bin")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_tools_that_cannot_be_installed_are_named_and_no_error(bare_machine: Path) -> None:
    done = install(bare_machine)
    assert done.returncode == 0, done.stderr
    for tool in TOOLS:
        assert f"== Not installed: {tool}." in done.stdout
    assert "chromium fonts-dejavu-core" in done.stderr, "what somebody with rights can install"
    assert not list((bare_machine / ".tools").glob("*/*.jar"))


def test_in_ci_a_tool_that_cannot_be_installed_is_an_error(bare_machine: Path) -> None:
    done = install(bare_machine, CI="true")
    assert done.returncode == 1
    assert "Not installed" not in done.stdout
