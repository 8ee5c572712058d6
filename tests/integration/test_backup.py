"""A backup of a live home is whole, signed and free of private keys; restored, it proves itself (laws 10 and 11)."""

import errno
import os
import shutil
import stat
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.backups.apart import require_apart
from pipeline.backups.archive import INDEX, verify_backup
from pipeline.backups.create import create
from pipeline.backups.encryption import BackupKey, referenced_key
from pipeline.backups.restore import RestoreRequest, restore
from pipeline.checks.doctor import examine
from pipeline.cli.main import app
from pipeline.domain.documents.provenance import Source
from pipeline.domain.errors import ConfigError, ExitCode, IntegrityError, LockHeld, NotAllowed, OlderCopy, UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.files.places import FilePlace
from pipeline.index.signing import create_keypair
from pipeline.publishing.keys import public_keys, revoke, rotate, write_public_keys
from pipeline.publishing.run import publisher_lock
from pipeline.settings.edits import with_settings
from pipeline.settings.operator import operator_name
from pipeline.stores.audit.log import AuditEntry
from pipeline.takedown.erase import erase
from pipeline.takedown.revoke import lift
from pipeline.takedown.revoke import revoke as take_down
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.backed_up import SECRET_WORDS, BackedUpHome, read
from tests.support.gated_home import NARROW, File
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome, caller


@pytest.fixture
def home(tmp_path: Path) -> Iterator[BackedUpHome]:
    made = BackedUpHome(tmp_path)
    yield made
    made.gated.close()


def differences(backup: Path, keys: Path) -> tuple[str, ...]:
    return verify_backup(backup, keys).differences


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_a_backup_restores_to_a_home_with_the_same_answers(home: BackedUpHome, tmp_path: Path, name: str) -> None:
    home.back_up(name)
    write_public_keys(public_keys(home.workspace), tmp_path / "public")
    assert differences(tmp_path / name, tmp_path / "public") == ()
    before = home.gated.read("ada")
    home.lose()
    restored = home.restore(name=name)
    assert (restored.held, restored.proven, restored.new_keys) == ("", True, False)
    assert read(restored.home, home.gated) == before
    assert {proof.name for proof in restored.proofs} == {
        "database", "audit log", "generations", "canary questions", "takedowns",
    }  # fmt: skip


def test_an_encrypted_backup_is_verified_and_restored_with_its_key_alone(home: BackedUpHome, tmp_path: Path) -> None:
    (tmp_path / "backup.key").write_text("ab" * 32)
    reference = f"file:{tmp_path / 'backup.key'}"
    key, wrong = referenced_key(reference), BackupKey(bytes(32))
    made = create(home.workspace, tmp_path / "backup.enc", OPERATOR, keys=tmp_path / "k.tar", encrypt=key)
    assert made.encrypted_with == key.id
    assert SECRET_WORDS.encode() not in made.place.read_bytes()
    assert stat.S_IMODE(made.place.stat().st_mode) == 0o600
    assert [path.name for path in (*tmp_path.iterdir(), *home.folder.iterdir()) if path.name.startswith(".tmp-")] == []
    (event,) = (one for one in home.workspace.audit.events() if one.action == "backup.created")
    assert event.fields["encrypted_with"] == key.id
    write_public_keys(public_keys(home.workspace), tmp_path / "public")
    report = verify_backup(made.place, tmp_path / "public", key)
    assert (report.differences, report.encrypted_with) == ((), key.id)
    before = home.gated.read("ada")
    home.lose()
    wanted = RestoreRequest(backup=made.place, to=tmp_path / "restored", private_keys=tmp_path / "k.tar")
    for given_key, says in ((wrong, f"the given key is {wrong.id}"), (None, "--decrypt-with")):
        with pytest.raises(ConfigError) as refused:
            verify_backup(made.place, tmp_path / "public", given_key)
        assert says in f"{refused.value.what} {refused.value.fix}"
    with pytest.raises(ConfigError, match=key.id):
        restore(wanted)
    assert not (tmp_path / "restored").exists()
    restored = restore(wanted.model_copy(update={"decrypt": reference}))
    assert restored.proven
    assert read(restored.home, home.gated) == before


def test_an_encrypted_backup_that_is_cut_or_changed_is_refused(home: BackedUpHome, tmp_path: Path) -> None:
    key = BackupKey(bytes(32))
    made = create(home.workspace, tmp_path / "backup.enc", OPERATOR, encrypt=key)
    whole, keys = made.place.read_bytes(), home.folder / "keys"
    for end in (len(whole) - 1, len(whole) // 2, 200, 80):
        made.place.write_bytes(whole[:end])
        with pytest.raises(IntegrityError, match="damaged or incomplete"):
            verify_backup(made.place, keys, key)
    for place in (100, len(whole) // 2, len(whole) - 5):
        made.place.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(IntegrityError):
            verify_backup(made.place, keys, key)


def test_a_backup_is_closed_to_others_and_holds_no_private_key(home: BackedUpHome, tmp_path: Path) -> None:
    made = home.back_up()
    private = [(home.folder / "keys" / name).read_bytes() for name in ("signing.key", "fingerprint.key")]
    for path in (made.place, *made.place.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        assert path.is_dir() or not any(key in path.read_bytes() for key in private)
    assert stat.S_IMODE((tmp_path / "backup.keys").stat().st_mode) == 0o600
    assert "private keys" in made.index.absent[0]


def test_writers_go_on_while_a_backup_is_made(home: BackedUpHome, tmp_path: Path) -> None:
    stop, written = threading.Event(), []

    def write() -> None:
        other = Workspace(home.folder)
        while not stop.is_set():
            other.audit.record(AuditEntry("user:ana", "test.happened", f"thing {len(written)}"))
            written.append(1)
        other.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while not written:
            pass
        made = [home.back_up(f"backup-{number}") for number in range(3)]
    finally:
        stop.set()
        thread.join()
    assert written
    for number, one in enumerate(made):
        restored = home.restore(f"restored-{number}", f"backup-{number}", alone=True)
        assert restored.proven
        assert differences(one.place, home.folder / "keys") == ()


def test_a_backup_waits_for_the_publisher_and_says_who_holds_the_lock(home: BackedUpHome, tmp_path: Path) -> None:
    with publisher_lock(home.workspace), pytest.raises(LockHeld):
        create(home.workspace, tmp_path / "backup", OPERATOR, wait_seconds=0)
    assert not list(tmp_path.glob("backup*"))
    assert not list(tmp_path.glob(".tmp-*"))


def test_only_an_operator_backs_up_and_never_into_the_home_or_over_something(
    home: BackedUpHome, tmp_path: Path
) -> None:
    with pytest.raises(NotAllowed):
        create(home.workspace, tmp_path / "backup", caller("user:ana", Role.AUDITOR))
    with pytest.raises(ConfigError, match="lost with it"):
        create(home.workspace, home.folder / "backup", OPERATOR)
    home.back_up()
    with pytest.raises(ConfigError, match="exists already"):
        home.back_up()


@pytest.mark.parametrize("failing", ["no folder", "the target", "in the target", "in the home", "in a source"])
@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_a_key_file_that_cannot_be_or_may_not_be_there_leaves_no_backup(
    home: BackedUpHome, tmp_path: Path, failing: str, name: str
) -> None:
    keys = {
        "no folder": tmp_path / "missing" / "k.tar",
        "the target": tmp_path / name,
        "in the target": tmp_path / name / "k.tar",
        "in the home": home.folder / "k.tar",
        "in a source": tmp_path / "home-wiki" / "k.tar",
    }[failing]
    there, events = set(tmp_path.rglob("*.tar")) | set(tmp_path.iterdir()), len([*home.workspace.audit.events()])
    with pytest.raises(ConfigError):
        create(home.workspace, tmp_path / name, OPERATOR, keys=keys)
    assert set(tmp_path.rglob("*.tar")) | set(tmp_path.iterdir()) == there
    assert len([*home.workspace.audit.events()]) == events


@pytest.mark.parametrize("inside", ["b", "b.tar", "deeper/b", "link/b"])
def test_nothing_is_backed_up_or_restored_into_a_source_or_a_home(
    home: BackedUpHome, tmp_path: Path, inside: str
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "home-wiki")
    source = tmp_path / inside if inside.startswith("link") else tmp_path / "home-wiki" / inside
    with pytest.raises(ConfigError, match="inside the source wiki"):
        create(home.workspace, source, OPERATOR)
    home.back_up()
    late = tmp_path / "late-source"
    late.mkdir()
    approve_source(home.workspace, "late", late)
    for to in (source, late / inside):
        with pytest.raises(ConfigError, match="inside the source"):
            home.restore(str(to), newer_from=home.folder)
    with pytest.raises(ConfigError, match="inside the home"):
        home.restore(f"home/{inside}")
    assert not [*late.iterdir(), *(tmp_path / "home-wiki").iterdir()]


@given(pattern=st.sampled_from(["", "*.md", "*/*.md", "**", "b*"]), name=st.sampled_from(["b", "b.tar", "b.md", "a/b"]))
def test_a_place_is_apart_exactly_if_the_source_would_not_read_it(pattern: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        uri = f"{folder}/{pattern}" if pattern else folder
        source = Source(
            name="docs", uri=uri, owner="olga", classification=Classification.INTERNAL, tenant="default",
            allow=("group:staff",), registered_by="olga", registered_at=datetime.now(UTC),
        )  # fmt: skip
        place = FilePlace(root=folder, pattern=pattern)
        reads = any(place.holds(f"{name}{below}") for below in ("", "/x.md", "/x/y.md"))
        try:
            require_apart(Path(folder) / name, [source])
        except ConfigError:
            assert reads
        else:
            assert not reads


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_every_changed_missing_or_added_file_is_named(home: BackedUpHome, tmp_path: Path) -> None:
    place = home.back_up().place
    keys = home.folder / "keys"
    files = sorted(path for path in place.rglob("*") if path.is_file() and path.name != INDEX)
    for path in files:
        before = path.read_bytes()
        if not before:
            continue
        name = path.relative_to(place).as_posix()
        _flip(path)
        assert differences(place, keys) == (f"{name} has other bytes than were signed.",)
        path.unlink()
        assert differences(place, keys) == (f"{name} is missing.",)
        path.write_bytes(before)
    (place / "home" / "more").write_text("x")
    assert differences(place, keys) == ("home/more is not in the signed index.",)
    with pytest.raises(IntegrityError, match="not what was signed"):
        home.restore()
    assert not (tmp_path / "restored").exists()


def test_a_link_in_a_backup_is_refused(home: BackedUpHome, tmp_path: Path) -> None:
    place = home.back_up().place
    (place / "home" / "link").symlink_to(tmp_path)
    with pytest.raises(IntegrityError, match="not a plain file"):
        home.restore()


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_removed_an_added_and_an_odd_file_are_all_named(home: BackedUpHome, kind: str) -> None:
    place = home.back_up().place
    files = sorted(path for path in (place / "home").rglob("*") if path.is_file())
    removed, replaced, added = files[0], files[1], place / "home" / "more"
    removed.unlink()
    content = replaced.read_bytes()
    replaced.unlink()
    if kind == "link":
        added.write_bytes(content)
        replaced.symlink_to(added)
    else:
        added.write_bytes(b"x")
        os.mkfifo(replaced)
    names = [path.relative_to(place).as_posix() for path in (replaced, removed, added)]
    said = ("is not a plain file.", "is missing.", "is not in the signed index.")
    expected = tuple(f"{name} {what}" for name, what in zip(names, said, strict=True))
    assert differences(place, home.folder / "keys") == expected


def test_an_archive_that_is_cut_anywhere_is_damaged_or_differs(home: BackedUpHome, tmp_path: Path) -> None:
    archive = home.back_up("backup.tar").place
    data, cut = archive.read_bytes(), tmp_path / "cut.tar"
    with tarfile.open(archive) as opened:
        edges = [edge for member in opened for edge in (member.offset, member.offset_data, member.offset_data + 1)]
    ends = {0, 1, 511, *edges, *range(0, len(data), len(data) // 20), *range(len(data) - 1, len(data) - 12_000, -511)}
    for end in ends:
        cut.write_bytes(data[:end])
        with pytest.raises(IntegrityError, match="damaged or incomplete") as refused:
            differences(cut, home.folder / "keys")
        assert refused.value.exit_code == ExitCode.FAILED


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 200_000, b"{}", b'{"payload": 1}'])
def test_a_garbled_index_says_what_to_do_with_the_backup(home: BackedUpHome, garbage: bytes) -> None:
    place = home.back_up().place
    (place / INDEX).write_bytes(garbage)
    with pytest.raises(IntegrityError) as refused:
        differences(place, home.folder / "keys")
    assert "from a backup" not in refused.value.fix
    assert "another" in refused.value.fix


def test_the_keys_of_a_verification_can_be_a_home_and_a_missing_folder_is_named(
    home: BackedUpHome, tmp_path: Path
) -> None:
    place = home.back_up().place
    assert differences(place, home.folder) == differences(place, home.folder / "keys") == ()
    with pytest.raises(ConfigError, match=r"There is no folder .*nowhere"):
        differences(place, tmp_path / "nowhere")
    create_keypair(tmp_path / "others")
    with pytest.raises(IntegrityError) as refused:
        differences(place, tmp_path / "others")
    assert "keys export" in refused.value.fix


def test_commands_of_backups_name_the_account_and_quote_paths(home: BackedUpHome, tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["--home", str(home.folder), "backup", "create", str(tmp_path / "b")])
    assert made.exit_code == 0, made.output
    assert [event.actor for event in home.workspace.audit.events("backup")] == [operator_name()]
    to = tmp_path / "new home"
    command = ["backup", "restore", str(tmp_path / "b"), "--to", str(to), "--key", str(home.folder), "--alone"]
    held = CliRunner().invoke(app, ["--home", str(home.folder), *command])
    assert held.exit_code == ExitCode.WAITING, held.output
    assert f"--home '{to}' audit accept-older-copy" in held.output
    assert "not known" in held.output
    workspace = Workspace(to)
    assert [event.actor for event in workspace.audit.events("home")] == [operator_name()]
    workspace.close()


def test_a_changed_byte_of_an_archive_is_never_restored(home: BackedUpHome, tmp_path: Path) -> None:
    archive = home.back_up("backup.tar").place
    with tarfile.open(archive) as opened:
        places = [member.offset_data for member in opened if member.size]
    for at in places:
        data = bytearray(archive.read_bytes())
        data[at] ^= 1
        archive.write_bytes(data)
        with pytest.raises(IntegrityError):
            home.restore(name="backup.tar")
        data[at] ^= 1
        archive.write_bytes(data)
    assert not list(tmp_path.glob("restored*"))


def test_the_same_state_gives_the_same_files(home: BackedUpHome) -> None:
    first, second = home.back_up("first").index.files, home.back_up("second").index.files
    changed = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    # The first backup is on record in the second, and so is the checkpoint over that entry.
    assert {name.split("/")[0] for name in changed} == {"database", "home"}
    assert all(name.startswith(("database/", "home/checkpoints/")) for name in changed)


def test_a_backup_of_another_or_a_revoked_key_is_refused(home: BackedUpHome, tmp_path: Path) -> None:
    home.back_up()
    create_keypair(tmp_path / "others")
    with pytest.raises(IntegrityError, match="unknown key"):
        differences(tmp_path / "backup", tmp_path / "others")
    old = home.workspace.signer.key_id
    rotate(home.workspace, OPERATOR)
    home.reopen()
    revoke(home.workspace, old, OPERATOR)
    with pytest.raises(IntegrityError, match="revoked key"):
        differences(tmp_path / "backup", home.folder / "keys")
    write_public_keys(public_keys(home.workspace), tmp_path / "public")
    with pytest.raises(IntegrityError, match="unknown key"):
        differences(tmp_path / "backup", tmp_path / "public")


def test_law_10_takedowns_newer_than_the_backup_are_applied_again(home: BackedUpHome) -> None:
    gated = home.gated
    gated.files |= {f"wiki:{name}.md": File(f"text of {name}") for name in ("c", "d", "e", "f", "g")}
    gated.refresh()
    home.back_up()
    take_down(home.workspace, RevocationKind.DOCUMENT, "wiki:b.md", OPERATOR, "wrong")
    take_down(home.workspace, RevocationKind.DOCUMENT, "wiki:g.md", OPERATOR, "wrong")
    lift(home.workspace, RevocationKind.DOCUMENT, "wiki:g.md", REVIEWER, "right after all")
    erase(home.workspace, "wiki:a.md", OPERATOR, "asked for")
    gated.files |= {"wiki:c.md": File("text of c", NARROW), "wiki:e.md": File("another text")}
    del gated.files["wiki:d.md"], gated.files["wiki:a.md"]
    gated.refresh()
    home.workspace.checkpoints.make()
    assert set(gated.read("ada")) == {"wiki:c.md", "wiki:e.md", "wiki:f.md", "wiki:g.md"}
    restored = home.restore(newer_from=home.folder)
    assert (restored.held, restored.proven) == ("", True)
    assert read(restored.home, gated) == {"wiki:f.md": "text of f", "wiki:g.md": "text of g"}
    assert restored.reapplied.revocations == ("document wiki:b.md",)
    assert restored.reapplied.erased == ("wiki:a.md",)
    assert set(restored.reapplied.left) == {"wiki:c.md", "wiki:d.md", "wiki:e.md"}
    for path in restored.home.rglob("*"):
        assert path.is_dir() or SECRET_WORDS.encode() not in path.read_bytes(), path
    gated.close()
    gated.workspace = Workspace(restored.home)
    gated.refresh()  # what changed comes back through the gate, and nothing that was taken back
    assert gated.read("ada") == {
        "wiki:c.md": "text of c", "wiki:e.md": "another text", "wiki:f.md": "text of f", "wiki:g.md": "text of g",
    }  # fmt: skip
    assert "wiki:c.md" not in gated.read("bob")


def test_law_10_a_takedown_in_an_exported_log_is_applied_again_when_the_home_is_lost(home: BackedUpHome) -> None:
    home.back_up()
    take_down(home.workspace, RevocationKind.DOCUMENT, "wiki:b.md", OPERATOR, "wrong")
    home.workspace.checkpoints.make()
    log = home.export()
    home.lose()
    restored = home.restore(newer_from=log)
    assert (restored.held, restored.proven) == ("", True)
    assert set(read(restored.home, home.gated)) == {"wiki:a.md"}


def test_law_11_a_log_that_is_older_than_an_anchor_leaves_the_home_held(home: BackedUpHome) -> None:
    home.back_up()
    log = home.export()
    take_down(home.workspace, RevocationKind.DOCUMENT, "wiki:b.md", OPERATOR, "wrong")
    home.workspace.checkpoints.make()
    home.lose()
    for to, more in (("without", {}), ("with", {"newer_from": log})):
        restored = home.restore(to, **more)
        assert "entries" in restored.held
        with pytest.raises(OlderCopy):
            read(restored.home, home.gated)


def test_law_10_without_an_anchor_nothing_is_served_until_an_operator_accepts(tmp_path: Path) -> None:
    home = BackedUpHome(tmp_path, anchored=False)
    home.back_up()
    take_down(home.workspace, RevocationKind.DOCUMENT, "wiki:b.md", OPERATOR, "wrong")
    home.lose()
    restored = home.restore()
    assert "No anchor" in restored.held
    with pytest.raises(OlderCopy, match="taken back after the backup"):
        read(restored.home, home.gated)
    workspace = Workspace(restored.home)
    with pytest.raises(OlderCopy), publisher_lock(workspace):
        pass
    with pytest.raises(OlderCopy):
        workspace.checkpoints.make()
    take_down(workspace, RevocationKind.DOCUMENT, "wiki:b.md", OPERATOR, "applied again by hand")
    assert workspace.checkpoints.accept_older_copy(OPERATOR, "ab" * 32) == 0
    workspace.close()
    assert set(read(restored.home, home.gated)) == {"wiki:a.md"}
    home.gated.close()


@pytest.mark.parametrize("anchored", [True, False])
def test_law_10_a_copy_restored_alone_is_held_until_an_operator_accepts(tmp_path: Path, anchored: bool) -> None:
    home = BackedUpHome(tmp_path, anchored=anchored)
    home.back_up()
    take_down(home.workspace, RevocationKind.DOCUMENT, "wiki:b.md", OPERATOR, "wrong")
    restored = home.restore(alone=True)
    assert "rehearsal copy" in restored.held
    assert [(one.fine, one.known) for one in restored.proofs if one.name == "takedowns"] == [(True, False)]
    with pytest.raises(OlderCopy, match="rehearsal copy"):
        read(restored.home, home.gated)
    workspace = Workspace(restored.home)
    with pytest.raises(OlderCopy), publisher_lock(workspace):
        pass
    with pytest.raises(OlderCopy):
        create(workspace, tmp_path / "of-the-copy", OPERATOR)
    assert [check.state for check in examine(workspace) if check.name == "checkpoints"] == ["problem"]
    workspace.checkpoints.accept_older_copy(OPERATOR, "ab" * 32)
    workspace.close()
    assert set(read(restored.home, home.gated)) == {"wiki:a.md", "wiki:b.md"}
    home.gated.close()


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("as_export", [True, False])
def test_law_10_a_held_copy_is_refused_as_a_newer_home(tmp_path: Path, alone: bool, as_export: bool) -> None:
    home = BackedUpHome(tmp_path, anchored=False)
    home.back_up()
    take_down(home.workspace, RevocationKind.DOCUMENT, "wiki:b.md", OPERATOR, "wrong")
    copy = home.restore("copy", alone=alone)
    assert copy.held
    place = copy.home
    if as_export:
        workspace = Workspace(copy.home)
        place = tmp_path / "copy.jsonl"
        place.write_bytes(b"".join(event.line + b"\n" for event in workspace.audit.events()))
        workspace.close()
    with pytest.raises(ConfigError, match="with --alone" if alone else "without a newer log"):
        home.restore(newer_from=place)
    assert not (tmp_path / "restored").exists()
    assert home.restore(newer_from=home.folder).held == ""
    home.gated.close()


@pytest.mark.parametrize("change", ["dropped", "edited", "another log", "cut"])
def test_law_11_a_log_that_was_changed_is_refused(home: BackedUpHome, tmp_path: Path, change: str) -> None:
    home.back_up()
    take_down(home.workspace, RevocationKind.DOCUMENT, "wiki:b.md", OPERATOR, "wrong")
    log = home.export()
    lines = log.read_bytes().splitlines(keepends=True)
    if change == "dropped":
        del lines[-2]
    elif change == "edited":
        lines[-1] = lines[-1].replace(b"wiki:b.md", b"wiki:a.md")
    elif change == "cut":
        del lines[3:]
    else:
        other = BackedUpHome(tmp_path / "other")
        lines = other.export().read_bytes().splitlines(keepends=True) * 3
        other.gated.close()
    log.write_bytes(b"".join(lines))
    with pytest.raises((IntegrityError, ConfigError)):
        home.restore(newer_from=log)
    assert not (tmp_path / "restored").exists()


def test_a_restored_home_without_its_private_keys_signs_with_new_ones(home: BackedUpHome, tmp_path: Path) -> None:
    old = home.workspace.signer.key_id
    home.back_up()
    write_public_keys(public_keys(home.workspace), tmp_path / "public")
    restored = home.restore(private_keys=None, public_keys=tmp_path / "public", newer_from=home.folder)
    assert (restored.new_keys, restored.proven, restored.held) == (True, True, "")
    workspace = Workspace(restored.home)
    assert workspace.signer.key_id != old
    assert old in workspace.verifier.key_ids
    assert set(read(restored.home, home.gated)) == {"wiki:a.md", "wiki:b.md"}


def test_a_key_that_was_revoked_since_is_refused_in_the_restored_home(home: BackedUpHome) -> None:
    old = home.workspace.signer.key_id
    home.back_up()
    rotate(home.workspace, OPERATOR)
    home.reopen()
    revoke(home.workspace, old, OPERATOR)
    new = home.workspace.signer.key_id
    restored = home.restore(newer_from=home.folder)
    workspace = Workspace(restored.home)
    assert old not in workspace.verifier.key_ids
    assert {workspace.signer.key_id, new} <= workspace.verifier.key_ids
    assert (restored.proven, restored.held) == (True, "")
    assert set(read(restored.home, home.gated)) == {"wiki:a.md", "wiki:b.md"}


def test_tokens_and_rights_that_ended_since_are_ended_again(home: BackedUpHome) -> None:
    principals = home.folder / "configs" / "principals.yaml"
    principals.write_text("schema_version: 1\nprincipals:\n- {name: user:eve, clearance: restricted}\n")
    home.workspace.principals.current()
    _, token = home.workspace.tokens.create("user:eve", OPERATOR.name, 5)
    home.back_up()
    home.workspace.tokens.revoke(token.token_id, OPERATOR.name)
    principals.write_text("schema_version: 1\nprincipals: []\n")
    home.workspace.principals.current()
    home.workspace.checkpoints.make()
    for to, place in (("from-home", home.folder), ("from-log", home.export())):
        restored = home.restore(to, newer_from=place)
        assert restored.reapplied.tokens == 1
        workspace = Workspace(restored.home)
        assert workspace.home.identities.principals == ()
        assert [state.value for _, state in workspace.tokens.list_tokens("user:eve")] == ["revoked"]
        workspace.close()


@pytest.mark.parametrize("database", ["", "postgres"])
def test_a_home_in_postgres_is_restored_from_its_rows(
    migrated_databases: Callable[[], AbstractContextManager[str]],
    empty_databases: Callable[[], AbstractContextManager[str]],
    tmp_path: Path,
    database: str,
) -> None:
    with migrated_databases() as url, empty_databases() as empty:
        home = ServedHome(tmp_path / "home", url)
        first, second = Doc("a", ("text of a",)), Doc("b", ("text of b",))
        home.refresh(first, second)
        create(home.workspace, tmp_path / "backup", OPERATOR, keys=tmp_path / "keys.tar")
        take_down(home.workspace, RevocationKind.DOCUMENT, "hand:b", OPERATOR, "wrong")
        before = list(home.workspace.audit.events())
        wanted = RestoreRequest(
            backup=tmp_path / "backup",
            to=tmp_path / "restored",
            private_keys=tmp_path / "keys.tar",
            newer_from=tmp_path / "home",
            database=empty if database else "",
        )
        restored = restore(wanted)
        assert (restored.proven, restored.held) == (True, "")
        again = ServedHome(tmp_path / "restored", fresh=False)
        assert again.found() == {"text of a"}
        assert list(again.workspace.audit.events())[: len(before) - 2] == before[:-2]
        again.refresh(Doc("c", ("text of c",)))
        assert again.found() == {"text of a", "text of c"}
        assert again.workspace.database.is_sqlite is not bool(database)
        if database:
            with pytest.raises(UsageError, match="tables already"):
                restore(wanted.model_copy(update={"to": tmp_path / "second"}))
        again.close()
        home.close()


def test_a_document_that_came_and_was_erased_after_the_backup_stays_out(home: BackedUpHome) -> None:
    home.back_up()
    home.gated.files["wiki:late.md"] = File("the late text")
    home.gated.refresh()
    erase(home.workspace, "wiki:late.md", OPERATOR, "asked for")
    home.workspace.checkpoints.make()
    restored = home.restore(newer_from=home.folder)
    assert (restored.reapplied.erased, restored.proven, restored.held) == (("wiki:late.md",), True, "")
    home.gated.close()
    home.gated.workspace = Workspace(restored.home)
    home.gated.refresh()  # its source still has it
    assert set(home.gated.read("ada")) == {"wiki:a.md", "wiki:b.md"}


@pytest.mark.parametrize("state", ["revoked", "narrowed"])
def test_a_source_that_was_restricted_since_is_restricted_again(home: BackedUpHome, state: str) -> None:
    home.back_up()
    registry = home.workspace.sources
    (registry.revoke_source if state == "revoked" else registry.narrow_source)("wiki", "user:olga", "strange")
    home.workspace.checkpoints.make()
    restored = home.restore(newer_from=home.folder)
    workspace = Workspace(restored.home)
    assert workspace.sources.source("wiki").state.value == state
    workspace.close()
    assert set(read(restored.home, home.gated)) == (set() if state == "revoked" else {"wiki:a.md", "wiki:b.md"})


def test_secrets_of_the_settings_stay_out_and_places_elsewhere_come_home(home: BackedUpHome, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(home.folder / "index", elsewhere)
    (home.folder / "configs" / "mail.secret").write_text("hunter2 hunter2")
    settings = home.folder / "configs" / "corpusgate.yaml"
    secret = {"endpoint": "http://127.0.0.1:4318/v1/traces", "authorization": {"file": "configs/mail.secret"}}
    text = with_settings(settings.read_text(), {"index.folder": str(elsewhere)})
    changed = yaml.safe_load(text)
    settings.write_text(yaml.safe_dump(changed | {"tracing": secret}))
    home.reopen()
    before = home.gated.read("ada")
    made = home.back_up()
    assert not any(b"hunter2" in path.read_bytes() for path in made.place.rglob("*") if path.is_file())
    shutil.rmtree(elsewhere)
    restored = home.restore(newer_from=home.folder)
    assert restored.settings == ("index.folder: index",)
    assert (restored.proven, read(restored.home, home.gated)) == (True, before)


@pytest.mark.parametrize("step", ["pipeline.backups.create.write_index", "pipeline.backups.restore.prove"])
def test_a_backup_or_a_restore_that_stops_half_way_leaves_nothing(
    home: BackedUpHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if "restore" in step:
        home.back_up()
    there = set(tmp_path.iterdir())
    monkeypatch.setattr(step, full)
    with pytest.raises((ConfigError, OSError)):
        home.restore() if "restore" in step else home.back_up()
    assert set(tmp_path.iterdir()) == there
    monkeypatch.undo()
    assert set(home.gated.read("ada")) == {"wiki:a.md", "wiki:b.md"}
