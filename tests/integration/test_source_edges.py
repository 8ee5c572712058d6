"""Folders that go wrong: emptied, shrunken, partly unreadable or hostile. Real refreshes in one home."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.identity.permissions import Classification
from pipeline.runs.refresh import refresh
from pipeline.runs.result import RefreshResult
from pipeline.search.answers import search_as
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import person


class World:
    """A home, and a folder for each source."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        reader = PrincipalSettings(name="ada", groups=("staff",), clearance=Classification.RESTRICTED)
        self.workspace.principals.add(reader)

    def source(self, name: str) -> Path:
        """Register and approve a source; returns its folder."""
        folder = self.data / name
        folder.mkdir(parents=True)
        approve_source(self.workspace, name, folder, classification=Classification.INTERNAL, allow=("group:staff",))
        return folder

    def refresh(self, name: str) -> RefreshResult:
        return refresh(self.workspace, [name])

    def found(self, question: str, source: str) -> dict[str, str]:
        """Documents of a source that a reader finds, with the text of the last passage."""
        answers = search_as(self.workspace, "ada", question, 50)
        return {one.document.partition(":")[2]: one.text for one in answers if one.document.startswith(f"{source}:")}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("edges"))
    yield made
    made.workspace.database.dispose()


def verdicts(result: RefreshResult) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        outcome.doc_id.partition(":")[2]: (outcome.verdict.action.value, outcome.verdict.rule_ids)
        for outcome in result.outcomes
        if outcome.verdict
    }


def test_law_09_a_small_source_that_loses_most_of_itself_waits(world: World) -> None:
    folder = world.source("small")
    for number in range(5):
        (folder / f"{number}.md").write_text(f"Berth {number} of the marina is dredged in March.\n")
    world.refresh("small")
    for number in range(4):
        (folder / f"{number}.md").unlink()
    assert world.refresh("small").summary.held_deletions == 4
    assert len(world.found("dredged berth of the marina", "small")) == 5
    for number in range(1, 4):
        (folder / f"{number}.md").write_text(f"Berth {number} of the marina is dredged in March.\n")
    assert world.refresh("small").summary.held_deletions == 0, "one page may go"
    assert len(world.found("dredged berth of the marina", "small")) == 4


EMPTIED = {
    "empty.md": b"",
    "blank.txt": b" \n\n\t\n",
    "invisible.txt": "\u200b\u200b".encode(),
    "titled.md": b"---\ntitle: Ferry plan\n---\n",
    "page.html": b"<html><body><!-- gone --></body></html>",
    "cut.pdf": b"",
}


def test_a_version_without_text_waits_and_the_text_keeps_serving(world: World) -> None:
    folder = world.source("emptied")
    (folder / "never.md").write_bytes(b"")
    for name in EMPTIED:
        text = f"The ferry {name.partition('.')[0]} leaves at seven.\n"
        (folder / name).write_text(f"<html><body><p>{text}</p></body></html>" if name.endswith("html") else text)
    first = verdicts(world.refresh("emptied"))
    assert first["never.md"][0] == "admit", "a new document without text replaces nothing"
    served = set(world.found("when does the ferry leave", "emptied"))
    assert served >= {name for name, (action, _) in first.items() if action == "admit"} - {"never.md"}
    for name, content in EMPTIED.items():
        (folder / name).write_bytes(content)

    decided = verdicts(world.refresh("emptied"))

    assert {name: action for name, (action, _) in decided.items() if action not in ("review", "quarantine")} == {}
    waiting = {name for name, (action, rules) in decided.items() if action == "review" and "emptied" in rules}
    assert waiting >= {"empty.md", "blank.txt", "titled.md"}
    assert set(world.found("when does the ferry leave", "emptied")) == served

    item = next(i for i in world.workspace.reviews.list_items(person("paul")) if i.doc_id == "emptied:empty.md")
    world.workspace.reviews.approve(item.item_id, person("paul"), "the page was retired")
    assert verdicts(world.refresh("emptied")) == {"empty.md": ("admit", ("tagged-and-scanned",))}
    assert set(world.found("when does the ferry leave", "emptied")) == served - {"empty.md"}
