"""Searches off the event loop: questions embedded together, then as many searches at once as processors.

Invariants: neither a model nor a search ever runs on the event loop. If too many are running, new ones are refused
instead of queued. Only vectors of questions are kept between searches, never answers: each search asks which
documents are live and readable (law 2). Model and generations are loaded by one task of the server: no search waits for
them once it was ready, and it is ready only while the next search would not wait.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TypeVar

import structlog
from anyio import CapacityLimiter, to_thread

from pipeline.domain.errors import Busy
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.ports import EmbeddedQuestion
from pipeline.search.answers import Answer, search
from pipeline.web.serving.questions import QuestionVectors
from pipeline.workspace import Workspace

Result = TypeVar("Result")
LOOK_SECONDS = 0.5
"""Between two looks for a new generation, unless a search sees it first."""
FAILED_SECONDS = 5.0
"""Between two tries to load a model or a generation that cannot be used: each may read all of it."""
_NOBODY = Principal(name="service:corpusgate", tenant="-")
"""Belongs to no tenant, so no search of its finds anything."""
log = structlog.get_logger("corpusgate.web")


class Searching:
    """Runs what needs the model or the index."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._questions: tuple[str, QuestionVectors] | None = None
        """Digest of the embedder that reads the generation in memory, and what embeds with it."""
        self._limiter: CapacityLimiter | None = None
        self._most = workspace.home.settings.web.searches_waiting
        self._under_way = 0
        self._warm = self._loaded = False
        self._release: Callable[[], None] | None = None
        """Has searches open generations themselves again, once they do not."""

    @property
    def ready(self) -> bool:
        """Whether the next search finds the model and a generation in memory."""
        return self._loaded and not self._workspace.searcher.waits

    @asynccontextmanager
    async def prepared(self) -> AsyncIterator[None]:
        """Load the model and every new generation in the background while the server already answers."""
        over, news = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(news.set)

        following = asyncio.create_task(self._follow(over, news, wake))
        try:
            yield
        finally:
            over.set()
            news.set()
            await asyncio.wait([following])
            if self._release is not None:
                self._release()

    async def search(self, principal: Principal, question: str, k: int) -> list[Answer]:
        """What a verified principal finds. Raises `Busy` when too many searches are under way."""
        with self._admitted():
            embedded = None
            if (questions := self._questions) is not None:
                digest, vectors = questions
                embedded = EmbeddedQuestion(digest, await vectors.of(principal.tenant, question))
            return await self._run(partial(search, self._workspace, principal, question, k, embedded, door="rest"))

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
        return await to_thread.run_sync(search, limiter=self._limiter)

    async def _follow(self, over: asyncio.Event, news: asyncio.Event, wake: Callable[[], None]) -> None:
        """Load what is current, again and again, until it is over."""
        limiter, failed = CapacityLimiter(1), None
        while not over.is_set():
            news.clear()
            error = await to_thread.run_sync(self._load, wake, limiter=limiter)
            if error is not None and error != failed:
                log.warning("not_ready", error=error)
            failed = error
            with suppress(TimeoutError):
                await asyncio.wait_for((over if failed else news).wait(), FAILED_SECONDS if failed else LOOK_SECONDS)

    def _load(self, wake: Callable[[], None]) -> str | None:
        """Have model and current generation in memory. Returns the class of the error if that cannot be."""
        try:
            searcher = self._workspace.searcher
            searcher.opened_by(wake)
            self._release = partial(searcher.opened_by, None)
            searcher.prepare()
            embedder = searcher.embedder
            if embedder is not None and (self._questions is None or self._questions[0] != embedder.digest):
                self._questions = embedder.digest, QuestionVectors(embedder)
            if not self._warm:
                searcher.search("ready", _NOBODY, 1)
                self._warm = True
        except Exception as error:  # whatever it is: the next try may find it mended
            self._loaded = False
            return type(error).__name__
        self._loaded = True
        return None
