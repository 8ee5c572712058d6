import os
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.errors import LockHeld
from pipeline.stores import tables
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.run_lock import acquire
from tests.support.ledger_samples import NOON, approved_source, outcome, publication

LOCKS = tables.run_locks


def set_row(database: Database, **values: object) -> None:
    with database.begin() as connection:
        connection.execute(sa.update(LOCKS).values(**values))


def holding_process(url: str) -> subprocess.Popen[str]:
    """Another process that holds the lock until its standard input closes."""
    code = f"""
        import sys
        from pipeline.stores.database import Database
        from pipeline.stores.run_lock import acquire
        with acquire(Database({url!r}), "publish", ttl=600):
            print("held", flush=True)
            sys.stdin.read()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_who_holds_it_since_when(database: Database) -> None:
    with acquire(database, "publish"):
        with (
            pytest.raises(LockHeld, match=rf"Process {os.getpid()} on .* since \d{{4}}-"),
            acquire(database, "publish"),
        ):
            pass
        with acquire(database, "another"):
            pass


def test_a_released_lock_is_free_and_its_token_larger(database: Database) -> None:
    with acquire(database, "publish") as first:
        pass
    with acquire(database, "publish") as second:
        assert second.token > first.token


def test_an_exception_inside_releases(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), acquire(database, "publish"):
        raise ZeroDivisionError
    with acquire(database, "publish"):
        pass


def test_a_waiter_gets_it_when_it_is_free(database: Database) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with acquire(database, "publish"):
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(30)
    threading.Timer(0.3, leave.set).start()
    with acquire(database, "publish", wait_seconds=30):
        assert leave.is_set()
    thread.join()


def test_a_living_process_keeps_its_lock_and_a_killed_one_is_replaced_at_once(
    database: Database, database_url: str
) -> None:
    holder = holding_process(database_url)
    with pytest.raises(LockHeld, match=f"Process {holder.pid} "), acquire(database, "publish"):
        pass
    holder.kill()
    # Not waited for yet: a zombie is dead too.
    deadline = time.monotonic() + 10
    while Path(f"/proc/{holder.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with acquire(database, "publish", ttl=600) as lock:
        assert lock.token == 2
    holder.wait()
    for pipe in (holder.stdin, holder.stdout):
        assert pipe is not None
        pipe.close()


def test_a_process_id_used_again_is_not_the_holder(database: Database) -> None:
    with acquire(database, "publish", ttl=600) as first:
        # As if the holder had died and this process got its id later.
        set_row(database, process_start=LOCKS.c.process_start - 1)
        with acquire(database, "publish", ttl=600) as second:
            assert second.token == first.token + 1


@pytest.mark.parametrize("machine", ["another machine", ""])
def test_a_holder_elsewhere_keeps_it_until_its_time_is_up(database: Database, machine: str) -> None:
    with acquire(database, "publish", ttl=600):
        set_row(database, machine=machine, pid=2**22 + 1)  # beyond any process id
        with pytest.raises(LockHeld), acquire(database, "publish"):
            pass
        set_row(database, expires_at=LOCKS.c.acquired_at)
        with acquire(database, "publish"):
            pass


def test_the_heartbeat_renews(database: Database) -> None:
    def expiry() -> object:
        with database.read() as connection:
            return connection.execute(sa.select(LOCKS.c.expires_at)).scalar_one()

    with acquire(database, "publish", ttl=0.9) as lock:
        first = expiry()
        deadline = time.monotonic() + 30
        while expiry() == first:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert not lock.lost.is_set()


def test_the_heartbeat_notices_a_lost_lock_and_the_loser_leaves_the_winner_alone(database: Database) -> None:
    with acquire(database, "publish", ttl=0.9) as first:
        set_row(database, token=LOCKS.c.token + 1)
        assert first.lost.wait(30)
    with database.read() as connection:
        assert connection.execute(sa.select(LOCKS.c.held)).scalar_one()


def test_law_06_who_lost_the_lock_publishes_nothing(database: Database) -> None:
    approved_source(database)
    ledger = Ledger(database)
    ledger.start_run("run-1", ["handbook"], NOON)
    work = publication(outcome("a.md"), number=1)
    with acquire(database, "publish", ttl=600) as lock:
        # It sleeps so long that another takes the lock.
        set_row(database, machine="elsewhere", expires_at=NOON - timedelta(days=1))
        with acquire(database, "publish", ttl=600) as taken:
            with pytest.raises(LockHeld, match="was lost"):
                ledger.commit_publication(work, {}, NOON, lock=lock)
            assert ledger.current_generation() is None
            ledger.commit_publication(work, {}, NOON, lock=taken)
    assert ledger.current_generation() is not None
