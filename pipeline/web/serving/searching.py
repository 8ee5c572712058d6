"""Searches off the event loop: questions embedded together, then as many searches at once as processors.

Invariants: neither a model nor a search ever runs on the event loop. If too many are running, new ones are refused
instead of queued. Only vectors of questions are kept between searches, never answers: each search asks which
documents are live and readable (law 2).
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TypeVar

import structlog
from anyio import CapacityLimiter, to_thread

from pipeline.domain.errors import Busy, CorpusgateError
from pipeline.domain.identity.permissions import Principal
from pipeline.search.answers import Answer, search
from pipeline.web.serving.questions import QuestionVectors
from pipeline.workspace import Workspace

Result = TypeVar("Result")
_NOBODY = Principal(name="service:corpusgate", tenant="-")
"""Belongs to no tenant, so no search of its finds anything."""
log = structlog.get_logger("corpusgate.web")


class Searching:
    """Runs what needs the model or the index."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._vectors = QuestionVectors(lambda: workspace.embedder)
        self._limiter: CapacityLimiter | None = None
        self._most = workspace.home.settings.web.searches_waiting
        self._under_way = 0
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

    async def search(self, principal: Principal, question: str, k: int) -> list[Answer]:
        """What a verified principal finds. Raises `Busy` when too many searches are under way."""
        with self._admitted():
            vector = await self._vectors.of(principal.tenant, question)
            return await self._run(partial(search, self._workspace, principal, question, k, vector))

    async def run(self, search: Callable[[], Result]) -> Result:
        """Run any other search in a thread of its own. Raises `Busy` when too many are under way."""
        with self._admitted():
            return await self._run(search)

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        if self._under_way >= self._most:
            raise Busy("Too many searches are waiting.", done="Nothing was searched.", fix="Try again in a moment.")
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def _run(self, search: Callable[[], Result]) -> Result:
        if self._limiter is None:
            self._limiter = CapacityLimiter(len(os.sched_getaffinity(0)))
        found = await to_thread.run_sync(search, limiter=self._limiter)
        self.ready = True
        return found

    def _load(self) -> None:
        try:
            self._workspace.searcher.search("ready", _NOBODY, 1)
            self.ready = True
        except CorpusgateError as error:
            log.warning("not_ready", error=type(error).__name__)
