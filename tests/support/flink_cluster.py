"""A real Flink for tests, from `scripts/services/flink_cluster.sh`: a cluster, or Flink in one process.

with running_cluster(folder) as flink:
    runner = RunnerSettings(flink=flink.settings())
    flink.kill("taskmanager1")
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.engines.tools import TOOLS
from pipeline.settings.engines import FlinkSettings, WorkerEnvironment

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Flink:
    """A Flink that runs, and where."""

    folder: Path
    job: int
    rest: int = 0
    pool: int = 0

    def settings(self, **more: Any) -> FlinkSettings:
        """What `runner.flink` must say to use it."""
        if self.pool:
            more["environment"] = WorkerEnvironment(type="EXTERNAL", config=f"127.0.0.1:{self.pool}")
            more["master"] = f"127.0.0.1:{self.rest}"
        return FlinkSettings(job_endpoint=f"127.0.0.1:{self.job}", **more)

    def kill(self, name: str) -> None:
        """Kill -9 one of jobmanager, taskmanager1, taskmanager2, jobserver, pool."""
        os.kill(int((self.folder / f"{name}.pid").read_text().split()[0]), signal.SIGKILL)

    def log(self, name: str) -> str:
        """What a process said so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def ask(self, path: str) -> Any:
        """An answer of Flink's REST interface, such as `/jobs/overview`."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}{path}", timeout=20) as answer:
            return json.load(answer)

    def working(self) -> list[str]:
        """Names of the steps that are running at this moment."""
        jobs = [job["jid"] for job in self.ask("/jobs/overview")["jobs"] if job["state"] == "RUNNING"]
        steps = [step for job in jobs for step in self.ask(f"/jobs/{job}")["vertices"]]
        return [str(step["name"]) for step in steps if step["status"] == "RUNNING"]


@contextmanager
def running_cluster(folder: Path) -> Iterator[Flink]:
    """A JobManager, two TaskManagers, the job server and a pool of Python workers, each a process of its own."""
    ports = {name: free_port() for name in ("rest", "rpc", "job", "artifacts", "pool")}
    with _up(folder, *(word for name, port in ports.items() for word in (f"--{name}", str(port)))):
        yield Flink(folder, ports["job"], ports["rest"], ports["pool"])


@contextmanager
def running_single(folder: Path) -> Iterator[Flink]:
    """The job server with Flink in it; Python works in the process that submits."""
    job = free_port()
    with _up(folder, "--single", "--job", str(job), "--artifacts", str(free_port())):
        yield Flink(folder, job)


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for something, and fail when it does not come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.2)


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _up(folder: Path, *arguments: str) -> Iterator[None]:
    if not shutil.which("java"):
        pytest.skip("there is no Java, so no Flink: `make tools` installs both")
    if not any((TOOLS / "flink").glob("beam-runners-flink-*.jar")):
        pytest.skip(f"{TOOLS / 'flink'} holds no jars of Flink and Beam's job server: `make tools` installs them")
    try:
        _script("up", "--folder", str(folder), *arguments)
        yield
    finally:
        _script("down", "--folder", str(folder))


def _script(*arguments: str) -> None:
    script = str(ROOT / "scripts" / "services" / "flink_cluster.sh")
    done = subprocess.run([script, *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
