"""The inboxes of a home: files of submissions, one folder a source.

Invariants: a file appears whole and durable under its final name, or not at all, and its name is made here. Size is
enforced while reading; one block is in memory. A file counts only through the ledger's row about it: a file without a
row (its process died in between) is never read, and is removed when it is too old to belong to an upload.
"""

import os
import time
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO, Protocol

from pipeline.domain.errors import TooLarge
from pipeline.domain.frozen import Frozen
from pipeline.files.durable import UNFINISHED, HashingFile, sync_folder

BLOCK = 1 << 18
SWEPT_AFTER_SECONDS = 3_600
"""An upload that writes nothing for so long is over; a replaced file may still be read for so long."""


class Readable(Protocol):
    """Anything bytes can be read from, a block at a time."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class Received(Frozen):
    """A file that is durable and not yet on record."""

    path: Path
    content_digest: str
    bytes: int


class Inbox:
    """Files below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def receive(self, source: str, file: str, content: Readable, max_bytes: int) -> Received:
        """Write `content` durably as `file`.

        Raises `TooLarge` as soon as more than `max_bytes` were read.
        """
        folder = self._folder / source
        if not folder.is_dir():
            for made in (self._folder, folder):
                made.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self._folder)
        temporary, final = folder / f"{UNFINISHED}{uuid.uuid4().hex}", folder / file
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                written = _copy(content, stream, max_bytes)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.rename(final)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(folder)
        return Received(path=final, content_digest=written.sha256, bytes=written.size)

    def remove(self, source: str, file: str) -> None:
        """Take a file away, if it is still there."""
        path = self._folder / source / file
        if path.exists():
            path.unlink()
            sync_folder(path.parent)

    def old_files(self, source: str) -> dict[str, Path]:
        """Files nobody is writing any more, by name without ending; for unfinished ones the whole name."""
        folder, limit = self._folder / source, time.time() - SWEPT_AFTER_SECONDS
        if not folder.is_dir():
            return {}
        with os.scandir(folder) as entries:
            old = [Path(e.path) for e in entries if e.is_file(follow_symlinks=False) and e.stat().st_mtime < limit]
        return {path.name if path.name.startswith(UNFINISHED) else path.name.partition(".")[0]: path for path in old}

    def sweep(self, files: Collection[Path]) -> None:
        """Remove `files`."""
        for path in files:
            path.unlink(missing_ok=True)


def _copy(content: Readable, stream: BinaryIO, max_bytes: int) -> HashingFile:
    written = HashingFile(stream)
    while block := content.read(BLOCK):
        if written.size + len(block) > max_bytes:
            raise TooLarge(max_bytes)
        written.write(block)
    return written
