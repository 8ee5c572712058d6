"""Opens files and folders beneath a root, so that nothing outside it is ever opened, whatever is swapped meanwhile.

A link that stays inside the root is followed; one that leaves it is refused. `openat2` decides in one step where the
kernel offers it. Where it does not, or for a link written as an absolute path, the same is decided one component at a
time by file descriptor (`O_NOFOLLOW`), so a folder replaced by a link during the walk is refused too.

Invariants: only regular files are opened for reading, without waiting for a writer. The root itself is reached without
any link. Paths are local, absolute for roots and relative below them, as `os.fsdecode` gives them.
"""

import ctypes
import errno
import os
import stat
from collections import deque
from functools import cache
from typing import Any, BinaryIO

SYS_OPENAT2 = 437
"""The same number on every architecture but alpha (include/uapi/asm-generic/unistd.h)."""

_NO_MAGIC_LINKS, _NO_LINKS, _BENEATH = 0x02, 0x04, 0x08
"""RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH (include/uapi/linux/openat2.h)."""

_UNDECIDED = frozenset(
    {errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.E2BIG, errno.EXDEV, errno.EAGAIN, errno.ELOOP, errno.ENAMETOOLONG}
)
"""Where `openat2` is missing or forbidden, saw a link or a rename, or the path is too long for one call."""

_MOST_LINKS = 40
"""As many links as the kernel follows in one path (MAXSYMLINKS)."""

_O_PATH = getattr(os, "O_PATH", os.O_RDONLY)
_FOLDER = os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class LeavesRoot(OSError):
    """A link leads out of the root; it was not followed."""


class NotAFile(OSError):
    """Not a regular file, but a folder, a named pipe, a socket or a device; it was not read."""


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def open_file(root: str, path: str) -> BinaryIO:
    """A regular file beneath `root` for reading.

    Raises:
        LeavesRoot: A link leads out of the root.
        NotAFile: It is a folder, a pipe, a socket or a device.
        OSError: It cannot be read.

    """
    descriptor = _open(root, path, _READ, links=True)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotAFile(errno.EINVAL, "not a regular file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def open_folder(root: str, path: str = "") -> int:
    """A descriptor of a folder beneath `root`, for `os.scandir`; no part of its path is a link."""
    return _open(root, path, os.O_RDONLY | _FOLDER, links=False)


def stat_beneath(root: str, path: str) -> os.stat_result:
    """What is beneath `root` at `path`, links inside the root followed. Raises `LeavesRoot` and `OSError`."""
    descriptor = _open(root, path, _O_PATH | os.O_NONBLOCK | os.O_CLOEXEC, links=True)
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _open(root: str, path: str, flags: int, *, links: bool) -> int:
    top = _open_root(root)
    try:
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if not parts:
            return os.open(".", flags, dir_fd=top)
        rules = _BENEATH | _NO_MAGIC_LINKS | (0 if links else _NO_LINKS)
        found = _openat2(top, "/".join(parts), flags, rules)
        return _step_by_step(top, parts, flags, root if links else None) if found is None else found
    finally:
        os.close(top)


def _open_root(root: str) -> int:
    """A descriptor of the root; no component of it may be a link, or somebody moved the root elsewhere."""
    found = _openat2(None, root, _O_PATH | _FOLDER, _NO_LINKS)
    if found is not None:
        return found
    top = os.open("/", _O_PATH | _FOLDER)
    try:
        parts = [part for part in root.split("/") if part not in ("", ".")]
        return _step_by_step(top, parts, _O_PATH | _FOLDER, None) if parts else os.dup(top)
    finally:
        os.close(top)


def _openat2(folder: int | None, path: str, flags: int, rules: int) -> int | None:
    """The descriptor `openat2` gives; None where it cannot decide. Raises what it decided."""
    call = _syscall()
    if call is None:
        return None
    how = _OpenHow(flags, 0, rules)
    at = -100 if folder is None else folder  # AT_FDCWD
    descriptor = call(SYS_OPENAT2, at, os.fsencode(path), ctypes.byref(how), ctypes.c_size_t(ctypes.sizeof(how)))
    if descriptor >= 0:
        return int(descriptor)
    code = ctypes.get_errno()
    if code in _UNDECIDED:
        return None
    raise OSError(code, os.strerror(code))


@cache
def _syscall() -> Any:
    """The C library's `syscall`; None on systems other than Linux."""
    if os.uname().sysname != "Linux":
        return None
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    return call


def _step_by_step(top: int, parts: list[str], flags: int, root: str | None) -> int:
    """Open `parts` beneath the descriptor `top`, one component at a time.

    Args:
        top: Descriptor of the root, left open.
        parts: Components of the path.
        flags: How the last component is opened.
        root: The root's own path, for links written as absolute paths; None where no link is allowed.

    """
    folders, waiting, links = [os.dup(top)], deque(parts), 0
    try:
        while True:
            part = waiting.popleft()
            if part == "..":
                if len(folders) == 1:
                    raise LeavesRoot(errno.EXDEV, "a link leads out of the root")
                os.close(folders.pop())
                waiting = waiting or deque(["."])
                continue
            last = not waiting
            try:
                found = os.open(part, (flags if last else _O_PATH | _FOLDER) | os.O_NOFOLLOW, dir_fd=folders[-1])
                if last and not _is_link(found):
                    return found
                if last:
                    os.close(found)
                    raise OSError(errno.ELOOP, "a link")
                folders.append(found)
            except OSError as error:
                target = _target(part, folders[-1]) if error.errno in (errno.ELOOP, errno.ENOTDIR) else None
                if target is None:
                    raise
                links += 1
                if root is None or links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, "a link that is not followed") from None
                if target.startswith("/"):
                    target = _inside(target, root)
                    while len(folders) > 1:
                        os.close(folders.pop())
                waiting.extendleft(reversed([p for p in target.split("/") if p not in ("", ".")] or ["."]))
    finally:
        for folder in folders:
            os.close(folder)


def _is_link(descriptor: int) -> bool:
    """Whether a descriptor is of a link itself, which `O_PATH` opens where other flags refuse."""
    return stat.S_ISLNK(os.fstat(descriptor).st_mode)


def _target(name: str, folder: int) -> str | None:
    try:
        return os.readlink(name, dir_fd=folder)
    except OSError:
        return None


def _inside(target: str, root: str) -> str:
    """The rest of an absolute path below the root."""
    base = root.rstrip("/")
    if target != base and not target.startswith(f"{base}/"):
        raise LeavesRoot(errno.EXDEV, "a link leads out of the root")
    return target[len(base) :]
