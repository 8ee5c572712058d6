"""The scratch folder of a child that works on files.

Invariant: it does not outlive its parent for long. A parent that was killed cannot remove it, so the next one does.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "corpusgate-work-"
_NEW_SECONDS = 60
"""Age below which a folder may not be locked yet."""


class LastingFolder(tempfile.TemporaryDirectory[str]):
    """A folder that is locked as long as it is in use. The kernel unlocks it when its process ends."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        super().__init__(prefix=_PREFIX, ignore_cleanup_errors=True)
        self._lock: int | None = os.open(self.name, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_SH)

    def cleanup(self) -> None:
        """Remove it, once."""
        super().cleanup()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _sweep(place: Path) -> None:
    """Remove the folders of this user whose process has ended."""
    for folder in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            status = folder.lstat()
            if status.st_uid != os.getuid() or time.time() - status.st_mtime < _NEW_SECONDS:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
