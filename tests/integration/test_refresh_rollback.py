"""What a rollback took off, and the real refresh that follows: it waits for a person, and what was mended passes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_refresh import World, person, verdicts

from pipeline.domain.documents.documents import Action
from pipeline.takedown.rollback import rollback
from tests.support.served_home import OPERATOR


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.workspace.database.dispose()


def test_a_refresh_does_not_publish_again_what_was_rolled_back(world: World) -> None:
    folder = world.source("guides")
    (folder / "tea.md").write_text("# Tea\n\nTea is served at four.\n")
    world.refresh("guides")
    (folder / "tea.md").write_text("# Tea\n\nTea is served at five, by the window.\n")
    (folder / "new.md").write_text("# Parking\n\nPark behind the house.\n")
    world.refresh("guides")
    rollback(world.workspace, 1, OPERATOR, "Somebody changed what they should not.")
    assert world.found("bob", "tea parking", "guides") == ["guides:tea.md"]

    result = world.refresh("guides")

    waits = (Action.REVIEW, ("rolled-back",))
    assert verdicts(result) == {"guides:tea.md": waits, "guides:new.md": waits}
    assert [o.verdict.reasons for o in result.outcomes if o.verdict] == [
        ("This was being served and was rolled back from generation 2 to generation 1.",)
    ] * 2
    assert not result.published
    assert world.found("bob", "tea parking", "guides") == ["guides:tea.md"]

    # The same content under another title is still what was rolled back; another content is not.
    (folder / "new.md.meta.yaml").write_text("title: Where to park\n")
    (folder / "tea.md").write_text("# Tea\n\nTea is served at six.\n")
    mended = world.refresh("guides")
    assert verdicts(mended)["guides:new.md"] == waits
    assert verdicts(mended)["guides:tea.md"][0] is Action.ADMIT

    items = world.workspace.reviews.list_items(person("paul"))
    (item,) = [item for item in items if item.doc_id == "guides:new.md"]
    world.workspace.reviews.approve(item.item_id, person("paul"), "I looked at it: it is fine.")
    assert world.refresh("guides").published
    assert world.found("bob", "tea parking", "guides") == ["guides:new.md", "guides:tea.md"]
    assert [one.doc_id for one in world.workspace.ledger.taken_off()] == ["guides:tea.md"]
