"""The driver of a stream: keeps the graph running and publishes its results until it is stopped.

Invariants: one driver a home, by a lock in the ledger. A database that is away or another run that publishes makes it
wait, never fail. A changed configuration restarts the graph, so that each verdict is bound to the configuration that
made it. A stop takes in no further documents and publishes those in progress, for as long as the settings allow; the
next start finds the rest.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pipeline.domain.errors import LedgerError, LockHeld
from pipeline.files.spool import Spool
from pipeline.runs.policy_in_force import settle_policy
from pipeline.runs.streaming.publisher import Published, StreamPublisher, Waits
from pipeline.runs.streaming.requests import Requests
from pipeline.runs.streaming.snapshots import SnapshotWriter
from pipeline.runs.streaming.worker import GraphProcess
from pipeline.settings.home import configs_digest
from pipeline.stores.run_lock import acquire
from pipeline.telemetry.stream import StreamMetrics
from pipeline.workspace import Workspace
from transforms.support.context import write_context

LOCK = "stream"
_TICK, _LOOK, _CONFIGS, _AWAY = 0.2, 1.0, 5.0, 2.0
"""Seconds between looking for windows, for what people decided, for changed configuration, and for a lost database."""
_PATIENCE, _MOST_PATIENCE = 150.0, 1_200.0
"""Seconds a graph has for its first sign of life; twice as many each time it gave none."""
_STALLED = 300.0
"""Seconds without a sign of life, or of what was taken in, after which the graph is started again: an engine may stop
handing out work, or lose some."""


@dataclass(frozen=True)
class Said:
    """Something the driver has to say: no document text is in it."""

    text: str
    warning: bool = False


Done = TypeVar("Done")
Event = Published | Waits | Said
Tell = Callable[[Event], None]


@dataclass(frozen=True)
class StreamOptions:
    """How a stream runs."""

    sources: tuple[str, ...] = ()
    window: float = 5.0
    poll: float = 2.0
    runner: str | None = None
    workers: int | None = None


class StreamDriver:
    """Runs a stream in this process and its graph in another."""

    def __init__(self, workspace: Workspace, options: StreamOptions, tell: Tell) -> None:
        self._workspace, self._options, self._tell = workspace, options, tell
        self._spool = Spool(workspace.home.path(workspace.home.settings.stream.folder))
        self._metrics = StreamMetrics(workspace)
        self._begun, self._patience = 0.0, _PATIENCE

    def run(self, stop: threading.Event) -> None:
        """Stream until `stop` is set, then drain. Raises `CorpusgateError` when it cannot go on."""
        self._spool.create()
        seconds = self._workspace.home.settings.runner.lock_seconds
        with acquire(self._workspace.database, LOCK, seconds), self._metrics.served():
            while not stop.is_set():
                self._run_with(stop)

    def _run_with(self, stop: threading.Event) -> None:
        """Stream with the configuration of this moment, until it changes or `stop` is set."""
        self._workspace = Workspace(self._workspace.home.folder)
        self._patiently(self._settle, stop)
        configs = self._judged_by()
        topics = None
        while topics is None:
            topics = self._patiently(self._begin, stop)
            if stop.is_set():
                self._workspace.close()
                return
        self._start_graph()
        self._tell(Said("The graph is started."))
        looked = checked = time.monotonic()
        try:
            while not stop.is_set():
                self._publish(stop)
                now = time.monotonic()
                if now - looked > _LOOK:
                    looked = now
                    self._patiently(self._look, stop)
                    self._metrics.gates(self._spool.figures())
                    if self._patiently(self._topics, stop) not in (topics, None):
                        self._tell(Said("The topics to read changed: the graph is started anew."))
                        return
                if now - checked > _CONFIGS:
                    checked = now
                    self._patiently(self._settle, stop)  # an approved policy is written to its file, and noticed there
                    if self._judged_by() != configs:
                        self._tell(Said("The configuration changed: the graph is started anew."))
                        return
                if stalled := self._stalled(time.time()):
                    self._tell(Said(f"{stalled} The graph is started again.", warning=True))
                    self._graph.stop()
                    self._start_graph()
                if said := self._graph.watch():
                    self._tell(Said(said, warning=True))
                stop.wait(_TICK)
            self._drain()
        finally:
            self._graph.stop()
            self._workspace.close()

    def _settle(self) -> None:
        settle_policy(self._workspace)

    def _judged_by(self) -> tuple[str, str]:
        """Digest of the configuration, and the embedding model in use: a migration changes it, and a rollback may."""
        return configs_digest(self._workspace.home), self._workspace.embedding.model

    def _start_graph(self) -> None:
        self._spool.begin()
        self._publisher.forget_pieces()
        self._begun = time.time()
        self._graph.start()

    def _stalled(self, now: float) -> str:
        """In what way the graph stands still, if it does."""
        if self._spool.last_beat() < self._begun:
            waited = now - self._begun
            if waited < self._patience:
                return ""
            self._patience = min(2 * self._patience, _MOST_PATIENCE)  # it may be a slow machine or a busy cluster
            return f"The graph gave no sign of life in the {waited:.0f} s since it was started."
        self._patience = _PATIENCE
        idle, stuck = self._spool.idle_seconds(now), self._spool.stuck_seconds(now)
        if idle > _STALLED:
            return f"The graph gave no sign of life for {idle:.0f} s."
        if stuck > _STALLED + 2 * self._options.window:
            return f"Nothing came of what was taken in {stuck:.0f} s ago."
        return ""

    def _begin(self) -> list[str]:
        """What workers judge against, as of now; returns the topics they read."""
        options, spool = self._options, self._spool
        spool.drain(stop=False)
        self._requests = Requests(self._workspace, spool)
        self._snapshots = SnapshotWriter(self._workspace, spool, options.sources, "stream")
        self._publisher = StreamPublisher(self._workspace, spool, self._snapshots, self._requests)
        self._snapshots.write()
        write_context(self._snapshots.context(), spool.folder)
        home = self._workspace.home.folder
        self._graph = GraphProcess(home, options.window, options.poll, options.runner, options.workers)
        self._said_wait = ""
        return self._topics()

    def _publish(self, stop: threading.Event) -> None:
        """Publish until nothing closed is left."""
        while not stop.is_set():
            done = self._patiently(self._publisher.step, stop)
            self._metrics.backlog(len(self._spool.closed_windows()))
            if isinstance(done, Published):
                self._note(done)
                continue
            if isinstance(done, Waits) and done.says != self._said_wait:
                self._said_wait = done.says
                self._tell(done)
            return

    def _note(self, done: Published) -> None:
        self._said_wait = ""
        self._metrics.published(done.lag_seconds, done.windows)
        self._metrics.sent_again(done.again)
        self._tell(done)

    def _look(self) -> None:
        """Look for what people decided and submitted, and for what else changed what verdicts rest on."""
        if self._snapshots.is_outdated():
            self._snapshots.write()
        refs = self._requests.due(self._snapshots.sources())
        if refs:
            self._snapshots.write(self._publisher.seen_now({ref.doc_id for ref in refs}))
            self._requests.ask(refs)

    def _topics(self) -> list[str]:
        """Topics are part of the graph; folders and inboxes it looks up."""
        return [source.name for source in self._snapshots.sources() if source.is_kafka]

    def _drain(self) -> None:
        """Take nothing new in; publish until nothing came for a while, or time is up."""
        limit = self._workspace.home.settings.stream.drain_seconds
        if not limit:
            return
        self._tell(Said(f"Stopping: what was taken in is published first, for {limit:g} s at the most."))
        self._spool.drain(stop=True)
        quiet = 2 * self._options.window + 2 * self._options.poll
        end, last = time.monotonic() + limit, time.monotonic()
        while time.monotonic() < min(end, last + quiet):
            done = self._patiently(self._publisher.step, None)
            if isinstance(done, Published):
                self._note(done)
                last = time.monotonic()
            elif self._graph.pid is None:
                break
            time.sleep(_TICK)
        self._tell(Said("Stopped."))

    def _patiently(self, do: Callable[[], Done], stop: threading.Event | None) -> Done | None:
        """Do it; while the database is away or another run publishes, wait instead."""
        try:
            return do()
        except LockHeld:
            return None
        except LedgerError as error:
            self._tell(Said(f"{error.what} It is tried again.", warning=True))
            if stop is None:
                time.sleep(_AWAY)
            else:
                stop.wait(_AWAY)
            return None
