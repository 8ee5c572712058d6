"""Requests to a child process that is replaced when it fails.

Invariants: answers come in the order of the requests. A failure belongs to the request the child was working on;
those queued behind it are sent again to the next child. Several threads may ask, for a runner works on several bundles
in one process, and each gets the answer to its own request.
"""

import contextlib
import re
import tempfile
import threading
import time
import weakref
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from pipeline.domain.errors import ChildFailure
from pipeline.sandbox import frames
from pipeline.sandbox.confinement import LAYERS
from pipeline.sandbox.limits import ChildLimits
from pipeline.sandbox.process import Death, Process
from pipeline.sandbox.scratch import LastingFolder

_GRACE_SECONDS = 5.0
"""Time a child gets to hand over an answer to a parent that was busy elsewhere when it was due."""

_CLASS_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}|output-size")


@dataclass(eq=False)
class Ticket:
    """A request on its way; `ChildProcess.result` redeems it."""

    frame: bytes | None = field(repr=False)
    wall_seconds: float
    submitted: float
    answer: frames.Frame | None = field(default=None, repr=False)
    failure: ChildFailure | None = None
    child: int = -1
    """Which child answered, as `ChildProcess.restarts` counts them."""

    @property
    def settled(self) -> bool:
        """Whether there is an answer or a failure."""
        return self.answer is not None or self.failure is not None


@dataclass(eq=False)
class _Begun:
    """A child that loads its target."""

    process: Process
    scratch: "tempfile.TemporaryDirectory[str]"
    since: float


class ChildProcess:
    """Calls `target` (`module:factory`, see `pipeline.sandbox.child`) in a limited child process."""

    def __init__(self, target: str, limits: ChildLimits, settings: dict[str, Any] | None = None) -> None:
        self.target, self.limits = target, limits
        self._settings = settings or {}
        self._process: Process | None = None
        self._begun: _Begun | None = None
        self._started: _Begun | None = None
        """Where the running child came from, with its scratch folder."""
        self._waiting: deque[Ticket] = deque()
        self._turn = threading.RLock()
        self._idle_since = 0.0
        self.restarts = -1
        """How often a child had to be replaced."""
        self.confined: tuple[str, ...] = ()
        """The layers of `pipeline.sandbox.confinement` that hold in the running child."""
        self._peak_memory = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def peak_memory_bytes(self) -> int:
        """Most resident memory any of its children was seen to have."""
        return max(self._peak_memory, self._process.peak_memory() if self._process else 0)

    @property
    def pid(self) -> int | None:
        """Process id of the running child."""
        return self._process.pid if self._process else None

    def call(
        self, header: dict[str, Any], payload: bytes = b"", wall_seconds: float | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """Ask and wait. Raises `ChildFailure`."""
        return self.result(self.submit(header, payload, wall_seconds))

    def begin(self) -> None:
        """Have the child load its target while the caller does something else; `start` waits for it."""
        with self._turn:
            if self._process is None and self._begun is None:
                self._begun = self._launched()

    def start(self) -> None:
        """Load the target now instead of at the first request. Raises `ChildFailure`."""
        with self._turn:
            if self._process is None:
                self.begin()
                assert self._begun is not None
                begun, self._begun = self._begun, None
                self._process = self._ready(begun)
                self._started = begun
                for ticket in self._waiting:
                    assert ticket.frame is not None
                    self._process.send(ticket.frame)

    def submit(self, header: dict[str, Any], payload: bytes = b"", wall_seconds: float | None = None) -> Ticket:
        """Queue a request; the child may work on it while the caller does something else."""
        now = time.monotonic()
        frame = frames.encode(header, payload)
        ticket = Ticket(frame, wall_seconds or self.limits.wall_seconds, now)
        with self._turn:  # sent in the order in which they wait, or an answer would go to another's request
            self._waiting.append(ticket)
            if self._process is not None:
                self._process.send(frame)
        return ticket

    def result(self, ticket: Ticket) -> tuple[dict[str, Any], bytes]:
        """The answer to a request. Raises `ChildFailure` when there is none."""
        with self._turn:
            attended = time.monotonic()
            while not ticket.settled:
                if ticket not in self._waiting:
                    raise ValueError("this ticket belongs to another child process, or to one that was closed")
                self._advance(attended)
        if ticket.failure is not None:
            raise ticket.failure
        assert ticket.answer is not None
        return ticket.answer

    def close(self) -> None:
        """Kill the child and forget what was queued."""
        with self._turn:
            self._waiting.clear()
            self._stop()

    def _advance(self, attended: float) -> None:
        """Settle the request at the head of the queue."""
        try:
            self.start()
        except ChildFailure as failure:
            while self._waiting:
                self._settle(failure=failure)
            return
        assert self._process is not None
        head = self._waiting[0]
        due = max(head.submitted, self._idle_since) + head.wall_seconds
        try:
            header, payload = self._process.receive(max(due, attended + min(_GRACE_SECONDS, head.wall_seconds)))
            if "error" in header:
                self._refuse(str(header["error"]), last=bool(header.get("last")))
            elif isinstance(answer := header.get("ok"), dict):
                self._settle(answer=(answer, payload))
            else:
                raise Death("protocol")
        except Death as death:
            self._stop()
            self._settle(failure=self._failure(death.reason))

    def _refuse(self, error: str, *, last: bool) -> None:
        if not _CLASS_NAME.fullmatch(error):
            raise Death("protocol")
        if last:
            raise Death("memory" if error == "MemoryError" else error)
        self._settle(failure=self._failure(error, done="The child process was kept."))

    def _settle(self, answer: frames.Frame | None = None, failure: ChildFailure | None = None) -> None:
        head = self._waiting.popleft()
        head.answer, head.failure, head.frame, head.child = answer, failure, None, self.restarts
        self._idle_since = time.monotonic()

    def _launched(self) -> _Begun:
        process = Process(self.limits.output_bytes)
        self.restarts += 1
        first = {"target": self.target, "settings": self._settings, "limits": asdict(self.limits)}
        if self.limits.works_on_disk:
            scratch: tempfile.TemporaryDirectory[str] = LastingFolder()
        else:
            scratch = tempfile.TemporaryDirectory(prefix="corpusgate-", ignore_cleanup_errors=True)
        process.send(frames.encode(first | {"scratch": scratch.name}, b""))
        begun = _Begun(process, scratch, time.monotonic())
        weakref.finalize(begun, scratch.cleanup)  # a caller may be dropped before it asks anything
        return begun

    def _ready(self, begun: _Begun) -> Process:
        """The child once it has loaded its target. Raises `ChildFailure`."""
        process, attended = begun.process, time.monotonic()
        reason = message = ""
        try:
            with contextlib.nullcontext() if self.limits.works_on_disk else begun.scratch:
                # A caller that was busy elsewhere finds the answer waiting, however late it looks.
                due = max(begun.since + self.limits.start_seconds, attended + _GRACE_SECONDS)
                header, _ = process.receive(due)
            self.confined = tuple(map(str, header.get("confined", ())))
            missing = [layer for layer in LAYERS if layer not in self.confined]
            if header.get("ready") is True and not (missing and self.limits.require_confinement):
                self._idle_since = time.monotonic()
                return process
            reason, message = str(header.get("error")), str(header.get("message"))
            if header.get("ready") is True:
                reason, message = "not confined", f"this kernel does not limit its {' and '.join(missing)}"
        except Death as death:
            reason = death.reason
        except BaseException:
            process.kill()
            raise
        process.kill()
        begun.scratch.cleanup()
        raise ChildFailure(
            "startup",
            f"The child process for {self.target} did not start ({reason}): {message}".removesuffix(": ") + ".",
            done="Nothing was given to it.",
            fix="Run `corpusgate doctor`; if it was memory or time, raise the limits in corpusgate.yaml; if the kernel "
            "does not confine it, run on Linux 5.13 or later with Landlock, or set sandbox.require to false.",
        )

    def _stop(self) -> None:
        if self._begun is not None:
            self._begun.process.kill()
            self._begun.scratch.cleanup()
            self._begun = None
        if self._process is not None:
            self._peak_memory = self.peak_memory_bytes
            self._process.kill()
            self._process = None
        if self._started is not None:
            self._started.scratch.cleanup()
            self._started = None

    def _failure(self, reason: str, done: str = "The child process was replaced.") -> ChildFailure:
        what = f"A request to {self.target} ended without an answer: {reason}."
        return ChildFailure(reason, what, done=done, fix="See the limits in corpusgate.yaml.")
