"""Files mapped into memory after their bytes were compared with a digest.

Invariant: the hashed mapping is the one that is returned, so exchanging the file afterwards changes nothing.
"""

import hashlib
import mmap
from pathlib import Path

from pipeline.domain.errors import IntegrityError

_FIX = "Restore the index from a backup, or roll back to a generation that verifies."


def damaged(name: str, difference: str) -> IntegrityError:
    """The error for a stored file that is not what it must be; `name` is a path inside the index."""
    return IntegrityError(f"The index file {name} {difference}.", done="It was not used.", fix=_FIX)


def map_verified(root: Path, name: str, sha256: str, size: int | None = None) -> mmap.mmap:
    """The content of `root/name`, read-only; raises `IntegrityError` unless it has this digest (and size)."""
    try:
        with (root / name).open("rb") as file:
            found = file.seek(0, 2)
            if size is not None and found != size:
                raise damaged(name, f"has {found} bytes instead of {size}")
            if found == 0:
                raise damaged(name, "is empty")
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError:
        raise damaged(name, "is missing or cannot be read") from None
    if (digest := hashlib.sha256(content).hexdigest()) != sha256:
        raise damaged(name, f"has SHA-256 {digest[:12]}… instead of {sha256[:12]}…")
    return content
