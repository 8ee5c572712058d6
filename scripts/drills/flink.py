"""Two revisions of a real corpus on a real Flink cluster, as batch and as stream, while a TaskManager is killed.

    python scripts/drills/flink.py OLD NEW

OLD and NEW are folders with two revisions of one corpus; they are copied, never changed. A local cluster is started
for each of the last two homes with `services/flink_cluster.sh` (one JobManager, two TaskManagers, Beam's job server,
a pool of Python workers), and a Postgres for ledgers. Three homes take in OLD, then what NEW has over it (no file is
removed: a stream does not handle that): by `refresh` on the embedded engine, by `refresh --runner flink`, and by
`stream --runner flink`. On Flink a TaskManager is killed with -9 in the middle of the second step. Reviewers approve
everything that waits, for the weight of a change depends on what a run touched. Exit code 1 unless all serve the
same.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from pipeline.workspace import Workspace
from scripts.drills.stream import approve_everything, make_home, postgres, undecided
from scripts.streaming import Stream
from tests.support.trial import FINE, Home

CLUSTER = Path(__file__).parents[1] / "services" / "flink_cluster.sh"
NAMES = ("embedded", "batch", "streamed")
MOST_SECONDS, QUIET_SECONDS = 1_500.0, 30.0
console = Console()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--kill-after", type=float, default=15, help="seconds into the second step")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="corpusgate-drill-") as scratch, postgres(*NAMES) as address:
        digests = drill(Path(scratch), address, given)
    same = len(set(digests.values())) == 1
    console.print("[green]Passed[/]: all serve the same." if same else "[red]Failed[/]: they serve different things.")
    sys.exit(0 if same else 1)


def drill(scratch: Path, address: str, given: argparse.Namespace) -> dict[str, tuple[str, ...]]:
    """The digests each home served, after OLD and after NEW."""
    digests: dict[str, tuple[str, ...]] = {}
    table = Table("home", "after OLD", "s", "after NEW", "s", title="Generation digests", title_justify="left")
    cache: Path | None = None
    for name in NAMES:
        corpus = scratch / f"corpus-{name}" / "handbook"
        shutil.copytree(given.old, corpus)
        home = make_home(scratch / name, (corpus,), address.format(database=name))
        use_cluster(home)
        if cache:
            shutil.copytree(cache, home.folder / "cache", dirs_exist_ok=True)
        take_in = stream_in if name == "streamed" else refresh_in
        with nullcontext() if name == "embedded" else cluster(scratch / f"flink-{name}"):
            first, one = take_in(home, corpus, name)
            shutil.copytree(given.new, corpus, dirs_exist_ok=True)
            killer = threading.Timer(given.kill_after, kill_task_manager, (scratch / f"flink-{name}",))
            if name != "embedded":
                killer.start()
            second, two = take_in(home, corpus, name)
            killer.cancel()
        digests[name] = (one, two)
        table.add_row(name, one[:16], f"{first:.0f}", two[:16], f"{second:.0f}")
        console.print(f"{name}: {one[:16]} after {first:.0f} s, {two[:16]} after {second:.0f} s", style="dim")
        cache = home.folder / "cache"
    console.print(table)
    return digests


@contextmanager
def cluster(folder: Path) -> Iterator[None]:
    """A local Flink cluster on its usual ports."""
    subprocess.run([CLUSTER, "up", "--folder", folder], check=True, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        subprocess.run([CLUSTER, "down", "--folder", folder], check=False, stdout=subprocess.DEVNULL)


def use_cluster(home: Home) -> None:
    """Let the home's jobs go to the cluster with its usual ports."""
    path = home.folder / "configs" / "corpusgate.yaml"
    said = yaml.safe_load(path.read_text())
    said["runner"]["flink"] |= {
        "job_endpoint": "127.0.0.1:8099",
        "master": "127.0.0.1:8081",
        "environment": {"type": "EXTERNAL", "config": "127.0.0.1:50000"},
        "parallelism": 2,
        "checkpoint_seconds": 5,
    }
    path.write_text(yaml.safe_dump(said))


def refresh_in(home: Home, _corpus: Path, name: str) -> tuple[float, str]:
    """Seconds and digest of a refresh, with everything that waited approved and let in by another."""
    runner = ("--runner", "FnApiRunner" if name == "embedded" else "flink")
    clock = time.monotonic()
    home("refresh", "--json", *runner, allow=FINE)
    seconds = time.monotonic() - clock
    while approve_everything(home):
        home("refresh", "--json", "--runner", "FnApiRunner", allow=FINE)
    return seconds, served(home)


def stream_in(home: Home, corpus: Path, _name: str) -> tuple[float, str]:
    """The same by a stream: until every file is decided as it is now, and what was approved is published."""
    clock, stream = time.monotonic(), Stream(home.folder, "--window", "5", "--poll", "1", "--runner", "flink")
    workspace = Workspace(home.folder)
    last, quiet, seconds = -1, time.monotonic(), 0.0
    while time.monotonic() - clock < MOST_SECONDS:
        time.sleep(1)
        published = len(stream.published())
        waiting = workspace.ledger.approved_documents([corpus.name])
        if published != last or waiting or undecided(workspace, (corpus,)):
            last, quiet = published, time.monotonic()
        elif time.monotonic() - quiet > QUIET_SECONDS:
            seconds = seconds or time.monotonic() - clock - QUIET_SECONDS
            if not approve_everything(home):
                break
            quiet = time.monotonic()
    workspace.close()
    if stream.stop() not in FINE:
        raise SystemExit("The stream ended with a failure.")
    return seconds, served(home)


def served(home: Home) -> str:
    workspace = Workspace(home.folder)
    current = workspace.ledger.current_generation()
    workspace.close()
    return current.digest if current else "nothing"


def kill_task_manager(flink: Path) -> None:
    """Kill one of the two."""
    console.print("kill -9 taskmanager1", style="dim")
    os.kill(int((flink / "taskmanager1.pid").read_text().split()[0]), 9)


if __name__ == "__main__":
    main()
