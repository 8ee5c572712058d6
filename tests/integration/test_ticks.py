"""Ticks on the engine of streams: looks that take long, and what an engine may do to them."""

import time
from pathlib import Path

import apache_beam as beam
from apache_beam.io.restriction_trackers import OffsetRange
from apache_beam.transforms.window import FixedWindows

from pipeline.engines.runners import stream_runner
from pipeline.settings.application import Settings
from tests.support.engines import needs_prism
from transforms.support.ticks import Ticks, WholeTracker

SLOW = 0.4
"""Seconds of a look: Prism asks what takes more than 0.1 s to be split."""


def test_slow_looks_do_not_stop_windows(tmp_path: Path) -> None:
    """Beam's `PeriodicImpulse` fails here on Prism 2.77: it ticks on, and no window ever closes."""
    needs_prism()
    looks, windows = tmp_path / "looks", tmp_path / "windows"

    def look(_moment: object) -> tuple[str, int]:
        with looks.open("a") as file:
            file.write(".")
        time.sleep(SLOW)
        return "", 1

    def close(counted: tuple[str, int]) -> None:
        with windows.open("a") as file:
            file.write(f"{counted[1]}\n")

    engine = stream_runner(Settings(schema_version=1))
    pipeline = beam.Pipeline(runner=engine.runner, options=engine.options)
    windowed = pipeline | Ticks(0.5) | beam.Map(look) | beam.WindowInto(FixedWindows(2))
    _ = windowed | beam.CombinePerKey(sum) | beam.Map(close)
    running = pipeline.run()
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and (not windows.exists() or len(windows.read_text().splitlines()) < 4):
            time.sleep(0.2)
    finally:
        running.cancel()
    closed = [int(line) for line in windows.read_text().splitlines()]
    assert len(closed) >= 4
    assert sum(closed) <= len(looks.read_text())
    assert max(closed) <= 4, "no tick is made up for"


def test_ticks_are_put_off_but_never_split() -> None:
    tracker = WholeTracker(OffsetRange(0, 100))
    assert tracker.try_claim(7)
    assert tracker.try_split(0.5) is None
    assert tracker.try_split(0) == (OffsetRange(0, 8), OffsetRange(8, 100))
