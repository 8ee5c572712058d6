"""A publisher killed at any point of its commit leaves the former state, and the next one finishes the work."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.serving.publication import Publication
from pipeline.review.service import ReviewService
from pipeline.stores import tables
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from tests.support.callers import person
from tests.support.ledger_samples import FINDING, NOON, approved_source, deletion, outcome, publication

COUNT = 50

KILLED_COMMIT = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
import test_ledger_crash as case
from pipeline.stores import audit_log, commit, queue_changes
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger

module, _, name = sys.argv[3].rpartition(".")
owner = {"commit": commit, "audit_log": audit_log, "changes": queue_changes.QueueChanges, "ledger": Ledger}[module]
original = getattr(owner, name)

def then_die(*args, **kwargs):
    original(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, then_die)
Ledger(Database(sys.argv[1])).commit_publication(case.second_run(), {}, case.NOON)
"""


def first_run() -> Publication:
    return publication(*(outcome(f"{n}.md") for n in range(COUNT)), number=1)


def second_run() -> Publication:
    """A bit of everything: changed, new, deleted, held, waiting."""
    old = [outcome(f"{n}.md") for n in range(COUNT)]
    changed = [
        outcome(f"{n}.md", "second", kind=ChangeKind.MODIFIED, run_id="run-2", findings=(FINDING,)) for n in range(20)
    ]
    waits = [outcome(f"new {n}.md", action=Action.REVIEW, run_id="run-2") for n in range(5)]
    gone = [deletion(one, held=one is old[40]) for one in old[40:45]]
    return publication(*changed, *waits, *gone, run_id="run-2", number=2, parent=1)


def everything(database: Database) -> dict[str, list[object]]:
    with database.read() as connection:
        return {
            table.name: sorted(map(str, connection.execute(sa.select(table)).all()))
            for table in tables.metadata.sorted_tables
        }


@pytest.fixture
def ready(database: Database) -> Ledger:
    """One run published, and the next one about to publish."""
    approved_source(database)
    ledger = Ledger(database)
    ledger.start_run("run-1", ["handbook"], NOON)
    ledger.commit_publication(first_run(), {}, NOON)
    ledger.start_run("run-2", ["handbook"], NOON)
    return ledger


def die_after(url: str, step: str) -> None:
    command = [sys.executable, "-c", KILLED_COMMIT, url, str(Path(__file__).parent), step]
    path = {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, env=os.environ | path, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(
    "step",
    [
        "commit._write_versions",
        "commit._move_pointers",
        "changes.write",
        "commit._make_current",
        "audit_log.append",
    ],
)
def test_law_06_a_publisher_killed_before_its_commit_changed_nothing(
    database: Database, database_url: str, ready: Ledger, step: str
) -> None:
    before = everything(database)
    die_after(database_url, step)
    assert everything(database) == before
    assert [run.run_id for run in ready.unfinished_runs()] == ["run-2"]
    done = ready.commit_publication(second_run(), {}, NOON)
    assert done.generation == ready.current_generation()
    assert len(ReviewService(database).list_items(person("user:adam"))) == 6
    assert AuditLog(database).verify().ok


def test_law_06_a_publisher_killed_after_its_commit_is_not_repeated(
    database: Database, database_url: str, ready: Ledger
) -> None:
    die_after(database_url, "ledger.commit_publication")
    after = everything(database)
    assert ready.unfinished_runs() == []
    assert ready.commit_publication(second_run(), {}, NOON).generation == ready.current_generation()
    assert everything(database) == after
