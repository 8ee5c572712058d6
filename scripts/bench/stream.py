"""How long a document takes from its arrival in a folder until a search can find it, at several rates.

    python scripts/bench/stream.py [--rates 1 5 20] [--seconds 60] [--window 2] [--poll 0.5] [--runner prism] [--json]

Each rate has a home of its own with `corpusgate stream` on it, warmed up with one document. Then documents of about
80 words, all different, appear one after the other at that rate. A document is retrievable when the generation that
is current in the ledger holds it; this is looked at every 50 ms, and at the end a sample is really searched for. If a
stream cannot keep up, its latency grows with the length of the run: the last column is the median of the last third
over that of the first. Exit code 1 when a document did not become retrievable.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.index.generations import Generation
from pipeline.search.answers import search_as
from pipeline.workspace import Workspace
from scripts.streaming import Stream, arrive, words
from tests.support.trial import Home

WARM_SECONDS, DRAIN_SECONDS, LOOK_SECONDS = 180.0, 300.0, 0.05
SAMPLE = 5
READER = "user:reader"
ERR = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=float, nargs="+", default=[1, 5, 20], help="documents a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--window", type=float, default=2)
    parser.add_argument("--poll", type=float, default=0.5)
    parser.add_argument("--runner", default="prism")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    results = []
    for rate in given.rates:
        ERR.print(f"{rate:g} documents a second for {given.seconds:g} s …", style="dim")
        with tempfile.TemporaryDirectory(prefix="corpusgate-bench-") as scratch:
            results.append(measure(Path(scratch), rate, given))
    print(json.dumps(results, indent=2)) if given.json else show(results, given)
    sys.exit(1 if any(result["lost"] for result in results) else 0)


def measure(scratch: Path, rate: float, given: argparse.Namespace) -> dict[str, Any]:
    """One rate in a home of its own."""
    home, inbox, rng = Home.make(scratch / "home"), scratch / "inbox", random.Random(7)
    inbox.mkdir()
    home.add_source("inbox", inbox, classification="public")
    home("principals", "add", READER)
    stream = Stream(home.folder, "--window", f"{given.window}", "--poll", f"{given.poll}", "--runner", given.runner)
    watcher = Watcher(Workspace(home.folder))
    try:
        arrive(inbox, "warm.txt", words(rng, 80).encode())
        watcher.wait_for({"inbox:warm.txt"}, WARM_SECONDS)
        arrived, texts = {}, {}
        begun = time.monotonic()
        for number in range(int(rate * given.seconds)):
            time.sleep(max(0.0, begun + number / rate - time.monotonic()))
            name = f"{number:06}.txt"
            texts[name] = words(rng, 80)
            arrive(inbox, name, texts[name].encode())
            arrived[f"inbox:{name}"] = time.time()
        watcher.wait_for(set(arrived), DRAIN_SECONDS)
        found = sum(watcher.finds(texts[name], f"inbox:{name}") for name in rng.sample(sorted(texts), SAMPLE))
        code = stream.stop()
    finally:
        if stream.process.poll() is None:
            stream.kill()
        watcher.stop()
    took = [watcher.seen[doc] - at for doc, at in arrived.items() if doc in watcher.seen]
    third = max(1, len(took) // 3)
    return {
        "rate": rate,
        "documents": len(arrived),
        "lost": len(arrived) - len(took),
        "searched": f"{found}/{SAMPLE}",
        "p50_seconds": round(statistics.median(took), 2),
        "p95_seconds": round(statistics.quantiles(took, n=20)[-1], 2),
        "longest_seconds": round(max(took), 2),
        "trend": round(statistics.median(took[-third:]) / statistics.median(took[:third]), 2),
        "generations": len({event["generation"] for event in stream.published() if event["generation"]}),
        "exit_code": code,
    }


class Watcher:
    """Notes when documents first stand in the current generation."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._stop = workspace, threading.Event()
        self.seen: dict[str, float] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        number = None
        while not self._stop.wait(LOOK_SECONDS):
            current = self._workspace.ledger.current_generation()
            if current is None or current.number == number:
                continue
            number, at = current.number, time.time()
            opened = Generation.open(self._workspace.index, current, self._workspace.verifier)
            for placement in opened.documents():
                self.seen.setdefault(placement.document.doc_id, at)

    def wait_for(self, documents: set[str], seconds: float) -> None:
        """Until all are there, or time is up."""
        end = time.monotonic() + seconds
        while not documents <= self.seen.keys() and time.monotonic() < end:
            time.sleep(0.1)

    def finds(self, question: str, document: str) -> bool:
        """Whether a reader finds a document by its own words."""
        return any(answer.document == document for answer in search_as(self._workspace, READER, question, 3))

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def show(results: list[dict[str, Any]], given: argparse.Namespace) -> None:
    title = f"Arrival to retrievable, windows of {given.window:g} s, polled every {given.poll:g} s, on {given.runner}"
    table = Table("documents/s", "documents", "lost", "p50 s", "p95 s", "longest s", "trend", "searched", title=title)
    for one in results:
        keys = ("rate", "documents", "lost", "p50_seconds", "p95_seconds", "longest_seconds", "trend", "searched")
        table.add_row(*(f"{one[key]:g}" if isinstance(one[key], float) else str(one[key]) for key in keys))
    Console().print(table)


if __name__ == "__main__":
    main()
