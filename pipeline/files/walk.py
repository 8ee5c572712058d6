"""Walks the files beneath a root, and reports folders that could not be listed instead of leaving them out.

`os.walk` drops folders that it may not read, and their files look deleted. Here every folder that cannot be read
completely is reported, and so is everything that is not a regular file.

Invariants: folders are opened beneath the root without following links; links to folders are not entered. Nothing is
opened for reading.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from pipeline.files.beneath import LeavesRoot, open_folder, stat_beneath
from pipeline.files.own import OwnPlaces

MAX_DEPTH = 100
"""Folders inside each other; deeper ones are reported and not entered."""

TOO_DEEP = "nested more than 100 folders deep"


class Kind(StrEnum):
    """What a name in a folder is."""

    FILE = "file"
    OUTSIDE = "link out of the root"
    BROKEN = "link to nothing"
    FOLDER_LINK = "link to a folder"
    PIPE = "named pipe"
    SOCKET = "socket"
    DEVICE = "device"
    OWN = "file of Corpusgate's own"
    OWN_FOLDER = "folder of Corpusgate's own"


NOT_DOCUMENTS = frozenset({Kind.FOLDER_LINK, Kind.OWN_FOLDER})
"""Names that do not stand for a document, but for what could hold some."""

UNFOLLOWED = frozenset({Kind.FOLDER_LINK, Kind.OUTSIDE, Kind.BROKEN})
"""Links that are not followed: what was beneath them, if they were folders before, may still be there."""


class TreeEntry(NamedTuple):
    """A name in the tree that is not a folder."""

    path: str
    """Relative to the root."""
    kind: Kind
    size: int = 0
    """Bytes, of a file or of the file a link leads to."""
    written: int = 0
    """When it was last written, in nanoseconds."""
    target: str = ""
    """Of a link to a file, where the file is, relative to the root."""


class Unlisted(NamedTuple):
    """A folder that was not listed completely: nothing beneath it is known to be gone."""

    path: str
    """Relative to the root; empty for the root itself."""
    reason: str
    """A closed set of words."""


def walk(
    root: str, enter: Callable[[str], bool] = lambda _: True, own: OwnPlaces | None = None
) -> Iterator[TreeEntry | Unlisted]:
    """Everything beneath `root`, in the order of names.

    Args:
        root: An absolute path without links.
        enter: Whether a folder, by its path relative to the root, is to be listed at all.
        own: Folders that are not entered and files that do not count, whatever they are called here.

    Raises:
        OSError: The root itself cannot be opened.

    """
    os.close(open_folder(root))
    own = own or OwnPlaces()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        inside: list[str] = []
        try:
            entries = _entries(root, folder)
        except OSError as error:
            yield Unlisted(folder, reason_of(error))
            continue
        for name, status in entries:
            path = f"{folder}/{name}" if folder else name
            if isinstance(status, OSError):
                if not isinstance(status, FileNotFoundError):
                    yield Unlisted(path, reason_of(status))
            elif not stat.S_ISDIR(status.st_mode):
                yield _entry(root, path, status, own)
            elif not enter(path):
                continue
            elif own.hold(status):
                yield TreeEntry(path, Kind.OWN_FOLDER)
            elif path.count("/") >= MAX_DEPTH:
                yield Unlisted(path, TOO_DEEP)
            else:
                inside.append(path)
        waiting.extend(reversed(inside))


def reason_of(error: OSError) -> str:
    """Why something cannot be read, in words for a person; never a path."""
    code = error.errno or (errno.ENOENT if isinstance(error, FileNotFoundError) else 0)
    return _REASONS.get(code) or f"not readable ({errno.errorcode.get(code, type(error).__name__)})"


_REASONS = {
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOENT: "it is not there",
    errno.ENOTDIR: "it is not a folder",
    errno.ELOOP: "its path leads through a link",
    errno.ENAMETOOLONG: "its path is too long",
    errno.EIO: "the disk or share failed",
    errno.ESTALE: "the disk or share failed",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
}


def _entries(root: str, folder: str) -> list[tuple[str, os.stat_result | OSError]]:
    """Names in a folder, with what each is. Raises `OSError` where the folder cannot be listed to its end."""
    descriptor = open_folder(root, folder)
    try:
        with os.scandir(descriptor) as listing:
            return sorted(((entry.name, _status(entry)) for entry in listing), key=lambda named: named[0])
    finally:
        os.close(descriptor)


def _status(entry: os.DirEntry[str]) -> os.stat_result | OSError:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError as error:
        return error


def _entry(root: str, path: str, status: os.stat_result, own: OwnPlaces) -> TreeEntry:
    target = ""
    if stat.S_ISLNK(status.st_mode):
        target = os.path.relpath(os.path.realpath(f"{root}/{path}"), root)
        try:
            status = stat_beneath(root, path)
        except LeavesRoot:
            return TreeEntry(path, Kind.OUTSIDE)
        except OSError:
            return TreeEntry(path, Kind.BROKEN)
        if stat.S_ISDIR(status.st_mode):
            return TreeEntry(path, Kind.FOLDER_LINK)
    if own.hold(status):
        return TreeEntry(path, Kind.OWN)
    if stat.S_ISREG(status.st_mode):
        return TreeEntry(path, Kind.FILE, status.st_size, status.st_mtime_ns, target)
    return TreeEntry(path, _SPECIAL.get(stat.S_IFMT(status.st_mode), Kind.DEVICE))


_SPECIAL = {stat.S_IFIFO: Kind.PIPE, stat.S_IFSOCK: Kind.SOCKET}
