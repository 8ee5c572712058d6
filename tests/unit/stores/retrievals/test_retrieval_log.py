"""The retrieval log: what is asked of it, and that no edit goes unseen."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from pipeline.domain.serving.retrievals import RetrievalFilter
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.retrievals.log import RetrievalLog
from pipeline.stores.tables import retrieval_answers, retrieved_passages
from tests.support.ledger_samples import approved_source, outcome, run
from tests.support.retrievals import MOMENT, retrieval

DAY = timedelta(days=1)
_a, _p = retrieval_answers.c, retrieved_passages.c


def numbers(database: Database, wanted: RetrievalFilter, **page: int) -> list[int]:
    return [one.number for one in RetrievalLog(database).page(wanted, **page)]


def filled(database: Database, batches: int = 4, each: int = 3) -> RetrievalLog:
    """Batches of answers, one day apart."""
    log = RetrievalLog(database)
    for batch in range(batches):
        at = MOMENT + batch * DAY
        log.add([(retrieval(batch * each + n, "v1", f"v{batch}{n}", at=at), ["s:a"]) for n in range(each)])
    return log


def test_an_answer_comes_back_as_it_was_recorded(database: Database) -> None:
    given = retrieval(7, "v1", "v2")
    RetrievalLog(database).add([(given, ["s:a"])])
    (found,) = RetrievalLog(database).page(RetrievalFilter())
    assert found.as_recorded() == given
    assert (found.number, found.batch) == (1, 1)
    assert [passage.document for passage in found.passages] == [None, None], "versions that the ledger does not know"


def test_an_answer_without_passages_is_on_record(database: Database) -> None:
    RetrievalLog(database).add([(retrieval(1), [])])
    assert numbers(database, RetrievalFilter()) == [1]


def test_filters_narrow(database: Database) -> None:
    approved_source(database)
    served = outcome("a.md")
    run(database, "run-1", served)
    assert served.tagged is not None
    version = served.tagged.version_id
    log = RetrievalLog(database)
    log.add([(retrieval(1, version), ["handbook:a.md"]), (retrieval(2, "other", principal="user:bob"), [])])
    log.add([(retrieval(3, version, at=MOMENT + DAY).model_copy(update={"on_behalf_of": "user:bob"}), [])])
    log.add([(retrieval(4, at=MOMENT + 2 * DAY).model_copy(update={"generation": 9, "question": "f" * 32}), [])])
    for wanted, expected in (
        (RetrievalFilter(), [4, 3, 2, 1]),
        (RetrievalFilter(documents=("handbook:a.md",)), [3, 1]),
        (RetrievalFilter(principal="user:bob"), [3, 2]),
        (RetrievalFilter(chunk=f"{0:032x}"), [3, 2, 1]),
        (RetrievalFilter(generation=9), [4]),
        (RetrievalFilter(question="f" * 32), [4]),
        (RetrievalFilter(since=MOMENT + DAY), [4, 3]),
        (RetrievalFilter(until=MOMENT + DAY), [2, 1]),
        (RetrievalFilter(documents=("handbook:a.md",), since=MOMENT + DAY), [3]),
    ):
        assert numbers(database, wanted) == expected, wanted
    (first, _) = log.page(RetrievalFilter(documents=("handbook:a.md",)))
    assert [passage.document for passage in first.passages] == ["handbook:a.md"]


def test_pages_and_the_export_hold_every_answer_once(database: Database) -> None:
    log = filled(database)
    pages, before = [], None
    while page := log.page(RetrievalFilter(), before, 5):
        pages += [one.number for one in page]
        before = page[-1].number
    assert pages == list(range(12, 0, -1))
    assert [one.number for one in log.each(RetrievalFilter())] == list(range(1, 13))


def _edit_score(connection: Connection) -> None:
    connection.execute(update(retrieved_passages).where(_p.answer == 5, _p.rank == 1).values(score=0.1))


def _edit_principal(connection: Connection) -> None:
    connection.execute(update(retrieval_answers).where(_a.number == 5).values(principal="user:eve"))


def _drop_passage(connection: Connection) -> None:
    connection.execute(delete(retrieved_passages).where(_p.answer == 5, _p.rank == 2))


def _drop_answer(connection: Connection) -> None:
    connection.execute(delete(retrieved_passages).where(_p.answer == 5))
    connection.execute(delete(retrieval_answers).where(_a.number == 5))


def _drop_batch(connection: Connection) -> None:
    connection.execute(delete(retrieved_passages).where(_p.answer.between(4, 6)))
    connection.execute(delete(retrieval_answers).where(_a.batch == 2))


def _drop_end(connection: Connection) -> None:
    connection.execute(delete(retrieved_passages).where(_p.answer > 9))
    connection.execute(delete(retrieval_answers).where(_a.number > 9))


def _add_answer(connection: Connection) -> None:
    row = connection.execute(select(retrieval_answers).where(_a.number == 5)).mappings().one()
    connection.execute(insert(retrieval_answers), {**row, "number": 99, "id": "f" * 32, "batch": 9})


def _hide_text(connection: Connection) -> None:
    connection.execute(update(retrieved_passages).where(_p.answer == 5).values(shown=False))


@pytest.mark.parametrize(
    ("tampering", "batch"),
    [
        (_edit_score, 2),
        (_edit_principal, 2),
        (_drop_passage, 2),
        (_drop_answer, 2),
        (_drop_batch, 2),
        (_drop_end, 4),
        (_add_answer, 9),
        (_hide_text, 2),
    ],
)
def test_law_16_an_edit_of_the_log_is_named(
    database: Database, tampering: Callable[[Connection], None], batch: int
) -> None:
    log = filled(database)
    assert log.verify().ok
    assert (log.verify().batches, log.verify().retrievals) == (4, 12)
    with database.begin() as connection:
        tampering(connection)
    report = log.verify()
    assert not report.ok
    assert report.bad_batch == batch
    assert AuditLog(database).verify().ok, "the audit log itself is whole, and is what gives the edit away"


def test_law_16_answers_recorded_again_after_a_cut_are_named(database: Database) -> None:
    log = filled(database)
    with database.begin() as connection:
        _drop_end(connection)
    log.add([(retrieval(500, "v9"), [])])
    report = log.verify()
    assert report.bad_batch == 4
    assert report.problem == "Batch 4 stands 2 times in the audit log: an earlier one was removed."


def test_retention_removes_whole_old_batches_and_says_so(database: Database) -> None:
    log = filled(database)
    assert log.prune(MOMENT) == 0
    assert log.prune(MOMENT + 2 * DAY) == 6
    assert log.prune(MOMENT + 2 * DAY) == 0
    assert numbers(database, RetrievalFilter()) == [12, 11, 10, 9, 8, 7]
    report = log.verify()
    assert (report.ok, report.batches, report.pruned_batches) == (True, 2, 2)
    assert [event.subject for event in AuditLog(database).events() if event.action == "retrievals.pruned"] == [
        "retrievals:2"
    ]


def test_retention_keeps_the_newest_batch_so_that_positions_go_on(database: Database) -> None:
    log = filled(database)
    log.prune(MOMENT + 400 * DAY)
    assert numbers(database, RetrievalFilter()) == [12, 11, 10]
    log.add([(retrieval(77), [])])
    assert numbers(database, RetrievalFilter()) == [13, 12, 11, 10]
    assert log.verify().ok


def test_unreadable_lines_are_in_the_audit_log(database: Database) -> None:
    RetrievalLog(database).add([(retrieval(1), [])], unreadable=2)
    noted = [event.details for event in AuditLog(database).events() if event.action == "retrievals.unreadable"]
    assert noted == ['{"lines":2}']
