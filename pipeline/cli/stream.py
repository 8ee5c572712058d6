"""`corpusgate stream`."""

import signal
import threading
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.output import err
from pipeline.cli.terminal_text import json_for_terminal
from pipeline.domain.errors import ExitCode
from pipeline.workspace import Workspace

_SECONDS_TO_TELL = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: corpusgate stream --window 5 --runner prism")(stream)


def stream(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]…", help="Default: every approved source, now and later.")
    ] = None,
    window: Annotated[
        float | None, typer.Option(min=0.5, help="Seconds that are published together. Default: the settings'.")
    ] = None,
    poll: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds between listings of folders. Default: the settings'.")
    ] = None,
    runner: Annotated[str | None, typer.Option(help="prism, flink or dataflow. Default: runner.stream.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Where the runner lets it be chosen.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for programs.")] = False,
) -> None:
    """Take in documents all day: each window passes the gate and is published as a small generation.

    On SIGTERM or Ctrl-C, documents already taken in are published first. The served documents stay served.
    """
    from pipeline.runs.streaming.driver import StreamDriver, StreamOptions  # imports Beam: seconds, so only here

    workspace: Workspace = context.obj
    settings = workspace.home.settings.stream
    options = StreamOptions(
        sources=tuple(source.name for source in map(workspace.sources.source, names or ())),
        window=window or settings.window_seconds,
        poll=poll or settings.poll_seconds,
        runner=runner,
        workers=workers,
    )
    driver = StreamDriver(workspace, options, _as_json if as_json else _as_text)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    err.print(
        f"Streaming in windows of {options.window:g} s until Ctrl-C. Served meanwhile: "
        f"{'generation ' + str(g.number) if (g := workspace.ledger.current_generation()) else 'nothing yet'}."
    )
    driver.run(stop)
    if any(workspace.ledger.waiting().values()):
        raise typer.Exit(ExitCode.WAITING)


def _as_json(event: object) -> None:
    from pipeline.runs.streaming.driver import Said
    from pipeline.runs.streaming.publisher import Published, Waits

    at = datetime.now().astimezone().isoformat(timespec="seconds")
    if isinstance(event, Published):
        said = {"event": "published"} | event.model_dump(mode="json", exclude={"generation"})
        said["generation"] = None if event.generation is None else event.generation.number
        said["digest"] = None if event.generation is None else event.generation.digest
    elif isinstance(event, Waits):
        said = {"event": "waits", "says": event.says, "fix": event.fix}
    else:
        assert isinstance(event, Said)
        said = {"event": "warning" if event.warning else "note", "says": event.text}
    typer.echo(json_for_terminal({"at": at} | said))


def _as_text(event: object) -> None:
    from pipeline.runs.streaming.driver import Said
    from pipeline.runs.streaming.publisher import Published, Waits

    at = f"[dim]{datetime.now().astimezone():%H:%M:%S}[/]"
    if isinstance(event, Said):
        err.print(at, escape(event.text), style="yellow" if event.warning else None)
    elif isinstance(event, Waits):
        err.print(at, f"[yellow]{escape(event.says)}[/]", escape(event.fix))
    elif isinstance(event, Published):
        counts = [f"{count} {action.value}" for action, count in event.verdicts.items() if count]
        counts += [f"{count} {name}" for name in ("unchanged", "superseded") if (count := getattr(event, name))]
        counts += [f"{event.again} to be judged again"] if event.again else []
        served = "" if event.generation is None else f"generation {event.generation.number}: "
        err.print(at, f"{served}{', '.join(counts) or 'nothing new'} [dim]({event.lag_seconds:.1f} s behind)[/]")
        for source, breach in event.narrowed.items():
            err.print(at, f"[bold yellow]Source {source} is narrowed.[/]", escape(breach.sentence))
