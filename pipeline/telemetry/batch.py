"""The end of a batch run: its figures, and those of the corpus after it, in a file or at a Pushgateway.

Invariant: the result of the run does not depend on its figures: a failure here is reported and changes nothing else.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pipeline.domain.errors import CorpusgateError
from pipeline.domain.telemetry.gate_figures import GateFigures, of_one_run
from pipeline.telemetry.corpus import CorpusMetrics
from pipeline.telemetry.prometheus import Exposition
from pipeline.workspace import Workspace


def export_run(
    workspace: Workspace, figures: tuple[GateFigures, ...] = (), file: Path | None = None
) -> Iterator[CorpusgateError]:
    """Write and push, where the settings or `file` say so; yields what went wrong.

    `figures` are those of the gates, where the run ended well. Exhaust it: nothing is done before it is asked for.
    """
    settings = workspace.home.settings.metrics
    path = file or (workspace.home.path(settings.textfile) if settings.textfile else None)
    if path is None and settings.pushgateway is None:
        return
    exposition = Exposition(CorpusMetrics(workspace).samples, partial(of_one_run, figures))
    steps = [partial(exposition.write, path)] if path else []
    if settings.pushgateway:
        steps.append(partial(exposition.push, settings.pushgateway, settings.job))
    for step in steps:
        try:
            step()
        except CorpusgateError as error:
            yield error
