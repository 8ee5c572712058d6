"""The real refresh after an erasure: kept out under its name and another, with its title, until it is allowed again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_refresh import World, verdicts

from pipeline.domain.documents.documents import Action
from pipeline.takedown import erase as operation
from tests.support.served_home import OPERATOR

SECRET = "The keeper of the northern lamp is called Aurelia and lives above the boat shed."
TITLE = "About Aurelia's own lamp"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.workspace.database.dispose()


def test_law_10_an_erased_document_does_not_come_back_under_any_name_until_it_is_allowed(world: World) -> None:
    folder = world.source("notes")
    (folder / "aurelia.md").write_text(f"---\ntitle: {TITLE}\n---\n{SECRET}\n")
    (folder / "lamps.md").write_text("Every lamp of the island is lit at dusk.\n")
    world.refresh("notes")
    receipt = operation.erase(world.workspace, "aurelia.md", OPERATOR, "asked for")
    assert receipt.held_by.cached_vectors == 1
    (folder / "renamed.md").write_bytes((folder / "aurelia.md").read_bytes())

    result = world.refresh("notes")

    rejected = (Action.REJECT, ("erased",))
    assert verdicts(result) == {"notes:aurelia.md": rejected, "notes:renamed.md": rejected}
    left = b"\0".join(data for _, data in world.bytes_everywhere())
    assert SECRET.encode() not in left
    assert TITLE.encode() not in left
    assert world.found("bob", "lamp keeper", "notes") == ["notes:lamps.md"]

    assert world.refresh("notes").outcomes == ()
    operation.allow_again(world.workspace, "notes:aurelia.md", OPERATOR, "a mistake")
    assert verdicts(world.refresh("notes"))["notes:aurelia.md"][0] is Action.ADMIT
    assert "notes:aurelia.md" in world.found("bob", "lamp keeper", "notes")
