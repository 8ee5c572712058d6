"""Law 10: each kind of takedown follows the content to another name, also of a short text with a word changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.domain.documents.pasts import RETURNED
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.reports.records import document_record
from pipeline.takedown.revoke import lift, revoke
from pipeline.takedown.rollback import rollback
from tests.support.callers import person
from tests.support.gated_home import WIDE, File, GatedHome
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
