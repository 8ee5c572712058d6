"""Folders outside the database that keep checkpoints of the audit log, one file each.

Invariants: files are only added, never replaced or removed, and durable before they count; so the folder may be one in
which nothing can be renamed or deleted. Each log has its own folder below, and each ten thousand entries theirs, so
that the newest is found without a long listing. Nothing here checks a signature.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.domain.checkpoints import LogCheckpoint
from pipeline.files.durable import sync_folder

_ENTRIES_A_FOLDER = 10_000
_NAME = re.compile(r"([0-9]{12})-[0-9a-f]{12}\.note")
_LARGEST = 10_000
"""Bytes of a note that are read. Those written here have about 250."""


class Anchor:
    """One such folder.

    Every method raises `OSError` if the folder is not there or does not let itself be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, checkpoint: LogCheckpoint, note: str) -> Path:
        """Write a checkpoint and the note that signs it, unless it is there; returns the file.

        The folder of the anchor itself must exist: an empty place where a disk should be mounted does not count.
        """
        place = self._of(checkpoint.origin) / f"{checkpoint.size // _ENTRIES_A_FOLDER:08}"
        for folder in (place.parent, place):
            if not folder.is_dir():
                folder.mkdir(mode=0o700)
                sync_folder(folder.parent)
        path = place / f"{checkpoint.size:012}-{checkpoint.root[:12]}.note"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path
        with os.fdopen(descriptor, "wb") as file:
            file.write(note.encode())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(place)
        return path

    def holds(self, checkpoint: LogCheckpoint) -> bool:
        """Whether a file of that checkpoint is there."""
        place = self._of(checkpoint.origin) / f"{checkpoint.size // _ENTRIES_A_FOLDER:08}"
        return (place / f"{checkpoint.size:012}-{checkpoint.root[:12]}.note").is_file()

    def note_of(self, checkpoint: LogCheckpoint) -> str | None:
        """The note of that checkpoint as it was written, with cosignatures; None if its file is not there."""
        place = self._of(checkpoint.origin) / f"{checkpoint.size // _ENTRIES_A_FOLDER:08}"
        try:
            with (place / f"{checkpoint.size:012}-{checkpoint.root[:12]}.note").open("rb") as file:
                return file.read(_LARGEST).decode("utf-8", "replace")
        except FileNotFoundError:
            return None

    def logs(self) -> list[Path]:
        """The folders of the logs whose checkpoints are here."""
        return sorted(path for path in self.folder.iterdir() if path.is_dir())

    def is_of(self, log: Path, origin: str) -> bool:
        """Whether a folder is that of the log with that origin."""
        return log == self._of(origin)

    @staticmethod
    def newest_first(log: Path) -> Iterator[str]:
        """The notes in a log's folder, that of the largest size first. An unreadable file is an empty note."""
        for block in sorted((path for path in log.iterdir() if path.is_dir()), reverse=True):
            for path in sorted((one for one in block.iterdir() if _NAME.fullmatch(one.name)), reverse=True):
                with path.open("rb") as file:
                    yield file.read(_LARGEST).decode("utf-8", "replace")

    def _of(self, origin: str) -> Path:
        return self.folder / re.sub("[^A-Za-z0-9-]", "_", origin.rsplit("/", 1)[-1])
