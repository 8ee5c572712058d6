"""Releases of one commit, built in two clones under other conditions, are the same bytes."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.index.signing import create_keypair, public_pem
from scripts.release.__main__ import ENVELOPE, STATEMENT, SUMS, release
from scripts.release.locked import ROOT

VERIFIER = ROOT / "scripts" / "verify_evidence.py"


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key folder, and a folder with the public key as its readers have it."""
    folder, readers = tmp_path_factory.mktemp("keys"), tmp_path_factory.mktemp("readers")
    (readers / "release.pem").write_bytes(public_pem(folder, create_keypair(folder)))
    return folder, readers


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory, keys: tuple[Path, Path]) -> Iterator[tuple[Path, Path]]:
    """Two releases: another path, time zone, mask and hash seed, and files that were never committed."""
    folders = []
    mask, before = os.umask(0o022), dict(os.environ)
    try:
        for name, bits, zone in (("a", 0o022, "UTC"), ("a-clone/with/a long path", 0o077, "Asia/Kathmandu")):
            os.umask(0o022)
            clone = tmp_path_factory.mktemp("clone") / name
            git(ROOT, "clone", "--quiet", "--local", str(ROOT), str(clone))
            if bits == 0o077:
                (clone / "pipeline" / "left_over.py").write_text("never = 'committed'\n")
                (clone / "README.md").write_text("changed and not committed\n")
            os.umask(bits)
            os.environ |= {"TZ": zone, "LC_ALL": "C", "PYTHONHASHSEED": str(bits)}
            release(clone, clone / "dist", keys[0])
            folders.append(clone / "dist")
        yield folders[0], folders[1]
    finally:
        os.umask(mask)
        os.environ.clear()
        os.environ |= before


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_two_clones_give_the_same_bytes(builds: tuple[Path, Path]) -> None:
    one, two = map(digests, builds)
    assert one == two
    suffixes = sorted(name.removeprefix("corpusgate-0.1.0") for name in one if name.startswith("corpusgate-"))
    assert suffixes == ["-py3-none-any.whl", ".cdx.json", ".models.cdx.json", ".tar.gz"]


def test_the_packages_hold_what_was_committed_and_nothing_else(builds: tuple[Path, Path]) -> None:
    committed = set(git(builds[0].parent, "ls-files").splitlines())
    with tarfile.open(builds[1] / "corpusgate-0.1.0.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        times = {member.mtime for member in archive.getmembers()}
    assert times == {int(git(builds[0].parent, "log", "-1", "--format=%ct"))}, "the time of the commit"
    assert names - committed == {"PKG-INFO"}
    with zipfile.ZipFile(builds[1] / "corpusgate-0.1.0-py3-none-any.whl") as wheel:
        inside = set(wheel.namelist())
    assert "pipeline/default_configs/controls.yaml" in inside
    assert not [name for name in inside if "left_over" in name or name.startswith("tests/")]


def test_sums_and_provenance_name_every_file_as_it_is(builds: tuple[Path, Path]) -> None:
    folder = builds[0]
    found = digests(folder)
    listed = dict(reversed(line.split("  ")) for line in (folder / SUMS).read_text().splitlines())
    statement = json.loads((folder / STATEMENT).read_text())
    subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    assert listed == subjects == {name: found[name] for name in found if name not in (SUMS, STATEMENT, ENVELOPE)}
    source, *locks = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source["digest"]["gitCommit"] == git(folder.parent, "rev-parse", "HEAD").strip()
    for lock in locks:
        content = git(folder.parent, "show", f"HEAD:{lock['name']}").encode()
        assert lock["digest"]["sha256"] == hashlib.sha256(content).hexdigest()


def verified(folder: Path, key: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(VERIFIER), "release", str(folder / ENVELOPE), "--key", str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_stranger_verifies_the_release_with_one_file(builds: tuple[Path, Path], keys: tuple[Path, Path]) -> None:
    done = verified(builds[0], keys[1])
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 files" in done.stdout


@pytest.mark.parametrize("name", ["corpusgate-0.1.0.cdx.json", "corpusgate-0.1.0-py3-none-any.whl"])
def test_a_changed_or_missing_file_is_named(
    builds: tuple[Path, Path], keys: tuple[Path, Path], name: str, tmp_path: Path
) -> None:
    for path in builds[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    changed = verified(tmp_path, keys[1])
    (tmp_path / name).unlink()
    missing = verified(tmp_path, keys[1])
    assert (changed.returncode, missing.returncode) == (1, 1)
    assert name in changed.stderr
    assert name in missing.stderr


def test_a_foreign_key_verifies_nothing(builds: tuple[Path, Path], tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.pem"
    foreign.write_bytes(public_pem(tmp_path / "keys", create_keypair(tmp_path / "keys")))
    assert verified(builds[0], foreign).returncode == 1


def test_an_unsigned_release_leaves_no_older_signature(builds: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / ENVELOPE).write_text("of another release")
    release(builds[0].parent, tmp_path)
    assert not (tmp_path / ENVELOPE).exists()
    assert digests(tmp_path) == {name: one for name, one in digests(builds[0]).items() if name != ENVELOPE}


def test_a_tree_with_changes_is_not_built(builds: tuple[Path, Path], tmp_path: Path) -> None:
    """The bills come from the code around the commit, so that must be the code of the commit."""
    clone = builds[1].parent
    command = [sys.executable, "-m", "scripts.release", "--to", str(tmp_path / "dist")]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "changes that are not committed. Nothing was built." in done.stderr
    assert not (tmp_path / "dist").exists()
