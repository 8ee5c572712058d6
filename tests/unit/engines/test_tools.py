"""Where engines that are no Python packages are found, and what is said when they are not."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.domain.errors import ConfigError
from pipeline.engines import parent_death
from pipeline.engines.tools import prism


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_prism_that_is_set_comes_first_then_the_path_then_what_make_tools_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, on_path = program(tmp_path / "given"), program(tmp_path / "bin" / "prism")
    left = program(tmp_path / "tools" / "prism" / "prism")
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert prism(str(given), left.parents[1]) == given
    assert prism("", left.parents[1]) == on_path
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert prism("", left.parents[1]) == left


@pytest.mark.parametrize("given", ["", "/nowhere/prism"])
def test_a_missing_prism_says_how_to_get_it(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=given or "not installed") as missing:
        prism(given, tmp_path)
    assert "make tools" in missing.value.fix


def test_a_tied_program_ends_with_the_process_that_started_it_even_when_that_is_killed() -> None:
    code = (
        "import subprocess, time; from pipeline.engines import parent_death; "
        "print(subprocess.Popen(parent_death.command('/bin/sleep', '300')).pid, flush=True); time.sleep(300)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent, parent.stdout:
        child = int(parent.stdout.readline())
        for _ in range(100):
            if Path(f"/proc/{child}/comm").read_text() == "sleep\n":
                break
            time.sleep(0.05)
        assert running(child)
        parent.kill()
    for _ in range(100):
        if not running(child):
            break
        time.sleep(0.05)
    assert not running(child)


def running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_program_whose_starter_is_gone_already_is_not_started() -> None:
    done = subprocess.run(
        [sys.executable, parent_death.__file__, str(os.getpid() + 1), "/bin/echo", "started"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, b"")
