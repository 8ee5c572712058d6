"""The price of the retrieval log: searches at a fixed rate with and without it, and a log of a million rows.

python -m scripts.bench.retrieval_log FOLDER [--rate 50] [--seconds 20] [--rows 1000000]     (a new folder)

Searches start by the clock, whether earlier ones are answered or not, and a time counts from the moment a search was
due. With and without the log take turns, so that other work on the machine reaches both. Vectors come from digests, not
from a model: the search is permission filter, vectors, liveness check and texts. While searches run, the log is loaded
into the database every ten seconds, as a server does by default. A row is a passage of an answer; answers have ten.
"""

import argparse
import json
import os
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from pipeline.domain.serving.retrievals import Retrieval, RetrievalFilter, RetrievedPassage
from pipeline.search import answers
from pipeline.workspace import Workspace
from tests.support.index_samples import Doc, person
from tests.support.searching import searcher_of
from tests.support.served_home import ServedHome

DOCUMENTS, K, THREADS, TURNS, LOAD_EVERY = 2_000, 10, 8, 4, 10.0
PEOPLE, BATCH = 200, 2_000


def searches(workspace: Workspace, rate: float, seconds: float) -> list[float]:
    """Milliseconds of each search, from the moment it was due."""
    who, took, began = person("ann"), [], time.monotonic()

    def one(number: int) -> None:
        answers.search(workspace, who, f"question {number % 97}", K)
        took.append((time.monotonic() - began - number / rate) * 1000)

    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(int(rate * seconds)):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            pool.submit(one, number)
    return took


def turns(workspace: Workspace, rate: float, seconds: float) -> dict[str, Any]:
    """The 50th and 95th percentile with and without the log."""
    over, found = threading.Event(), dict[str, list[float]](with_log=[], without_log=[])

    def load() -> None:
        while not over.wait(LOAD_EVERY):
            workspace.retrievals.load()

    loader = threading.Thread(target=load)
    loader.start()
    try:
        searches(workspace, rate, 2)  # the first open what is served
        for _ in range(TURNS):
            for name in found:
                off = patch.object(answers, "_record", lambda *_: None) if name == "without_log" else nullcontext()
                with off:
                    found[name] += searches(workspace, rate, seconds / TURNS)
    finally:
        over.set()
        loader.join()
    shown = {}
    for name, times in found.items():
        cuts = statistics.quantiles(times, n=100)
        shown[name] = {"searches": len(times), "p50_ms": round(cuts[49], 2), "p95_ms": round(cuts[94], 2)}
    return shown


def fill(workspace: Workspace, rows: int) -> float:
    """Put so many rows on record; returns processor seconds."""
    record, clock = workspace.ledger.current_generation(), time.process_time()
    versions = [pointer.version_id for pointer in workspace.ledger.pointers().values()]
    began = datetime.now(UTC) - timedelta(days=90)
    for first in range(0, rows // K, BATCH):
        batch = []
        for number in range(first, min(first + BATCH, rows // K)):
            picked = [(number * 31 + place * 7) % len(versions) for place in range(K)]
            passages = tuple(
                RetrievedPassage(chunk_id=f"{one:032x}", version_id=versions[one], score=0.5) for one in picked
            )
            answer = Retrieval(
                id=uuid4().hex,
                at=began + timedelta(seconds=number * 60),
                principal=f"user:{number % PEOPLE}",
                on_behalf_of=None,
                door="rest",
                generation=record.number if record else 0,
                question=f"{number % 5_000:032x}",
                asked=K,
                passages=passages,
            )
            batch.append((answer, ()))
        workspace.retrievals.log.add(batch)
    return time.process_time() - clock


def size(home: Path) -> int:
    """Bytes of the database with its write-ahead log."""
    return sum(path.stat().st_size for path in home.glob("corpusgate.db*"))


def timed(ask: Callable[[], object], times: int = 3) -> float:
    """Seconds of the middle of some tries."""
    tries = []
    for _ in range(times):
        clock = time.monotonic()
        ask()
        tries.append(time.monotonic() - clock)
    return round(statistics.median(tries), 4)


def questions(workspace: Workspace) -> dict[str, float]:
    """Seconds of what people ask of the log."""
    log, now = workspace.retrievals.log, datetime.now(UTC)
    day = {"since": now - timedelta(days=60), "until": now - timedelta(days=59)}
    return {
        "newest 50 answers": timed(lambda: log.page(RetrievalFilter())),
        "newest 50 of a person": timed(lambda: log.page(RetrievalFilter(principal="user:7"))),
        "newest 50 with a passage": timed(lambda: log.page(RetrievalFilter(chunk=f"{11:032x}"))),
        "newest 50 of a question": timed(lambda: log.page(RetrievalFilter(question=f"{11:032x}"))),
        "newest 50 of a day": timed(lambda: log.page(RetrievalFilter(**day))),
        "verify all batches": timed(log.verify, times=1),
    }


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20, help="of each of the two, in four turns")
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    home = ServedHome(given.folder)
    home.refresh(*(Doc(f"d{number}", (f"text of {number}",)) for number in range(DOCUMENTS)))
    workspace = home.workspace
    workspace.searcher = searcher_of(workspace, home.embedder)
    report: dict[str, Any] = {"rate": given.rate, **turns(workspace, given.rate, given.seconds)}
    workspace.retrievals.load()
    before = size(given.folder)
    report["rows"] = {"rows": given.rows, "processor_seconds": round(fill(workspace, given.rows), 1)}
    report["rows"]["megabytes"] = round((size(given.folder) - before) / 1e6)
    report["seconds"] = questions(workspace)
    report["load"] = os.getloadavg()
    home.close()
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
