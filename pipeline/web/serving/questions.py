"""Vectors of questions: embedded together while others wait, and remembered for a while.

Invariants: a question has the same vector alone, in a batch or from the cache, bit for bit: the embedder guarantees
it, so an answer does not depend on other callers. The cache key is a keyed digest of tenant and question, so the time
of an answer does not reveal questions of other tenants. No question is kept, and nothing is written to disk. Used by
one event loop, without locks.
"""

import asyncio
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from anyio import CapacityLimiter, to_thread

from pipeline.domain.ports import Embedder, Vectors

MOST_TOGETHER = 16
"""More would let a question wait long for others that came a moment earlier."""
MOST_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class _Waiting:
    question: str
    vector: "asyncio.Future[Vectors]"


class QuestionVectors:
    """Embeds questions. Nobody waits for company: what comes while a batch is under way makes up the next one."""

    def __init__(self, embedder: Embedder, remembered: int = MOST_REMEMBERED) -> None:
        self._embedder, self._most = embedder, remembered
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, Vectors] = OrderedDict()
        self._waiting: dict[bytes, _Waiting] = {}
        self._work: asyncio.Task[None] | None = None

    async def of(self, tenant: str, question: str) -> Vectors:
        """The vector of one question, as a matrix of one row."""
        key = hmac.digest(self._key, f"{tenant}\0{question}".encode("utf-8", "surrogatepass"), "sha256")
        if (known := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            return known
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = _Waiting(question, asyncio.get_running_loop().create_future())
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._embed_waiting())
        # Several may wait for one question; that one of them goes away must not end it for the others.
        return await asyncio.shield(waiting.vector)

    async def _embed_waiting(self) -> None:
        limiter = CapacityLimiter(1)
        while self._waiting:
            batch = {key: self._waiting[key] for key in list(self._waiting)[:MOST_TOGETHER]}
            try:
                vectors = await to_thread.run_sync(
                    self._embed, [one.question for one in batch.values()], limiter=limiter
                )
            except BaseException as error:
                for one in batch.values():
                    if not one.vector.done():
                        one.vector.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                for row, (key, one) in enumerate(batch.items()):
                    self._remember(key, vectors[row : row + 1].copy())
                    if not one.vector.done():
                        one.vector.set_result(self._known[key])
            finally:
                for key in batch:
                    del self._waiting[key]

    def _embed(self, questions: list[str]) -> Vectors:
        return self._embedder.embed(questions)

    def _remember(self, key: bytes, vector: Vectors) -> None:
        vector.setflags(write=False)
        self._known[key] = vector
        if len(self._known) > self._most:
            self._known.popitem(last=False)
