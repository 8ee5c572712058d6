"""From inside a child: no network, no writes, no reads outside what it was handed, in threads made early too."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.errors import ChildFailure
from pipeline.sandbox import ChildLimits, ChildProcess, calls, confinement, landlock, scratch, system_calls
from pipeline.settings.application import Settings

MIB = 1 << 20
LIMITS = ChildLimits(memory_bytes=128 * MIB, cpu_seconds=5, wall_seconds=10, output_bytes=MIB, file_bytes=0)


@pytest.fixture(autouse=True)
def _kernel_confines() -> None:
    assert landlock.version() >= 1, "these tests need a kernel with Landlock"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "fingerprint.key").write_text("00" * 32)
    (tmp_path / "handed").mkdir()
    (tmp_path / "handed" / "rules.yaml").write_text("rules: []")
    return tmp_path


@pytest.fixture
def child(home: Path) -> Iterator[ChildProcess]:
    limits = replace(LIMITS, reads=(str(home / "handed"),), writes=(str(home / "handed"),))
    with ChildProcess("tests.support.sandboxed:create", limits) as process:
        yield process


def tried(child: ChildProcess, how: str, path: Path | str = "") -> set[str]:
    header, _ = child.call({"do": "attempt", "how": how, "path": str(path)})
    return {header["here"], header["early"]}


def test_both_layers_hold(child: ChildProcess) -> None:
    child.start()
    assert child.confined == ("files", "calls")


def test_rules_about_the_kernels_files_outlast_its_memory_of_them(child: ChildProcess) -> None:
    """The kernel renews entries of /proc when memory is short, unless they are open; then no rule would grant them."""
    header, _ = child.call({"do": "open_files"})
    assert {f"/proc/{header['pid']}", "/proc/cpuinfo", "/proc/meminfo"} <= set(header["loading"])
    assert not [path for path in header["now"] if path.startswith("/proc/")]


@pytest.mark.parametrize("how", ["socket", "socket6", "unix", "packet", "pair"])
def test_no_socket_can_be_opened(child: ChildProcess, how: str) -> None:
    assert tried(child, how) == {"PermissionError"}


@pytest.mark.parametrize("how", ["fork", "exec"])
def test_no_process_can_be_started(child: ChildProcess, how: str) -> None:
    assert tried(child, how) == {"PermissionError"}


@pytest.mark.parametrize("how", ["kill", "trace"])
def test_the_parent_cannot_be_touched(child: ChildProcess, how: str) -> None:
    assert tried(child, how, str(os.getpid())) == {"PermissionError"}


@pytest.mark.parametrize("how", ["read", "append", "rename", "remove", "chmod", "link", "write"])
def test_the_homes_keys_can_be_neither_read_nor_changed(child: ChildProcess, home: Path, how: str) -> None:
    assert tried(child, how, home / "keys" / "fingerprint.key") == {"PermissionError"}
    assert (home / "keys" / "fingerprint.key").read_text() == "00" * 32


def test_a_folder_that_was_not_handed_over_cannot_be_listed(child: ChildProcess, home: Path) -> None:
    assert tried(child, "list", home / "keys") == {"PermissionError"}


@pytest.mark.parametrize("place", ["handed/new", "new", "/tmp/corpusgate-new", "/dev/shm/corpusgate-new"])
@pytest.mark.parametrize("how", ["write", "make-folder"])
def test_nothing_can_be_written_anywhere(child: ChildProcess, home: Path, place: str, how: str) -> None:
    """Not even where it might while it was loaded."""
    assert tried(child, how, home / place) == {"PermissionError"}
    assert not (home / place).exists()


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/hostname", "/proc/1/environ", "/root", "/"])
def test_the_system_cannot_be_looked_at(child: ChildProcess, path: str) -> None:
    how = "list" if Path(path).is_dir() else "read"
    assert tried(child, how, path) == {"PermissionError"}


def test_code_stays_readable_for_modules_that_load_late(child: ChildProcess) -> None:
    assert tried(child, "read", confinement.__file__) == {"done"}


def test_what_was_handed_over_is_read_while_loading_and_by_its_threads_only(child: ChildProcess, home: Path) -> None:
    header, _ = child.call({"do": "attempt", "how": "read", "path": str(home / "handed" / "rules.yaml")})
    assert header == {"here": "PermissionError", "early": "done"}


@pytest.fixture
def worker(home: Path) -> Iterator[ChildProcess]:
    """A child that works on files."""
    handed = (str(home / "handed"),)
    limits = replace(LIMITS, works_on_disk=True, file_bytes=MIB, reads=handed, late_reads=handed)
    with ChildProcess("tests.support.sandboxed:create", limits) as process:
        yield process


def test_a_child_that_works_on_files_has_one_folder_which_ends_with_it(worker: ChildProcess) -> None:
    header, _ = worker.call({"do": "scratch"})
    folder = Path(header["folder"])
    assert (header["kept"], (folder / "left").read_text()) == ("text", "text")
    assert worker.confined == ("files", "calls")
    worker.close()
    assert not folder.exists()


@pytest.mark.parametrize("how", ["read", "append", "rename", "remove", "chmod", "link", "write"])
def test_a_child_that_works_on_files_reaches_no_other(worker: ChildProcess, home: Path, how: str) -> None:
    assert tried(worker, how, home / "keys" / "fingerprint.key") == {"PermissionError"}
    assert tried(worker, "write", home / "handed" / "new") == {"PermissionError"}
    assert tried(worker, "read", home / "handed" / "rules.yaml") == {"done"}


@pytest.mark.parametrize("how", ["socket", "socket6", "unix", "packet", "pair", "fork", "exec"])
def test_a_child_that_works_on_files_connects_and_starts_nothing(worker: ChildProcess, how: str) -> None:
    assert tried(worker, how) == {"PermissionError"}


def test_the_folder_of_a_killed_parent_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    held, orphan, new = scratch.LastingFolder(), tmp_path / "corpusgate-work-orphan", tmp_path / "corpusgate-work-new"
    for folder in (orphan, new):
        folder.mkdir()
    for old in (Path(held.name), orphan):
        os.utime(old, (0, 0))
    other = scratch.LastingFolder()
    assert {path.name for path in tmp_path.iterdir()} == {Path(held.name).name, Path(other.name).name, new.name}
    for folder in (held, other):
        folder.cleanup()


def test_a_kernel_without_it_is_said_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LAYERS", ("files", "calls", "a layer no kernel has"))
    with ChildProcess("tests.support.sandboxed:create", LIMITS) as child:
        assert child.call({"do": "echo", "n": 1})[0]["n"] == 1


def test_a_kernel_without_it_is_refused_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LAYERS", ("files", "calls", "a layer no kernel has"))
    limits = replace(LIMITS, require_confinement=True)
    with ChildProcess("tests.support.sandboxed:create", limits) as child, pytest.raises(ChildFailure) as caught:
        child.call({"do": "echo"})
    assert caught.value.reason == "startup"
    assert "this kernel does not limit its a layer no kernel has" in caught.value.what
    assert "sandbox.require" in caught.value.fix


def test_requiring_it_of_the_sandbox_requires_it_of_every_child() -> None:
    settings = Settings.model_validate({"schema_version": 1, "sandbox": {"require": True}}).for_every_child()
    assert settings.detectors.require_confinement
    assert settings.extraction.require_confinement
    assert not Settings(schema_version=1).for_every_child().detectors.require_confinement


def test_calls_are_numbered_once_for_each_architecture() -> None:
    for column in (1, 2):
        table = (*system_calls._ALLOWED, *system_calls._WRITING)
        numbers = [entry[column] for entry in table if entry[column] is not None]
        assert len(numbers) == len(set(numbers))
