"""How far a run is, for the person who waits: a moving line on a terminal, elsewhere a line every ten seconds."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.cli.output import err
from pipeline.domain.documents.documents import Action
from pipeline.telemetry.progress import PROGRESS

_EVERY_SECONDS = 10.0
"""Between two lines where there is no terminal, as in the log of a scheduler."""


@contextmanager
def progress(*, quiet: bool) -> Iterator[None]:
    """Say on standard error how far the run is; nothing where a program reads the result from a terminal."""
    if not err.is_terminal:
        with _beside(_lines):
            yield
        return
    if quiet:
        yield
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Starting", total=None, state="")

        def move(stop: threading.Event) -> None:
            while not stop.wait(0.2):
                state = _state()
                bar.update(task, description="Refreshing" if state else "Starting", state=state)

        with _beside(move):
            yield


@contextmanager
def _beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run `work` in a thread until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _lines(stop: threading.Event) -> None:
    begun = time.monotonic()
    while not stop.wait(_EVERY_SECONDS):
        err.print(f"{time.monotonic() - begun:,.0f} s: {_state() or 'starting'}", markup=False)


def _state() -> str:
    """Counts so far; empty before the first."""
    counts = PROGRESS.counts()
    if not counts:
        return ""
    verdicts = " ".join(f"{action.value} {counts[action.value]}" for action in Action if counts[action.value])
    return (
        f"listed {counts['listed']:,}  read {counts['documents']:,} ({counts['bytes'] / 1000:,.0f} kB)  "
        f"{verdicts}  embedded {counts['chunks']:,}"
    )
