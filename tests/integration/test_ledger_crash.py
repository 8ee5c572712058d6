"""A publisher killed at any point of its commit leaves the former state, and the next one finishes the work."""

import signal

import pytest
import sqlalchemy as sa

from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.serving.publication import Publication
from pipeline.review.service import ReviewService
from pipeline.stores import tables
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.ledger import commit
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.review.changes import QueueChanges
from tests.support.callers import person
from tests.support.faults import die_in_call, run_elsewhere
from tests.support.ledger_samples import FINDING, NOON, approved_source, deletion, outcome, publication

COUNT = 50

OWNERS = {"commit": commit, "audit_log": audit_log, "changes": QueueChanges, "ledger": Ledger}


def commit_and_die(url: str, step: str) -> None:
    module, _, name = step.rpartition(".")
    die_in_call(OWNERS[module], name, after=True)
    Ledger(Database(url)).commit_publication(second_run(), {}, NOON)


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
    done = run_elsewhere("tests.integration.test_ledger_crash:commit_and_die", url, step)
    assert done.returncode == -signal.SIGKILL


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
    assert len(ReviewService(database, words=str).list_items(person("user:adam"))) == 6
    assert AuditLog(database).verify().ok


def test_law_06_a_publisher_killed_after_its_commit_is_not_repeated(
    database: Database, database_url: str, ready: Ledger
) -> None:
    die_after(database_url, "ledger.commit_publication")
    after = everything(database)
    assert ready.unfinished_runs() == []
    assert ready.commit_publication(second_run(), {}, NOON).generation == ready.current_generation()
    assert everything(database) == after
