"""What the driver of a stream makes of a graph that stands still."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.runs.streaming.driver import StreamDriver, StreamOptions
from pipeline.workspace import Workspace

START = 1_780_000_000.0


class Watched:
    """A driver, and the signs its graph gave, in seconds since it began."""

    def __init__(self, folder: Path, window: float) -> None:
        self.workspace = Workspace(folder)
        self.workspace.create()
        self.driver = StreamDriver(self.workspace, StreamOptions(window=window), lambda _: None)
        self.spool = self.driver._spool
        self.spool.create()
        self.driver._begun = START - 1
        self.signs(parts=0, windows=0, heartbeat=0)

    def signs(self, **when: float) -> None:
        for name, seconds in when.items():
            path = self.spool.folder / name.replace("_", "-")
            if not path.is_dir():
                path.touch()
            os.utime(path, (START + seconds, START + seconds))

    def after(self, seconds: float) -> str:
        return self.driver._stalled(START + seconds)


@pytest.fixture(params=[5.0, 900.0])
def watched(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    made = Watched(tmp_path, request.param)
    yield made
    made.workspace.close()


def test_a_graph_without_a_sign_of_life_stands_still(watched: Watched) -> None:
    assert watched.after(299) == ""
    assert "no sign of life" in watched.after(301)
    watched.signs(parts=100)
    assert watched.after(301) == ""


def test_a_graph_that_ticks_and_loses_what_it_took_in_stands_still(watched: Watched) -> None:
    """As Prism did: the poller went on, and nothing behind it."""
    limit = 300 + 2 * watched.driver._options.window
    watched.signs(taken_in=10, heartbeat=limit)
    assert watched.after(limit + 9) == ""
    assert "Nothing came of what was taken in" in watched.after(limit + 11)
    watched.signs(working=11)
    assert watched.after(limit + 11) == "", "a long document is being worked on"


def test_a_graph_that_never_begins_is_given_longer_each_time(watched: Watched) -> None:
    """As a job on Flink did whose first element was lost."""
    watched.driver._begun = START + 10
    assert watched.after(159) == ""
    assert "since it was started" in watched.after(161)
    assert watched.after(309) == "", "twice as long"
    assert "since it was started" in watched.after(311)
    watched.signs(heartbeat=320)
    assert watched.after(321) == ""
