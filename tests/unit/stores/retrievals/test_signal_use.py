"""Answers for a signals report: each belongs to the period of its time, in whatever order it was recorded."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from pipeline.domain.signals.periods import ReportPeriod
from pipeline.stores.database import Database
from pipeline.stores.ledger.signals import CountedPeriods
from pipeline.stores.retrievals.log import RetrievalLog
from pipeline.stores.retrievals.signals import Use, use
from tests.support.ledger_samples import approved_source, outcome, run
from tests.support.retrievals import retrieval

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
FIRST, SECOND = outcome("a.md"), outcome("b.md")
NEWER = outcome("a.md", "second", run_id="run-2")


@pytest.fixture
def log(database: Database) -> RetrievalLog:
    approved_source(database)
    run(database, "run-1", FIRST, SECOND)
    run(database, "run-2", NEWER, day=1)
    return RetrievalLog(database)


def used(database: Database, least: int = 1, until: datetime = MONDAY + WEEK) -> Use:
    period = ReportPeriod(since=MONDAY, until=MONDAY + WEEK, earlier=1)
    with database.read() as connection:
        return use(connection, CountedPeriods(period, until, (False, False)), least)


def record(log: RetrievalLog, *answers: tuple[datetime, str, tuple[str, ...]]) -> None:
    numbers = count(1)
    log.add([(retrieval(next(numbers), *held, at=at, principal=who), ()) for at, who, held in answers])


@pytest.mark.parametrize("late", [False, True], ids=["in-order", "out-of-order"])
def test_an_answer_counts_in_the_period_of_its_time(database: Database, log: RetrievalLog, late: bool) -> None:
    before = [(MONDAY - timedelta(hours=hour), "user:ann", (FIRST.version_id,)) for hour in (1, 2)]
    now = [
        (MONDAY, "user:ann", (FIRST.version_id, FIRST.version_id, SECOND.version_id)),
        (MONDAY + timedelta(hours=1), "user:bo", (NEWER.version_id,)),
        (MONDAY + timedelta(hours=2), "user:bo", ()),
    ]
    outside = [(MONDAY + WEEK, "user:ann", (FIRST.version_id,)), (MONDAY - WEEK - timedelta(1), "user:ann", ())]
    ordered = [outside[1], *before, *now, outside[0]]
    record(log, *([now[0], before[0], outside[0], now[1], before[1], now[2], outside[1]] if late else ordered))
    found = used(database)
    assert (found.answers.values, found.receivers.values) == ((2, 3), (1, 2))
    assert {name: one.values for name, one in found.principals.items()} == {"user:ann": (2, 1), "user:bo": (0, 2)}
    assert {name: one.values for name, one in found.documents.items()} == {
        "handbook:a.md": (2, 2),  # both versions; two passages of an answer count once
        "handbook:b.md": (0, 1),
    }
    assert used(database, least=2).principals.keys() == {"user:bo"}
    assert used(database, until=MONDAY + timedelta(hours=1)).answers.values == (2, 1)


def test_an_empty_log_has_no_answers(database: Database, log: RetrievalLog) -> None:
    found = used(database)
    assert (found.answers.values, found.principals, found.documents) == ((0, 0), {}, {})
