"""Which generations are kept and why, and what pruning removes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.checks.reconcile import reconcile
from pipeline.domain.errors import Conflict, IntegrityError, NotAllowed
from pipeline.publishing.retention import pin, prune, prune_after_run, retained, unpin
from pipeline.reports.served import verified_documents
from pipeline.settings.application import RetentionSettings
from pipeline.takedown.rollback import rollback
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome


def doc(number: int) -> Doc:
    return Doc("only.md", (f"This is revision {number}.",))


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    """Six generations of one document, of which settings keep the newest two."""
    made = ServedHome(tmp_path / "home", database_url)
    settings = made.workspace.home.settings
    made.workspace.home.__dict__["settings"] = settings.model_copy(
        update={"retention": RetentionSettings(generations=2, days=30, spacing_minutes=0)}
    )
    for number in range(1, 7):
        made.refresh(doc(number))
    yield made
    made.close()


@pytest.fixture
def aged(home: ServedHome, monkeypatch: pytest.MonkeyPatch) -> ServedHome:
    """The same, and the clock of retention stands sixty days later."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + timedelta(days=60)

    monkeypatch.setattr("pipeline.publishing.retention.datetime", Later)
    return home


def folders(home: ServedHome, name: str) -> int:
    return len(list((home.workspace.index / name).iterdir()))


def test_young_generations_are_all_kept(home: ServedHome) -> None:
    assert all(one.kept and "younger than 30 days" in one.reasons for one in retained(home.workspace))
    assert prune(home.workspace, OPERATOR).generations == ()


def test_of_many_in_one_stretch_of_time_the_last_is_kept(home: ServedHome) -> None:
    """As a stream makes them: the newest two by number, and the last of the stretch all of them fall into."""
    rules = RetentionSettings(generations=2, days=30, spacing_minutes=10_000_000)
    settings = home.workspace.home.settings.model_copy(update={"retention": rules})
    home.workspace.home.__dict__["settings"] = settings
    kept = {one.record.number: one.reasons for one in retained(home.workspace) if one.kept}
    assert sorted(kept) == [5, 6]
    assert "younger than 30 days" in kept[6]
    assert prune(home.workspace, OPERATOR).generations == (1, 2, 3, 4)
    assert [one.record.number for one in retained(home.workspace) if "younger than 30 days" in one.reasons] == [6]


def test_each_kept_generation_says_why(aged: ServedHome) -> None:
    pin(aged.workspace, 3, OPERATOR, "evidence")
    found = {one.record.number: (one.kept, one.reasons) for one in retained(aged.workspace)}
    assert found == {
        6: (True, ("current", "among the newest 2")),
        5: (True, ("parent of the current one", "among the newest 2")),
        4: (False, ("older than retention asks for",)),
        3: (True, ("pinned by user:oscar: evidence",)),
        2: (False, ("older than retention asks for",)),
        1: (False, ("older than retention asks for",)),
    }


def test_pruning_removes_files_and_keeps_records(aged: ServedHome) -> None:
    pin(aged.workspace, 3, OPERATOR, "evidence")
    told = prune(aged.workspace, OPERATOR, dry_run=True)
    assert (folders(aged, "generations"), folders(aged, "segments")) == (6, 6)
    done = prune(aged.workspace, OPERATOR)
    assert (told.generations, told.segments, told.bytes) == (done.generations, done.segments, done.bytes)
    assert (done.generations, done.segments) == ((1, 2, 4), 3)
    assert (folders(aged, "generations"), folders(aged, "segments")) == (3, 3)
    assert len(aged.workspace.ledger.generations()) == 6
    assert {one.record.number for one in retained(aged.workspace) if one.pruned_at} == {1, 2, 4}
    assert sorted(aged.audited("generation.pruned")) == ["1", "2", "4"]
    assert aged.found() == set(doc(6).texts)
    rollback(aged.workspace, 3, OPERATOR, "It is still there.")
    assert aged.found() == set(doc(3).texts)
    with pytest.raises(Conflict, match="pruned"):
        pin(aged.workspace, 4, OPERATOR, "too late")
    unpin(aged.workspace, 3, OPERATOR)
    assert reconcile(aged.workspace).differences[0].kind.value == "stale-staging"


def test_what_a_rollback_needs_is_kept_with_it(aged: ServedHome) -> None:
    """The new generation stands on segments of an old one, which outlive that one."""
    rollback(aged.workspace, 1, OPERATOR, "back to the first")
    prune(aged.workspace, OPERATOR)
    assert aged.found() == set(doc(1).texts)
    assert len(verified_documents(aged.workspace, aged.current())) == 1


def test_only_operators_prune(aged: ServedHome) -> None:
    for act in (lambda: prune(aged.workspace, REVIEWER), lambda: pin(aged.workspace, 1, REVIEWER, "mine")):
        with pytest.raises(NotAllowed):
            act()
    assert folders(aged, "generations") == 6


def test_a_kept_generation_that_cannot_be_read_stops_the_removal_of_segments_and_no_run(aged: ServedHome) -> None:
    manifest = aged.workspace.index / aged.workspace.ledger.generation(5).manifest
    manifest.write_bytes(b"{}")
    with pytest.raises(IntegrityError):
        prune(aged.workspace, OPERATOR)
    assert folders(aged, "segments") == 6
    prune_after_run(aged.workspace)
    assert folders(aged, "segments") == 6
