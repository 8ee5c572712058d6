"""Permissions of the files of a home: only its owner may open them. Those of an installation are for every account.

Invariants: folders of a home are 0700 and files 0600, whatever the umask a command was started under. Links are left
alone: the mode of their target counts.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

FOR_OTHERS = 0o077
"""The mode bits of everyone but the owner."""


OPEN_FOLDER = 0o755
"""The mode of a folder that every account may enter."""


def make_open(folder: Path) -> None:
    """Make a folder, with those above it, that every account may enter, whatever the umask. Raises `OSError`."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for part in missing:
        part.chmod(OPEN_FOLDER)


def own_files_only() -> None:
    """Have everything this process creates from now on closed to other accounts, whatever library creates it."""
    os.umask(FOR_OTHERS)


def open_to_others(folder: Path) -> Iterator[Path]:
    """Files and folders, `folder` included, that another account has any right to."""
    for parent, _, names in os.walk(folder):
        for path in (Path(parent), *(Path(parent) / name for name in names)):
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:
                continue  # a run ended meanwhile
            if not stat.S_ISLNK(mode) and mode & FOR_OTHERS:
                yield path


def close_to_others(folder: Path) -> int:
    """Take every right of other accounts away. Returns on how many files and folders there was one.

    Raises:
        OSError: One belongs to another account.

    """
    closed = 0
    for path in open_to_others(folder):
        try:
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~FOR_OTHERS)
        except FileNotFoundError:
            continue
        closed += 1
    return closed
