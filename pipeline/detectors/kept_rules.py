"""Compiled rules that a home keeps, so that not every start compiles them.

Invariants: a kept file is used only if a key of the home vouches for it and for its name, which is the digest of the
rules' sources, of the engine's version and of the machine's kind. Rules whose file is stale, cut, changed or from
elsewhere are compiled again, and the file is replaced: compiled rules hold machine code. The key is read while the
detector loads; with a document before it, the process can no longer read the key or write the file.
"""

import contextlib
import hashlib
import hmac
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.digests import digest_json

KEY_BYTES = 32
_SUFFIX = ".yarx"


@dataclass(frozen=True)
class KeptRules:
    """A folder of compiled rules, and the file with the key that vouches for them."""

    folder: Path
    key_file: Path

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
            for other in self.folder.glob(f"*{_SUFFIX}"):
                if other != self._path(name):
                    other.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_SUFFIX}"


def rules_name(sources: dict[str, str], engine: str) -> str:
    """The name under which the compiled form of `sources` is kept: it depends on the engine and the machine too."""
    return digest_json({"sources": sources, "engine": engine, "machine": [platform.machine(), platform.system()]})


def _seal(key: bytes, name: str, compiled: bytes) -> bytes:
    return hmac.new(key, b"compiled rules\0" + name.encode("ascii") + b"\0" + compiled, hashlib.sha256).digest()
