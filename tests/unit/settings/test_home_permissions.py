"""Files of a home are for its owner alone, whatever the umask; `doctor` finds and mends what is not."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.settings.home import Home
from pipeline.settings.permissions import close_to_others, open_to_others

OPEN = [0o000, 0o022, 0o077]


def command(umask: int, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    corpusgate = Path(sys.executable).with_name("corpusgate")
    return subprocess.run(
        [corpusgate, "--home", home, *arguments], capture_output=True, text=True, check=True, umask=umask
    )


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


@pytest.mark.parametrize("umask", OPEN)
def test_a_new_home_is_closed_to_other_accounts(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        Home(tmp_path / "home").create()
    finally:
        os.umask(before)
    assert modes(tmp_path / "home") == {0o700, 0o600}


def test_commands_keep_it_closed_under_an_open_umask(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command(0, home, "init", str(home))
    (home / "configs" / "own-notes.txt").write_text("x")
    (home / "configs" / "own-notes.txt").chmod(0o644)
    seen = command(0, home, "doctor").stdout
    assert "1 files and folders were open to others" in " ".join(seen.split())
    assert modes(home) == {0o700, 0o600}
    assert "open to others" not in command(0, home, "doctor").stdout


def test_a_link_is_neither_followed_nor_counted(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o644)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "link").symlink_to(outside)
    assert list(open_to_others(home)) == []
    assert close_to_others(home) == 0
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_the_rights_of_the_owner_stay(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("x")
    (tmp_path / "tool").chmod(0o755)
    close_to_others(tmp_path)
    assert stat.S_IMODE((tmp_path / "tool").stat().st_mode) == 0o700
