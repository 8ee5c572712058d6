"""The end of every batch refresh: notifications and figures.

Invariant: the result of the run does not depend on them: a failure here is reported and changes nothing else.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pipeline.domain.errors import CorpusgateError
from pipeline.runs.result import RefreshResult
from pipeline.telemetry.batch import export_run
from pipeline.workspace import Workspace

NOTIFICATION_SECONDS = 20
"""The longest a refresh spends on notifications at its end."""


def finish(workspace: Workspace, result: RefreshResult | None, metrics_file: Path | None) -> Iterator[CorpusgateError]:
    """Deliver notifications and export figures; yields what went wrong with the figures. Exhaust it.

    Args:
        workspace: The home that was refreshed.
        result: None after a run that failed.
        metrics_file: Where to write figures for Prometheus, instead of where the settings say.

    """
    with suppress(CorpusgateError):  # what cannot be delivered now is tried again in a later round
        workspace.notifications.deliver(NOTIFICATION_SECONDS, at_once=True)
    yield from export_run(workspace, result.figures if result else (), metrics_file)
