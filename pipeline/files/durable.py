"""Files that survive a crash: they appear whole under their final name, or not at all.

Invariants: contents reach the disk before the name does, and the name before anything refers to it. Names of
unfinished work start with `.tmp-`; nothing ever reads those, and the publisher sweeps them.
"""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pydantic import Field

from pipeline.domain.frozen import Frozen

UNFINISHED = ".tmp-"


class FileSeal(Frozen):
    """What a file must be."""

    size: int = Field(ge=0)
    sha256: str


class HashingFile:
    """A binary file opened for writing that counts and hashes what goes through it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash, self.size = file, hashlib.sha256(), 0
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
        """Write all of `data`."""
        self._file.write(data)
        self._hash.update(data)
        size = memoryview(data).nbytes
        self.size += size
        return size

    def flush(self) -> None:
        """Hand buffered bytes to the operating system."""
        self._file.flush()

    @property
    def sha256(self) -> str:
        """Hex digest of everything written so far."""
        return self._hash.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write `data` to `path` atomically and durably. `mode` holds whatever the umask."""
    temporary = path.with_name(f"{UNFINISHED}{uuid.uuid4().hex}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def unfinished_folder(parent: Path) -> Iterator[Path]:
    """A new, empty folder beside where the finished one will be; removed when writing into it fails.

    Parents that were made for it are removed as well, unless something is in them.
    """
    made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / f"{UNFINISHED}{uuid.uuid4().hex}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        # Gone already where it was finished. What is left takes space a full disk does not have.
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            for empty in made:
                empty.rmdir()


def finish_folder(unfinished: Path, final: Path, *, replace: bool = False) -> None:
    """Give a folder its final name; an existing one of that name is kept unless `replace`.

    Only a folder nothing refers to may be replaced: the step between removing and renaming is not atomic.
    """
    sync_folder(unfinished)
    if final.exists() and replace:
        shutil.rmtree(final)
    if final.exists():
        shutil.rmtree(unfinished)
    else:
        unfinished.rename(final)
    sync_folder(final.parent)


def remove_folder(folder: Path) -> None:
    """Remove a folder so that at no moment half of it stands under its name. What readers have mapped stays theirs."""
    aside = folder.with_name(f"{UNFINISHED}{uuid.uuid4().hex}")
    folder.rename(aside)
    sync_folder(folder.parent)
    shutil.rmtree(aside)


def sweep_unfinished(parent: Path) -> int:
    """Remove what crashed writers left in `parent`; only the holder of the publisher's lock may call this."""
    left = list(parent.glob(f"{UNFINISHED}*")) if parent.is_dir() else []
    for path in left:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return len(left)
