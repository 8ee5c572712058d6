"""Figures count once, add up within a bucket, and nothing unusual becomes normal."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from pipeline.domain.documents.documents import ChangeKind, Outcome
from pipeline.domain.rates.breaches import Breach, BreachKind, WindowRates
from pipeline.domain.rates.ingest_rates import Figure, IngestFigures, RateHistory
from pipeline.domain.rates.recorded import Graph
from pipeline.settings.application import RateSettings
from pipeline.stores.database import Database
from pipeline.stores.ledger.ingest_rates import history, recent, recorder
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.tables import ingest_figures
from tests.support.ledger_samples import NOON, approved_source, outcome, publication, run

ADA, BOB = "user:ada", "user:bob"
BREACH = Breach(
    source="handbook", owner=None, figure=Figure.DOCUMENTS, value=90, bound=10, kind=BreachKind.LEARNED, start=NOON,
    median=3, windows=20,
)  # fmt: skip


def rates(minutes: int = 0, *, breached: bool = False, narrowed: bool = False, **owners: int) -> WindowRates:
    return WindowRates(
        source="handbook", start=NOON + timedelta(minutes=minutes), known=7,
        owners={f"user:{name}": IngestFigures(documents=count) for name, count in owners.items()},
        breaches=(BREACH,) if breached else (), narrowed=narrowed,
    )  # fmt: skip


def record(database: Database, *windows: WindowRates, graph: Graph = Graph.STREAM, run_id: str = "run") -> None:
    with database.begin() as connection:
        recorder(graph, windows, run_id, RateSettings())(connection, NOON)


def known(database: Database, minutes: int = 60, windows: int = 500, graph: Graph = Graph.STREAM) -> RateHistory:
    with database.read() as connection:
        (found,) = history(
            connection, ["handbook"], graph, NOON + timedelta(minutes=minutes), windows=windows, share_hours=24
        )
    return found


def test_windows_of_one_bucket_add_up(database: Database) -> None:
    record(database, rates(ada=3, bob=1))
    record(database, rates(ada=2), run_id="later")
    (window,) = recent(database, "handbook", 10)
    assert window.figures == IngestFigures(documents=6)
    assert window.owners == {ADA: IngestFigures(documents=5), BOB: IngestFigures(documents=1)}
    assert (window.run_id, window.known, window.seconds, window.normal) == ("later", 7, 300, True)


def test_what_was_normal_is_remembered_by_owner_and_without_zeros(database: Database) -> None:
    for minutes, (ada, bob) in enumerate([(3, 0), (4, 2), (5, 0)]):
        record(database, rates(5 * minutes, ada=ada, bob=bob))
    assert known(database).past == {
        "": {Figure.DOCUMENTS: (3, 6, 5)}, ADA: {Figure.DOCUMENTS: (3, 4, 5)}, BOB: {Figure.DOCUMENTS: (2,)},
    }  # fmt: skip
    assert known(database, windows=2).past[ADA] == {Figure.DOCUMENTS: (4, 5)}
    assert known(database, graph=Graph.REFRESH).past == {}, "a run is not measured by five minutes of a stream"


def test_the_window_that_is_not_over_is_no_past(database: Database) -> None:
    record(database, rates(0, ada=3), rates(5, ada=4))
    found = known(database, minutes=9)
    assert found.past == {"": {Figure.DOCUMENTS: (3,)}, ADA: {Figure.DOCUMENTS: (3,)}}
    assert found.so_far(NOON + timedelta(minutes=5)) == {ADA: IngestFigures(documents=4)}
    assert known(database, minutes=10).past[ADA] == {Figure.DOCUMENTS: (3, 4)}


@pytest.mark.parametrize("unusual", ["breached", "narrowed"])
def test_what_is_out_of_pattern_never_becomes_normal(database: Database, unusual: str) -> None:
    record(database, rates(0, ada=3), rates(5, ada=90, **{unusual: True}))
    record(database, rates(5, ada=2))
    assert known(database).past[ADA] == {Figure.DOCUMENTS: (3,)}
    newest = recent(database, "handbook", 1)[0]
    assert (newest.figures.documents, newest.normal) == (92, False)
    assert newest.breaches == ((BREACH,) if unusual == "breached" else ())


def test_old_windows_are_forgotten(database: Database) -> None:
    record(database, rates(-60 * 24 * 401, ada=1))
    record(database, rates(0, ada=1))
    assert [window.start for window in recent(database, "handbook", 10)] == [NOON]


def test_a_run_committed_twice_counts_once_and_knows_its_source(database: Database) -> None:
    approved_source(database)
    ledger = Ledger(database)
    ledger.start_run("run-1", ["handbook"], NOON)
    for _ in range(2):
        also = recorder(Graph.REFRESH, [rates(ada=2)], "run-1", RateSettings())
        ledger.commit_publication(publication(outcome("a.md"), outcome("b.md")), {}, NOON, also=also)
    (window,) = recent(database, "handbook", 10)
    assert window.figures.documents == 2
    assert known(database, graph=Graph.REFRESH).known == 2


def test_nothing_is_recorded_of_a_run_that_fails(database: Database) -> None:
    approved_source(database)
    run(database, "run-0", outcome("a.md"))
    ledger = Ledger(database)
    ledger.start_run("run-1", ["handbook"], NOON)

    def stumbles(connection: object, at: object) -> None:
        recorder(Graph.REFRESH, [rates(ada=2)], "run-1", RateSettings())(connection, at)  # type: ignore[arg-type]
        raise RuntimeError("the database goes away")

    with pytest.raises(RuntimeError):
        ledger.commit_publication(publication(outcome("b.md"), run_id="run-1"), {}, NOON, also=stumbles)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(ingest_figures)).scalar() == 0


def test_a_document_that_changes_again_and_again_counts_once_towards_what_changed_lately(database: Database) -> None:
    approved_source(database)
    day_before = NOON - timedelta(days=2)
    ledger = Ledger(database)
    documents = [outcome(f"{number}.md") for number in range(4)]
    commit(ledger, "first", day_before, *documents)
    for number in range(3):
        again = outcome("0.md", f"edit {number}", kind=ChangeKind.MODIFIED)
        commit(ledger, f"edit-{number}", NOON + timedelta(hours=number), again)
    commit(ledger, "other", NOON + timedelta(hours=3), outcome("1.md", "edit", kind=ChangeKind.MODIFIED))
    assert known(database, minutes=240).lately == IngestFigures(documents=2, churned=2)
    assert known(database, minutes=60 * 48).lately == IngestFigures()


def commit(ledger: Ledger, run_id: str, at: datetime, *outcomes: Outcome) -> None:
    ledger.start_run(run_id, ["handbook"], at)
    changed = sum(one.kind is ChangeKind.MODIFIED for one in outcomes)
    owners = {"user:olga": IngestFigures(documents=len(outcomes), churned=changed)}
    also = recorder(
        Graph.REFRESH, [WindowRates(source="handbook", start=at, known=4, owners=owners)], run_id, RateSettings()
    )
    ledger.commit_publication(publication(*outcomes, run_id=run_id), {}, at, also=also)


def test_what_people_looked_at_is_not_counted_again(database: Database) -> None:
    approved_source(database)
    deleted = IngestFigures(documents=30, churned=30, deleted=30)
    windows = [rates(0).model_copy(update={"owners": {ADA: deleted}}), rates(5, breached=True, ada=90)]
    record(database, *windows)
    assert known(database).lately == IngestFigures(documents=30, churned=30, deleted=30)
