"""A report over a past period is the same whether it was asked for at its end or later, over generated histories."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.review.items import WAITING, ItemState
from pipeline.domain.signals.report import SignalsReport
from pipeline.reports.signals import signals_report
from pipeline.review.service import ReviewService
from pipeline.stores.database import Database
from pipeline.stores.retrievals.log import RetrievalLog
from pipeline.stores.tables import erasures
from pipeline.workspace import Workspace
from tests.support.callers import person
from tests.support.ledger_samples import FINDING, deletion, make_source, outcome, publication
from tests.support.retrievals import retrieval
from tests.support.signal_home import UNREAD, hit

BEGINNING = datetime(2025, 1, 6, tzinfo=UTC)
WEEK, WEEKS, STEPS = timedelta(days=7), 8, 24
SOURCES = ("handbook", "wiki", "archive")
OSCAR, ADAM, ROSA = person("user:oscar", Role.OPERATOR), person("user:adam"), person("user:rosa")


class History:
    """A home whose clock the test sets, and random acts of people and runs in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        self.now = BEGINNING
        monkeypatch.setattr(Database, "now", lambda _database, _connection: self.now)
        Workspace(folder).home.create()
        settings = folder / "configs" / "corpusgate.yaml"
        settings.write_text(settings.read_text().replace("keep_days: 400", "keep_days: 36500"))
        self.workspace = Workspace(folder)
        self.workspace.create()
        self.reviews = ReviewService(self.workspace.database, words=str)
        self._answers = RetrievalLog(self.workspace.database)
        self._random = random.Random(seed)
        self._runs: list[str] = []
        self._failed: list[str] = []
        self._known: dict[str, Outcome] = {}
        self._numbers = iter(range(1, 100_000))
        self._names = iter(f"run-{number}" for number in self._numbers)

    def weeks(self) -> Iterator[datetime]:
        """Acts of a week at random moments; gives its end, with the clock there."""
        acts: list[Callable[[], object]] = [
            self._source,
            self._source,
            self._run,
            self._run,
            self._fail,
            self._review,
            self._ask,
        ]
        for week in range(WEEKS):
            moments = sorted(self._random.random() for _ in range(STEPS))
            for moment in moments:
                self.now = BEGINNING + (week + moment) * WEEK
                try:
                    self._random.choice(acts)()
                except CorpusgateError:
                    continue  # such as a release of a source that is not restricted
            self.now = BEGINNING + (week + 1) * WEEK
            yield self.now

    def _source(self) -> None:
        registry, name = self.workspace.sources, self._random.choice(SOURCES)
        if registry.find(name) is None:
            registry.add_source(make_source(name), by="user:rita")
        if registry.source(name).state is SourceState.PENDING and self._random.random() < 0.7:
            registry.approve_source(name, "user:adam")
        else:
            change = self._random.choice(["narrow", "narrow", "revoke", "release"])
            getattr(registry, f"{change}_source")(name, "user:adam", "A reason.")

    def _run(self) -> None:
        present = [source for source in SOURCES if self.workspace.sources.find(source) is not None]
        if not present:
            return
        source = self._random.choice(present)
        again = self._failed and self._random.random() < 0.5
        run_id = self._failed.pop() if again else next(self._names)
        made = {one.doc_id: one for one in (self._outcome(source) for _ in range(3))}
        self.workspace.ledger.start_run(run_id, [source], self.now)
        self.workspace.ledger.commit_publication(publication(*made.values(), run_id=run_id), {}, self.now)
        for doc_id, one in made.items():
            if one.kind is ChangeKind.DELETED:
                del self._known[doc_id]
            else:
                self._known[doc_id] = one

    def _outcome(self, source: str) -> Outcome:
        uri = f"{self._random.randrange(6)}.md"
        before = self._known.get(f"{source}:{uri}")
        if before is not None and self._random.random() < 0.3:
            return deletion(before)
        action, findings = self._random.choice(
            [
                (Action.ADMIT, (FINDING,)),
                (Action.REVIEW, ()),
                (Action.REVIEW, (hit(12),)),
                (Action.QUARANTINE, (UNREAD,)),
                (Action.QUARANTINE, (hit(9, "orders.forward", FindingKind.PLAIN_ORDER),)),
            ]
        )
        return outcome(uri, f"version {next(self._numbers)}", source=source, action=action, findings=findings)

    def _fail(self) -> None:
        run_id = next(self._names)
        self.workspace.ledger.start_run(run_id, ["handbook"], self.now)
        self.workspace.ledger.fail_run(run_id, self._random.choice(["canary-missed", "source-error"]))
        self._failed.append(run_id)

    def _review(self) -> None:
        items = self.reviews.list_items(ADAM)
        if not items:
            return
        item = self._random.choice(items)
        by: Caller = self._random.choice([ADAM, ROSA])
        act = self._random.choice(["approve", "approve", "reject", "quarantine", "break_glass", "confirm", "undo"])
        getattr(self.reviews, act)(item.item_id, OSCAR if act == "break_glass" else by, "A reason.")

    def _ask(self) -> None:
        held = [one.version_id for one in self._known.values()][:2]
        self._answers.add([(retrieval(next(self._numbers), *held, at=self.now), ())])


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], History]]:
    made: list[History] = []

    def begin(seed: int) -> History:
        made.append(History(tmp_path / f"home-{seed}", monkeypatch, seed))
        return made[-1]

    yield begin
    for one in made:
        one.workspace.close()


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_past_week_is_reported_as_it_was_reported_at_its_end(begun: Callable[[int], History], seed: int) -> None:
    history = begun(seed)
    then: dict[datetime, SignalsReport] = {}
    for end in history.weeks():
        then[end] = signals_report(history.workspace, OSCAR, since=end - WEEK, until=end)
    for end, report in then.items():
        assert signals_report(history.workspace, OSCAR, since=end - WEEK, until=end) == report
    figures = [report.figures for report in then.values()]
    assert len({one.breaker.narrowed for one in figures}) > 1, "the history is too plain to show anything"
    assert len({one.coverage.unread_at_end for one in figures}) > 1
    assert len({tuple(fresh.source for fresh in one.freshness) for one in figures}) > 1
    assert any(one.runs.failed.now for one in figures)


def test_the_last_report_counts_as_tables_of_today_do(begun: Callable[[int], History]) -> None:
    """The end of the last week is now: the state of today is the oracle."""
    history = begun(9)
    *_, end = history.weeks()
    figures = signals_report(history.workspace, OSCAR, since=end - WEEK, until=end).figures
    states = {source.name: source.state.value for source in history.workspace.sources.sources()}
    assert figures.breaker.narrowed == tuple(sorted(name for name, state in states.items() if state == "narrowed"))
    assert {one.source for one in figures.freshness} == {
        name for name, state in states.items() if state in ("approved", "narrowed")
    }
    waiting = [one for one in history.reviews.list_items(ADAM) if one.state in WAITING]
    broken = [one for one in history.reviews.list_items(ADAM) if one.state is ItemState.APPROVED and not one.decisions]
    assert figures.review.open == len(waiting) + len(broken) + _lapsed(history)
    unread = [one for one in history._known.values() if any(f.kind is FindingKind.SCAN_FAILED for f in one.findings)]
    assert figures.coverage.unread_at_end == len(unread)


def _lapsed(history: History) -> int:
    """Approvals that ended unused are shown as open; the report counts these items as decided."""
    return -sum(bool(one.decisions) and one.state in WAITING for one in history.reviews.list_items(ADAM))


def test_a_report_says_how_many_documents_were_erased_since(begun: Callable[[int], History]) -> None:
    history = begun(5)
    for number, end in enumerate(history.weeks()):
        if number == 0:
            first = end
    row = {"erasure_id": "e1", "doc_id": "handbook:1.md", "erased_by": "user:oscar", "reason": "A request."}
    with history.workspace.database.begin() as connection:
        connection.execute(erasures.insert().values(**row, erased_at=history.now))
    later = signals_report(history.workspace, OSCAR, since=first - WEEK, until=first)
    assert any(sentence.startswith("Documents erased since: 1.") for sentence in later.unknown)
