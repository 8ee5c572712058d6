"""`corpusgate refresh`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.home import show_next_steps
from pipeline.cli.output import err
from pipeline.cli.progress import progress
from pipeline.cli.refresh_report import report
from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import ExitCode
from pipeline.runs.result import RefreshResult, to_json
from pipeline.workspace import Workspace

_SHOWN = 20
"""Documents of a list that a person is shown at once."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: corpusgate refresh handbook --dry-run")(refresh)


def refresh(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]…", help="Default: every approved source.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide and report; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
    runner: Annotated[
        str | None,
        typer.Option(help="FnApiRunner, flink, spark, dataflow or prism. Default: runner.batch of the settings."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes, each with detectors of its own.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="Documents to name in each list, also in JSON. 0 names all.")
    ] = _SHOWN,
    metrics_file: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write figures for Prometheus here. Default: metrics.textfile.")
    ] = None,
) -> None:
    """Read approved sources, pass their documents through the gate, and publish what passes."""
    with _finished(context.obj, metrics_file, dry_run=dry_run) as results, progress(quiet=as_json):
        from pipeline.runs import refresh as graph  # imports Beam: seconds, so only here

        result = graph.refresh(context.obj, names or (), dry_run=dry_run, runner=runner, workers=workers)
        results.append(result)
    if as_json:
        typer.echo(to_json(result, limit or None))
    else:
        report(result, limit)
        if not result.generation:
            show_next_steps(context.obj)
    if result.failed_listings:
        raise typer.Exit(ExitCode.FAILED)
    if (
        result.summary.incomplete
        or result.held
        or any(result.waiting.values())
        or result.summary.held_deletions
        or _not_served(result)
        or result.lone_metadata
    ):
        raise typer.Exit(ExitCode.WAITING)


def refresh_at_once(workspace: Workspace, source: str, *, quiet: bool = False) -> RefreshResult:
    """Refresh one source for a command that publishes at once, and end the run as `corpusgate refresh` does."""
    with _finished(workspace) as results, progress(quiet=quiet):
        from pipeline.runs import refresh as graph

        results.append(graph.refresh(workspace, [source]))
    return results[0]


@contextmanager
def _finished(
    workspace: Workspace, metrics_file: Path | None = None, *, dry_run: bool = False
) -> Iterator[list[RefreshResult]]:
    """Take the result of a run; at the end, after a failure too, deliver notifications and export figures."""
    results: list[RefreshResult] = []
    try:
        yield results
    finally:
        if not dry_run:
            from pipeline.runs.finish import finish  # the metrics client takes time that --help need not wait for

            for error in finish(workspace, results[0] if results else None, metrics_file):
                err.print(f"[yellow]{escape(error.what)}[/]", escape(error.fix), sep="\n")


def _not_served(result: RefreshResult) -> int:
    verdicts = result.summary.verdicts
    return sum(verdicts[action] for action in (Action.REVIEW, Action.QUARANTINE, Action.REJECT))
