"""Landlock (https://docs.kernel.org/userspace-api/landlock.html): which files a process may reach, kept by the kernel.

Invariants: what is not granted is denied: every file right and every TCP right the kernel knows is handled. A domain
can only be narrowed. It binds the calling thread and threads and processes it makes afterwards, so it is entered before
a library can start a thread.
"""

import contextlib
import ctypes
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of the system calls, alike on every architecture."""
_CREATE_RULESET_VERSION = 1
_PATH_BENEATH = 1

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_WRITE_FILE, _TRUNCATE, _IOCTL_DEV, _EXECUTE = 1 << 1, 1 << 14, 1 << 15, 1 << 0
_FIRST_RIGHTS = (1 << 13) - 1
_RIGHT_ADDED_BY = {2: 1 << 13, 3: _TRUNCATE, 5: _IOCTL_DEV}
"""File rights that came with later versions: moving between folders, truncating, ioctl on devices."""
_ALL_TCP, _TCP_SINCE = 0b11, 4
_ALL_SCOPES, _SCOPES_SINCE = 0b11, 6
"""Abstract sockets of, and signals to, processes outside the domain."""
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
"""Rights that mean something for a file that is not a folder."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """The kernel's Landlock version; 0 if it has none or keeps it switched off."""
    found = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION)
    return max(0, int(found))


def enter(*, read: Iterable[Path] = (), list_only: Iterable[Path] = (), write: Iterable[Path] = ()) -> bool:
    """Deny this thread every file but these, from now on.

    Args:
        read: Files and folders that may be read, with everything beneath them.
        list_only: Folders of which only the names of entries may be read.
        write: Folders beneath which files may be made, written and removed, too.

    Returns:
        Whether the kernel keeps it.

    """
    known = version()
    if not known:
        return False
    rights = _FIRST_RIGHTS
    for since, right in _RIGHT_ADDED_BY.items():
        rights |= right if known >= since else 0
    ruleset = _Ruleset(rights, _ALL_TCP if known >= _TCP_SINCE else 0, _ALL_SCOPES if known >= _SCOPES_SINCE else 0)
    libc = _libc()
    opened = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(ctypes.sizeof(ruleset)), 0)
    if opened < 0:
        return False
    try:
        granted = (
            *((path, _READ_FILE | _READ_DIR) for path in read),
            *((path, _READ_DIR) for path in list_only),
            *((path, rights & ~_EXECUTE) for path in write),
        )
        for path, allowed in granted:
            _grant(opened, path, allowed)
        return int(libc.syscall(_RESTRICT_SELF, opened, 0)) == 0
    finally:
        os.close(opened)


@contextlib.contextmanager
def kept_in_memory(paths: Iterable[Path]) -> Iterator[None]:
    """Keep these entries of `/proc` open, so that a rule about them goes on holding.

    A rule names an inode. The kernel forgets entries of `/proc` when memory is short and gives them new inodes when
    they are next looked up, which no rule knows. An open descriptor keeps them, and what lies above them.
    """
    with contextlib.ExitStack() as held:
        for path in paths:
            with contextlib.suppress(OSError):  # what is not there needs no right
                held.callback(os.close, os.open(path, os.O_PATH | os.O_CLOEXEC))
        yield


def _grant(ruleset: int, path: Path, allowed: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no right
    try:
        if not path.is_dir():
            allowed &= _OF_FILES
        rule = _PathBeneath(allowed, descriptor)
        if allowed and _libc().syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_add_rule")
    finally:
        os.close(descriptor)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
