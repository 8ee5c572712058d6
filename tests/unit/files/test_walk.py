"""Law 9: what a walk cannot list is reported, never left out. Law 15: nothing in a folder stops the walk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.files.walk import MAX_DEPTH, TOO_DEEP, Kind, TreeEntry, Unlisted, walk

NOBODY = 65_534


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without the rights of root, whom permissions do not stop; another user needs no change."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def kinds(root: Path) -> dict[str, str]:
    return {
        found.path: found.kind.value if isinstance(found, TreeEntry) else f"unlisted: {found.reason}"
        for found in walk(str(root))
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/tmp"):
            folder.chmod(0o755)
        if folder.name.startswith("pytest-of"):
            break
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "sub" / "b.md").write_text("b")
    return tmp_path


def test_files_links_and_special_files_are_told_apart(root: Path) -> None:
    os.mkfifo(root / "pipe.md")
    (root / "near.md").symlink_to("sub/b.md")
    (root / "out.md").symlink_to("/dev/zero")
    (root / "gone.md").symlink_to("nothing")
    (root / "again").symlink_to("sub")
    (root / "like-a-file.md").mkdir()
    (root / "like-a-file.md" / "c.md").write_text("c")
    assert kinds(root) == {
        "a.md": "file",
        "again": "link to a folder",
        "gone.md": "link to nothing",
        "like-a-file.md/c.md": "file",
        "near.md": "file",
        "out.md": "link out of the root",
        "pipe.md": "named pipe",
        "sub/b.md": "file",
    }


def test_law_09_a_folder_without_permission_is_reported(root: Path) -> None:
    (root / "sub").chmod(0)
    try:
        with unprivileged():
            assert kinds(root) == {"a.md": "file", "sub": "unlisted: permission denied"}
    finally:
        (root / "sub").chmod(0o755)


def test_law_09_a_root_that_cannot_be_listed_is_an_error_or_reported(root: Path) -> None:
    (root / "sub").chmod(0o311)
    try:
        with unprivileged(), pytest.raises(PermissionError):
            list(walk(str(root / "sub")))
    finally:
        (root / "sub").chmod(0o755)
    with pytest.raises(FileNotFoundError):
        list(walk(str(root / "nothing")))


def test_law_09_folders_nested_too_deep_are_reported(root: Path) -> None:
    deep = root
    for _ in range(MAX_DEPTH + 5):
        deep /= "d"
        deep.mkdir()
    (deep / "x.md").write_text("x")
    assert kinds(root)["/".join(["d"] * (MAX_DEPTH + 1))] == f"unlisted: {TOO_DEEP}"


def test_law_09_a_folder_replaced_during_the_walk_is_reported(root: Path) -> None:
    found = []
    for entry in walk(str(root)):
        found.append(entry)
        if entry.path == "a.md":
            (root / "sub").rename(root / "moved")
            (root / "sub").symlink_to("moved")
    assert Unlisted("sub", "its path leads through a link") in found


def test_names_of_any_bytes_are_walked(root: Path) -> None:
    names = [b"line\nfeed.md", b"caf\xe9.md", b"\x1b[31m.md", b"\xff\xfe", "rlo\u202e.md".encode()]
    for name in names:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_text("x")
    walked = {os.fsencode(entry.path) for entry in walk(str(root)) if isinstance(entry, TreeEntry)}
    assert set(names) <= walked


def test_sparse_files_are_listed_without_being_read(root: Path) -> None:
    with (root / "huge.txt").open("wb") as file:
        file.truncate(1 << 40)
    assert TreeEntry("huge.txt", Kind.FILE, 1 << 40, (root / "huge.txt").stat().st_mtime_ns) in list(walk(str(root)))
