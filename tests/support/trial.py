"""What benchmarks and drills share: a home to throw away, the real command line, and the memory of a process tree.

Memory is the proportional set size (PSS) of a process and all its children, sampled: pages that several of them share
count once. Where the kernel does not tell it, resident memory is counted instead.
"""

import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("corpusgate")
FINE = (0, 3)
"""Exit codes of a refresh that did its work; 3 says that something waits for a person."""
SAMPLE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended by itself."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    peak_mb: float
    processor_seconds: float
    """Of the process and of every child it waited for. Only right while no other process is run at the same time."""


def run(command: Sequence[str | Path], *, allow: Sequence[int] = (0,), env: dict[str, str] | None = None) -> Finished:
    """Run a command to its end, with its wall time and the peak memory of its process tree."""
    started, before = time.monotonic(), _processor_seconds()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | (env or {})
    )
    peak, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], sum(map(memory_mb, tree(process.pid))))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        stdout, stderr = process.communicate()
    finally:
        seconds = time.monotonic() - started
        stop.set()
        watcher.join()
    done = Finished(process.returncode, stdout, stderr, seconds, peak[0], _processor_seconds() - before)
    if done.code not in allow:
        words = " ".join(map(str, command[1:4]))
        raise SystemExit(f"`{words} …` ended with exit code {done.code} after {seconds:.1f} s:\n{stderr[-2000:]}")
    return done


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tree(pid: int) -> list[int]:
    """The process and everything that descends from it, whatever session or group it moved to."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - sampled often
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                stat = Path(f"/proc/{entry}/stat").read_text()
                children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
    found = [pid]
    for one in found:
        found.extend(children.get(one, ()))
    return found


def memory_mb(pid: int) -> float:
    """Proportional set size of one process in MB; 0 once it is gone."""
    for name, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with contextlib.suppress(OSError, IndexError, ValueError):
            text = Path(f"/proc/{pid}/{name}").read_text()
            return int(text.partition(field)[2].split(maxsplit=1)[0]) * 1024 / 1e6
    return 0.0


class Home:
    """A Corpusgate home and its command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def make(cls, folder: Path, *options: str) -> "Home":
        """An empty home, with two people: one registers sources, the other approves them; `options` are of `init`."""
        home = cls(folder)
        run([COMMAND, "init", folder, *options])
        for name, role in (("registrar", "owner"), ("approver", "reviewer")):
            home("principals", "add", name, "--role", role)
            home("tokens", "create", name, "--out", str(home.token(name)))
        return home

    def token(self, name: str) -> Path:
        """The file with somebody's token."""
        return self.folder / f"{name}.token"

    def add_source(self, name: str, uri: Path, *, classification: str = "internal") -> None:
        """Register a source as one person and approve it as another."""
        add = ["sources", "add", name, "--uri", str(uri), "--owner", "user:owner", "--classification", classification]
        self(*add, "--allow", "group:everyone", "--token-file", str(self.token("registrar")))
        self("sources", "approve", name, "--token-file", str(self.token("approver")))

    def __call__(self, *arguments: str, allow: Sequence[int] = (0,)) -> Finished:
        """Run one command in this home."""
        return run([COMMAND, "--home", self.folder, *arguments], allow=allow)

    def refresh(self, *options: str) -> tuple[dict[str, Any], Finished]:
        """Refresh to the end; what it reported, and the process."""
        done = self("refresh", "--json", *options, allow=FINE)
        return json.loads(done.stdout), done

    def start_refresh(self) -> "subprocess.Popen[bytes]":
        """Start a refresh and leave it running."""
        command = [str(COMMAND), "--home", str(self.folder), "refresh", "--json"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def resident_mb(pid: int) -> float:
    """Resident memory of one process in MB; 0 once it is gone. Cheap to ask, unlike its share of shared pages."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def cpu_seconds(pid: int) -> float:
    """Processor time one process has used, in user and kernel; 0 once it is gone."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0
