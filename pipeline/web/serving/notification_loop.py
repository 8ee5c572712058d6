"""The server's rounds of notifications, in the background; each is bounded."""

from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial

from pipeline.web.serving.rounds import rounds
from pipeline.workspace import Workspace

SECONDS_BETWEEN = 15.0
SECONDS_A_ROUND = 10.0


def telling(workspace: Workspace, seconds_between: float = SECONDS_BETWEEN) -> AbstractAsyncContextManager[None]:
    """Rounds of notifications while the block runs; none where no channel is configured."""
    if not workspace.home.settings.notifications.channels:
        return nullcontext()
    return rounds("notifications", partial(workspace.notifications.deliver, SECONDS_A_ROUND), seconds_between)
