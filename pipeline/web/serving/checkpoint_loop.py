"""The server's checkpoints of the audit log, in the background."""

from contextlib import AbstractAsyncContextManager

import structlog

from pipeline.web.serving.rounds import rounds
from pipeline.workspace import Workspace

_MINUTE = 60.0
log = structlog.get_logger("corpusgate.web")


def signing(workspace: Workspace) -> AbstractAsyncContextManager[None]:
    """A checkpoint at the start and every `audit.checkpoint_minutes` while the block runs, if the log has grown."""

    def once() -> None:
        for failure in workspace.checkpoints.make().failures:
            log.error("checkpoint_missing_in_anchor", failure=failure)

    return rounds("checkpoints", once, workspace.home.settings.audit.checkpoint_minutes * _MINUTE)
