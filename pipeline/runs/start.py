"""Starts a refresh of one source from a process without Beam, such as a server after a last approval.

Invariants: the refresh is a process of its own, so neither its memory nor its failure is the server's; it is the same
refresh a scheduler starts, with the same lock and the same gate. Its result is read from the ledger, not from it.
"""

import subprocess
import sys
import threading
from datetime import UTC, datetime

from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.runs import Run
from pipeline.workspace import Workspace

PROGRAM = "pipeline.runs"
"""The package whose `__main__` the process runs."""


class StartedRefresh(Frozen):
    """A refresh that is on its way."""

    source: str
    started_at: datetime
    pid: int


def publish_now(workspace: Workspace, source: str) -> StartedRefresh:
    """Start a refresh of `source`; follow it with `progress`. Raises `NotFound` for a source nobody knows."""
    name = workspace.sources.source(source).name
    started = datetime.now(UTC)
    # -P: what lies in the folder the server was started from is not code.
    command = [sys.executable, "-P", "-m", PROGRAM, str(workspace.home.folder), name]
    process = subprocess.Popen(  # noqa: S603 - our own command, a registered name
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Somebody has to take note that it ended, or it stays in the process table until the server does.
    threading.Thread(target=process.wait, name=f"refresh-{name}", daemon=True).start()
    return StartedRefresh(source=name, started_at=started, pid=process.pid)


def progress(workspace: Workspace, started: StartedRefresh) -> Run | None:
    """The run of a started refresh as the ledger knows it; None while it has not begun."""
    since = [
        run
        for run in workspace.ledger.runs(50)
        if run.sources == (started.source,) and run.started_at >= started.started_at
    ]
    return since[-1] if since else None
