"""Compiled rules that a home or an installation keeps, so that not every start compiles them.

Invariants: a kept file is used only if a key vouches for it and for its name, which is the digest of the rules'
sources, of the engine's version and of the machine's kind. Rules whose file is stale, cut, changed or from elsewhere
are compiled again, and the file is replaced: compiled rules hold machine code. The key is read while the detector
loads; with a document before it, the process can no longer read the key or write the file.

Rules that a library brings along are the same for every home, so the installation keeps them, for the one account that
its key belongs to. Any other account keeps them in its homes.
"""

import contextlib
import hashlib
import hmac
import os
import platform
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipeline.domain.digests import digest_json
from pipeline.settings.permissions import FOR_OTHERS, make_open
from pipeline.settings.places import HomeFiles, installation

KEY_BYTES = 32
_SUFFIX = ".rules"
_EARLIER_SUFFIXES = (".yarx", ".vscdb")
"""Of files that earlier versions kept in the same folder of a home."""


@dataclass(frozen=True)
class KeptRules:
    """A folder of compiled rules, and the file with the key that vouches for them."""

    folder: Path
    key_file: Path

    @classmethod
    def of_home(cls, home: Path, part: str = "") -> Self:
        """The rules that a home keeps; `part` names a folder of their own. Makes folder and key when missing."""
        files = HomeFiles(home)
        kept = cls(files.cache / "rules" / part, files.keys / "rules.key")
        kept.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(OSError):  # without a key rules are compiled at each start
            kept.key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_key(kept.key_file)
        return kept

    @classmethod
    def of_installation(cls) -> Self | None:
        """The rules that this installation keeps for this account; None if it cannot, or if others could change them.

        Makes folder and key when missing.
        """
        folder = installation() / "rules"
        kept = cls(folder, folder / "rules.key")
        try:
            make_open(folder.parent)
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            if not _is_own(folder, stat.S_ISDIR) or not os.access(folder, os.W_OK):
                return None
            _make_key(kept.key_file)
            return kept if _is_own(kept.key_file, stat.S_ISREG) else None
        except OSError:
            return None

    def read(self, name: str) -> bytes | None:
        """The compiled rules of that name; None if there are none that the key vouches for."""
        with contextlib.suppress(OSError):
            key, content = self.key_file.read_bytes(), self._path(name).read_bytes()
            seal, compiled = content[:KEY_BYTES], content[KEY_BYTES:]
            if len(key) == KEY_BYTES and hmac.compare_digest(seal, _seal(key, name, compiled)):
                return compiled
        return None

    def write(self, name: str, compiled: bytes) -> None:
        """Keep them in place of those of other names; a folder that cannot be written keeps nothing."""
        with contextlib.suppress(OSError):
            key = self.key_file.read_bytes()
            if len(key) != KEY_BYTES:
                return
            scratch = self._path(f"{name}-{os.getpid()}").with_suffix(".new")
            descriptor = os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_seal(key, name, compiled) + compiled)
            scratch.replace(self._path(name))
            for other in self.folder.iterdir():
                if other.suffix in (_SUFFIX, *_EARLIER_SUFFIXES) and other != self._path(name):
                    other.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_SUFFIX}"


def rules_name(sources: dict[str, str], engine: str) -> str:
    """The name under which the compiled form of `sources` is kept: it depends on the engine and the machine too."""
    return digest_json({"sources": sources, "engine": engine, "machine": [platform.machine(), platform.system()]})


def _seal(key: bytes, name: str, compiled: bytes) -> bytes:
    return hmac.new(key, b"compiled rules\0" + name.encode("ascii") + b"\0" + compiled, hashlib.sha256).digest()


def _make_key(path: Path) -> None:
    """Make a key that vouches for compiled rules, and for nothing else. One that is there stays. Raises `OSError`."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(KEY_BYTES))


def _is_own(path: Path, kind: Callable[[int], bool]) -> bool:
    """Whether it belongs to this account, is not a link, and no other account has a right to it. Raises `OSError`."""
    seen = path.lstat()
    return kind(seen.st_mode) and seen.st_uid == os.geteuid() and not seen.st_mode & FOR_OTHERS
