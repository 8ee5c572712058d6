"""`corpusgate refresh`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.cli.output import err, out, table
from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.listings import Omission
from pipeline.domain.errors import ExitCode
from pipeline.runs.result import RefreshResult, to_json
from pipeline.telemetry.progress import PROGRESS
from pipeline.workspace import Workspace

_ORPHANS_SHOWN = 5


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
    metrics_file: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write figures for Prometheus here. Default: metrics.textfile.")
    ] = None,
) -> None:
    """Read approved sources, pass their documents through the gate, and publish what passes."""
    with _finished(context.obj, metrics_file, dry_run=dry_run) as results, _progress(quiet=as_json):
        from pipeline.runs import refresh as graph  # imports Beam: seconds, so only here

        result = graph.refresh(context.obj, names or (), dry_run=dry_run, runner=runner, workers=workers)
        results.append(result)
    if as_json:
        typer.echo(to_json(result))
    else:
        _report(result)
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
    with _finished(workspace) as results, _progress(quiet=quiet):
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


def _report(result: RefreshResult) -> None:
    summary = result.summary
    table(
        f"Run {summary.run_id}" + (" (dry run: nothing was changed)" if result.dry_run else ""),
        ("documents", *(kind.value for kind in summary.documents)),
        [("found", *summary.documents.values())],
    )
    table(
        "Verdicts on what changed",
        ("verdict", "documents", "meaning"),
        [(action.value, count, _MEANINGS[action]) for action, count in summary.verdicts.items() if count],
        empty="no document had to be evaluated.",
    )
    if result.without_text:
        out.print(f"{result.without_text:,} of the admitted documents hold no text: nothing of them is served.\n")
    held = [outcome for outcome in result.outcomes if outcome.verdict and outcome.verdict.action.rank >= 2]
    if held:
        rows = [(o.doc_id, o.verdict.action.value, " ".join(o.verdict.reasons)) for o in held if o.verdict]
        table("Not served", ("document", "verdict", "why"), rows[:30])
        if len(rows) > 30:
            out.print(f"… and {len(rows) - 30} more: corpusgate review list\n")
    for listing in result.lone_metadata:
        names = ", ".join(listing.orphans[:_ORPHANS_SHOWN])
        more = f" and {len(listing.orphans) - _ORPHANS_SHOWN} more" if len(listing.orphans) > _ORPHANS_SHOWN else ""
        err.print(
            f"[yellow]Source {listing.source} has metadata files without their document:[/] {escape(names)}{more}. "
            "Rename or remove them: corpusgate tags check"
        )
    for listing in result.failed_listings:
        err.print(
            f"[red]Source {listing.source} could not be listed[/] ({listing.failure}). "
            "Nothing of it was changed or deleted. Check its URI: corpusgate sources show " + listing.source
        )
    for source, omissions in summary.incomplete.items():
        err.print(f"[yellow]Source {source} could not be read completely:[/]")
        _print_omissions(omissions)
        err.print("Nothing beneath was changed or deleted. Make it readable, then run the refresh again.")
    for source, omissions in result.skipped.items():
        err.print(f"Skipped in source {source}:")
        _print_omissions(omissions)
    if summary.held_deletions:
        err.print(
            f"[yellow]{summary.held_deletions} deletions are held by the mass-delete guard.[/] "
            "See: corpusgate review list"
        )
    for breach in result.breaches:
        source = breach.source
        err.print(
            f"[yellow]Source {source} is out of pattern:[/] {escape(breach.sentence)} "
            + ("It would be narrowed." if result.dry_run else f"It is narrowed. See: corpusgate sources rates {source}")
        )
    if result.held:
        err.print(f"[yellow]{escape(result.held.says)}[/]", escape(result.held.fix), sep="\n")
    served = result.generation
    state = (
        f"generation {served.number}, {served.documents} documents, digest {served.digest[:16]}"
        if served
        else "nothing yet"
    )
    rate = summary.bytes / summary.seconds / 1000 if summary.seconds else 0
    out.print(
        f"Serving {state}" + ("" if result.published else " (unchanged)") + f". {summary.scanned:,} scanned, "
        f"{summary.embedded:,} chunks embedded, "
        f"{summary.bytes / 1000:,.0f} kB in {summary.seconds:.1f} s ({rate:,.1f} kB/s)."
    )
    waiting = {action.value: count for action, count in result.waiting.items() if count}
    if waiting:
        what = " and ".join(f"{count} in {name}" for name, count in waiting.items())
        out.print(f"Waiting: {what}. See: corpusgate review list, corpusgate explain DOCUMENT")


def _print_omissions(omissions: tuple[Omission, ...]) -> None:
    for omission in omissions[:10]:
        err.print(f"  {escape(omission.name) or 'all of it'}: {escape(omission.reason)}")
    if len(omissions) > 10:
        err.print(f"  … and {len(omissions) - 10} more")


_MEANINGS = {
    Action.ADMIT: "served as it is",
    Action.REDACT: "served with placeholders for personal identifiers",
    Action.REVIEW: "waits for a person; the served version stays",
    Action.QUARANTINE: "kept out until its owner fixes it; the served version stays",
    Action.REJECT: "refused",
}


@contextmanager
def _progress(*, quiet: bool) -> Iterator[None]:
    """A line that says how far the run is, on a terminal only."""
    if quiet or not err.is_terminal:
        yield
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
    )
    stop = threading.Event()
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Starting", total=None, state="")

        def watch() -> None:
            while not stop.wait(0.2):
                counts = PROGRESS.counts()
                verdicts = " ".join(
                    f"{action.value} {counts[action.value]}" for action in Action if counts[action.value]
                )
                state = (
                    f"listed {counts['listed']:,}  read {counts['documents']:,} ({counts['bytes'] / 1000:,.0f} kB)  "
                    f"{verdicts}  embedded {counts['chunks']:,}"
                )
                bar.update(task, description="Refreshing" if counts else "Starting", state=state if counts else "")

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()
