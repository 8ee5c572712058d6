"""Confinement of a child process: it reaches only its code, its given files and its two pipes.

Invariants: files are restricted before the target's libraries load, because threads inherit the restrictions of the
thread that made them. Before the first document the system calls of all threads are limited, and the files are
restricted further. A layer that the kernel lacks is left out and reported: the parent decides if that is enough.
"""

import contextlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.sandbox import landlock, system_calls

FILES, CALLS = "files", "calls"
LAYERS = (FILES, CALLS)
"""The layers that hold where the kernel offers both: Landlock for files, seccomp for system calls."""

_SYSTEM = (
    *("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share", "/etc/ld.so.cache"),
    *("/etc/localtime", "/etc/mime.types"),
    *("/sys/devices/system/cpu", "/sys/fs/cgroup", "/dev/urandom", "/dev/null"),
)
"""Files that libraries read while they load. They are the same on every machine and hold no secret."""
_KERNEL = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/sys/vm")
"""Files in which libraries ask the kernel about memory and processors while they load."""
_LATE = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/zoneinfo", "/etc/localtime", "/dev/urandom")
"""Files that libraries may read later: fonts that a page names, time zones."""
_LIBRARY_FOLDERS = frozenset({"site-packages", "dist-packages"})


@contextlib.contextmanager
def fenced_for_loading(target: str, read: Iterable[str], write: Iterable[str]) -> Iterator[None]:
    """Leave this thread the code, the libraries of the system and what it was handed; what the kernel says, within."""
    code, folders = _code(target)
    system, kernel, handed = map(Path, _SYSTEM), tuple(map(Path, _KERNEL)), map(Path, read)
    with landlock.kept_in_memory(kernel):
        landlock.enter(read=(*code, *system, *kernel, *handed), list_only=folders, write=map(Path, write))
        yield


def fence_for_documents(target: str, read: Iterable[str] = (), scratch: str | None = None) -> tuple[str, ...]:
    """Leave this process only code to read and no call that writes, connects or starts anything.

    Args:
        target: The code that it runs.
        read: Files and folders that it may read besides.
        scratch: The one folder in which it may write files; None: nowhere.

    Returns:
        The layers that hold.

    """
    code, folders = _code(target)
    held = []
    late, write = (Path(path) for path in (*_LATE, *read)), [Path(scratch)] if scratch else []
    if landlock.enter(read=(*code, *late), list_only=folders, write=write):
        held.append(FILES)
    if system_calls.enter(writes=scratch is not None):
        held.append(CALLS)
    return tuple(held)


def _code(target: str) -> tuple[list[Path], list[Path]]:
    """Paths that hold code, and folders that lead to it but may hold anything else, such as where a command was given.

    Libraries load modules when they first need them, so their code stays readable.
    """
    paths = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    folders = []
    for entry in map(Path, filter(None, sys.path)):
        if entry.name in _LIBRARY_FOLDERS or any(entry.is_relative_to(path) for path in paths):
            paths.append(entry)
        elif entry.is_dir():
            folders.append(entry)
            paths += _modules(entry, {__name__.partition(".")[0], target.partition(":")[0].partition(".")[0]})
        else:
            paths.append(entry)  # an archive of modules
    return paths, folders


def _modules(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        yield from (path for path in (folder / name, folder / f"{name}.py") if path.exists())
