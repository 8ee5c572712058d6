"""Law 2: what Corpusgate keeps for itself is recognised under any name."""

import os
from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.files.own import OwnPlaces
from pipeline.files.places import FilePlace, refuse_own_and_system
from pipeline.files.walk import TreeEntry, walk


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    (made / "keys" / "old").mkdir(parents=True)
    (made / "keys" / "signing.key").write_bytes(b"key")
    (made / "keys" / "old" / "first.key").write_bytes(b"older key")
    return made


def test_law_02_a_hard_link_to_a_file_of_the_home_is_recognised_however_deep_it_lies(
    home: Path, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "plan.md").write_text("A plan.")
    (docs / "also-plan.md").hardlink_to(docs / "plan.md")
    (docs / "notes.md").hardlink_to(home / "keys" / "signing.key")
    (docs / "more.md").hardlink_to(home / "keys" / "old" / "first.key")
    (docs / "near.md").symlink_to("notes.md")
    kinds = {
        entry.path: entry.kind.value for entry in walk(str(docs), own=OwnPlaces([home])) if isinstance(entry, TreeEntry)
    }
    own = "file of Corpusgate's own"
    assert kinds == {"also-plan.md": "file", "plan.md": "file", "notes.md": own, "more.md": own, "near.md": own}


def test_law_02_a_folder_of_the_home_is_not_entered_by_another_path(home: Path, tmp_path: Path) -> None:
    own = OwnPlaces([home])
    assert own.hold(home.stat())
    assert own.hold((home / "keys").stat())
    assert not own.hold(tmp_path.stat())
    (tmp_path / "near.md").write_text("A page.")
    assert [
        (entry.path, entry.kind.value) for entry in walk(str(tmp_path), own=own) if isinstance(entry, TreeEntry)
    ] == [
        ("home", "folder of Corpusgate's own"),
        ("near.md", "file"),
    ]


def test_law_02_a_root_that_is_the_home_mounted_a_second_time_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    refuse_own_and_system(FilePlace(root=str(mounted)), [home])
    real = os.stat

    def as_if_mounted(path: object, *more: object, **how: object) -> os.stat_result:
        return real(str(path).replace(str(mounted), str(home)), *more, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", as_if_mounted)
    (home / "keys" / "inner").mkdir()
    for root in (mounted, mounted / "keys", mounted / "keys" / "inner"):
        with pytest.raises(UsageError, match="keeps keys"):
            refuse_own_and_system(FilePlace(root=str(root)), [home])


def mounted(tmp_path: Path, point: Path) -> Path:
    """A table of mounts with one more at `point`, as the kernel writes it."""
    table = tmp_path / "mountinfo"
    where = str(point).replace(" ", "\\040")
    table.write_text(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        f"99 22 8:1 /home/keys/signing.key {where} rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    )
    return table


@pytest.mark.parametrize("name", ["keys/signing.key", "keys/old/first.key", "corpusgate.db"])
def test_law_02_a_file_of_the_home_that_is_mounted_among_documents_is_recognised(
    home: Path, tmp_path: Path, name: str
) -> None:
    """A mounted file has one name only; a link stands for the mount, because both lead to the same inode."""
    (home / "corpusgate.db").write_bytes(b"ledger")
    point = tmp_path / "some docs" / "notes.md"
    point.parent.mkdir()
    point.symlink_to(home / name)
    seen_there = (home / name).stat()
    assert seen_there.st_nlink == 1
    assert OwnPlaces([home], mounted(tmp_path, point)).hold(seen_there)
    assert not OwnPlaces([home], tmp_path / "no table").hold(seen_there)


def test_a_mounted_file_that_is_not_of_the_home_is_read(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("A page.")
    assert not OwnPlaces([home], mounted(tmp_path, page)).hold(page.stat())


def test_law_02_a_single_file_that_is_another_name_of_a_key_is_refused_as_a_source(home: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "notes.md").hardlink_to(home / "keys" / "signing.key")
    (tmp_path / "docs" / "plan.md").write_text("A plan.")
    refuse_own_and_system(FilePlace(root=str(tmp_path / "docs"), file="plan.md"), [home])
    with pytest.raises(UsageError, match="keeps keys"):
        refuse_own_and_system(FilePlace(root=str(tmp_path / "docs"), file="notes.md"), [home])


def test_places_that_are_not_there_hold_nothing(tmp_path: Path) -> None:
    assert not OwnPlaces([tmp_path / "gone"]).hold(tmp_path.stat())
