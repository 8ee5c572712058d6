"""The inside of a child process: give up rights, load the target, give up the rest, answer until the pipe closes.

The first frame names the target (`module:factory`), its settings and the limits. The factory is called with the
settings and returns a handler, `(header, payload) -> (header, payload)`. An exception of a handler is answered
with its class name only: its message could hold document text.
"""

import contextlib
import ctypes
import gc
import importlib
import math
import os
import resource
import signal
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from pipeline.domain.errors import CorpusgateError
from pipeline.sandbox import confinement, frames

Handler = Callable[[dict[str, Any], bytes], frames.Frame]

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def serve(parent: int) -> None:
    """Answer requests on the inherited standard input and output. Returns when the parent closes its end."""
    _renounce(parent)
    requests, answers = _claim_pipes()
    first = _read(requests)
    if first is None:
        return
    target, settings, limits = (first[0][part] for part in ("target", "settings", "limits"))
    _limit(limits["memory_bytes"])
    # The C library loads this one when a thread ends, at a time when nothing can be loaded any more.
    with contextlib.suppress(OSError):
        ctypes.CDLL("libgcc_s.so.1")
    try:
        scratch = first[0]["scratch"]
        with confinement.fenced_for_loading(target, limits["reads"], (*limits["writes"], scratch)):
            with _temporary_files_in(scratch, keep=limits["works_on_disk"]):
                handler = _load(target, settings)
            # Code is loaded: from here on no file may grow, and the address space only by what a request may use.
            _limit_files(limits["file_bytes"])
            _limit_address_space(limits["memory_bytes"])
        kept = scratch if limits["works_on_disk"] else None
        confined = confinement.fence_for_documents(target, limits["late_reads"], kept)
    except BaseException as error:
        _write(answers, {"error": type(error).__name__, "message": _explain(error)}, b"")
        return
    _write(answers, {"ready": True, "confined": confined}, b"")
    while (request := _read(requests)) is not None:
        _allow_cpu(limits["cpu_seconds"])
        healthy = _answer(handler, request, answers, limits["output_bytes"])
        if not healthy:
            return


@contextlib.contextmanager
def _temporary_files_in(scratch: str, *, keep: bool) -> Iterator[None]:
    """Temporary files go to a folder of its own, which the parent removes. Unless it is kept, later there are none."""
    tempfile.tempdir = os.environ["TMPDIR"] = scratch
    try:
        yield
    finally:
        if not keep:
            tempfile.tempdir = None
            os.environ.pop("TMPDIR", None)


def _answer(handler: Handler, request: frames.Frame, answers: BinaryIO, output_bytes: int) -> bool:
    try:
        header, payload = handler(*request)
        frame = frames.encode({"ok": header}, payload)
    except Exception as error:
        last = isinstance(error, MemoryError)
        _write(answers, {"error": type(error).__name__, "last": last}, b"")
        return not last
    except BaseException as error:  # Rust panics are no Exception; what they leave behind is not worth keeping
        _write(answers, {"error": type(error).__name__, "last": True}, b"")
        return False
    if len(frame) > output_bytes:
        frame = frames.encode({"error": "output-size"}, b"")
    answers.write(frame)
    answers.flush()
    return True


def _renounce(parent: int) -> None:
    """Network, privileges and life after the parent's death."""
    libc = ctypes.CDLL(None, use_errno=True)
    # Best effort: an unprivileged user may need a user namespace around it, and some hosts forbid both.
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def _claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for the protocol; what libraries print goes where standard error goes."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return requests, answers


def _limit(memory_bytes: int) -> None:
    _lower((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 256), (resource.RLIMIT_DATA, memory_bytes))


def _limit_files(file_bytes: int) -> None:
    _lower((resource.RLIMIT_FSIZE, file_bytes))


def _lower(*limits: tuple[int, int]) -> None:
    for kind, most in limits:
        # A lower limit may already be set from outside; it stays.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def _limit_address_space(memory_bytes: int) -> None:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    _lower((resource.RLIMIT_AS, mapped + memory_bytes))


def _allow_cpu(seconds: float) -> None:
    """Move the soft limit to `seconds` from now; the kernel then kills the process with SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + seconds), hard))


def _load(target: str, settings: dict[str, Any]) -> Handler:
    module, _, factory = target.partition(":")
    gc.disable()  # while it loads next to nothing is garbage, and the collector would go over all of it many times
    try:
        handler: Handler = getattr(importlib.import_module(module), factory)(**settings)
    finally:
        gc.enable()
    gc.freeze()
    return handler


def _explain(error: BaseException) -> str:
    """Why loading failed. No document has been seen yet, so the message may be shown."""
    text = error.what if isinstance(error, CorpusgateError) else str(error)
    return text[:500]


def _read(requests: BinaryIO) -> frames.Frame | None:
    prefix = requests.read(frames.PREFIX_BYTES)
    if len(prefix) < frames.PREFIX_BYTES:
        return None
    head, payload = frames.sizes(prefix)
    return frames.decode(requests.read(head), requests.read(payload))


def _write(answers: BinaryIO, header: dict[str, Any], payload: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        answers.write(frames.encode(header, payload))
        answers.flush()
