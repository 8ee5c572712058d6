"""A full disk or a kill at any step of publishing: the last generation serves, the next attempt succeeds (law 6)."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.index.generations import Generation
from pipeline.index.signing import Verifier
from tests.support.index_samples import Doc, World, person

BEFORE = Doc("before.md", ("What was there before.",))
AFTER = Doc("after.md", ("What comes after.", "And more of it."))

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = {samples!r}
from tests.support.index_samples import Doc, World
import test_crashes as t
world = World.__new__(World)
world.root, world.taken_back = Path({root!r}), set()
world.embedder = t.World.__dataclass_fields__["embedder"].default_factory()
from pipeline.domain.serving.publication import GenerationRecord
world.current = GenerationRecord.model_validate_json({current!r})
real, left = {call}, [{step}]
def counted(*args, **more):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **more)
{call} = counted
world.build(world.stage([t.AFTER], [t.AFTER.outcome()]))
"""


def leftovers(world: World) -> list[str]:
    return [path.name for path in world.index.rglob(".tmp-*")]


def test_a_full_disk_at_any_step_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish([BEFORE])
    staged = world.stage([AFTER], [AFTER.outcome()])
    real, step, failed = os.fsync, 0, 0

    def full(descriptor: int) -> None:
        nonlocal step
        step -= 1
        if step == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    while True:
        step = failed + 1
        try:
            record = world.build(staged)
            break
        except OSError:
            failed += 1
        assert leftovers(world) == []
        assert world.found("what", person("ann")) == {"before.md"}
    assert failed > 8  # two data files, description, three generation files and the folders around them
    world.current = record
    assert world.found("what", person("ann")) == {"before.md", "after.md"}


@pytest.mark.parametrize("call", ["os.fsync", "Path.rename", "Path.replace"])
@pytest.mark.parametrize("step", [1, 2, 4, 7])
def test_a_kill_at_any_step_changes_nothing(world: World, tmp_path: Path, call: str, step: int) -> None:
    reference = World(tmp_path / "undisturbed")
    reference.publish([BEFORE])
    expected = reference.publish([AFTER])
    current = world.publish([BEFORE])
    assert current is not None
    assert expected is not None
    code = KILLED.format(
        samples=[str(Path(__file__).parent), str(Path(__file__).parents[2])],
        root=str(world.root),
        current=current.model_dump_json(),
        call=call,
        step=step,
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode in (-signal.SIGKILL, 0), done.stderr
    assert world.found("what", person("ann")) == {"before.md"}
    again = world.publish([AFTER])
    assert again is not None
    assert again.digest == expected.digest
    assert leftovers(world) == []
    assert world.found("what", person("ann")) == {"before.md", "after.md"}
    Generation.open(world.index, again, Verifier.load(world.keys)).verify()


def test_a_failing_writer_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.files.durable import write_file

    def refuse(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    write_file(tmp_path / "kept", b"old")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output"):
        write_file(tmp_path / "kept", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("kept", b"old")]
