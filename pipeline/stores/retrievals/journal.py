"""A file that takes a line before an answer leaves, and hands its lines over in order.

Invariants: `append` returns after the operating system has the line, so a killed process loses none. Any process of the
home may append, and any may hand over. Lines wait until the receiver has them for good: after a crash in between it
gets them again.

A power cut can lose lines that were not handed over yet: waiting for the disk would cost each search milliseconds.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from pipeline.domain.errors import LedgerError

_CURRENT, _TAKEN, _LOCK = "current.jsonl", "taken.jsonl", "lock"
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC
LINES_TOGETHER = 2_000
"""Most lines that are handed over at once."""


class Journal:
    """The journal in one folder. Safe to use from many threads and processes.

    Args:
        folder: Where its files are; made when it is first needed.
        most_bytes: Size at which `append` refuses, because nothing was handed over for long.

    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._lock = threading.Lock()
        self._descriptor = -1

    def append(self, line: bytes) -> None:
        """Add a line, without its line break. Raises `LedgerError` if it cannot be kept."""
        data = line + b"\n"
        try:
            with self._lock, self._held() as descriptor:
                size = os.fstat(descriptor).st_size
                if size + len(data) > self._most_bytes:
                    raise _not_recorded("Too many wait for the database.")
                if os.write(descriptor, data) != len(data):
                    os.ftruncate(descriptor, size)  # a part of a line would spoil the next one
                    raise _not_recorded("There is no space left.")
        except OSError as error:
            raise _not_recorded(f"The file cannot be written ({type(error).__name__}).") from None

    def hand_over(self, receive: Callable[[list[bytes]], None]) -> None:
        """Give every line to `receive`, some at a time, and forget them. If it raises, the lines go on waiting."""
        if not self._folder.is_dir():
            return
        with self._alone():
            self._hand_over_taken(receive)  # left by a crash, or by a receiver that raised
            if self._take():
                self._hand_over_taken(receive)

    @property
    def waiting_bytes(self) -> int:
        """Size of what was not handed over yet."""
        waiting = 0
        for name in (_CURRENT, _TAKEN):
            with suppress(FileNotFoundError):
                waiting += (self._folder / name).stat().st_size
        return waiting

    def _hand_over_taken(self, receive: Callable[[list[bytes]], None]) -> None:
        with suppress(FileNotFoundError):
            with (self._folder / _TAKEN).open("rb") as file:
                while lines := [line.rstrip(b"\n") for line in islice(file, LINES_TOGETHER)]:
                    receive(lines)
            (self._folder / _TAKEN).unlink()

    def _take(self) -> bool:
        """Take the current file away from those who append; False if there is none."""
        try:
            descriptor = os.open(self._folder / _CURRENT, os.O_RDONLY | _FLAGS)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # waits for the line that is being written
            (self._folder / _CURRENT).rename(self._folder / _TAKEN)
        finally:
            os.close(descriptor)
        return True

    @contextmanager
    def _held(self) -> Iterator[int]:
        """The current file, which no other process or thread writes or takes away meanwhile."""
        while True:
            if self._descriptor < 0:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._descriptor = os.open(
                    self._folder / _CURRENT, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _FLAGS, 0o600
                )
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            if self._is_current():
                break
            os.close(self._descriptor)  # it was taken since the last line
            self._descriptor = -1
        try:
            yield self._descriptor
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.lstat(self._folder / _CURRENT))
        except FileNotFoundError:
            return False

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process or thread hands over meanwhile."""
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _not_recorded(why: str) -> LedgerError:
    return LedgerError(
        f"This retrieval cannot be put on record. {why}",
        done="The answer was withheld.",
        fix="Check that the folder `retrievals` of the home is writable, has space, and that the database answers.",
    )
