"""One worker process of a refresh against several, over one corpus: throughput, memory, how busy processors are.

    python -m scripts.bench.workers CORPUS_FOLDER [--workers 2] [--rounds 3] [--bytes LIMIT] [--json]

Every measurement is `corpusgate refresh --workers N` in a fresh home and a process of its own; rounds alternate.
Start-up (models, canaries) is the time of the same command over tiny documents, enough of them that every worker
starts; throughput is over the rest. Both must publish the same generation (law 7), exit code 1 otherwise. "Busy" is
processor time of the whole process tree by wall time: where one worker is near the number of processors already,
several cannot be faster.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.bench.ingest import collect, fresh_home
from tests.support.trial import Finished

ERR = Console(stderr=True)
NOTES = 40


@dataclass(frozen=True, slots=True)
class MeasuredRefresh:
    """One cold refresh."""

    workers: int
    seconds: float
    startup: float
    busy: float
    """Processors in use, on average."""
    peak_mb: float
    digest: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bytes", type=int, default=None, help="stop collecting files after so many bytes")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="corpusgate-bench-") as scratch:
        corpus, tiny = Path(scratch, "corpus"), Path(scratch, "tiny")
        documents, size = collect(given.corpus, corpus, given.bytes)
        tiny.mkdir()
        for number in range(NOTES):
            (tiny / f"{number}.md").write_text(f"The lamp of house {number} is lit at dusk.\n")
        rounds = []
        for number in range(given.rounds):
            for workers in (1, given.workers) if number % 2 == 0 else (given.workers, 1):
                ERR.print(f"round {number + 1} of {given.rounds}: {workers} …", style="dim")
                rounds.append(measured(corpus, tiny, Path(scratch), workers))
    report = summary(rounds, given.workers, documents, size)
    print(json.dumps(report, indent=2)) if given.json else show(report)
    if len({one.digest for one in rounds}) != 1:
        sys.exit("The generations differ.")


def measured(corpus: Path, tiny: Path, scratch: Path, workers: int) -> MeasuredRefresh:
    """Start-up, then all of it, each in a fresh home."""
    _, startup, _ = cold(tiny, scratch, workers)
    said, done, busy = cold(corpus, scratch, workers)
    digest = said["generation"]["digest"]
    return MeasuredRefresh(workers, done.seconds, startup.seconds, busy, done.peak_mb, digest)


def cold(corpus: Path, scratch: Path, workers: int) -> tuple[dict[str, Any], Finished, float]:
    """A refresh in a fresh home: what it said, the process, and the processors it kept busy."""
    with fresh_home(corpus, scratch) as home:
        before = processor_seconds()
        said, done = home.refresh("--workers", str(workers))
        return said, done, (processor_seconds() - before) / done.seconds


def processor_seconds() -> float:
    """Of all processes that this one started, and theirs, that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def summary(rounds: list[MeasuredRefresh], workers: int, documents: int, size: int) -> dict[str, Any]:
    """Medians of each side, and their ratio."""
    sides = {}
    for number in (1, workers):
        mine = [one for one in rounds if one.workers == number]
        sides[str(number)] = {
            "kb_per_second": statistics.median(size / 1000 / (one.seconds - one.startup) for one in mine),
            "startup_seconds": statistics.median(one.startup for one in mine),
            "busy_processors": statistics.median(one.busy for one in mine),
            "peak_mb": max(one.peak_mb for one in mine),
        }
    ratio = sides[str(workers)]["kb_per_second"] / sides["1"]["kb_per_second"]
    return {
        "documents": documents,
        "bytes": size,
        "processors": os.cpu_count(),
        "sides": sides,
        "ratio": ratio,
        "rounds": [asdict(one) for one in rounds],
    }


def show(report: dict[str, Any]) -> None:
    table = Table(title=f"{report['documents']} documents, {report['bytes'] / 1000:,.0f} kB")
    for name in ("workers", "kB/s", "start-up s", "busy processors", "peak MB"):
        table.add_column(name, justify="right")
    for workers, side in report["sides"].items():
        figures = (side["kb_per_second"], side["startup_seconds"], side["busy_processors"], side["peak_mb"])
        table.add_row(workers, *(f"{figure:,.1f}" for figure in figures))
    Console().print(table, f"ratio {report['ratio']:.2f} on {report['processors']} processors")


if __name__ == "__main__":
    main()
