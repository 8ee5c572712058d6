"""Runs a program that ends with its parent: `python parent_death.py PARENT PROGRAM ARGUMENT…`.

A Prism whose driver was killed does not end by itself: it keeps a processor busy, looking for the lost worker. The
kernel is asked to kill it instead. The kernel ties a child to the thread that started it: start it from a thread that
stays.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def command(*program: str) -> list[str]:
    """What to start so that `program` runs tied to this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *program]


def _run(parent: int, program: list[str]) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was told
        sys.exit(1)
    os.execv(program[0], program)  # noqa: S606


if __name__ == "__main__":
    _run(int(sys.argv[1]), sys.argv[2:])
