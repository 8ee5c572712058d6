"""Recognises folders and files that Corpusgate keeps for itself by what they are, not by their path.

A volume that is mounted twice, and a hard link, give the home and its keys another path, which no comparison of paths
notices.

Invariants: nothing is opened. Files are only looked up if they have several names, so ordinary listings cost nothing.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path

Identity = tuple[int, int]
"""Device and inode."""


class OwnPlaces:
    """The home and other places of Corpusgate's own, as the file system identifies them."""

    def __init__(self, places: Iterable[Path | str] = ()) -> None:
        self._places = tuple(places)

    def hold(self, status: os.stat_result) -> bool:
        """Whether this is one of their folders, or another name of one of their files."""
        if stat.S_ISDIR(status.st_mode):
            return _identity(status) in self._folders
        return status.st_nlink > 1 and _identity(status) in self._files

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
