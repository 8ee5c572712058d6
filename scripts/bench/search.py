"""Search under permissions, side by side: recall, latency, throughput, memory and build time by permitted share.

    python scripts/bench/search.py --scratch FOLDER [--rows 1000000] [--engines NAME …] [--json]

All engines get the same vectors, access rules, principals and questions; each runs in a process of its own, one after
the other, and searches with one thread a question. Data and indexes are made in FOLDER and kept there: another run
with the same numbers only searches. Recall is against exact search over what the principal may read. p50 and p95 are
milliseconds of one thread, `cpu ms` the median of processor time of the engine's process for a question, which other
work on the machine changes less; the throughput is that of two threads. Memory is what the process tree holds after
its searches, mapped files included; build time is wall time with whatever else ran on the machine: see the load at
the end. `corpusgate` includes permission filter, liveness check and reading the text; the others return row numbers.
Nothing is downloaded.
"""

import argparse
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LANCE_CPU_THREADS", "RAYON_NUM_THREADS")
SECONDS_PER_SHARE, LEAST_QUESTIONS, THROUGHPUT_SECONDS = 20.0, 10, 3.0
GOOD = 0.99
FLAT, OURS = "faiss flat + bitmap", "corpusgate"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, required=True, help="where data and indexes are kept between runs")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--rules", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--engines", nargs="+", metavar="NAME", help="default: all but pgvector hnsw, slow to build")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    given = parser.parse_args()
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    if given.engine:
        print(json.dumps(measure(given)))
        return
    from scripts.bench.search_engines import ENGINES

    chosen = given.engines or [name for name in ENGINES if name != "pgvector hnsw rls"]
    if unknown := set(chosen) - set(ENGINES):
        parser.error(f"no such engine: {', '.join(unknown)}; there are {', '.join(ENGINES)}")
    results: list[dict[str, Any]] = []
    for name in chosen:
        results.append(child(given, name))
        done = results[-1]
        print(
            f"{name}: built in {done['build_seconds']:.0f} s, {done['memory_mb']:.0f} MB", file=sys.stderr, flush=True
        )
    report = {"data": vars(given) | {"scratch": None}, "engines": results, "load": os.getloadavg()}
    print(json.dumps(report, indent=2, default=str)) if given.json else show(report)


def child(given: argparse.Namespace, name: str) -> dict[str, Any]:
    """Measure one engine in a process of its own."""
    from tests.support.trial import run

    numbers = [f"--{key}={getattr(given, key)}" for key in ("rows", "dimensions", "rules", "questions")]
    command = [sys.executable, __file__, "--scratch", given.scratch, *numbers, "--engine", name]
    result: dict[str, Any] = json.loads(run(command).stdout.splitlines()[-1])
    return result


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Build where nothing is built yet, then ask."""
    import faiss

    from scripts.bench.search_data import SHARES, Data, DataShape
    from scripts.bench.search_engines import ENGINES
    from tests.support.trial import memory_mb, tree

    faiss.omp_set_num_threads(1)
    data = Data(given.scratch, DataShape(given.rows, given.dimensions, given.rules, given.questions))
    kept, make = ENGINES[given.engine]
    engine, folder = make(), data.folder / kept
    built = data.folder / f"{kept}.json"
    if not built.exists():
        folder.mkdir(exist_ok=True)
        started = time.monotonic()
        engine.build(data, folder)
        built.write_text(json.dumps({"seconds": time.monotonic() - started, "load": os.getloadavg()[0]}))
        os.execv(sys.executable, [sys.executable, *sys.argv])  # searching starts without what building left in memory
    started = time.monotonic()
    engine.open(data, folder)
    found: list[list[Any]] = [[] for _ in SHARES]
    shares = [of_share(data, engine, share, found[share]) for share in range(len(SHARES))]
    processes = {pid for root in (os.getpid(), getattr(engine, "server", None)) if root for pid in tree(root)}
    memory = sum(map(memory_mb, processes))  # before the answers are judged: that reads the vectors
    for share, row in enumerate(shares):
        row["recall"] = float(np.mean([data.recall(share, number, rows) for number, rows in enumerate(found[share])]))
    return {
        "engine": given.engine,
        "build_seconds": json.loads(built.read_text())["seconds"],
        "build_load": json.loads(built.read_text())["load"],
        "shares": shares,
        "memory_mb": memory,
    }


def of_share(data: Any, engine: Any, share: int, answers: list[Any]) -> dict[str, float]:
    """One row of the table, but for the recall; `answers` gets what was found."""
    ask = engine.ask(data, share)
    ask(0), ask(1)
    times, processor, started = [], [], time.monotonic()
    for number in range(len(data.questions)):
        before, used = time.perf_counter(), time.process_time()
        found = ask(number)
        processor.append((time.process_time() - used) * 1000)
        times.append((time.perf_counter() - before) * 1000)
        answers.append(found)
        if len(times) >= LEAST_QUESTIONS and time.monotonic() - started > SECONDS_PER_SHARE:
            break
    return {
        "permitted": float(data.permitted[share][data.rule_of].mean()),
        "questions": len(times),
        "p50_ms": float(np.percentile(times, 50)),
        "p95_ms": float(np.percentile(times, 95)),
        "cpu_ms": float(np.percentile(processor, 50)),
        "per_second": throughput(data, [ask, engine.ask(data, share)]),
    }


def throughput(data: Any, asks: list[Any]) -> float:
    """Answers a second of two threads that ask without a pause."""
    until, counts = time.monotonic() + THROUGHPUT_SECONDS, [0, 0]

    def work(thread: int) -> None:
        while time.monotonic() < until:
            asks[thread]((2 * counts[thread] + thread) % len(data.questions))
            counts[thread] += 1

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(len(asks))]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - started)


def show(report: dict[str, Any]) -> None:
    """The tables, and whether what is wanted was reached."""
    console, data, engines = Console(), report["data"], report["engines"]
    title = f"{data['rows']:,} vectors of {data['dimensions']} dimensions, {data['rules']:,} access rules"
    for share in range(len(engines[0]["shares"])):
        table = Table(title=f"{engines[0]['shares'][share]['permitted']:.3%} permitted", title_justify="left")
        for column in ("engine", "recall@10", "p50 ms", "p95 ms", "cpu ms", "per second", "memory MB", "build s"):
            table.add_column(column, justify="left" if column == "engine" else "right")
        for engine in engines:
            row = engine["shares"][share]
            latency = f"{row['p50_ms']:.2f}", f"{row['p95_ms']:.2f}", f"{row['cpu_ms']:.2f}"
            figures = f"{row['recall']:.3f}", *latency, f"{row['per_second']:.0f}"
            table.add_row(engine["engine"], *figures, f"{engine['memory_mb']:.0f}", f"{engine['build_seconds']:.0f}")
        console.print(table)
    for line in verdict(engines):
        console.print(line)
    loads = ", ".join(f"{load:.1f}" for load in report["load"])
    console.print(f"{title}. Load of the machine at the end (1, 5, 15 minutes): {loads}.")


def verdict(engines: list[dict[str, Any]]) -> list[str]:
    """Targets for Corpusgate, for each permitted share."""
    by_name = {engine["engine"]: engine["shares"] for engine in engines}
    if OURS not in by_name:
        return []
    lines = []
    for share, mine in enumerate(by_name[OURS]):
        peers = {
            name: shares[share]["p50_ms"]
            for name, shares in by_name.items()
            if not name.startswith(OURS) and shares[share]["recall"] >= GOOD
        }
        line = f"{mine['permitted']:.3%}: recall {'kept' if mine['recall'] >= GOOD else 'MISSED'}"
        if peers:
            best = min(peers, key=lambda name: peers[name])
            line += (
                f"; the quickest peer with recall {GOOD} is {best}, {peers[best] / mine['p50_ms']:.1f} times our p50"
            )
        if FLAT in peers:
            line += f"; flat {peers[FLAT] / mine['p50_ms']:.1f} times"
        lines.append(line)
    return lines


if __name__ == "__main__":
    main()
