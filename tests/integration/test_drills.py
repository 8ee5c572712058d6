"""Each drill passes on a sound home, never touches it, leaves a signed record, and fails if what it shows is broken."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.backups import reapply
from pipeline.backups.archive import BackupFiles, BackupReport
from pipeline.cli.drill import commands
from pipeline.domain.errors import ConfigError, NotAllowed
from pipeline.domain.identity.permissions import AccessRule, Classification, Principal, permits
from pipeline.domain.identity.roles import Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.drills.catalogue import DRILLS
from pipeline.drills.record import DrillAge, ages
from pipeline.drills.rehearse import FinishedDrill, rehearse
from pipeline.evidence.checkpoints import CheckpointService
from pipeline.index.search import view
from pipeline.index.signing import Verifier
from pipeline.publishing import keys
from pipeline.publishing.keys import public_keys, write_public_keys
from pipeline.runs.refresh import refresh
from pipeline.search import answers
from pipeline.stores.identity import ended_access
from pipeline.stores.identity.tokens import Tokens
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.takedown import rolled_back
from pipeline.takedown.revoke import revoke
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.backed_up import SECRET_WORDS, BackedUpHome
from tests.support.evidence import verify
from tests.support.gated_home import File
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, ServedHome, caller

WITHOUT_SOURCES = [name for name in DRILLS if name != "rebuild"]
"""Drills that read no source and load no model."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackedUpHome]:
    """One home for the module: drills do not touch it."""
    made = BackedUpHome(tmp_path_factory.mktemp("drills"))
    made.gated.files["wiki:c.md"] = File("third")
    made.gated.refresh()
    yield made
    made.gated.close()


def run(home: BackedUpHome, name: str) -> FinishedDrill:
    scratch = home.root / "scratch"
    scratch.mkdir(exist_ok=True)
    finished = rehearse(home.workspace, name, DRILLS, OPERATOR, scratch)
    assert list(scratch.iterdir()) == [], "texts and private keys are left"
    return finished


def state(home: BackedUpHome, name: str) -> DrillAge:
    return next(age for age in ages(home.workspace, DRILLS) if age.drill == name)


def served_files(home: BackedUpHome) -> dict[str, bytes]:
    """Every file of the home that decides about answers, and of its anchor."""
    folders = [home.folder / name for name in ("configs", "index", "keys", "texts", "models")] + [home.anchor]
    return {str(path): path.read_bytes() for one in folders for path in one.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", WITHOUT_SOURCES)
def test_a_drill_passes_on_a_sound_home_and_does_not_touch_it(home: BackedUpHome, name: str) -> None:
    home.workspace.checkpoints.make()
    before, answered = served_files(home), home.gated.read("ada")
    finished = run(home, name)
    assert [step.says for step in finished.record.steps if not step.fine] == []
    assert finished.record.passed
    home.reopen()
    after = served_files(home)
    assert {path: data for path, data in after.items() if path in before} == before
    assert {Path(path).suffix for path in after.keys() - before.keys()} <= {".note"}  # the checkpoint of the backup
    assert home.gated.read("ada") == answered
    assert home.workspace.checkpoints.verify().ok
    made, ended = [*home.workspace.audit.events()][-2:]
    assert (made.action, ended.action) == ("backup.created", "drill.finished")
    assert made.fields["drill"] == name


@pytest.mark.parametrize("name", ["restore", "lost-database"])
def test_a_record_verifies_without_corpusgate_and_holds_no_text_or_path(
    home: BackedUpHome, tmp_path: Path, name: str
) -> None:
    finished = run(home, name)
    write_public_keys(public_keys(home.workspace), tmp_path / "public")
    code, says = verify("envelope", finished.file, "--key", tmp_path / "public")
    assert code == 0, says
    written = finished.record.model_dump_json()
    assert SECRET_WORDS not in written
    assert str(home.root) not in written
    assert "wiki:a.md" not in written


def test_the_list_shows_each_drill_and_a_record_that_was_changed(tmp_path: Path) -> None:
    home = BackedUpHome(tmp_path)
    assert {age.state for age in ages(home.workspace, DRILLS)} == {"never"}
    finished = run(home, "rotate-keys")
    age = state(home, "rotate-keys")
    assert (age.state, age.days, age.file) == ("passed", 0, finished.file.name)
    envelope = json.loads(finished.file.read_bytes())
    finished.file.write_text(json.dumps(envelope | {"payload": envelope["payload"][::-1]}))
    assert state(home, "rotate-keys").state == "damaged"
    finished.file.unlink()
    assert state(home, "rotate-keys").state == "damaged"
    assert state(home, "restore").state == "never"
    home.gated.close()


def test_only_an_operator_drills_and_never_inside_the_home(home: BackedUpHome) -> None:
    with pytest.raises(NotAllowed):
        rehearse(home.workspace, "restore", DRILLS, caller("user:ana", Role.AUDITOR))
    with pytest.raises(ConfigError, match="inside the home"):
        rehearse(home.workspace, "restore", DRILLS, OPERATOR, home.folder)


def _nothing(*_: object, **__: object) -> Any:
    return []


def _accept(_: CheckpointService) -> None:
    return None


def _every_file_is_fine(*arguments: Any) -> BackupReport:
    return _VERIFY(*arguments).model_copy(update={"differences": ()})


def _permits(change: Callable[[AccessRule, Principal], tuple[AccessRule, Principal]]) -> Callable[..., None]:
    """Has searches judge by another rule, or another principal, than they are given."""

    def judge(rule: AccessRule, who: Principal, at: datetime) -> bool:
        return permits(*change(rule, who), at)

    return lambda patch: patch.setattr(view, "permits", judge)


_VERIFY = BackupFiles.verify
BROKEN: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "a revocation is forgotten": ("restore", lambda p: p.setattr(reapply.Revocations, "revoke", _nothing)),
    "an erasure is forgotten": ("restore", lambda p: p.setattr(reapply, "_erase", lambda *_: ([], []))),
    "a changed byte is restored": ("restore", lambda p: p.setattr(BackupFiles, "verify", _every_file_is_fine)),
    "a revoked key is trusted": ("revoke-keys", lambda p: p.setattr(keys, "revoke_key", _nothing)),
    "a generation keeps the old signature": ("revoke-keys", lambda p: p.setattr(keys, "point_at", _nothing)),
    "the old key is dropped": (
        "rotate-keys",
        lambda p: p.setattr(Verifier, "key_ids", property(lambda _: frozenset[str]())),
    ),
    "a home without its database publishes": (
        "lost-database",
        lambda p: p.setattr(CheckpointService, "require_newest", _accept),
    ),
    "a revoked document is served": (
        "poison",
        lambda p: p.setattr(Ledger, "live_versions", lambda _, version_ids: set(version_ids)),
    ),
    "a token outlives its end": ("leak", lambda p: p.setattr(Tokens, "_refuse_ended", staticmethod(_nothing))),
    "no access ends": (
        "leak",
        lambda p: p.setattr(ended_access, "_of", lambda table, _: table.c.principal == ""),
    ),
    "the access of others ends": (
        "leak",
        lambda p: p.setattr(ended_access, "_of", lambda table, _: table.c.principal != ""),
    ),
    "an answer is not on record": ("poison", lambda p: p.setattr(answers, "_record", _nothing)),
    "a rollback resurrects": ("poison", lambda p: p.setattr(rolled_back, "_withheld", lambda *_: None)),
    "a denial is ignored": (
        "segmentation",
        _permits(lambda rule, who: (rule.model_copy(update={"deny": ()}), who)),
    ),
    "tenants are ignored": (
        "segmentation",
        _permits(lambda rule, who: (rule.model_copy(update={"tenant": who.tenant}), who)),
    ),
    "clearances are ignored": (
        "segmentation",
        _permits(lambda rule, who: (rule, who.model_copy(update={"clearance": Classification.RESTRICTED}))),
    ),
    "groups are ignored": (
        "segmentation",
        _permits(lambda rule, who: (rule, who.model_copy(update={"groups": frozenset[str]()}))),
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_drill_fails_if_what_it_shows_is_broken(
    home: BackedUpHome, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    name, break_it = BROKEN[case]
    break_it(monkeypatch)
    finished = run(home, name)
    assert not finished.record.passed
    monkeypatch.undo()
    assert state(home, name).state == "failed"


def test_a_home_in_postgres_drills_on_a_copy_in_sqlite(
    migrated_databases: Callable[[], AbstractContextManager[str]], tmp_path: Path
) -> None:
    with migrated_databases() as url:
        home = ServedHome(tmp_path / "home", url)
        home.refresh(Doc("a", ("text of a",)), Doc("b", ("text of b",)), Doc("c", ("text of c",)))
        for name in ("restore", "segmentation"):
            finished = rehearse(home.workspace, name, DRILLS, OPERATOR, tmp_path)
            assert [step.says for step in finished.record.steps if not step.fine] == []
        assert home.found() == {"text of a", "text of b", "text of c"}
        home.close()


class RefreshedHome:
    """A home that a real refresh filled from a folder."""

    def __init__(self, folder: Path) -> None:
        self.workspace, pages = Workspace(folder / "home"), folder / "pages"
        pages.mkdir()
        self.workspace.create()
        for name in ("leave", "notice", "travel"):
            (pages / f"{name}.md").write_text(f"# {name}\n\nThe rules about {name}: ask the people team in writing.\n")
        approve_source(self.workspace, "pages", pages)
        refresh(self.workspace)


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RefreshedHome]:
    made = RefreshedHome(tmp_path_factory.mktemp("rebuilt"))
    yield made
    made.workspace.close()


def test_a_lost_index_is_built_again_with_the_same_digest_and_without_what_was_taken_back(
    refreshed: RefreshedHome, tmp_path: Path
) -> None:
    revoke(refreshed.workspace, RevocationKind.DOCUMENT, "pages:travel.md", OPERATOR, "wrong")
    finished = rehearse(refreshed.workspace, "rebuild", DRILLS, OPERATOR, tmp_path)
    assert [step.says for step in finished.record.steps if not step.fine] == []
    assert finished.record.steps[-1].says.startswith("2 documents are back with the same digest")


def test_the_drill_of_a_lost_index_fails_if_documents_do_not_come_back(
    refreshed: RefreshedHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.runs.refresh.refresh", _nothing)
    finished = rehearse(refreshed.workspace, "rebuild", DRILLS, OPERATOR, tmp_path)
    assert "wait for no reviewer" in finished.record.steps[-1].says
    assert not finished.record.passed


def test_each_drill_is_a_command() -> None:
    assert [one.name for one in commands.registered_commands] == ["list", *DRILLS]
