"""The Python side of a cluster's machine: `python -m pipeline.worker_pool --port 50000`. One on each machine.

A TaskManager asks it for a worker when a job starts and gives it back at the end. Each worker is a process of its own.

Invariants: it answers on this machine's own address only, for whoever reaches it can have code run. When it ends, its
workers do.
"""

import argparse
import signal
import sys
import threading
from types import FrameType

from pipeline import loopback


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.worker_pool", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=50000, help="Where TaskManagers of this machine ask for workers.")
    port = parser.parse_args(arguments).port
    loopback.only()
    from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer

    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)
    _, server = BeamFnExternalWorkerPoolServicer.start(use_process=True, port=port)
    stopped.wait()
    server.stop(0)


if __name__ == "__main__":
    main(sys.argv[1:])
