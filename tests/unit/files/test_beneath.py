"""Law 2: whatever a path says and whatever is swapped, nothing outside the root is opened."""

import itertools
import os
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.files import beneath
from pipeline.files.beneath import LeavesRoot, NotAFile, open_file, open_folder, stat_beneath
from tests.support.patience import patience

INSIDE, OUTSIDE = b"inside", b"outside"
UNKNOWN_CALL = 9_999
"""A number no kernel has a system call for: it answers as one without `openat2` does."""


@pytest.fixture(params=["openat2", "step by step"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "step by step":
        monkeypatch.setattr(beneath, "SYS_OPENAT2", UNKNOWN_CALL)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "note.md").write_bytes(OUTSIDE)
    inside = tmp_path / "inside"
    (inside / "folder" / "deeper").mkdir(parents=True)
    (inside / "folder" / "note.md").write_bytes(INSIDE)
    (inside / "folder" / "deeper" / "note.md").write_bytes(INSIDE)
    return inside


def read(root: Path, path: str) -> bytes:
    with open_file(str(root), path) as file:
        return file.read()


def test_files_and_links_inside_the_root_are_read(root: Path) -> None:
    (root / "near.md").symlink_to("folder/note.md")
    (root / "folder" / "up.md").symlink_to("../folder/deeper/note.md")
    (root / "whole.md").symlink_to(root / "folder" / "note.md")
    (root / "chain.md").symlink_to("whole.md")
    (root / "other").symlink_to("folder/deeper")
    for path in (
        "folder/note.md",
        "near.md",
        "folder/up.md",
        "whole.md",
        "chain.md",
        "other/note.md",
        "other/../note.md",
    ):
        assert read(root, path) == INSIDE, path
    assert stat_beneath(str(root), "near.md").st_size == len(INSIDE)


def test_law_02_links_out_of_the_root_are_refused(root: Path) -> None:
    (root / "relative.md").symlink_to("../outside/note.md")
    (root / "absolute.md").symlink_to(root.parent / "outside" / "note.md")
    (root / "device.md").symlink_to("/dev/zero")
    (root / "folder" / "out").symlink_to("../../outside")
    (root / "sly.md").symlink_to("folder/../../outside/note.md")
    (root / "beside").symlink_to(f"{root}-not/note.md")
    for path in (
        "relative.md",
        "absolute.md",
        "device.md",
        "folder/out/note.md",
        "sly.md",
        "beside",
        "../outside/note.md",
    ):
        with pytest.raises(LeavesRoot):
            read(root, path)
        with pytest.raises(LeavesRoot):
            stat_beneath(str(root), path)


def test_a_link_that_leads_back_by_the_outside_is_refused(root: Path) -> None:
    (root / "round.md").symlink_to("../inside/folder/note.md")
    with pytest.raises(LeavesRoot):
        read(root, "round.md")


def test_links_in_a_circle_end(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    with pytest.raises(OSError, match=r"link|loop|levels"):
        read(root, "a")


def test_law_15_pipes_sockets_and_folders_are_refused_at_once(root: Path) -> None:
    os.mkfifo(root / "pipe.md")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(root)  # the path of a socket must be short
        try:
            server.bind("socket.md")
        finally:
            os.chdir(here)
    with patience(), pytest.raises(NotAFile):
        read(root, "pipe.md")
    with pytest.raises(OSError, match="No such device"):
        read(root, "socket.md")
    with pytest.raises(NotAFile):
        read(root, "folder")


def test_names_that_are_not_utf_8_and_paths_longer_than_a_call_takes_are_read(root: Path) -> None:
    name = os.fsdecode(b"caf\xe9\n.md")
    (root / name).write_bytes(INSIDE)
    assert read(root, name) == INSIDE
    depth, part = 30, "x" * 200
    descriptor = os.open(root, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(part, dir_fd=descriptor)
        deeper = os.open(part, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    with os.fdopen(os.open("note.md", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor), "wb") as file:
        file.write(INSIDE)
    os.close(descriptor)
    assert read(root, "/".join([*[part] * depth, "note.md"])) == INSIDE


def test_law_02_a_root_that_became_a_link_is_refused(root: Path) -> None:
    root.rename(root.with_name("moved"))
    root.symlink_to(root.with_name("outside"))
    for attempt in (lambda: read(root, "note.md"), lambda: open_folder(str(root))):
        with pytest.raises(OSError, match=r"link|directory"):
            attempt()


def test_a_folder_that_is_a_link_is_not_entered(root: Path) -> None:
    (root / "other").symlink_to("folder")
    with pytest.raises(OSError, match=r"link|directory"):
        open_folder(str(root), "other")
    os.close(open_folder(str(root), "folder/deeper"))
    os.close(open_folder(str(root)))


def test_law_02_a_folder_swapped_for_a_link_while_files_are_opened_never_leaks(root: Path) -> None:
    stop = threading.Event()
    kept, folder = root / "kept", root / "folder"

    def swap() -> None:
        while not stop.is_set():
            folder.rename(kept)
            folder.symlink_to("../outside")
            folder.unlink()
            kept.rename(folder)

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for _ in range(2_000):
            try:
                assert read(root, "folder/note.md") == INSIDE
            except OSError:
                continue
    finally:
        stop.set()
        swapping.join()


STEPS = st.lists(st.sampled_from(["..", ".", "folder", "deeper", "note.md", "a", "b", "../..", "outside"]), max_size=6)


@settings(max_examples=150)
@given(first=STEPS, second=STEPS, asked=STEPS, absolute=st.booleans())
def test_law_02_no_combination_of_links_and_dots_reads_outside(
    tmp_path_factory: pytest.TempPathFactory, first: list[str], second: list[str], asked: list[str], absolute: bool
) -> None:
    top = tmp_path_factory.mktemp("links")
    inside, outside = top / "inside", top / "outside"
    for folder, content in ((inside, INSIDE), (outside, OUTSIDE)):
        (folder / "folder" / "deeper").mkdir(parents=True)
        for place in (folder, folder / "folder", folder / "folder" / "deeper"):
            (place / "note.md").write_bytes(content)
    (inside / "a").symlink_to("/".join(first) or ".")
    target = "/".join(second) or "."
    (inside / "folder" / "b").symlink_to(f"{inside}/{target}" if absolute else target)
    answers: set[bytes | type[OSError]] = set()
    for number in (beneath.SYS_OPENAT2, UNKNOWN_CALL):
        with pytest.MonkeyPatch.context() as during:
            during.setattr(beneath, "SYS_OPENAT2", number)
            try:
                answers.add(read(inside, "/".join(asked)))
            except OSError as error:
                answers.add(type(error))
    assert OUTSIDE not in answers
    assert len(answers) == 1, "with and without openat2 the answer is the same"


def test_no_descriptor_stays_open(root: Path) -> None:
    (root / "out").symlink_to("../outside/note.md")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path, _ in itertools.product(
        ("out", "loop", "pipe", "folder", "missing", "folder/note.md/x", "..", ""), range(3)
    ):
        with pytest.raises(OSError, match=r"."):
            read(root, path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
