"""Making a candidate generation current: the one way, for refreshes, rollbacks, compaction and erasure alike.

Invariants: only the holder of the publisher's lock publishes. Segments and manifest are durable before this is called;
one ledger transaction makes the generation current (law 6).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from pipeline.domain.publication import Publication
from pipeline.stores.audit_log import Detail
from pipeline.stores.commit import Committed
from pipeline.stores.run_lock import HeldLock, acquire
from pipeline.workspace import Workspace

LOCK = "publisher"


@contextmanager
def publisher_lock(workspace: Workspace) -> Iterator[HeldLock]:
    """Hold the publisher's lock. Raises `LockHeld` when another run does not end in time."""
    runner = workspace.home.settings.runner
    with acquire(workspace.database, LOCK, runner.lock_seconds, runner.lock_wait_seconds) as lock:
        yield lock


def publish(workspace: Workspace, publication: Publication, details: Mapping[str, Detail], lock: HeldLock) -> Committed:
    """Commit `publication`; its generation, if it has one, is current when this returns."""
    return workspace.ledger.commit_publication(publication, details, datetime.now(UTC), lock)
