"""The installation keeps rules for the account that its key belongs to; in any doubt the home keeps them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.detectors import kept_rules, suite
from pipeline.detectors.kept_rules import KEY_BYTES, KeptRules


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation's rules; not made yet."""
    monkeypatch.setattr(kept_rules, "installation", lambda: tmp_path / "share" / "corpusgate")
    return tmp_path / "share" / "corpusgate" / "rules"


def group_may_enter(folder: Path) -> None:
    folder.chmod(0o770)


def anyone_may_read_the_key(folder: Path) -> None:
    (folder / "rules.key").chmod(0o644)


def key_is_a_link(folder: Path) -> None:
    key = folder / "rules.key"
    key.rename(folder / "elsewhere")
    key.symlink_to(folder / "elsewhere")


def key_is_a_folder(folder: Path) -> None:
    (folder / "rules.key").unlink()
    (folder / "rules.key").mkdir(mode=0o700)


def folder_is_a_link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


def folder_is_a_file(folder: Path) -> None:
    (folder / "rules.key").unlink()
    folder.rmdir()
    folder.write_bytes(b"")


DOUBTS = (group_may_enter, anyone_may_read_the_key, key_is_a_link, key_is_a_folder, folder_is_a_link, folder_is_a_file)


def test_homes_share_the_rules_that_a_library_brings_and_no_others(folder: Path, tmp_path: Path) -> None:
    first, second = (suite._kept_rules("secrets", tmp_path / name) for name in ("first", "second"))
    assert first == second == KeptRules(folder, folder / "rules.key")
    assert len(first.key_file.read_bytes()) == KEY_BYTES
    of_homes = [suite._kept_rules("injection", tmp_path / name) for name in ("first", "second")]
    assert [kept.folder for kept in of_homes] == [tmp_path / name / "cache/rules" for name in ("first", "second")]
    assert of_homes[0].key_file.read_bytes() != of_homes[1].key_file.read_bytes()


def test_the_key_stays_as_it_was_made(folder: Path) -> None:
    made = KeptRules.of_installation()
    assert made is not None
    key = made.key_file.read_bytes()
    assert KeptRules.of_installation() == made
    assert made.key_file.read_bytes() == key


@pytest.mark.parametrize("doubt", DOUBTS)
def test_law_03_an_installation_that_others_could_have_changed_keeps_no_rules(
    folder: Path, tmp_path: Path, doubt: Callable[[Path], None]
) -> None:
    assert KeptRules.of_installation() is not None
    doubt(folder)
    assert KeptRules.of_installation() is None
    kept = suite._kept_rules("secrets", tmp_path / "home")
    assert kept == KeptRules(tmp_path / "home/cache/rules/secrets", tmp_path / "home/keys/rules.key")
    assert kept.key_file.stat().st_mode & 0o777 == 0o600


def test_law_03_another_account_does_not_take_the_rules_of_an_installation(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KeptRules.of_installation() is not None
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    assert KeptRules.of_installation() is None


def test_a_strict_umask_keeps_no_account_from_the_other_files_of_an_installation(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        KeptRules.of_installation()
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (folder.parent.parent, folder.parent, folder)] == [
        0o755,
        0o755,
        0o700,
    ]


def test_a_home_with_rules_of_its_own_and_of_a_library_keeps_both(tmp_path: Path) -> None:
    own, library = KeptRules.of_home(tmp_path), KeptRules.of_home(tmp_path, "secrets")
    own.write("a" * 64, b"own")
    library.write("b" * 64, b"library")
    own.write("c" * 64, b"own again")
    assert (own.read("a" * 64), own.read("c" * 64), library.read("b" * 64)) == (None, b"own again", b"library")


def test_files_of_earlier_versions_are_removed(tmp_path: Path) -> None:
    kept = KeptRules.of_home(tmp_path)
    for name in ("a.yarx", "b.vscdb", "c.txt"):
        (kept.folder / name).write_bytes(b"")
    kept.write("a" * 64, b"rules")
    assert sorted(path.name for path in kept.folder.iterdir()) == ["a" * 64 + ".rules", "c.txt"]
