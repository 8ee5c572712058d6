"""Revoke, publish and compact while 50 threads search: answers stay right and quick.

    python scripts/drills/search.py [--documents 20000] [--threads 50] [--seconds 10] [--pause 0.25] [--json]

A home with documents made up, a real ledger and a signed index. Threads ask as a principal, each again after a pause,
with vectors drawn at random: embedding a question takes longer than the search and is the same in every phase. Four
phases of the same length: undisturbed; another process revokes a document five times a second; another process
publishes 200 new documents again and again; another process compacts. Exit code 1 when an answer holds a document that
was revoked before its question was asked, mixes generations or goes back to an older one, or a search fails; or when
the 95th percentile of a phase is more than twice the undisturbed one. Use a machine that does nothing else.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pipeline.index.search.searcher import Searcher
from pipeline.publishing.compact import compact
from pipeline.reports.served import verified_documents
from pipeline.stores.takedown.revocations import Revocations
from pipeline.workspace import Workspace
from scripts.bench.refresh import drawn, enter, generate, pages
from tests.support.trial import Home

K, REVOKE_EVERY, NEW_DOCUMENTS, TIMES_UNDISTURBED = 10, 0.2, 200, 2.0
EXTRA_PAGES = 30


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """One search."""

    asked: float
    seconds: float
    documents: frozenset[str]
    generations: frozenset[int]


class RandomVectors:
    """Stands in for the model: a vector drawn for each question."""

    dimensions = 384

    def __init__(self, digest: str) -> None:
        self.digest = digest

    def reads(self, model_digest: str) -> bool:
        return model_digest == self.digest

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        drawn = np.random.default_rng(int(texts[0])).standard_normal((len(texts), self.dimensions), dtype=np.float32)
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--pause", type=float, default=0.25)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="corpusgate-drill-") as scratch:
        report = drill(Path(scratch), given)
    print(json.dumps(report, indent=2)) if given.json else show(report)
    sys.exit(1 if report["problems"] else 0)


def drill(scratch: Path, given: argparse.Namespace) -> dict[str, Any]:
    """All phases."""
    corpus = scratch / "corpus"
    generate(corpus, given.documents + EXTRA_PAGES * NEW_DOCUMENTS)
    home = Home.make(scratch / "home")
    home("principals", "add", "user:reader", "--clearance", "internal")
    home.add_source("bench", corpus)
    workspace = Workspace(home.folder)
    files = sorted(corpus.rglob("*.md"))
    publish_files(workspace, "first", files[: given.documents])
    embedder = RandomVectors(workspace.binding().model_digest)
    searcher = Searcher(
        workspace.index,
        workspace.ledger.current_generation,
        workspace.ledger.live_versions,
        lambda _: embedder,
        workspace.verifier,
        workspace.home.settings.index,
    )
    principal = workspace.home.identities.principal("user:reader")
    if not searcher.search("0", principal, K):
        raise SystemExit("The reader finds nothing: the drill would prove nothing.")
    spawned = multiprocessing.get_context("spawn")
    phases: dict[str, Callable[..., None] | None] = {
        "undisturbed": None,
        "revoking": revoke,
        "publishing": publish,
        "compacting": compact_again,
    }
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    for name, disturb in phases.items():
        done = spawned.Queue()
        process = disturb and spawned.Process(target=disturb, args=(str(home.folder), given.seconds, done))
        if process:
            process.start()
            done.get()  # it is ready
        until = time.monotonic() + given.seconds
        answers, errors = search(searcher, principal, given.threads, given.pause, until)
        happened: list[tuple[float, str]] = []
        if process:
            happened = done.get()
            process.join()
        problems += judge(name, answers, errors, happened)
        took = [answer.seconds * 1000 for answer in answers]
        p50, p95 = (float(np.percentile(took, share)) for share in (50, 95))
        if rows and p95 > TIMES_UNDISTURBED * rows[0]["p95_ms"]:
            problems.append(f"{name}: the 95th percentile is {p95 / rows[0]['p95_ms']:.1f} times the undisturbed one")
        served = len({number for answer in answers for number in answer.generations})
        row = {"phase": name, "searches": len(answers), "events": len(happened), "generations": served}
        rows.append(row | {"p50_ms": p50, "p95_ms": p95, "slowest_ms": max(took)})
    return {"phases": rows, "problems": problems, "load": os.getloadavg()}


def search(
    searcher: Searcher, principal: Any, threads: int, pause: float, until: float
) -> tuple[list[TimedAnswer], list[str]]:
    """Ask from many threads until the time is over."""
    answers: list[TimedAnswer] = []
    errors: list[str] = []

    def work(thread: int) -> None:
        for number in itertools.count(thread, threads):
            if time.monotonic() > until:
                return
            asked = time.monotonic()
            try:
                hits = searcher.search(str(number), principal, K)
            except Exception as error:  # any failure is what the drill looks for
                errors.append(type(error).__name__)
                return
            seconds = time.monotonic() - asked
            found = frozenset(hit.doc_id for hit in hits), frozenset(hit.generation for hit in hits)
            answers.append(TimedAnswer(asked, seconds, *found))
            time.sleep(pause)

    workers = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return answers, errors


def judge(
    phase: str, answers: Sequence[TimedAnswer], errors: Sequence[str], happened: Sequence[tuple[float, str]]
) -> list[str]:
    """What went wrong in a phase; `happened` holds when each commit was done, and what was revoked by it."""
    problems = [f"{phase}: a search failed with {error}" for error in errors]
    gone = {document: at for at, document in happened if document}
    shown = sum(any(answer.asked > gone.get(d, np.inf) for d in answer.documents) for answer in answers)
    if shown:
        problems.append(f"{phase}: {shown} answers hold a document revoked before they were asked for")
    if mixed := sum(len(answer.generations) > 1 for answer in answers):
        problems.append(f"{phase}: {mixed} answers mix generations")
    if any(not answer.documents for answer in answers):
        problems.append(f"{phase}: some answers are empty")
    return problems


def revoke(folder: str, seconds: float, done: Any) -> None:
    """Revoke what the reader would find, one document after the other."""
    workspace = Workspace(Path(folder))
    revocations = Revocations(workspace.database)
    current = workspace.ledger.current_generation()
    documents = iter(verified_documents(workspace, current) if current else ())
    happened: list[tuple[float, str]] = []
    done.put("ready")
    for document in itertools.islice(documents, int(0.8 * seconds / REVOKE_EVERY)):
        revocations.revoke("document", document.doc_id, "user:operator", "a drill")
        happened.append((time.monotonic(), document.doc_id))
        time.sleep(REVOKE_EVERY)
    done.put(happened)


def publish(folder: str, seconds: float, done: Any) -> None:
    """Publish new documents, generation after generation."""
    workspace = Workspace(Path(folder))
    [source] = workspace.sources.sources()
    files = sorted(Path(source.uri).rglob("*.md"))[-EXTRA_PAGES * NEW_DOCUMENTS :]
    happened: list[tuple[float, str]] = []
    done.put("ready")
    until = time.monotonic() + 0.8 * seconds
    for number in range(EXTRA_PAGES):
        if time.monotonic() > until:
            break
        publish_files(workspace, f"more-{number}", files[number * NEW_DOCUMENTS : (number + 1) * NEW_DOCUMENTS])
        happened.append((time.monotonic(), ""))
    done.put(happened)


def compact_again(folder: str, _: float, done: Any) -> None:
    """Merge what publishing left."""
    workspace = Workspace(Path(folder))
    done.put("ready")
    result = compact(workspace, "operator:drill")
    done.put([(time.monotonic(), "")] if result.published else [])


def publish_files(workspace: Workspace, run_id: str, files: Sequence[Path]) -> None:
    """Enter documents as runs that published them."""
    [source] = workspace.sources.sources()
    for page, paths in enumerate(pages(files)):
        enter(workspace, source, workspace.binding(), f"{run_id}-{page}", paths, drawn(*run_id.encode(), page))


def show(report: dict[str, Any]) -> None:
    """For people."""
    console = Console()
    table = Table()
    for column in ("phase", "searches", "events", "generations", "p50_ms", "p95_ms", "slowest_ms"):
        table.add_column(column.replace("_", " "), justify="left" if column == "phase" else "right")
    for row in report["phases"]:
        table.add_row(*(f"{value:.1f}" if isinstance(value, float) else str(value) for value in row.values()))
    console.print(table)
    for problem in report["problems"]:
        console.print(f"[red]{problem}[/]")
    loads = ", ".join(f"{load:.1f}" for load in report["load"])
    console.print(f"{'[red]Failed' if report['problems'] else '[green]Passed'}[/]. Load (1, 5, 15 minutes): {loads}.")


if __name__ == "__main__":
    main()
