"""Keys and the index at the command line and below: rotate, revoke, crashes, export, verify (laws 6 and 11)."""

import base64
import hashlib
import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from typer.testing import CliRunner

from pipeline.checks.verify_index import verify
from pipeline.cli.main import app
from pipeline.domain.errors import CorpusgateError, IntegrityError, NotAllowed, UsageError
from pipeline.index.signing import SIGNING_KEY
from pipeline.publishing import keys
from pipeline.reports.served import verified_documents
from pipeline.settings.operator import operator_name
from pipeline.workspace import Workspace
from tests.support.index_samples import Doc, person
from tests.support.searching import searcher_of
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome

TEA = Doc("tea.md", ("Tea is served at four.", "Milk goes in first."))
CATS = Doc("cats.md", ("The office cat is called Ada.",))
EVERYTHING = {*TEA.texts, *CATS.texts}


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home", database_url)
    made.refresh(TEA)
    made.refresh(CATS)
    yield made
    made.close()


def command(home: ServedHome, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["--home", str(home.workspace.home.folder), *arguments])


def token(home: ServedHome, tmp_path: Path) -> str:
    """A file with an operator's token."""
    folder = home.workspace.home.folder
    added = command(home, "principals", "add", "oscar", "--clearance", "internal", "--role", "operator")
    assert added.exit_code == 0, added.output
    text, _ = Workspace(folder).tokens.create("oscar", operator_name())
    (file := tmp_path / "oper.token").write_text(text)
    file.chmod(0o600)
    return str(file)


def private_mode(home: ServedHome) -> int:
    return stat.S_IMODE((home.workspace.home.keys / SIGNING_KEY).stat().st_mode)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_keys_are_listed_rotated_revoked_and_exported(home: ServedHome, tmp_path: Path) -> None:
    given, old = token(home, tmp_path), home.workspace.signer.key_id
    assert command(home, "keys", "rotate", "--token-file", given).exit_code == 0
    listed = {one["key_id"]: one["state"] for one in json.loads(command(home, "keys", "export", "--json").stdout)}
    assert listed.pop(old) == "trusted"
    ((new, state),) = listed.items()
    assert state == "in use"
    assert private_mode(home) == 0o600

    revoked = command(home, "keys", "revoke", old[:8], "--token-file", given)
    assert revoked.exit_code == 0
    assert "Signed again: 2, 1." in revoked.stdout
    assert old in command(home, "keys", "list").stdout
    assert command(home, "keys", "export", "--to", str(tmp_path / "auditor")).exit_code == 0
    files = {path.name: path.read_text() for path in (tmp_path / "auditor").iterdir()}
    assert set(files) == {f"{old}.revoked.pem", f"{new}.in-use.pem"}
    assert all(pem.startswith("-----BEGIN PUBLIC KEY-----") for pem in files.values())
    assert home.audited("key.rotated") == [new]
    assert home.audited("key.revoked") == [old]
    reopen(home)
    assert home.found() == EVERYTHING
    assert [one.difference for one in verify(home.workspace, every=True)] == [None, None]


def test_law_08_only_an_operator_changes_keys_and_never_the_last(home: ServedHome) -> None:
    for act in (lambda: keys.rotate(home.workspace, REVIEWER), lambda: keys.revoke(home.workspace, "a", REVIEWER)):
        with pytest.raises(NotAllowed):
            act()
    used = home.workspace.signer.key_id
    with pytest.raises(UsageError, match="in use"):
        keys.revoke(home.workspace, used, OPERATOR)
    for name in ("", "no such key"):
        with pytest.raises(UsageError, match="no single trusted key"):
            keys.revoke(home.workspace, name, OPERATOR)
    assert home.found() == EVERYTHING


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_auditor_checks_a_generation_with_an_exported_key_and_no_code_of_ours(home: ServedHome) -> None:
    (exported,) = json.loads(command(home, "keys", "export", "--json").stdout)
    envelope = json.loads((home.workspace.index / home.current().manifest).read_bytes())
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"]
    (signature,) = envelope["signatures"]
    assert signature["keyid"] == exported["key_id"]
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    key = load_pem_public_key(exported["pem"].encode())
    assert isinstance(key, Ed25519PublicKey)
    key.verify(base64.b64decode(signature["sig"]), signed)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature["sig"]), signed + b" ")
    subjects = {one["name"]: one["digest"]["sha256"] for one in json.loads(payload)["subject"]}
    folder = (home.workspace.index / home.current().manifest).parent
    for name in ("placements-2.pages", "pages.arrow", "usage.json", "access.json"):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == subjects[name]


def reopen(home: ServedHome) -> None:
    """As a new process would see it."""
    home.close()
    home.workspace = Workspace(home.workspace.home.folder)


def rotated(home: ServedHome) -> str:
    """Rotate; returns the key from before."""
    old = home.workspace.signer.key_id
    keys.rotate(home.workspace, OPERATOR)
    reopen(home)
    return old


def test_a_running_searcher_goes_on_through_a_revocation_and_then_refuses_the_old_key(home: ServedHome) -> None:
    workspace, before = home.workspace, home.current()
    searcher = searcher_of(workspace, home.embedder)
    assert len(searcher.search("tea", person("ann"), 10)) == 3
    old = rotated(home)
    keys.revoke(home.workspace, old, OPERATOR)
    assert len(searcher.search("tea", person("ann"), 10)) == 3
    with pytest.raises(IntegrityError, match=f"revoked key {old[:16]}|is missing"):
        verified_documents(home.workspace, before)
    workspace.database.dispose()


def test_a_generation_that_does_not_verify_stops_a_revocation(home: ServedHome) -> None:
    old = rotated(home)
    damage(home, "vectors.npy")
    with pytest.raises(IntegrityError, match=r"vectors\.npy"):
        keys.revoke(home.workspace, old, OPERATOR)
    assert old in home.workspace.verifier.key_ids
    assert home.audited("key.revoked") == []


@pytest.mark.parametrize("step", ["sign_again", "point_at", "append", "revoke_key"])
def test_law_06_a_revocation_killed_at_any_step_serves_on_and_is_finished_by_the_next(
    home: ServedHome, step: str
) -> None:
    old = rotated(home)
    home.close()
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        assert os.WTERMSIG(status) == signal.SIGKILL
    else:
        try:
            signal.alarm(60)
            die_after(step)
            keys.revoke(Workspace(home.workspace.home.folder), old, OPERATOR)
        finally:
            os._exit(1)
    assert home.found() == EVERYTHING
    if step != "revoke_key":
        assert old in home.workspace.verifier.key_ids
        keys.revoke(home.workspace, old, OPERATOR)
    reopen(home)
    assert old not in home.workspace.verifier.key_ids
    assert home.found() == EVERYTHING
    assert [one.difference for one in verify(home.workspace, every=True)] == [None, None]
    assert set(home.audited("key.revoked")) == {old}


def die_after(step: str) -> None:
    original = getattr(keys, step)

    def then_die(*args: Any, **more: Any) -> None:
        original(*args, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(keys, step, then_die)


def damage(home: ServedHome, name: str) -> None:
    """Change one bit of the newest file of that name."""
    path = max(home.workspace.index.rglob(name), key=lambda p: p.stat().st_mtime_ns)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "name",
    [
        *("vectors.npy", "rows.arrow", "segment.json", "placements-2.pages"),
        *("pages.arrow", "usage.json", "access.json", "manifest.dsse.json"),
    ],
)
def test_index_verify_names_what_differs_and_still_looks_at_the_others(home: ServedHome, name: str) -> None:
    fine = command(home, "index", "verify", "--all", "--json")
    assert fine.exit_code == 0
    assert [(one["number"], one["difference"]) for one in json.loads(fine.stdout)] == [(2, None), (1, None)]
    damage(home, name)
    said = command(home, "index", "verify", "--all", "--json")
    assert said.exit_code == 1
    newest, oldest = json.loads(said.stdout)
    assert name in newest["difference"]
    assert oldest["difference"] is None
    assert command(home, "index", "verify", "--generation", "1").exit_code == 0
    table = command(home, "index", "verify")
    assert table.exit_code == 1
    assert "Restore the index" in table.stdout


def test_nothing_served_is_nothing_to_verify(tmp_path: Path) -> None:
    home = ServedHome(tmp_path / "home")
    assert command(home, "index", "verify").exit_code == 0
    with pytest.raises(CorpusgateError):
        verify(home.workspace, 7)
    home.close()
