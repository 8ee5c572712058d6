"""A full disk or a kill at any step of publishing: the last generation serves, the next attempt succeeds (law 6)."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.index.generations import Generation
from pipeline.index.signing import Verifier
from tests.support.faults import die_in_call, run_elsewhere, until_the_disk_suffices
from tests.support.index_samples import Doc, World, person

BEFORE = Doc("before.md", ("What was there before.",))
AFTER = Doc("after.md", ("What comes after.", "And more of it."))


def publish_and_die(root: str, current: str, call: str, step: str) -> None:
    world = World.reopened(root, current)
    owner, name = {"os": os, "Path": Path}[call.partition(".")[0]], call.partition(".")[2]
    die_in_call(owner, name, int(step))
    world.build(world.stage([AFTER], [AFTER.outcome()]))


def leftovers(world: World) -> list[str]:
    return [path.name for path in world.index.rglob(".tmp-*")]


def test_a_full_disk_at_any_step_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish([BEFORE])
    staged = world.stage([AFTER], [AFTER.outcome()])

    def unchanged() -> None:
        assert leftovers(world) == []
        assert world.found("what", person("ann")) == {"before.md"}

    record, failed = until_the_disk_suffices(monkeypatch, lambda: world.build(staged), unchanged)
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
    run_elsewhere("tests.unit.index.test_crashes:publish_and_die", world.root, current.model_dump_json(), call, step)
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
