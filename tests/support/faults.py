"""Faults on purpose: a process killed in the middle of a call, and a disk that is full at each step in turn."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from tests.support.programs import ROOT

Result = TypeVar("Result")

_CALL = "import importlib, sys; module, name = sys.argv[1].split(':')"
_CALL += "; getattr(importlib.import_module(module), name)(*sys.argv[2:])"


def die_in_call(owner: Any, name: str, step: int = 1, *, after: bool = False) -> None:
    """Make the call number `step` of `owner.name` kill this process, before or after it did its work."""
    original, calls = getattr(owner, name), 0

    def counted(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == step and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **more)
        if calls == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, counted)


def run_elsewhere(function: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call `module:function` with these words in a process of its own, with more variables in its environment.

    Returns:
        What it printed, and its exit code: 0, or -9 when it was killed. Any other fails the test.
    """
    command = [sys.executable, "-c", _CALL, function, *map(str, arguments)]
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done


def until_the_disk_suffices(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[[], Result], after_failure: Callable[[], None]
) -> tuple[Result, int]:
    """Try with a disk that is full at the first `fsync`, then at the second, and so on, until an attempt succeeds.

    Returns:
        What the attempt returned, and how many attempts failed; `after_failure` was called after each of those.
    """
    real, left, failed = os.fsync, 0, 0

    def full(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    while True:
        left = failed + 1
        try:
            return attempt(), failed
        except OSError:
            failed += 1
            after_failure()
