"""The server's rounds of notifications, in the background.

Invariant: a round that fails is logged by its class and does not end the rounds; the next one continues where the
ledger says. A server that stops waits for the round under way, which is bounded.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi.concurrency import run_in_threadpool

from pipeline.domain.errors import CorpusgateError
from pipeline.workspace import Workspace

SECONDS_BETWEEN = 15.0
SECONDS_A_ROUND = 10.0

log = structlog.get_logger("corpusgate.web")


@asynccontextmanager
async def telling(workspace: Workspace, seconds_between: float = SECONDS_BETWEEN) -> AsyncIterator[None]:
    """Rounds of notifications while the block runs; none where no channel is configured."""
    if not workspace.home.settings.notifications.channels:
        yield
        return
    over = asyncio.Event()
    rounds = asyncio.create_task(_rounds(workspace, seconds_between, over))
    try:
        yield
    finally:
        over.set()
        await rounds


async def _rounds(workspace: Workspace, seconds_between: float, over: asyncio.Event) -> None:
    while not over.is_set():
        try:
            await run_in_threadpool(workspace.notifications.deliver, SECONDS_A_ROUND)
        except CorpusgateError as error:
            log.warning("notifications", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), seconds_between)
