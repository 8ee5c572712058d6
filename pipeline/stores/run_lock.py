"""The publisher's lock, as a row.

Invariants: one holder at a time. Each acquisition gets a larger fencing token, and a commit is refused when the
token is no longer the row's: a holder that slept through its lock cannot publish. A holder on this machine whose
process is gone is replaced at once; any other is replaced when its time is up.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import IntegrityError as DuplicateRow

from pipeline.domain.errors import LedgerError, LockHeld
from pipeline.stores.database import Database
from pipeline.stores.tables import run_locks as table

POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock this process holds, or held."""

    name: str
    token: int
    lost: threading.Event = field(default_factory=threading.Event, compare=False)
    """Set when the heartbeat finds that somebody else took the lock."""


@contextmanager
def acquire(database: Database, name: str, ttl: float = 60.0, wait_seconds: float = 0.0) -> Iterator[HeldLock]:
    """Hold the lock `name` while the block runs; raises `LockHeld` when it is not free within `wait_seconds`."""
    deadline = time.monotonic() + wait_seconds
    while (lock := _try(database, name, ttl, last=time.monotonic() >= deadline)) is None:
        time.sleep(min(POLL_SECONDS, max(0.0, deadline - time.monotonic())))
    stop = threading.Event()
    heartbeat = threading.Thread(target=_renew, args=(database, lock, ttl, stop), name="run-lock", daemon=True)
    heartbeat.start()
    try:
        yield lock
    finally:
        stop.set()
        heartbeat.join()
        with database.begin() as connection:
            connection.execute(update(table).where(_mine(lock)).values(held=False))


def check_fence(connection: Connection, lock: HeldLock) -> None:
    """Raise unless `lock` is still held; the row stays locked until the caller's transaction ends."""
    if connection.execute(select(table.c.token).where(_mine(lock)).with_for_update()).first() is None:
        raise LockHeld(
            f"The lock {lock.name} was lost: another process took it while this one did not answer.",
            done="Nothing was published.",
            fix="Run it again; it continues from what is already done.",
        )


def _mine(lock: HeldLock) -> ColumnElement[bool]:
    return (table.c.name == lock.name) & (table.c.token == lock.token) & table.c.held


def _try(database: Database, name: str, ttl: float, *, last: bool) -> HeldLock | None:
    with database.begin() as connection:
        at = database.now(connection)
        row = connection.execute(select(table).where(table.c.name == name).with_for_update()).first()
        if (
            row is not None
            and row.held
            and row.expires_at > at
            and not _is_dead(row.machine, row.pid, row.process_start)
        ):
            if last:
                since = row.acquired_at.isoformat(timespec="seconds")
                raise LockHeld(
                    f"Process {row.pid} on {row.host} holds the lock {name} since {since}.",
                    fix="Wait for it to end. If it died, its lock ends by itself soon after its last sign of life.",
                )
            return None
        token = 1 if row is None else row.token + 1
        values = _self_description() | {
            "token": token,
            "held": True,
            "acquired_at": at,
            "heartbeat_at": at,
            "expires_at": at + timedelta(seconds=ttl),
        }
        if row is not None:
            connection.execute(update(table).where(table.c.name == name).values(**values))
            return HeldLock(name, token)
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(name=name, **values))
        except DuplicateRow:
            return None  # somebody else created the row between our look and our insert
        return HeldLock(name, token)


def _renew(database: Database, lock: HeldLock, ttl: float, stop: threading.Event) -> None:
    while not stop.wait(ttl / 3):
        try:
            with database.begin() as connection:
                at = database.now(connection)
                renewed = connection.execute(
                    update(table)
                    .where(_mine(lock))
                    .values(heartbeat_at=at, expires_at=at + timedelta(seconds=ttl))
                    .returning(table.c.token)
                ).first()
        except LedgerError:
            continue  # a busy database now is no lost lock; the fence decides at commit
        if renewed is None:
            lock.lost.set()
            return


def _self_description() -> dict[str, object]:
    pid = os.getpid()
    return {"host": socket.gethostname(), "machine": _machine(), "pid": pid, "process_start": _process_start(pid)}


def _machine() -> str:
    """Names this boot of this kernel and this process namespace: within it, process ids can be compared."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _process_start(pid: int) -> int | None:
    """Clock ticks between boot and the start of process `pid`; None when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The command name in parentheses may hold anything, so count from its end.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in ("Z", "X") else int(fields[18])


def _is_dead(machine: str, pid: int, process_start: int | None) -> bool:
    if not machine or machine != _machine() or process_start is None:
        return False
    return _process_start(pid) != process_start
