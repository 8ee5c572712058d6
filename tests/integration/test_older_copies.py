"""A home that is put back to an older copy notices by itself (law 11), if an anchor survives."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.checks.doctor import examine
from pipeline.domain.digests import canonical_json
from pipeline.domain.errors import IntegrityError, NotAllowed, OlderCopy, UsageError
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.index.manifest import FOLDER, MANIFEST, PAYLOAD_TYPE
from pipeline.index.signing import Signer, create_keypair
from pipeline.publishing.keys import revoke, rotate
from pipeline.publishing.run import publisher_lock
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.tables import audit_notes, audit_tree
from pipeline.takedown.revoke import revoke as take_down
from pipeline.workspace import Workspace
from tests.support.gated_home import File, GatedHome

OPERATOR = Caller(principal=Principal(name="user:olga"), grants=(Grant(role=Role.OPERATOR),), means="test")


class CopiedHome:
    """A home with an anchor outside it, and the means to put parts of it back."""

    def __init__(self, folder: Path) -> None:
        self.anchor, self._folder = folder / "anchor", folder / "home"
        self.anchor.mkdir()
        self.gated = GatedHome(self._folder, "wiki")
        settings = self._folder / "configs" / "corpusgate.yaml"
        settings.write_text(settings.read_text().replace("  anchors: []", f"  anchors: [{self.anchor}]"))
        self.reopen()
        self.gated.files["wiki:a.md"] = File("first")
        self.gated.refresh()

    def reopen(self) -> None:
        """Open the home as a fresh process does."""
        self.gated.workspace.close()
        self.gated.workspace = Workspace(self._folder)

    @property
    def workspace(self) -> Workspace:
        return self.gated.workspace

    def change(self) -> None:
        """Publish something newer."""
        self.gated.files["wiki:b.md"] = File("second")
        self.gated.refresh()

    def copy(self, to: Path) -> None:
        self.gated.workspace.close()
        shutil.copytree(self._folder, to)
        self.reopen()

    def put_back(self, copied: Path, *names: str) -> None:
        """Replace parts of the home, or all of it, by the older copy."""
        self.gated.workspace.close()
        for name in names or [path.name for path in self._folder.iterdir()]:
            place = self._folder / name
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
            if (copied / name).is_dir():
                shutil.copytree(copied / name, place)
            elif (copied / name).exists():
                shutil.copy(copied / name, place)
        self.reopen()

    def says(self) -> list[str]:
        """What `doctor` has to say about checkpoints."""
        return [check.says for check in examine(self.workspace) if check.name == "checkpoints" and not check.fine]


DATABASE = ("corpusgate.db", "corpusgate.db-wal", "corpusgate.db-shm")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[CopiedHome]:
    made = CopiedHome(tmp_path)
    yield made
    made.workspace.close()


@pytest.mark.parametrize(
    "parts",
    [(), DATABASE, (*DATABASE, "checkpoints"), (*DATABASE, "index", "checkpoints"), (*DATABASE, "keys")],
    ids=["everything", "database", "database and checkpoints", "all that is served", "database and keys"],
)
def test_law_11_an_older_copy_is_refused_and_named(home: CopiedHome, tmp_path: Path, parts: tuple[str, ...]) -> None:
    home.copy(tmp_path / "older")
    home.change()
    home.put_back(tmp_path / "older", *parts)
    with pytest.raises(OlderCopy, match="older copy"):
        home.gated.read("ada")
    with pytest.raises(OlderCopy), publisher_lock(home.workspace):
        pass
    with pytest.raises(OlderCopy):
        home.workspace.checkpoints.make()
    assert "entries" in home.says()[0]
    assert "cut off" in str(home.workspace.checkpoints.verify().problem)


def test_law_11_the_checkpoints_of_the_home_show_an_older_database_without_another_anchor(
    home: CopiedHome, tmp_path: Path
) -> None:
    home.copy(tmp_path / "older")
    home.change()
    home.put_back(tmp_path / "older", *DATABASE)
    shutil.rmtree(home.anchor)
    home.anchor.mkdir()
    with pytest.raises(OlderCopy):
        home.gated.read("ada")


def test_law_11_the_manifests_of_the_index_show_an_older_database_without_any_checkpoint(
    home: CopiedHome, tmp_path: Path
) -> None:
    home.copy(tmp_path / "older")
    home.change()
    home.put_back(tmp_path / "older", *DATABASE, "checkpoints")
    shutil.rmtree(home.anchor)
    home.anchor.mkdir()
    with pytest.raises(OlderCopy, match="manifest was signed when the audit log had"):
        home.gated.read("ada")
    with pytest.raises(OlderCopy), publisher_lock(home.workspace):
        pass
    assert "manifest" in home.says()[0]
    assert "cut off" in str(home.workspace.checkpoints.verify().problem)
    for number in range(50):  # until its log is longer than the one that was lost
        home.workspace.audit.record(AuditEntry("user:ana", "test.happened", f"thing {number}"))
    with pytest.raises(OlderCopy, match="names another entry"):
        home.gated.read("ada")
    assert "rewritten" in str(home.workspace.checkpoints.verify().problem)
    assert home.workspace.checkpoints.accept_older_copy(OPERATOR, "ab" * 32) == 1
    home.reopen()
    assert home.gated.read("ada") == {"wiki:a.md": "first"}
    assert home.workspace.checkpoints.verify().ok
    home.change()
    assert len(home.gated.read("ada")) == 2


def test_law_11_an_older_copy_of_the_index_alone_is_refused_and_named(home: CopiedHome, tmp_path: Path) -> None:
    home.copy(tmp_path / "older")
    home.change()
    home.put_back(tmp_path / "older", "index")
    with pytest.raises(IntegrityError):
        home.gated.read("ada")
    assert [check.name for check in examine(home.workspace) if not check.fine and check.name == "index"] == ["index"]


def test_a_manifest_of_another_key_or_that_cannot_be_read_raises_no_alarm(home: CopiedHome, tmp_path: Path) -> None:
    create_keypair(tmp_path / "elsewhere")
    stranger = Signer.load(tmp_path / "elsewhere")
    for number, data in ((8, b"{"), (9, canonical_json(stranger.sign(b"{}", PAYLOAD_TYPE)))):
        folder = home.workspace.index / FOLDER / f"{number}-0123456789ab"
        folder.mkdir()
        (folder / MANIFEST).write_bytes(data)
    assert home.gated.read("ada") == {"wiki:a.md": "first"}


def test_law_11_an_older_copy_that_went_on_is_refused(home: CopiedHome, tmp_path: Path) -> None:
    home.copy(tmp_path / "older")
    home.change()
    home.put_back(tmp_path / "older")
    for number in range(50):  # until its log is longer than the one that was lost
        home.workspace.audit.record(AuditEntry("user:ana", "test.happened", f"thing {number}"))
    with pytest.raises(OlderCopy, match="not among those"):
        home.gated.read("ada")
    assert "rewritten" in str(home.workspace.checkpoints.verify().problem)


def test_law_11_an_older_copy_from_before_a_rotation_is_refused(home: CopiedHome, tmp_path: Path) -> None:
    home.copy(tmp_path / "older")
    rotate(home.workspace, OPERATOR)
    home.reopen()
    home.change()
    home.put_back(tmp_path / "older")
    with pytest.raises(OlderCopy, match="a key it does not have"):
        home.gated.read("ada")


def test_law_11_a_log_under_another_name_is_refused(home: CopiedHome) -> None:
    with home.workspace.database.begin() as connection:
        connection.execute(sa.update(audit_tree).values(origin="corpusgate.dev/audit/0123456789abcdef"))
        connection.execute(sa.delete(audit_notes))
    home.reopen()
    with pytest.raises(OlderCopy, match="another log"):
        home.gated.read("ada")
    assert "another log" in str(home.workspace.checkpoints.verify().problem)


def test_the_newest_home_is_served_and_every_anchor_holds_each_publication(home: CopiedHome) -> None:
    home.change()
    home.reopen()
    assert set(home.gated.read("ada").values()) == {"first", "second"}
    report = home.workspace.checkpoints.verify()
    assert (report.ok, report.checkpoints) == (True, 6)  # two, in the database, the home and the anchor
    assert [(state.clash, state.behind) for state in home.workspace.checkpoints.examine()] == [("", False)] * 2


def test_a_revoked_key_leaves_no_alarm(home: CopiedHome) -> None:
    old = home.workspace.signer.key_id
    rotate(home.workspace, OPERATOR)
    home.reopen()
    revoke(home.workspace, old, OPERATOR)
    home.reopen()
    assert home.gated.read("ada") == {"wiki:a.md": "first"}
    report = home.workspace.checkpoints.verify()
    assert (report.ok, report.checkpoints, report.refused_checkpoints) == (
        True,
        3,
        3,
    )  # in the database, the home and the anchor


def test_another_home_in_the_same_anchor_is_none_of_ours(home: CopiedHome, tmp_path: Path) -> None:
    create_keypair(tmp_path / "elsewhere")
    other = GatedHome(tmp_path / "other", "wiki")
    with other.workspace.database.begin() as connection:
        connection.execute(sa.update(audit_tree).values(origin="corpusgate.dev/audit/fedcba9876543210"))
    other.workspace.checkpoints.make(also=home.anchor)
    other.close()
    assert home.gated.read("ada") == {"wiki:a.md": "first"}
    assert home.workspace.checkpoints.verify().ok


def test_an_anchor_that_is_gone_is_reported_and_stops_nothing(home: CopiedHome) -> None:
    shutil.rmtree(home.anchor)
    home.change()
    assert "of no use now" in home.says()[0]
    assert [bool(state.unreachable) for state in home.workspace.checkpoints.examine()] == [False, True]
    assert len(home.gated.read("ada")) == 2
    home.anchor.mkdir()
    assert "lacks the newest checkpoint" in home.says()[0]
    assert home.workspace.checkpoints.make().failures == ()
    assert home.says() == []


def test_a_note_that_was_cut_by_a_crash_raises_no_alarm(home: CopiedHome) -> None:
    note = next(home.anchor.rglob("*.note"))
    (note.parent / "000000009999-0123456789ab.note").write_text(note.read_text()[:20])
    assert home.gated.read("ada") == {"wiki:a.md": "first"}
    assert home.workspace.checkpoints.verify().refused_checkpoints == 1


def test_an_operator_goes_on_with_an_older_copy_and_it_is_on_record(home: CopiedHome, tmp_path: Path) -> None:
    home.copy(tmp_path / "older")
    home.change()
    take_down(home.workspace, RevocationKind.DOCUMENT, "wiki:a.md", OPERATOR, "wrong")
    home.workspace.checkpoints.make()
    home.put_back(tmp_path / "older")
    reader = OPERATOR.model_copy(update={"grants": (Grant(role=Role.READER),)})
    with pytest.raises(NotAllowed):
        home.workspace.checkpoints.accept_older_copy(reader, "ab" * 32)
    assert home.workspace.checkpoints.accept_older_copy(OPERATOR, "ab" * 32) == 2
    home.reopen()
    assert home.gated.read("ada") == {"wiki:a.md": "first"}
    report = home.workspace.checkpoints.verify()
    assert (report.ok, report.accepted_checkpoints) == (True, 2)
    (event,) = home.workspace.audit.events("checkpoints")
    assert (event.actor, event.action, len(event.fields["checkpoints"])) == (
        "user:olga",
        "audit.older_copy_accepted",
        2,
    )
    home.change()  # it goes on, and the next copy is noticed again
    home.put_back(tmp_path / "older")
    with pytest.raises(OlderCopy):
        home.gated.read("ada")


def test_there_is_nothing_to_accept_in_a_whole_home(home: CopiedHome) -> None:
    with pytest.raises(UsageError, match="No anchor"):
        home.workspace.checkpoints.accept_older_copy(OPERATOR, "ab" * 32)
