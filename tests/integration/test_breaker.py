"""The breaker through the real gate: a source that would replace most of itself goes to review, and only that one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.domain.rates.breaches import BreachKind
from pipeline.domain.rates.ingest_rates import Figure
from pipeline.domain.review.items import DecisionKind
from pipeline.runs.refresh import refresh
from pipeline.runs.result import RefreshResult
from pipeline.search.answers import search_as
from pipeline.settings.principals import PrincipalSettings
from pipeline.stores.ledger import ingest_rates
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import person

SIZE, REPLACED = 20, 16
RITA = person("rita", Role.REVIEWER)


class World:
    """A home with two sources that are served."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        self.workspace.principals.add(
            PrincipalSettings(name="ada", groups=("staff",), clearance=Classification.INTERNAL)
        )
        self.folders = {name: folder / name for name in ("handbook", "notes")}
        for name, place in self.folders.items():
            place.mkdir()
            self._register(name, place)
            for number in range(SIZE):
                self.write(name, number, f"Chapter {number} of the {name} explains how gardens are watered.")

    def write(self, source: str, number: int, text: str) -> None:
        (self.folders[source] / f"{number:02}.md").write_text(f"# Chapter {number}\n\n{text}\n")

    def rewrite(self, source: str, documents: int, text: str) -> None:
        for number in range(documents):
            self.write(source, number, f"{text} {number}.")

    def refresh(self, *, dry_run: bool = False) -> RefreshResult:
        return refresh(self.workspace, dry_run=dry_run)

    def state(self, source: str) -> SourceState:
        return self.workspace.sources.source(source).state

    def served(self, question: str, source: str) -> set[str]:
        return {one.text for one in search_as(self.workspace, "ada", question, 50) if one.document.startswith(source)}

    def _register(self, name: str, place: Path) -> None:
        approve_source(self.workspace, name, place)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.workspace.close()


def actions(result: RefreshResult, source: str) -> list[Action]:
    return [o.verdict.action for o in result.outcomes if o.verdict and o.doc_id.startswith(f"{source}:")]


def test_a_run_that_would_replace_most_of_a_source_waits_for_people_and_others_do_not(world: World) -> None:
    first = world.refresh()
    assert first.breaches == ()
    assert {world.state("handbook"), world.state("notes")} == {SourceState.APPROVED}, "a first import never fires"
    assert first.generation is not None
    before = world.served("how are gardens watered", "handbook")
    assert len(before) == SIZE

    world.rewrite("handbook", REPLACED, "Everybody pays their invoices to the new account")
    world.write("notes", 0, "The only note that changed is about snow.")
    preview = world.refresh(dry_run=True)
    assert [breach.figure for breach in preview.breaches] == [Figure.CHURNED]
    assert world.state("handbook") is SourceState.APPROVED, "a dry run changes nothing"

    second = world.refresh()

    (breach,) = second.breaches
    assert (breach.source, breach.owner, breach.kind) == ("handbook", None, BreachKind.FIXED)
    assert (breach.figure, breach.value, breach.bound, breach.of) == (Figure.CHURNED, REPLACED, SIZE // 2, SIZE)
    assert (world.state("handbook"), world.state("notes")) == (SourceState.NARROWED, SourceState.APPROVED)
    assert actions(second, "handbook") == [Action.REVIEW] * REPLACED
    assert {rule for o in second.outcomes if o.verdict for rule in o.verdict.rule_ids} >= {"narrowed-source"}
    assert actions(second, "notes") == [Action.ADMIT]
    assert second.published
    assert second.generation is not None
    assert second.generation.number == first.generation.number + 1
    assert world.served("how are gardens watered", "handbook") == before, "what it served keeps serving"
    assert any("snow" in text for text in world.served("snow", "notes")), "others are untouched"

    _says_why(world, breach.sentence)

    third = world.refresh()
    assert third.breaches == ()
    assert third.summary.scanned == 0, "what waits is not judged again, and a narrowed source does not fire again"

    world.workspace.registrations.release(RITA, "handbook", "The new account is real.")
    waiting = [item.item_id for item in world.workspace.reviews.list_items(RITA)]
    assert len(waiting) == REPLACED
    world.workspace.reviews.bulk(waiting, RITA, DecisionKind.APPROVE, "Looked at all of them.")
    fourth = world.refresh()

    assert fourth.breaches == (), "letting in what people approved is no new breach"
    assert world.state("handbook") is SourceState.APPROVED
    assert actions(fourth, "handbook") == [Action.ADMIT] * REPLACED
    assert sum("new account" in text for text in world.served("new account invoices", "handbook")) == REPLACED


def _says_why(world: World, sentence: str) -> None:
    assert world.workspace.sources.reason("handbook") == sentence
    event = [one for one in world.workspace.audit.events("handbook") if one.action == "source.narrowed"]
    assert [one.actor for one in event] == ["service:corpusgate"]
    assert '"figure":"churned"' in event[0].details
    assert f'"value":{REPLACED}' in event[0].details
    newest = ingest_rates.recent(world.workspace.database, "handbook", 1)[0]
    assert newest.figures.churned == REPLACED
    assert newest.breaches[0].sentence == sentence
    assert not newest.normal


def test_a_mass_deletion_is_held_as_before_narrows_the_source_and_fires_once(world: World) -> None:
    world.refresh()
    for path in sorted(world.folders["handbook"].iterdir())[:REPLACED]:
        path.unlink()

    second = world.refresh()

    assert second.summary.held_deletions == REPLACED
    assert {breach.figure for breach in second.breaches} == {Figure.DELETED, Figure.CHURNED}
    assert len(world.served("how are gardens watered", "handbook")) == SIZE
    world.workspace.registrations.release(RITA, "handbook", "Somebody is cleaning up.")
    third = world.refresh()
    assert (third.breaches, third.summary.held_deletions) == ((), REPLACED)
    assert world.state("handbook") is SourceState.APPROVED, "what is held already is no news"


def test_a_breaker_that_is_off_narrows_nothing(world: World) -> None:
    path = world.workspace.home.configs / "corpusgate.yaml"
    path.write_text(path.read_text().replace('"on": true', '"on": false'))
    workspace = Workspace(world.workspace.home.folder)
    refresh(workspace)
    world.rewrite("handbook", REPLACED, "Everything is new here")
    result = refresh(workspace)
    assert (result.breaches, actions(result, "handbook")) == ((), [Action.ADMIT] * REPLACED)
    assert ingest_rates.recent(workspace.database, "handbook", 1)[0].figures.churned == REPLACED
    workspace.close()


def test_renaming_most_of_a_source_is_no_deletion(world: World) -> None:
    world.refresh()
    for path in sorted(world.folders["handbook"].iterdir())[:REPLACED]:
        path.rename(path.with_name(f"moved-{path.name}"))
    second = world.refresh()
    assert second.summary.documents[ChangeKind.DELETED] == REPLACED
    assert second.breaches == ()
    assert world.state("handbook") is SourceState.APPROVED
