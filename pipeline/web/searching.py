"""Searches beside the event loop: one searcher, its model loaded once, as many searches at once as processors.

Invariant: a search never runs on the event loop. When too many wait, new ones are sent away instead of piling up.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import structlog
from anyio import CapacityLimiter, to_thread

from pipeline.domain.errors import Busy, CorpusgateError
from pipeline.domain.permissions import Principal
from pipeline.workspace import Workspace

Result = TypeVar("Result")
_NOBODY = Principal(name="service:corpusgate", tenant="-")
"""Belongs to no tenant, so no search of its finds anything."""
log = structlog.get_logger("corpusgate.web")


class Searching:
    """Runs what needs the model or the index."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._limiter: CapacityLimiter | None = None
        self._most = workspace.home.settings.web.searches_waiting
        self.ready = False
        """The model is in memory."""

    @asynccontextmanager
    async def prepared(self) -> AsyncIterator[None]:
        """Load the model in the background while the server already answers."""
        loading = asyncio.create_task(to_thread.run_sync(self._load))
        try:
            yield
        finally:
            await asyncio.wait([loading])

    async def run(self, search: Callable[[], Result]) -> Result:
        """Run `search` in a thread of its own. Raises `Busy` when too many wait."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(len(os.sched_getaffinity(0)))
        if self._limiter.statistics().tasks_waiting >= self._most:
            raise Busy("Too many searches are waiting.", done="Nothing was searched.", fix="Try again in a moment.")
        found = await to_thread.run_sync(search, limiter=self._limiter)
        self.ready = True
        return found

    def _load(self) -> None:
        try:
            self._workspace.searcher.search("ready", _NOBODY, 1)
            self.ready = True
        except CorpusgateError as error:
            log.warning("not_ready", error=type(error).__name__)
