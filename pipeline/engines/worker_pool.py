"""The Python side of a cluster's machine: `python -m pipeline.engines.worker_pool --port 50000`. One on each machine.

A TaskManager asks it for a worker when a job starts and closes the connection at the end. Each worker is a process.

Invariants: it answers on this machine's own address only, because a caller can run code. TaskManagers give their
workers equal names, so no worker is stopped by its name: it ends with its connection, or with the pool.
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

from apache_beam.portability.api import beam_fn_api_pb2, endpoints_pb2
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer
from google.protobuf import text_format

from pipeline.engines import bind_loopback, parent_death


class WorkerPool(BeamFnExternalWorkerPoolServicer):
    """Starts workers."""

    def __init__(self, **_: Any) -> None:
        super().__init__()
        self._spawner = ThreadPoolExecutor(1)  # the kernel ties a worker to the thread that started it: this one stays
        self._workers: list[subprocess.Popen[bytes]] = []

    def StartWorker(self, request: Any, _context: Any) -> Any:  # noqa: N802 - Beam's name
        """Start one; it asks for its work itself."""
        self._spawner.submit(self._start, request).result()
        return beam_fn_api_pb2.StartWorkerResponse()

    def StopWorker(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - Beam's name
        """Nothing to do; the connection is about to be closed."""
        return beam_fn_api_pb2.StopWorkerResponse()

    def _start(self, request: Any) -> None:
        self._workers = [worker for worker in self._workers if worker.poll() is None]
        environment = {
            "WORKER_ID": request.worker_id,
            "CONTROL_API_SERVICE_DESCRIPTOR": _described(request.control_endpoint),
            "LOGGING_API_SERVICE_DESCRIPTOR": _described(request.logging_endpoint),
        }
        command = parent_death.command(sys.executable, "-m", "pipeline.engines.worker")
        self._workers.append(subprocess.Popen(command, env=os.environ | environment))  # noqa: S603


def _described(endpoint: Any) -> str:
    return str(text_format.MessageToString(endpoints_pb2.ApiServiceDescriptor(url=endpoint.url)))


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.engines.worker_pool")
    parser.add_argument("--port", type=int, default=50000, help="Where TaskManagers of this machine ask for workers.")
    port = parser.parse_args(arguments).port
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)
    bind_loopback.only()
    _, server = WorkerPool.start(port=port)
    stopped.wait()
    server.stop(0)


if __name__ == "__main__":
    main(sys.argv[1:])
