"""Laws 8 and 10: restrictions and takedowns follow content to another name, also a half of it, or an edited note."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.pasts import RETURNED
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.reports.records import document_record
from pipeline.takedown.revoke import lift, revoke
from pipeline.takedown.rollback import rollback
from tests.support.callers import person
from tests.support.gated_home import NARROW, WIDE, File, GatedHome
from tests.support.served_home import OPERATOR, REVIEWER

NOTE = "The chest of the old pilot stands under the third window of the signal house"
EDITED = NOTE.replace("third", "second")
LONG = " ".join(f"{NOTE}, and the chest of row {row}{row} in hall {row} stays shut." for row in "abcdefghijkl")
NAME = "crew:chest.md"


def revoked(kind: RevocationKind, subject: str) -> Callable[[GatedHome], None]:
    def take_back(home: GatedHome) -> None:
        revoke(home.workspace, kind, subject, OPERATOR, "because")

    return take_back


def roll_back(home: GatedHome) -> None:
    rollback(home.workspace, 1, OPERATOR, "because")


TAKEDOWNS = {
    "document": revoked(RevocationKind.DOCUMENT, NAME),
    "source": revoked(RevocationKind.SOURCE, "crew"),
    "owner": revoked(RevocationKind.OWNER, "user:bertha"),
    "principal": revoked(RevocationKind.PRINCIPAL, "user:bertha"),
    "run": revoked(RevocationKind.RUN, "run-2"),
    "rollback": roll_back,
}


@pytest.mark.parametrize("takedown", TAKEDOWNS)
def test_law_10_what_was_taken_back_waits_under_another_name(tmp_path: Path, takedown: str) -> None:
    home = GatedHome(tmp_path / "home", "crew", "shore")
    home.files["shore:other.md"] = File("A page about the tide.", WIDE, "user:olaf")
    home.refresh()
    home.files |= {NAME: File(NOTE), "crew:long.md": File(LONG)}
    home.refresh()
    assert {NAME, "crew:long.md"} <= home.read("bob").keys()
    TAKEDOWNS[takedown](home)
    del home.files[NAME]
    home.files["shore:edited.md"] = File(EDITED, WIDE, "user:olaf")
    home.files["shore:copy.md"] = File(NOTE, WIDE, "user:olaf")
    home.refresh()
    assert {"shore:edited.md", "shore:copy.md"}.isdisjoint(home.read("bob"))
    for name in ("shore:edited.md", "shore:copy.md"):
        (decided,) = home.workspace.ledger.document_history(name).versions[-1].verdicts
        assert RETURNED in decided.verdict.rule_ids
    home.close()


def test_law_08_a_short_document_renamed_without_its_front_matter_waits(tmp_path: Path) -> None:
    home = GatedHome(tmp_path / "home", "crew")
    front = "---\ntitle: The chest\nowner: bertha\nclassification: confidential\nallow: [group:hr]\n---\n"
    home.files = {NAME: File(front + NOTE, NARROW)}
    home.refresh()
    assert NAME not in home.read("bob")
    home.files = {"crew:box.md": File(NOTE, WIDE)}
    home.refresh()
    assert "crew:box.md" not in home.read("bob")
    (decided,) = home.workspace.ledger.document_history("crew:box.md").versions[-1].verdicts
    assert decided.verdict.action is Action.REVIEW
    home.close()


def sentences(subject: str, number: int) -> str:
    return " ".join(
        f"On day {day} the {subject} of ward {day * 7 % 23} was moved from shelf {day * 5 % 19} to room {day}{subject}."
        for day in range(number)
    )


PILOTS = sentences("pilot", 60)
HALVES = {
    "the first half": PILOTS[: len(PILOTS) // 2],
    "the last third": PILOTS[-len(PILOTS) // 3 :],
    "a half inside another text": sentences("gull", 40) + PILOTS[len(PILOTS) // 4 : -len(PILOTS) // 4]
    + sentences("crab", 40),
}  # fmt: skip


@pytest.mark.parametrize("takedown", TAKEDOWNS)
@pytest.mark.parametrize("half", HALVES)
def test_law_10_a_large_part_of_what_was_taken_back_waits_under_another_name(
    tmp_path: Path, takedown: str, half: str
) -> None:
    home = GatedHome(tmp_path / "home", "crew", "shore")
    home.files["shore:other.md"] = File(sentences("buoy", 60), WIDE, "user:olaf")
    home.refresh()
    home.files[NAME] = File(PILOTS)
    home.refresh()
    TAKEDOWNS[takedown](home)
    home.files["shore:part.md"] = File(HALVES[half], WIDE, "user:olaf")
    home.files["shore:new.md"] = File(sentences("tide", 60), WIDE, "user:olaf")
    home.refresh()
    assert home.read("bob").keys() == {"shore:other.md", "shore:new.md"}
    (decided,) = home.workspace.ledger.document_history("shore:part.md").versions[-1].verdicts
    assert RETURNED in decided.verdict.rule_ids
    assert decided.verdict.reasons[0].startswith(f"A large part of this text is kept out as {NAME}")
    home.close()


def test_law_10_a_part_that_grows_in_a_served_document_waits_and_one_that_is_served_does_not(tmp_path: Path) -> None:
    home = GatedHome(tmp_path / "home", "crew", "shore")
    own, half = sentences("buoy", 60), PILOTS[: len(PILOTS) // 2]
    home.files |= {NAME: File(PILOTS), "shore:one.md": File(own, WIDE, "user:olaf")}
    home.files["shore:two.md"] = File(own + half, WIDE, "user:olaf")
    home.refresh()
    revoke(home.workspace, RevocationKind.DOCUMENT, NAME, OPERATOR, "because")
    home.files["shore:one.md"] = File(f"{own} {half}", WIDE, "user:olaf")
    home.files["shore:two.md"] = File(f"{own} {half} And a last word.", WIDE, "user:olaf")
    home.refresh()
    assert home.read("bob")["shore:one.md"] == own
    assert home.read("bob")["shore:two.md"].endswith("And a last word.")
    home.close()


def test_documents_that_share_a_header_with_a_revoked_one_are_served(tmp_path: Path) -> None:
    home = GatedHome(tmp_path / "home", "crew")
    header = sentences("licence", 20)
    pages = {f"crew:{name}.md": File(header + sentences(name, 20)) for name in ("gull", "crab", "seal", "pilot")}
    home.files |= pages
    home.refresh()
    revoke(home.workspace, RevocationKind.DOCUMENT, "crew:pilot.md", OPERATOR, "because")
    home.files["crew:new.md"] = File(header + sentences("tern", 20))
    home.refresh()
    assert home.read("bob").keys() == {*pages, "crew:new.md"} - {"crew:pilot.md"}
    home.close()


def test_older_names_are_a_field_of_the_record_and_lifted_revocations_free_the_new_name(tmp_path: Path) -> None:
    home = GatedHome(tmp_path / "home", "crew")
    home.files[NAME] = File(NOTE)
    home.refresh()
    revoke(home.workspace, RevocationKind.DOCUMENT, NAME, OPERATOR, "because")
    del home.files[NAME]
    home.files["crew:trunk.md"] = File(EDITED)
    home.refresh()
    record = document_record(home.workspace, person("paul"), "crew:trunk.md")
    assert record.served_as is not None
    (older,) = record.served_as
    assert (older.doc_id, older.equal) == (NAME, False)
    assert older.says.startswith(f"Nearly the same text was served as {NAME}")
    lift(home.workspace, RevocationKind.DOCUMENT, NAME, REVIEWER, "because")
    home.refresh()
    assert home.read("bob") == {"crew:trunk.md": EDITED}
    home.close()
