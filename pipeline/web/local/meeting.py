"""Agreements of a server and the command line: the place to meet, the proof of the account, the form of messages.

Invariants: they meet in a folder of the home that its owner alone can open, over a socket that its owner alone can
use, and each asks the kernel for the account of the other. Only on Linux. Importing this
module costs nothing, for every search on the command line does so first.
"""

import hashlib
import json
import os
import socket
import stat
import struct
from pathlib import Path
from typing import Any

import pipeline
from pipeline.settings.permissions import FOR_OTHERS
from pipeline.settings.places import HomeFiles

SOCKET = "search.sock"
CODE = "the version of Corpusgate"
"""Name of the code in a stamp. Its other parts are files of the home."""
MOST_BYTES = 64 << 20
"""Of one message; the texts of a thousand results have some megabytes."""
_CREDENTIALS = struct.Struct("3i")


def possible() -> bool:
    """Whether this system says who is at the other end of a socket, and lets a long path be named by its folder."""
    return hasattr(socket, "SO_PEERCRED") and Path("/proc/self/fd").is_dir()


def owner(files: HomeFiles) -> int:
    """The account that a home belongs to. Raises `OSError`."""
    return files.folder.stat().st_uid


def opened(files: HomeFiles) -> int:
    """A descriptor of the folder to meet in. Raises `OSError` unless only the home's owner can open it."""
    descriptor = os.open(files.run, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    seen = os.fstat(descriptor)
    if seen.st_uid != owner(files) or seen.st_mode & FOR_OTHERS:
        os.close(descriptor)
        raise PermissionError("others may use the folder of the socket")
    return descriptor


def address(folder: int, name: str = SOCKET) -> str:
    """A name for a socket in an open folder; its path could be longer than the kernel takes."""
    return f"/proc/self/fd/{folder}/{name}"


def is_private(folder: int) -> bool:
    """Whether the socket in an open folder is one that its owner alone can use."""
    seen = os.stat(SOCKET, dir_fd=folder, follow_symlinks=False)
    return stat.S_ISSOCK(seen.st_mode) and not seen.st_mode & FOR_OTHERS and seen.st_uid == os.fstat(folder).st_uid


def account_of(peer: Any) -> int:
    """The account at the other end of a connected socket, as the kernel knows it."""
    answer = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(answer)[1])


def stamp(files: HomeFiles) -> dict[str, str]:
    """Equal for two processes that would search alike: same code, settings, models and keys, each by its name.

    Files count by name, size and time. Identities and new keys do not: a server reads them again when they change.
    """
    revoked = files.keys / "revoked"
    parts: dict[str, list[object]] = {
        CODE: [pipeline.__version__, pipeline.__file__],
        _name(files, revoked): [_state(path) for path in sorted(revoked.glob("*.pem"))],
    }
    for path in (files.configs / "corpusgate.yaml", files.models_lock, files.fingerprint_key_file):
        parts[_name(files, path)] = [_state(path)]
    return {name: hashlib.sha256(json.dumps(seen).encode()).hexdigest() for name, seen in parts.items()}


def differing(ours: dict[str, str], theirs: dict[str, str]) -> list[str]:
    """Names of the parts that are not alike, in order; empty for equal stamps."""
    return sorted(name for name in ours | theirs if ours.get(name) != theirs.get(name))


def _name(files: HomeFiles, path: Path) -> str:
    return path.relative_to(files.folder).as_posix()


def _state(path: Path) -> tuple[str, int, int, int]:
    state = path.stat()
    return str(path), state.st_ino, state.st_size, state.st_mtime_ns


def line(message: dict[str, Any]) -> bytes:
    """A message as it travels."""
    return json.dumps(message).encode() + b"\n"
