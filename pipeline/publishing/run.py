"""The publisher: holds the lock, opens each generation once, and puts runs on record.

Invariants: only the holder of the publisher's lock publishes. A run that began ends published, held or failed, with the
class of its error as its reason code. The publisher verifies a generation when it opens it and keeps a copy in memory,
so files that change later do not change what it builds.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipeline.domain.errors import code_of
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.generations import Generation
from pipeline.stores.run_lock import HeldLock, acquire
from pipeline.workspace import Workspace

LOCK = "publisher"
_KEPT = 2
"""Opened generations: the current one and the candidate that follows it."""


class OpenedGenerations:
    """Generations that were opened and verified, kept while they are current or candidates."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._opened: dict[str, Generation] = {}

    def open(self, record: GenerationRecord) -> Generation:
        """The generation of that record, verified the first time. Raises `IntegrityError`."""
        generation = self._opened.pop(record.manifest_digest, None)
        if generation is None or generation.record != record:
            generation = Generation.open(self._workspace.index, record, self._workspace.verifier, copied=True)
        self._opened[record.manifest_digest] = generation
        while len(self._opened) > _KEPT:
            del self._opened[next(iter(self._opened))]
        return generation


@dataclass(frozen=True)
class Publisher:
    """The holder of the publisher's lock."""

    workspace: Workspace
    lock: HeldLock
    opened: OpenedGenerations

    def open(self, record: GenerationRecord) -> Generation:
        """A generation, opened and verified once. Raises `IntegrityError`."""
        return self.opened.open(record)

    def serving(self) -> Generation | None:
        """The current generation, opened; None while nothing is served. Raises `IntegrityError`."""
        current = self.workspace.ledger.current_generation()
        return None if current is None else self.open(current)


@contextmanager
def publisher_lock(
    workspace: Workspace, opened: OpenedGenerations | None = None, *, wait_seconds: float | None = None
) -> Iterator[Publisher]:
    """Hold the publisher's lock.

    Args:
        workspace: The home to publish in.
        opened: Generations that were opened before, for a publisher that takes the lock again and again.
        wait_seconds: How long to wait for another run; by default what the settings say.

    Raises:
        LockHeld: Another run does not end in time.
        OlderCopy: An anchor holds a checkpoint of a newer state of this home.

    """
    runner = workspace.home.settings.runner
    wait = runner.lock_wait_seconds if wait_seconds is None else wait_seconds
    with acquire(workspace.database, LOCK, runner.lock_seconds, wait) as lock:
        workspace.checkpoints.require_newest()
        yield Publisher(workspace, lock, opened or OpenedGenerations(workspace))


@dataclass(frozen=True)
class PublisherRun:
    """One run of a publisher."""

    publisher: Publisher
    run_id: str
    started_at: datetime
    _clock: float = field(default_factory=time.monotonic)

    @classmethod
    def new(cls, publisher: Publisher, prefix: str = "", started_at: datetime | None = None) -> "PublisherRun":
        """A run with an id of its own, which begins with `prefix`."""
        started = started_at or datetime.now(UTC)
        return cls(publisher, f"{prefix}{started:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}", started)

    @property
    def workspace(self) -> Workspace:
        """The home the run publishes in."""
        return self.publisher.workspace

    @property
    def seconds(self) -> float:
        """Seconds since the run was made."""
        return round(time.monotonic() - self._clock, 3)

    @contextmanager
    def on_record(self, sources: Sequence[str] = ()) -> Iterator["PublisherRun"]:
        """Note in the ledger that the run begins and, if the block raises, that it failed and why."""
        self.workspace.ledger.start_run(self.run_id, sources, self.started_at)
        try:
            yield self
        except BaseException as error:
            self.workspace.ledger.fail_run(self.run_id, code_of(error))
            raise
