"""The outside of one child process: start it, exchange frames without ever blocking, kill it.

Invariant: both ends of the pipes are pumped together, so parent and child never wait for each other to read.
"""

import contextlib
import fcntl
import functools
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from pipeline.sandbox import frames
from pipeline.sandbox.limits import MIB

_CHUNK = MIB
_HEADER_BYTES = 16 * MIB
_LAST_WORDS_BYTES = 4096

_OUT_OF_MEMORY = (b"memory allocation of", b"bad_alloc", b"MemoryError", b"Cannot allocate memory")
"""What native code says before it aborts for want of memory. Only looked for; never kept, for it stands beside text."""


class Death(Exception):
    """The child is of no more use: `reason` says why, in one of the closed set of words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Process:
    """One child process, from start to death."""

    def __init__(self, output_bytes: int) -> None:
        self._output_bytes = output_bytes
        self._popen = _spawner(os.getpid()).submit(_start).result()
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._pipes = (self._popen.stdin, self._popen.stdout, self._popen.stderr)
        self._to, self._from, self._complaints = (pipe.fileno() for pipe in self._pipes)
        for descriptor in (self._to, self._from, self._complaints):
            os.set_blocking(descriptor, False)
            with contextlib.suppress(OSError):  # a wider pipe means fewer turns; the default works too
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _CHUNK)
        # A runner may drop a gate without a word to it, and its child would stay as long as this process.
        self._end = weakref.finalize(self, _end, self._popen, self._pipes)
        self._outbox: deque[memoryview] = deque()
        self._inbox = bytearray()
        self._last_words = b""

    @property
    def pid(self) -> int:
        """Its process id, which is also its process group."""
        return self._popen.pid

    def send(self, frame: bytes) -> None:
        """Queue a frame and write what fits."""
        self._outbox.append(memoryview(frame))
        self._write()

    def receive(self, deadline: float) -> frames.Frame:
        """The next frame. Raises `Death` when it does not come by `deadline` (monotonic) or cannot come."""
        while (frame := self._next_frame()) is None:
            poll = select.poll()
            poll.register(self._from, select.POLLIN)
            poll.register(self._complaints, select.POLLIN)
            if self._outbox:
                poll.register(self._to, select.POLLOUT)
            left = deadline - time.monotonic()
            ready = {descriptor for descriptor, _ in poll.poll(max(0.0, left) * 1000)}
            if left <= 0 and self._from not in ready:
                raise Death("timeout")
            if self._complaints in ready:
                self._last_words = (self._last_words + (_take(self._complaints) or b""))[-_LAST_WORDS_BYTES:]
            if self._to in ready:
                self._write()
            if self._from in ready:
                self._read()
        return frame

    def kill(self) -> int:
        """Kill its whole process group and say how it ended: an exit code, or a signal as a negative number."""
        self._end()
        return self._popen.wait()

    def peak_memory(self) -> int:
        """Most resident memory it has had so far, in bytes; 0 once it is dead."""
        with contextlib.suppress(OSError), open(f"/proc/{self.pid}/status", encoding="ascii") as status:  # noqa: PTH123
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0

    def _write(self) -> None:
        try:
            while self._outbox:
                written = os.write(self._to, self._outbox[0])
                if written < len(self._outbox[0]):
                    self._outbox[0] = self._outbox[0][written:]
                else:
                    self._outbox.popleft()
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._outbox.clear()  # it is dead; reading says how

    def _read(self) -> None:
        data = _take(self._from)
        if data == b"":
            raise Death(self._cause())
        self._inbox += data or b""

    def _next_frame(self) -> frames.Frame | None:
        if len(self._inbox) < frames.PREFIX_BYTES:
            return None
        head, payload = frames.sizes(self._inbox)
        if head > _HEADER_BYTES or head + payload > self._output_bytes + _HEADER_BYTES:
            raise Death("output-size")
        end = frames.PREFIX_BYTES + head + payload
        if len(self._inbox) < end:
            return None
        middle = frames.PREFIX_BYTES + head
        try:
            frame = frames.decode(self._inbox[frames.PREFIX_BYTES : middle], self._inbox[middle:end])
        except ValueError:
            raise Death("protocol") from None
        del self._inbox[:end]
        return frame

    def _cause(self) -> str:
        """Why the child closed its end."""
        words = self._last_words + (_take(self._complaints) or b"")
        if self.kill() == -signal.SIGXCPU:
            return "timeout"
        return "memory" if any(sign in words for sign in _OUT_OF_MEMORY) else "crashed"


def _end(popen: "subprocess.Popen[bytes]", pipes: Sequence[IO[bytes]]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(popen.pid, signal.SIGKILL)
    popen.wait()
    for pipe in pipes:
        pipe.close()


def _take(descriptor: int) -> bytes | None:
    """What can be read now: None when nothing is there yet, nothing at the end."""
    try:
        return os.read(descriptor, _CHUNK)
    except BlockingIOError:
        return None


@functools.cache
def _spawner(_pid: int) -> ThreadPoolExecutor:
    """The thread that starts children, one a process.

    The kernel ties a child's life to the thread that started it. A runner's worker threads come and go; this one stays.
    """
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox")


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-s", "-B", "-m", "pipeline.sandbox", str(os.getpid())]
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env=_environment(sys.path),
        start_new_session=True,
        bufsize=0,
    )


def _environment(search_path: Sequence[str]) -> dict[str, str]:
    """All a child knows of the world: where code is, to use one thread, and to call nobody."""
    return {
        "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in search_path),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "CUDA_VISIBLE_DEVICES": "",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",  # looked for in every installed package
        "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
    }
