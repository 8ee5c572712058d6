"""Cost of publishing a few changes, by the number of documents that are served.

    python -m scripts.bench.publication [--served 10000 100000] [--changes 10] [--rounds 5] [--profile] [--json]

For each number of `--served`, a home in which so many made documents are served, entered through the ledger, the
publisher and the signatures of the product; only their verdicts are given and their vectors drawn at random. Beyond
5,000, documents are copies of those: the rows of the ledger copied in SQL, each copy placed in the rows of the
segment that its original has. A publication reads the same of a copy; a search would refuse it. In the home,
in a process of its own, one publication of `--changes` changes (new, modified and deleted documents) after the other:
candidate, commit and pruning, as a refresh publishes. The first round opens what is served, as a command does; the
others find it open, as a stream does. Per round: processor and wall seconds, bytes written, and the steps of SQLite's
virtual machine in thousands, which grow with the rows that are read. Memory is the peak of the process and what it had
before the first round. `--profile` shows the costliest functions of the first round instead.
"""

import argparse
import cProfile
import json
import pstats
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table as Shown
from sqlalchemy import Table, event, text
from sqlalchemy.pool import Pool

from pipeline.domain.documents.documents import Action, Binding, ChangeKind, Chunk, Outcome
from pipeline.domain.documents.provenance import Source
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.document_tree import key_of
from pipeline.domain.serving.publication import Publication, RunSummary
from pipeline.index.pages import PlacementPages
from pipeline.index.placements import Placement, placed_in
from pipeline.index.staging import StagingReader, StagingWriter, sweep
from pipeline.index.successor import write_successor
from pipeline.publishing.publish import candidate_of, publish
from pipeline.publishing.retention import prune_after_run
from pipeline.publishing.run import OpenedGenerations, PublisherRun, publisher_lock
from pipeline.stores.tables import documents, verdicts, versions
from pipeline.workspace import Workspace
from scripts.bench.footprint import made_source
from scripts.bench.refresh import WORDS, Embed, drawn, judged
from tests.support.trial import run

BATCH = 5_000
"""Documents entered at once, which stay in memory until they are committed."""
COPIES = 10
"""Copies of each document that enter the ledger in one transaction."""
PLACED_AT_ONCE = 20_000
"""Copies that are placed at once."""
SEEDING_KIB = 262_144
"""SQLite's cache while copies enter: ids are in no order, so a small one is written out again and again."""
IDS = {"version_id", "verdict_id", "latest_version", "latest_verdict", "live_version", "live_verdict"}
"""Columns in which each copy of a row has a value of its own."""
STEPS = 1_000
"""Instructions of SQLite's virtual machine between two counts."""
ERR = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--served", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--changes", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--publish", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.publish:
        print(json.dumps(measured(given.publish, given.changes, given.rounds, profile=given.profile)))
        return
    results = [measure(served, given) for served in given.served]
    print(json.dumps(results, indent=2)) if given.json else show(results)


def measure(served: int, given: argparse.Namespace) -> dict[str, Any]:
    """Seed a home and publish in it, in another process."""
    with tempfile.TemporaryDirectory(prefix="corpusgate-bench-") as scratch:
        workspace = Workspace(Path(scratch) / "home")
        workspace.home.create()
        workspace.create()
        workspace.sources.add_source(made_source(Path(scratch) / "corpus"), "user:registrar")
        workspace.sources.approve_source("bench", "user:approver")
        started = time.process_time()
        with publisher_lock(workspace) as publisher:
            originals = served // -(-served // BATCH)
            entered(PublisherRun.new(publisher, "seed-"), dict.fromkeys(range(originals), ""), drawn(0))
            if served > originals:
                copied(PublisherRun.new(publisher, "copy-"), served // originals)
        ERR.print(f"{served:,} entered in {time.process_time() - started:.0f} processor seconds.", style="dim")
        workspace.database.dispose()
        command = [sys.executable, "-m", "scripts.bench.publication", "--publish", workspace.home.folder]
        command += ["--changes", str(given.changes), "--rounds", str(given.rounds)]
        done = run([*command, "--profile"] if given.profile else command)
        ERR.print(done.stderr, end="", markup=False, highlight=False)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {"served": served} | found


def measured(folder: Path, changes: int, rounds: int, *, profile: bool) -> dict[str, Any]:
    """Publish again and again in a home that exists."""
    steps = [0]

    @event.listens_for(Pool, "connect")
    def _count(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_progress_handler(lambda: steps.__setitem__(0, steps[0] + 1), STEPS)

    workspace = Workspace(folder)
    current = workspace.ledger.current_generation()
    assert current is not None
    workspace.binding()
    before, found = memory_mb(), list[dict[str, float]]()
    opened, drawing = OpenedGenerations(workspace), random.Random(1)
    for number in range(rounds):
        chosen = drawing.sample(range(min(current.documents, BATCH // 2)), changes)
        counted, written = steps[0], written_bytes()
        cpu, wall, profiler = time.process_time(), time.monotonic(), cProfile.Profile()
        with publisher_lock(workspace, opened) as publisher:
            batch = {
                one: f"edition {number}" if place % 2 else None for place, one in enumerate(chosen[changes // 3 :])
            }
            batch |= {current.documents * (number + 1) + one: "" for one in chosen[: changes // 3]}
            if profile:
                profiler.enable()
            entered(PublisherRun.new(publisher, "bench-"), batch, drawn(number, 7))
            prune_after_run(workspace)
            profiler.disable()
        found.append(
            {
                "cpu_seconds": time.process_time() - cpu,
                "seconds": time.monotonic() - wall,
                "written_mb": (written_bytes() - written) / 1e6,
                "sql_kilosteps": steps[0] - counted,
            }
        )
        if profile:
            pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumulative").print_stats(45)
            break
    return {"peak_mb": memory_mb(), "before_mb": before, "rounds": found}


def entered(run: PublisherRun, batch: dict[int, str | None], embed: Embed) -> None:
    """Publish documents by number: with these words in their text, or None to delete them."""
    workspace, [source] = run.workspace, run.workspace.sources.sources()
    binding, staging = workspace.binding(), workspace.home.staging / run.run_id
    with run.on_record([source.name]):
        outcomes, chunks = decided(source, binding, batch, run)
        part = StagingWriter(staging).write_chunks(chunks, embed([chunk.text for chunk in chunks]))
        candidate = candidate_of(run, run.publisher.serving(), outcomes, StagingReader(staging, [part]), binding)
        kinds = [outcome.kind for outcome in outcomes]
        summary = RunSummary(
            run_id=run.run_id,
            documents={kind: kinds.count(kind) for kind in ChangeKind},
            verdicts={Action.ADMIT: len(chunks)},
            seconds=run.seconds,
            bytes=sum(outcome.bytes for outcome in outcomes),
        )
        publication = Publication(summary=summary, outcomes=tuple(outcomes), generation=candidate.record)
        publish(run, publication, {}, takedowns=candidate.takedowns)
    sweep(staging.parent)


def copied(run: PublisherRun, times: int) -> None:
    """Make everything that is served stand `times` times: in the ledger, and in the generation that follows."""
    workspace, serving = run.workspace, run.publisher.serving()
    assert serving is not None
    with run.on_record():
        for first in range(1, times, COPIES):
            with workspace.database.begin() as connection:
                connection.execute(text(f"PRAGMA cache_size=-{SEEDING_KIB}"))
                for table in (versions, verdicts, documents):
                    connection.execute(text(copying(table)), {"first": first, "last": min(first + COPIES, times) - 1})
        takedowns = workspace.ledger.takedown_check(serving.record.number)
        record = write_successor(
            workspace.index,
            serving.record,
            with_copies(serving.pages, list(placed_in(serving.placements)), times),
            serving.access,
            workspace.signer,
            run_id=run.run_id,
            at=run.started_at,
            model_digest=serving.record.model_digest,
            policy_digest=serving.record.policy_digest,
        )
        summary = RunSummary(run_id=run.run_id, documents={}, verdicts={}, seconds=0, bytes=0)
        made = Publication(summary=summary, outcomes=(), generation=record)
        publish(run, made, {}, Purpose.REPAIR, takedowns=takedowns)


def copying(table: Table) -> str:
    """The statement that copies the original rows of a table, once for each number of a range."""
    wanted = {f'"{column.name}"': f'"{column.name}"' for column in table.c}
    for name in IDS & set(table.c.keys()):
        wanted[f'"{name}"'] = f"substr({name}, 1, 24) || printf('%08x', copy.n)"
    wanted['"doc_id"'] = "doc_id || '.' || copy.n"
    return (
        "WITH RECURSIVE copy(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM copy WHERE n < :last) "
        f"INSERT INTO {table.name} ({', '.join(wanted)}) SELECT {', '.join(wanted.values())} "
        f"FROM {table.name}, copy WHERE doc_id LIKE '%.md'"
    )


def with_copies(pages: PlacementPages, originals: Sequence[Placement], times: int) -> PlacementPages:
    """Pages with copies of their documents, added in the order of their keys so that no page is made twice."""
    numbers = range(1, times)
    keys = np.array([key_of(f"{one.doc_id}.{n}") for one in originals for n in numbers], np.uint64)
    order = np.argsort(keys)
    for first in range(0, len(order), PLACED_AT_ONCE):
        places = (divmod(place, len(numbers)) for place in order[first : first + PLACED_AT_ONCE].tolist())
        copies = [copy_of(originals[original], numbers[number]) for original, number in places]
        pages = pages.updated({placement.doc_id: placement for placement in copies})
    return pages


def copy_of(placement: Placement, number: int) -> Placement:
    """A copy of a document, in the rows of its original."""
    document = placement.document
    ids = {"doc_id": f"{document.doc_id}.{number}", "version_id": f"{document.version_id[:24]}{number:08x}"}
    return replace(placement, document=document.model_copy(update=ids))


def decided(
    source: Source, binding: Binding, batch: dict[int, str | None], run: PublisherRun
) -> tuple[Sequence[Outcome], Sequence[Chunk]]:
    """Documents as the gate leaves them."""
    outcomes, chunks = list[Outcome](), list[Chunk]()
    for number, words in batch.items():
        uri = f"{number // 1000:05}/{number:08}.md"
        content = f"# Note {number}\n\n{words} {' '.join(random.Random(number).choices(WORDS, k=12))}.\n"
        outcome, mine = judged(source, binding, uri, content, run.run_id, run.started_at)
        if words is None:
            gone = {"kind": ChangeKind.DELETED, "doc_id": outcome.doc_id, "version_id": outcome.version_id}
            outcome, mine = Outcome.model_validate(gone), ()
        elif words:
            outcome = outcome.model_copy(update={"kind": ChangeKind.MODIFIED})
        outcomes.append(outcome)
        chunks.extend(mine)
    return outcomes, chunks


def memory_mb() -> float:
    """Peak of this program; what its parent had before it started does not count."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0


def written_bytes() -> int:
    """Bytes this process handed to the file system."""
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("wchar:"):
            return int(line.split()[1])
    return 0


def show(results: Sequence[dict[str, Any]]) -> None:
    """One table: the first round, and the median of the others."""
    table = Shown(title=f"Publication of a few changes, {datetime.now(UTC):%Y-%m-%d}", title_justify="left")
    for column in ("served", "round", "cpu s", "wall s", "written MB", "SQL ksteps", "peak MB (before)"):
        table.add_column(column, justify="right")
    for result in results:
        first, *others = result["rounds"]
        rows = {"first": first}
        if others:
            rows["others"] = {key: statistics.median(one[key] for one in others) for key in first}
        for name, row in rows.items():
            times = f"{row['cpu_seconds']:.2f}", f"{row['seconds']:.2f}", f"{row['written_mb']:.1f}"
            memory = f"{result['peak_mb']:,.0f} ({result['before_mb']:,.0f})"
            table.add_row(f"{result['served']:,}", name, *times, f"{row['sql_kilosteps']:,.0f}", memory)
    Console().print(table)


if __name__ == "__main__":
    main()
