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


def test_places_that_are_not_there_hold_nothing(tmp_path: Path) -> None:
    assert not OwnPlaces([tmp_path / "gone"]).hold(tmp_path.stat())
