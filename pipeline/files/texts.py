"""Normalised texts by digest: the source of chunks and of search results.

Invariants: a text is found by the digest of its bytes and by nothing else, and is checked against it whenever it
is read. Files appear whole or not at all, readable by their owner only. File names are digests, never words.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.domain.digests import digest_bytes
from pipeline.domain.errors import IntegrityError


class TextStore:
    """A folder of texts, spread over subfolders by the first two characters of their digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, text: str) -> str:
        """Keep `text` durably and return its digest; keeping it twice costs one look."""
        data = text.encode("utf-8", "surrogatepass")
        digest = digest_bytes(data)
        path = self.path(digest)
        if _holds(path, len(data)):
            return digest
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes the file readable by its owner only.
        handle, partial = tempfile.mkstemp(prefix=".partial-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).replace(path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        return digest

    def get(self, digest: str) -> str:
        """The text of that digest."""
        try:
            data = self.path(digest).read_bytes()
        except FileNotFoundError:
            raise IntegrityError(
                f"The text {digest} is not in the text store.",
                done="Nothing was returned.",
                fix="If it was not erased, restore the text store from a backup.",
            ) from None
        if digest_bytes(data) != digest:
            raise IntegrityError(
                f"The stored text {digest} is not what was kept under that digest.",
                done="Nothing was returned.",
                fix="Delete that file and refresh the source it came from, or restore it from a backup.",
            )
        return data.decode("utf-8", "surrogatepass")

    def has(self, digest: str) -> bool:
        """Whether there is a text of that digest."""
        return self.path(digest).exists()

    def delete(self, digest: str) -> bool:
        """Remove a text; False when there was none."""
        try:
            self.path(digest).unlink()
        except FileNotFoundError:
            return False
        return True

    def digests(self) -> Iterator[str]:
        """Every text that is kept, in no order."""
        for folder in self._folder.glob("[0-9a-f][0-9a-f]"):
            yield from (path.name for path in folder.iterdir() if len(path.name) == 64)

    def path(self, digest: str) -> Path:
        """The file of that text, whether it is there or not."""
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ValueError("a text is named by 64 lower-case hexadecimal characters")
        return self._folder / digest[:2] / digest


def _holds(path: Path, size: int) -> bool:
    try:
        # A file a power cut left short is written again.
        return path.stat().st_size == size
    except FileNotFoundError:
        return False
