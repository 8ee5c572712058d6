"""Work that a server repeats in the background.

Invariant: a round that fails is logged by its class and does not end the rounds. A server that stops waits for the
round in progress, and runs one more if the work asks for it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi.concurrency import run_in_threadpool

from pipeline.domain.errors import CorpusgateError

log = structlog.get_logger("corpusgate.web")


@asynccontextmanager
async def rounds(
    name: str, work: Callable[[], object], seconds_between: float, *, at_end: bool = False
) -> AsyncIterator[None]:
    """Repeat `work` in a thread while the block runs.

    Args:
        name: The event that a failure is logged as.
        work: One round.
        seconds_between: From the end of a round to the next.
        at_end: Whether a last round follows when the block ends.

    """
    over = asyncio.Event()
    task = asyncio.create_task(_repeat(name, work, seconds_between, over))
    try:
        yield
    finally:
        over.set()
        await task
        if at_end:
            await _once(name, work)


async def _repeat(name: str, work: Callable[[], object], seconds_between: float, over: asyncio.Event) -> None:
    while not over.is_set():
        await _once(name, work)
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), seconds_between)


async def _once(name: str, work: Callable[[], object]) -> None:
    try:
        await run_in_threadpool(work)
    except CorpusgateError as error:
        log.warning(name, error=type(error).__name__)
