"""Real refreshes over renamed, moved and re-added documents: restrictions and takedowns follow (laws 8 and 10)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection
from test_refresh import World, person, verdicts

from pipeline.domain.documents.documents import Action, Outcome
from pipeline.domain.documents.pasts import RETURNED, Arrival
from pipeline.runs.result import RefreshResult
from pipeline.stores.ledger import content_shares
from pipeline.stores.takedown.revocations import RevocationKind
from pipeline.takedown.revoke import lift, revoke
from pipeline.takedown.rollback import rollback
from tests.support.approved import approve_source
from tests.support.served_home import OPERATOR, REVIEWER

BANDS = (
    "# Pay bands of the ferry crew\n\nA deck hand starts on band two and moves to band three after the second winter.\n"
    "The mate is paid on band five, and the master of the large ferry on band seven with a supplement for night\n"
    "crossings. Nobody is moved down a band without a hearing, and every hearing is written up by the shore office.\n"
    "Questions about a band go to the purser first and to the board of the island only when the purser cannot settle\n"
    "them within a month of the day on which they were asked.\n"
)
EDITED = BANDS.replace("second winter", "third winter")
HELD = "allow: [group:hr]\nclassification: confidential\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.workspace.database.dispose()


def crew(world: World, name: str = "crew") -> Path:
    """A source whose owner allows staff and the people's office; other pages keep the deletion guard quiet."""
    folder = world.data / name
    folder.mkdir(parents=True)
    approve_source(world.workspace, name, folder, owner="user:bertha", allow=("group:staff", "group:hr"))
    for number in range(8):
        (folder / f"page-{number}.md").write_text(f"# Page {number} of {name}\n\nThe {number}th page about boats.\n")
    return folder


def restricted(folder: Path, name: str, text: str = BANDS) -> None:
    (folder / name).write_text(text)
    (folder / f"{name}.meta.yaml").write_text(HELD)


def remove(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / f"{name}.meta.yaml").unlink(missing_ok=True)


def of(result: RefreshResult, doc_id: str) -> Outcome:
    return next(outcome for outcome in result.outcomes if outcome.doc_id == doc_id)


def found(world: World, who: str = "bob") -> set[str]:
    return {name for source in ("crew", "shore") for name in world.found(who, "pay bands of the crew", source)} - {
        f"{source}:page-{number}.md" for source in ("crew", "shore") for number in range(8)
    }


def approve(world: World, doc_id: str, *people: str) -> None:
    items = world.workspace.reviews.list_items(person("paul"))
    (item,) = [item for item in items if item.doc_id == doc_id]
    for name in people:
        world.workspace.reviews.approve(item.item_id, person(name), "I read it: it is fine.")


def held_for_two(world: World, result: RefreshResult, doc_id: str, older: str) -> None:
    outcome = of(result, doc_id)
    assert outcome.verdict is not None
    assert outcome.verdict.action is Action.REVIEW
    assert RETURNED in outcome.verdict.rule_ids
    assert outcome.impact is not None
    assert outcome.impact.access_widened
    assert f"was served as {older}" in " ".join(outcome.verdict.reasons)
    (item,) = [item for item in world.workspace.reviews.list_items(person("paul")) if item.doc_id == doc_id]
    assert item.required_approvals == 2
    assert found(world) == set()


@pytest.mark.parametrize("text", [BANDS, EDITED], ids=["unchanged", "edited"])
def test_law_08_a_renamed_file_that_loses_its_restriction_waits_for_two_people(world: World, text: str) -> None:
    folder = crew(world)
    restricted(folder, "bands.md")
    world.refresh("crew")
    assert found(world, "ada") == {"crew:bands.md"}
    remove(folder, "bands.md")
    (folder / "notes.md").write_text(text)

    held_for_two(world, world.refresh("crew"), "crew:notes.md", "crew:bands.md")

    assert world.refresh("crew").outcomes == (), "it waits, and is not judged twice"
    approve(world, "crew:notes.md", "paul")
    assert world.refresh("crew").outcomes == (), "one approval is not enough"
    approve(world, "crew:notes.md", "rosa")
    world.refresh("crew")
    assert found(world) == {"crew:notes.md"}
    assert world.refresh("crew").outcomes == ()


def test_law_08_a_file_that_was_deleted_and_is_added_again_without_its_restriction_waits(world: World) -> None:
    folder = crew(world)
    restricted(folder, "bands.md")
    world.refresh("crew")
    remove(folder, "bands.md")
    world.refresh("crew")
    (folder / "bands.md").write_text("# Pay\n\nQuite another page under the name it had.\n")

    held_for_two(world, world.refresh("crew"), "crew:bands.md", "crew:bands.md")


def test_law_08_a_file_moved_to_another_source_of_its_owner_waits_and_one_of_another_owner_does_not(
    world: World,
) -> None:
    folder, shore = crew(world), crew(world, "shore")
    restricted(folder, "bands.md")
    world.refresh()
    remove(folder, "bands.md")
    (shore / "bands.md").write_text(BANDS)

    held_for_two(world, world.refresh(), "shore:bands.md", "crew:bands.md")


def test_a_rename_that_keeps_its_restriction_is_served_at_once(world: World) -> None:
    folder = crew(world)
    restricted(folder, "bands.md")
    world.refresh("crew")
    remove(folder, "bands.md")
    restricted(folder, "pay.md")
    result = world.refresh("crew")
    assert verdicts(result)["crew:pay.md"][0] is Action.ADMIT
    assert (found(world), found(world, "ada")) == (set(), {"crew:pay.md"})


def test_law_08_an_edit_under_a_new_name_is_weighed_against_the_text_of_the_old_name(world: World) -> None:
    folder = crew(world)
    (folder / "bands.md").write_text(BANDS)
    world.refresh("crew")
    (folder / "bands.md").unlink()
    (folder / "pay.md").write_text(EDITED)
    impact = of(world.refresh("crew"), "crew:pay.md").impact
    assert impact is not None
    assert 0 < impact.changed_share < 0.2
    assert "text-changed" in {factor.name for factor in impact.factors}


def kept_out(world: World, result: RefreshResult, doc_id: str, reason: str) -> None:
    outcome = of(result, doc_id)
    assert outcome.verdict is not None
    assert outcome.verdict.action in (Action.REVIEW, Action.QUARANTINE)
    assert outcome.verdict.rule_ids[0] == RETURNED
    assert reason in outcome.verdict.reasons[0]
    assert found(world) == set()


@pytest.mark.parametrize("text", [BANDS, EDITED], ids=["unchanged", "edited"])
@pytest.mark.parametrize("where", ["crew", "shore"])
def test_law_10_a_revoked_document_comes_back_under_no_other_name_until_it_is_lifted(
    world: World, text: str, where: str
) -> None:
    folders = {"crew": crew(world), "shore": crew(world, "shore")}
    (folders["crew"] / "bands.md").write_text(BANDS)
    world.refresh()
    revoke(world.workspace, RevocationKind.DOCUMENT, "crew:bands.md", OPERATOR, "wrong figures")
    (folders["crew"] / "bands.md").unlink()
    (folders[where] / "pay.md").write_text(text)

    kept_out(world, world.refresh(), f"{where}:pay.md", "is kept out as crew:bands.md: it is revoked since")

    assert world.refresh().outcomes == ()
    lift(world.workspace, RevocationKind.DOCUMENT, "crew:bands.md", REVIEWER, "a mistake")
    world.refresh()
    assert found(world) == {f"{where}:pay.md"}


@pytest.mark.parametrize("kind", [RevocationKind.OWNER, RevocationKind.SOURCE])
def test_law_10_a_revoked_owner_or_source_is_not_left_by_a_sidecar_or_a_move(
    world: World, kind: RevocationKind
) -> None:
    folder, shore = crew(world), crew(world, "shore")
    (folder / "bands.md").write_text(BANDS)
    (folder / "bands.md.meta.yaml").write_text("owner: user:olga\n")
    world.refresh()
    subject = "user:olga" if kind is RevocationKind.OWNER else "crew"
    revoke(world.workspace, kind, subject, OPERATOR, "left the company")
    assert found(world) == set()
    (folder / "bands.md.meta.yaml").write_text("owner: user:paul\n")
    (shore / "bands.md").write_text(BANDS)

    result = world.refresh()

    kept_out(world, result, "shore:bands.md", f"{kind.value} {subject} is revoked since")
    if kind is RevocationKind.OWNER:
        kept_out(world, result, "crew:bands.md", "owner user:olga is revoked since")
        approve(world, "crew:bands.md", "rosa")
        world.refresh()
        assert found(world) == {"crew:bands.md"}
        (folder / "bands.md").write_text(BANDS + "\nThe office opens at nine.\n")
        world.refresh()
        assert found(world) == {"crew:bands.md"}, "people let it leave its owner: its next edit is an edit"


def test_law_10_what_was_rolled_back_comes_back_under_no_other_name_and_with_no_small_edit(world: World) -> None:
    folder = crew(world)
    world.refresh("crew")
    (folder / "bands.md").write_text(BANDS)
    world.refresh("crew")
    rollback(world.workspace, 1, OPERATOR, "too early")
    (folder / "pay.md").write_text(BANDS)
    (folder / "bands.md").write_text(EDITED)
    result = world.refresh("crew")
    for doc_id in ("crew:pay.md", "crew:bands.md"):
        kept_out(world, result, doc_id, "is kept out as crew:bands.md: it was rolled back from generation 2")


@pytest.mark.parametrize("decision", ["quarantine", "reject"])
def test_law_10_what_a_reviewer_refused_comes_back_under_no_other_name(world: World, decision: str) -> None:
    folder = crew(world)
    restricted(folder, "bands.md")
    world.refresh("crew")
    (folder / "bands.md.meta.yaml").unlink()
    world.refresh("crew")
    reviews = world.workspace.reviews
    (item,) = [one for one in reviews.list_items(person("paul")) if one.doc_id == "crew:bands.md"]
    getattr(reviews, decision)(item.item_id, person("paul"), "Not for everyone.")
    world.refresh("crew")
    remove(folder, "bands.md")
    (folder / "pay.md").write_text(BANDS)
    (folder / "more-pay.md").write_text(EDITED)
    result = world.refresh("crew")
    words = "put it into quarantine" if decision == "quarantine" else "rejected it"
    for doc_id in ("crew:pay.md", "crew:more-pay.md"):
        kept_out(world, result, doc_id, f"as crew:bands.md: a reviewer {words} since")


def test_a_copy_of_what_everybody_may_read_already_is_served(world: World) -> None:
    folder = crew(world)
    restricted(folder, "licence.md", "All rights stay with the island.\n")
    (folder / "notice.md").write_text("All rights stay with the island.\n")
    world.refresh("crew")
    (folder / "footer.md").write_text("All rights stay with the island.\n")
    assert verdicts(world.refresh("crew"))["crew:footer.md"][0] is Action.ADMIT


def test_an_unchanged_refresh_looks_up_no_older_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = crew(world)
    restricted(folder, "bands.md")
    world.refresh("crew")
    looked_up: list[int] = []
    real = content_shares.Shares.of

    def counted(connection: Connection, arrivals: Sequence[Arrival]) -> content_shares.Shares:
        looked_up.append(len(arrivals))
        return real(connection, arrivals)

    monkeypatch.setattr(content_shares.Shares, "of", counted)
    assert world.refresh("crew").outcomes == ()
    assert looked_up == []


def test_two_sources_of_different_owners_are_compared_for_what_is_kept_out_only(world: World) -> None:
    folder = crew(world)
    restricted(folder, "bands.md")
    other = world.data / "harbour"
    other.mkdir()
    approve_source(world.workspace, "harbour", other, owner="user:hanna", allow=("group:staff",))
    world.refresh()
    (other / "bands.md").write_text(BANDS)
    assert verdicts(world.refresh())["harbour:bands.md"][0] is Action.ADMIT
