"""Handlers for tests of the sandbox: each misbehaves in its own way, inside the child."""

import contextlib
import ctypes
import os
import queue
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any


def create(greeting: str = "hello", log: str = "", fork: bool = False) -> Any:
    """`log`: a file that is opened before the child is confined; `fork`: a process made before."""
    behaviour = Behaviour(greeting, os.open(log, os.O_WRONLY | os.O_CREAT, 0o600) if log else -1)
    behaviour.grandchild = _sleeper() if fork else 0
    behaviour.open_while_loading = _open_files()
    threading.Thread(target=behaviour.work_early, daemon=True).start()

    def handle(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        if header["do"] == "scratch":
            return scratch(header, payload)
        return getattr(behaviour, header["do"])(header, payload)

    return handle


def scratch(_header: dict[str, Any], _payload: bytes) -> tuple[dict[str, Any], bytes]:
    """Write, rename and remove in the folder of temporary files; names it."""
    folder = Path(tempfile.gettempdir())
    (folder / "one").write_bytes(b"text")
    (folder / "one").rename(folder / "two")
    kept = (folder / "two").read_bytes().decode()
    (folder / "two").unlink()
    (folder / "left").write_bytes(b"text")
    return {"folder": str(folder), "kept": kept}, b""


def _open_files() -> list[str]:
    found = []
    for descriptor in range(256):
        with contextlib.suppress(OSError):
            found.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
    return found


def _sleeper() -> int:
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    return child


def attempt(path: str, how: str) -> str:
    """Try one forbidden thing; returns `done`, or the class of the error."""
    try:
        match how:
            case "read":
                Path(path).read_bytes()
            case "list":
                list(Path(path).iterdir())
            case "write":
                Path(path).write_bytes(b"loot")
            case "append":
                with Path(path).open("ab") as file:
                    file.write(b"loot")
            case "make-folder":
                Path(path).mkdir()
            case "rename":
                Path(path).rename(path + "-moved")
            case "remove":
                Path(path).unlink()
            case "chmod":
                Path(path).chmod(0o777)
            case "link":
                os.link(path, path + "-linked")
            case "socket" | "socket6" | "unix" | "packet":
                families = {"socket": 2, "socket6": 10, "unix": 1, "packet": 17}
                socket.socket(families[how], socket.SOCK_STREAM).close()
            case "pair":
                socket.socketpair()
            case "fork":
                if os.fork() == 0:
                    os._exit(0)
            case "exec":
                os.execv("/bin/true", ["true"])
            case "kill":
                os.kill(int(path), 0)
            case "trace":
                if ctypes.CDLL(None, use_errno=True).ptrace(16, int(path), 0, 0) != 0:
                    raise PermissionError
    except OSError as error:
        return type(error).__name__
    return "done"


def refuse() -> Any:
    raise FileNotFoundError("no model at models/x")


class Panic(BaseException):
    """As native code raises it: not an `Exception`."""


class Behaviour:
    def __init__(self, greeting: str, log: int) -> None:
        self.greeting, self.log, self.grandchild = greeting, log, 0
        self.open_while_loading: list[str] = []
        self._wanted: queue.Queue[tuple[str, str]] = queue.Queue()
        self._done: queue.Queue[str] = queue.Queue()

    def work_early(self) -> None:
        """What a thread does that a library started while it was loaded."""
        while True:
            self._done.put(attempt(*self._wanted.get()))

    def attempt(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        here = attempt(header["path"], header["how"])
        if header["how"] in ("exec", "fork"):
            return {"here": here, "early": here}, b""
        self._wanted.put((header["path"], header["how"]))
        return {"here": here, "early": self._done.get(timeout=5)}, b""

    def echo(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return {"greeting": self.greeting, "n": header.get("n"), "pid": os.getpid()}, payload

    def open_files(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return {"pid": os.getpid(), "loading": self.open_while_loading, "now": _open_files()}, b""

    def print(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        sys.stdout.write("noise " * 100_000)
        os.write(1, b"more noise")
        return {}, b"quiet"

    def fail(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        raise ValueError(payload.decode())

    def panic(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        raise Panic(payload.decode())

    def sleep(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        time.sleep(header["seconds"])
        return {"pid": os.getpid()}, b""

    def spin(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        while True:
            pass

    def segfault(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        ctypes.string_at(0)
        raise AssertionError("unreachable")

    def exit(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        os._exit(0)

    def swell(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        blocks = []
        while True:
            blocks.append(bytes(1 << 20))

    def abort_for_memory(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        os.write(2, b"memory allocation of 1099511627776 bytes failed")
        os.abort()

    def gush(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return {}, bytes(header["size"])

    def environment(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        descriptors = 0
        for descriptor in range(256):
            with contextlib.suppress(OSError):
                os.fstat(descriptor)
                descriptors += 1
        return {"names": sorted(os.environ), "descriptors": descriptors}, b""

    def write_log(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return {"written": os.write(self.log, payload)}, b""

    def speak_nonsense(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"\x00\x00\x00\x05\x00\x00\x00\x00{nope")
            except OSError:
                continue
        time.sleep(5)
        sys.exit(0)

    def forked(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return {"pid": self.grandchild}, b""
