"""Scans of what callers send: few at a time, each off the event loop.

Invariant: if too many are running, new ones are refused instead of queued: a detector takes one text at a time, and
submissions and typed words need the same ones.
"""

from functools import partial

from anyio import to_thread

from pipeline.checks.scan import GivenText, ScanResult, TextScanner, given_file, given_text
from pipeline.domain.errors import Busy
from pipeline.domain.identity.permissions import Classification
from pipeline.workspace import Workspace

MOST_SCANS = 4
"""At one time: two processors keep up with this many, and the event loop of a server counts them alone."""


class Scanning:
    """Runs scans of a server."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._under_way = 0

    async def text(self, text: str, classification: Classification) -> ScanResult:
        """The verdict on a text, and its findings. Raises `Busy` if too many scans are under way."""
        return await self._run(partial(given_text, None, text), classification)

    async def file(self, data: bytes, name: str, classification: Classification) -> ScanResult:
        """The verdict on a file of that name, and its findings. Raises `Busy` if too many scans are under way."""
        return await self._run(partial(given_file, data, name, self._workspace), classification)

    async def _run(self, read: "partial[GivenText]", classification: Classification) -> ScanResult:
        if self._under_way >= MOST_SCANS:
            raise Busy("Too many scans are under way.", done="Nothing was scanned.", fix="Try again in a moment.")
        self._under_way += 1
        try:
            return await to_thread.run_sync(self._scanned, read, classification)
        finally:
            self._under_way -= 1

    def _scanned(self, read: "partial[GivenText]", classification: Classification) -> ScanResult:
        (result,) = TextScanner(self._workspace, classification, masked=True).scan([read()])
        return result
