"""The Python side of a cluster's machine, and that nothing of it can be reached from another one."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc, endpoints_pb2

from tests.support.flink_cluster import free_port, until
from tests.support.trial import tree


class Pool:
    """A pool in a process of its own, and a control server that never has work."""

    def __init__(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "pipeline.engines.worker_pool", "--port", str(self.port)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.silent = socket.create_server(("127.0.0.1", 0))

    def ask(self, method: str) -> None:
        """Ask for a worker, or give one back, as TaskManagers do: all call theirs 1-1."""
        here = endpoints_pb2.ApiServiceDescriptor(url=f"127.0.0.1:{self.silent.getsockname()[1]}")
        with grpc.insecure_channel(f"127.0.0.1:{self.port}") as channel:
            grpc.channel_ready_future(channel).result(timeout=60)
            pool = beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolStub(channel)
            if method == "start":
                wanted = beam_fn_api_pb2.StartWorkerRequest(
                    worker_id="1-1", control_endpoint=here, logging_endpoint=here
                )
                assert pool.StartWorker(wanted, timeout=60).error == ""
            else:
                given = beam_fn_api_pb2.StopWorkerRequest(worker_id="1-1")
                assert pool.StopWorker(given, timeout=60).error == ""

    def workers(self) -> list[int]:
        return [pid for pid in tree(self.process.pid)[1:] if alive(pid)]


@pytest.fixture
def pool() -> Iterator[Pool]:
    started = Pool()
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()
        started.silent.close()


def alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_two_task_managers_get_workers_of_the_same_name_and_neither_stops_the_others(pool: Pool) -> None:
    pool.ask("start")
    pool.ask("start")
    assert len(pool.workers()) == 2
    pool.ask("stop")
    time.sleep(0.5)
    assert len(pool.workers()) == 2, "each ends when its own connection does"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_the_pool(pool: Pool, how: signal.Signals) -> None:
    pool.ask("start")
    workers = pool.workers()
    assert len(workers) == 1
    pool.process.send_signal(how)
    pool.process.wait(30)
    until(lambda: not any(map(alive, workers)), 30)
    assert pool.process.returncode == (0 if how is signal.SIGTERM else -how)


def test_the_pool_listens_on_this_machine_only(pool: Pool) -> None:
    pool.ask("stop")
    wanted = f":{pool.port:04X}"
    tables = (Path("/proc/net/tcp").read_text(), Path("/proc/net/tcp6").read_text())
    local = [line.split()[1] for table in tables for line in table.splitlines()[1:] if line.split()[3] == "0A"]
    assert {address.removesuffix(wanted) for address in local if address.endswith(wanted)} <= {
        "0100007F",
        "0000000000000000FFFF00000100007F",
    }
    assert any(address.endswith(wanted) for address in local)
