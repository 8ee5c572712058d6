"""Recognises folders and files that Corpusgate keeps for itself by what they are, not by their path.

A volume or a single file that is mounted twice, and a hard link, give the home and its keys another path, which no
comparison of paths notices.

Invariants: none of the files is opened. They are only looked up if they have several names or are mounted, so ordinary
listings cost nothing.
"""

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path

Identity = tuple[int, int]
"""Device and inode."""
MOUNTS = Path("/proc/self/mountinfo")
"""Lists what is mounted, one mount a line; the fifth word is where (proc_pid_mountinfo(5)). Only Linux has it, and only
there can a single file be mounted."""
_ESCAPED = re.compile(rb"\\([0-7]{3})")


class OwnPlaces:
    """The home and other places of Corpusgate's own, as the file system identifies them."""

    def __init__(self, places: Iterable[Path | str] = (), mounts: Path = MOUNTS) -> None:
        self._places, self._mounts = tuple(places), mounts

    def hold(self, status: os.stat_result) -> bool:
        """Whether this is one of their folders, or another name of one of their files."""
        if stat.S_ISDIR(status.st_mode):
            return _identity(status) in self._folders
        has_names = status.st_nlink > 1 or _identity(status) in self._mounted_files
        return has_names and _identity(status) in self._files

    @cached_property
    def _folders(self) -> frozenset[Identity]:
        """Each place and the folders in it; what is mounted elsewhere is mounted as one of them."""
        found = set()
        for place in self._places:
            for folder in (str(place), *_folders_in(place)):
                found |= _identities([folder], stat.S_ISDIR)
        return frozenset(found)

    @cached_property
    def _files(self) -> frozenset[Identity]:
        found = _identities(map(str, self._places), stat.S_ISREG)
        for place in self._places:
            for folder, _, names in os.walk(place):
                found |= _identities((f"{folder}/{name}" for name in names), stat.S_ISREG)
        return frozenset(found)

    @cached_property
    def _mounted_files(self) -> frozenset[Identity]:
        """Single files that are mounted somewhere: a second name that no count of links shows."""
        try:
            lines = self._mounts.read_bytes().splitlines()
        except OSError:
            return frozenset()
        points = (line.split(b" ")[4] for line in lines if line.count(b" ") > 4)
        paths = (_ESCAPED.sub(lambda code: bytes([int(code[1], 8)]), point) for point in points)
        return frozenset(_identities(map(os.fsdecode, paths), stat.S_ISREG))


def _folders_in(place: Path | str) -> Iterator[str]:
    try:
        with os.scandir(place) as entries:
            yield from [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return


def _identities(paths: Iterable[str], is_wanted: Callable[[int], bool]) -> set[Identity]:
    found = set()
    for path in paths:
        try:
            status = Path(path).stat()
        except OSError:
            continue
        if is_wanted(status.st_mode):
            found.add(_identity(status))
    return found


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino
