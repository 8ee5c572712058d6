"""Revoking at once, in every running server, by whom, and never a name nobody knows."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.errors import NotAllowed, NotFound, UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown.revoke import lift, may_lift_document, may_revoke_document, revoke
from tests.support.canary_samples import reviewer
from tests.support.index_samples import Doc, rule
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome, caller

TEA = Doc("guides/tea.md", ("Tea is at four.", "Bring a cup."))
CATS = Doc("cats.md", ("The cat is called Ada.",))
WHY = "It came in by mistake."

SERVER = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from tests.support.served_home import ServedHome
home = ServedHome(Path(sys.argv[1]), fresh=False)
searcher = None
for line in sys.stdin:
    print(len(home.found()), flush=True)
"""


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home", database_url)
    made.refresh(TEA, CATS)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("document", TEA.doc_id),
        ("source", "hand"),
        ("owner", "owner"),
        ("principal", "SUBMITTER "),
        ("run", "run-1"),
        ("model", None),
    ],
)
def test_law_10_each_kind_takes_off_what_it_names_and_says_how_much(
    home: ServedHome, kind: str, subject: str | None
) -> None:
    if subject is None:
        version = home.workspace.ledger.version(TEA.version_id)
        subject = version.verdicts[-1].verdict.binding.model_digest
    told = revoke(home.workspace, RevocationKind(kind), subject, OPERATOR, WHY, dry_run=True)
    assert home.found() == {*TEA.texts, *CATS.texts}
    taken = revoke(home.workspace, RevocationKind(kind), subject, OPERATOR, WHY)
    assert (told.documents, told.chunks) == (taken.documents, taken.chunks)
    one = kind == "document"
    assert taken.documents == ((TEA.doc_id,) if one else (CATS.doc_id, TEA.doc_id))
    assert taken.chunks == (2 if one else 3)
    assert home.found() == (set(CATS.texts) if one else set())
    again = revoke(home.workspace, RevocationKind(kind), subject, OPERATOR, WHY)
    assert again.revocation == taken.revocation
    assert again.documents == ()


def test_law_10_a_running_server_stops_serving_within_a_second(home: ServedHome) -> None:
    places = [str(Path(__file__).parents[1])]
    command = [sys.executable, "-c", SERVER, str(home.workspace.home.folder), *places]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert server.stdin is not None
    assert server.stdout is not None

    def asked() -> int:
        server.stdin.write("\n")
        server.stdin.flush()
        return int(server.stdout.readline())

    try:
        assert asked() == 3
        revoke(home.workspace, RevocationKind.DOCUMENT, TEA.doc_id, OPERATOR, WHY)
        committed = time.monotonic()
        assert asked() == 1
        assert time.monotonic() - committed < 1
        lift(home.workspace, RevocationKind.DOCUMENT, TEA.doc_id, REVIEWER, "It may be read.")
        assert asked() == 3
    finally:
        server.communicate(timeout=30)


def test_a_revocation_is_lifted_by_the_end_of_the_name_too(home: ServedHome) -> None:
    revoke(home.workspace, RevocationKind.DOCUMENT, TEA.doc_id, OPERATOR, WHY)
    ending = TEA.doc_id.rpartition("/")[2]
    assert ending != TEA.doc_id
    assert lift(home.workspace, RevocationKind.DOCUMENT, ending, REVIEWER, "Checked.").subject == TEA.doc_id


def test_a_name_nobody_knows_is_refused_with_what_it_may_mean(home: ServedHome) -> None:
    with pytest.raises(NotFound) as refused:
        revoke(home.workspace, RevocationKind.DOCUMENT, "hand:guides/taa.md", OPERATOR, WHY)
    assert TEA.doc_id in refused.value.fix
    with pytest.raises(NotFound, match="no source"):
        revoke(home.workspace, RevocationKind.SOURCE, "hnad", OPERATOR, WHY)
    assert Revocations(home.workspace.database).active() == []
    taken = revoke(home.workspace, RevocationKind.PRINCIPAL, "user:mallory", OPERATOR, WHY, unknown=True)
    assert taken.documents == ()
    assert [one.subject for one in Revocations(home.workspace.database).active()] == ["user:mallory"]


def test_a_document_is_found_by_the_end_of_its_name_when_only_one_ends_so(home: ServedHome) -> None:
    assert revoke(home.workspace, RevocationKind.DOCUMENT, "tea.md", OPERATOR, WHY).documents == (TEA.doc_id,)
    home.refresh(Doc("tea.md", ("Another tea.",)))
    with pytest.raises(NotFound, match="Several") as refused:
        revoke(home.workspace, RevocationKind.DOCUMENT, "tea.md", OPERATOR, WHY)
    assert "hand:tea.md" in refused.value.fix


def test_owners_revoke_their_own_documents_and_others_do_not(home: ServedHome) -> None:
    owner = caller("owner", Role.OWNER)
    with pytest.raises(NotAllowed):
        revoke(home.workspace, RevocationKind.DOCUMENT, TEA.doc_id, caller("user:else", Role.OWNER), WHY)
    with pytest.raises(NotAllowed):
        revoke(home.workspace, RevocationKind.RUN, "run-1", owner, WHY)
    with pytest.raises(NotFound):  # who keeps nothing of a source learns no names of it
        revoke(home.workspace, RevocationKind.DOCUMENT, TEA.doc_id, caller("owner", Role.READER), WHY)
    assert home.found() == {*TEA.texts, *CATS.texts}
    assert revoke(home.workspace, RevocationKind.DOCUMENT, TEA.doc_id, owner, WHY).documents == (TEA.doc_id,)


def test_law_08_only_a_reviewer_lifts_and_never_their_own(home: ServedHome) -> None:
    kind = RevocationKind.DOCUMENT
    revoke(home.workspace, kind, TEA.doc_id, OPERATOR, WHY)
    for nobody in (OPERATOR, caller("owner", Role.REVIEWER), caller("Submitter", Role.REVIEWER)):
        with pytest.raises(NotAllowed):
            lift(home.workspace, kind, TEA.doc_id, nobody, "I want it back.")
    with pytest.raises(UsageError, match="reason"):
        lift(home.workspace, kind, TEA.doc_id, REVIEWER, "")
    assert home.found() == set(CATS.texts)
    lift(home.workspace, kind, TEA.doc_id, REVIEWER, "Checked.")
    assert home.found() == {*TEA.texts, *CATS.texts}
    assert home.audited("revocation.lifted") == [TEA.doc_id]


def test_who_keeps_nothing_of_a_source_learns_no_revoked_name_of_it(home: ServedHome) -> None:
    revoke(home.workspace, RevocationKind.DOCUMENT, TEA.doc_id, OPERATOR, WHY)
    stranger = reviewer("user:ruth", "elsewhere")
    answers = []
    for name in (TEA.doc_id, "tea.md", "guides/tea.md", "nothing.md"):
        with pytest.raises(NotFound) as refused:
            lift(home.workspace, RevocationKind.DOCUMENT, name, stranger, "Checked.")
        answers.append(str(refused.value))
    assert len(set(answers)) == 1
    assert "tea" not in answers[0]
    assert lift(home.workspace, RevocationKind.DOCUMENT, "tea.md", reviewer("user:rae", "hand"), "Checked.")


def test_a_reviewer_takes_back_and_lets_in_what_their_classifications_reach(home: ServedHome) -> None:
    board = Doc("board.md", ("The board meets at noon.",), rule("group:everyone", classification="confidential"))
    home.refresh(board)
    ruth, document = reviewer("user:ruth", classifications=Classification.INTERNAL.up_to), RevocationKind.DOCUMENT
    above = [(document, board.doc_id), (RevocationKind.SOURCE, "hand"), (RevocationKind.RUN, "run-1")]
    for kind, subject in above:
        with pytest.raises(NotAllowed):
            revoke(home.workspace, kind, subject, ruth, WHY)
    assert [may_revoke_document(home.workspace, one.doc_id, ruth) for one in (TEA, board)] == [True, False]
    assert revoke(home.workspace, document, TEA.doc_id, ruth, WHY).documents == (TEA.doc_id,)
    for kind, subject in above:
        revoke(home.workspace, kind, subject, OPERATOR, WHY)
        with pytest.raises(NotAllowed):
            lift(home.workspace, kind, subject, ruth, "Checked.")
    assert [may_lift_document(home.workspace, one.doc_id, ruth) for one in (TEA, board)] == [True, False]
    assert lift(home.workspace, document, TEA.doc_id, ruth, "Checked.").lifted_by == "user:ruth"


def test_a_name_nothing_stands_behind_yet_needs_a_role_for_everything(home: ServedHome) -> None:
    ruth = reviewer("user:ruth", "hand", classifications=Classification.RESTRICTED.up_to)
    with pytest.raises(NotAllowed):
        revoke(home.workspace, RevocationKind.DOCUMENT, "hand:later.md", ruth, WHY, unknown=True)
    taken = revoke(home.workspace, RevocationKind.DOCUMENT, "hand:later.md", reviewer(), WHY, unknown=True)
    assert taken.revocation is not None
