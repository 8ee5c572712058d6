"""Cost of a document: processor time, bytes at rest, and costs of a publication that grow with the corpus.

    python scripts/bench/footprint.py [CORPUS_FOLDER] [--served 20000 40000] [--window 100] [--postgres URL] [--json]

First a cold `corpusgate refresh` of the folder's text files in a fresh home, less one over a single tiny file:
processor seconds of the whole process tree, chunks, and the bytes of ledger, index, texts and embedding cache. Then,
for each number of `--served`, a home in which so many made documents are served (as in bench_refresh.py), and in it, in
a process of its own, the snapshot a run takes and the publication of one window of `--window` new documents: seconds,
the peak of its memory, and the bytes of the new generation. `--postgres` puts the ledger of the second part into an
empty database.

docs/guides/sizing.md is computed from these figures. Processor time is steadier than wall time; for seconds, use a
machine that does nothing else.
"""

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import create_engine, text

from pipeline.domain.documents.provenance import Source
from pipeline.domain.identity.permissions import Classification
from pipeline.index.generations import Generation
from pipeline.runs.snapshot import KNOWN, contributing, run_context, write_snapshot
from pipeline.workspace import Workspace
from scripts.bench.ingest import collect
from scripts.bench.refresh import PAGE, drawn, enter, generate, seed
from tests.support.trial import Home, run

PARTS = {"index": "index", "texts": "texts", "cache": "cache"}
ERR = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?", help="leave it out for the second part alone")
    parser.add_argument("--served", type=int, nargs="*", default=[PAGE, 2 * PAGE])
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--postgres", metavar="URL", help="of an empty database, for the ledger of the second part")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--publish", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.publish:
        print(json.dumps(publish_window(given.publish, given.corpus)))
        return
    with tempfile.TemporaryDirectory(prefix="corpusgate-bench-") as scratch:
        report: dict[str, Any] = {"served": []}
        if given.corpus:
            report["cold"] = cold(Path(scratch), given.corpus)
        for documents in given.served:
            ERR.print(f"{documents:,} served …", style="dim")
            report["served"].append(served(Path(scratch), documents, given.window, given.postgres))
    print(json.dumps(report, indent=None if given.json else 2))


def cold(scratch: Path, folder: Path) -> dict[str, Any]:
    """The cost of documents that pass the whole gate."""
    corpus, tiny = scratch / "corpus", scratch / "tiny"
    documents, size = collect(folder, corpus, None)
    tiny.mkdir()
    (tiny / "note.md").write_text("The lamp is lit at dusk.\n")
    _, _, start = refreshed(scratch / "tiny-home", tiny)
    home, said, used = refreshed(scratch / "home", corpus)
    return {
        "documents": documents,
        "bytes": size,
        "chunks": said["embedded"],
        "cpu_seconds": used - start,
        "start_cpu_seconds": start,
        "ledger_bytes": sum(path.stat().st_size for path in home.folder.glob("corpusgate.db*")),
        **{f"{name}_bytes": bytes_in(home.folder / part) for name, part in PARTS.items()},
    }


def refreshed(folder: Path, corpus: Path) -> tuple[Home, dict[str, Any], float]:
    """A cold refresh in a new home, with the processor time of everything it started."""
    home = Home.make(folder)
    home.add_source("corpus", corpus)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said, _ = home.refresh()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return home, said, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def served(scratch: Path, documents: int, window: int, postgres: str | None) -> dict[str, Any]:
    """What one more window costs where so many documents are served."""
    folder = scratch / f"served-{documents}"
    corpus = folder / "corpus"
    generate(corpus, documents)
    workspace = Workspace(folder / "home")
    workspace.home.create()
    if postgres:
        settings = workspace.home.configs / "corpusgate.yaml"
        settings.write_text(settings.read_text().replace("sqlite:///corpusgate.db", postgres))
    workspace.create()
    empty = ledger_bytes(workspace, postgres)
    workspace.sources.add_source(made_source(corpus), "user:registrar")
    workspace.sources.approve_source("bench", "user:approver")
    started = time.process_time()
    seed(workspace)
    seeded = time.process_time() - started
    ledger = ledger_bytes(workspace, postgres) - empty
    generate(folder / "window", window)
    for path in (folder / "window").rglob("*.md"):
        path.write_text(path.read_text() + "Once more.\n")
        shutil.move(path, corpus / f"new-{path.name}")
    command = [sys.executable, "-m", "scripts.bench.footprint", corpus, "--publish", workspace.home.folder]
    found = json.loads(run(command).stdout.splitlines()[-1])
    shutil.rmtree(folder)
    return {"documents": documents, "ledger_bytes": ledger, "seed_cpu_seconds": seeded} | found


def made_source(corpus: Path) -> Source:
    """A source whose documents all may be read by one group."""
    return Source(
        name="bench",
        uri=str(corpus),
        owner="user:owner",
        tenant="default",
        classification=Classification.INTERNAL,
        allow=("group:everyone",),
        registered_by="user:registrar",
        registered_at=datetime.now(UTC),
    )


def ledger_bytes(workspace: Workspace, postgres: str | None) -> int:
    """Bytes of the ledger, whatever it is kept in."""
    if postgres:
        return database_bytes(postgres)
    return sum(path.stat().st_size for path in workspace.home.folder.glob("corpusgate.db*"))


def publish_window(folder: Path, corpus: Path) -> dict[str, Any]:
    """In a process of its own: the snapshot of a run, then the window's generation."""
    workspace = Workspace(folder)
    [source] = contributing(workspace)
    current = workspace.ledger.current_generation()
    staging = workspace.home.path("staging") / "snapshot"
    staging.mkdir(parents=True)
    context = run_context(workspace, [source], "snapshot", datetime.now(UTC), staging, current)
    serving = Generation.open(workspace.index, current, workspace.verifier) if current else None
    started = time.process_time()
    write_snapshot(workspace, context, serving)
    snapshot = time.process_time() - started
    known = (staging / KNOWN).stat().st_size
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, began = time.process_time(), time.monotonic()
    enter(workspace, source, workspace.binding(), "window", sorted(corpus.glob("new-*.md")), drawn(7))
    cpu, seconds = time.process_time() - started, time.monotonic() - began
    made = workspace.ledger.current_generation()
    newest = max((workspace.index / "generations").iterdir(), key=lambda path: path.stat().st_mtime)
    return {
        "snapshot_cpu_seconds": snapshot,
        "snapshot_bytes": known,
        "publish_cpu_seconds": cpu,
        "publish_seconds": seconds,
        "publish_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "peak_before_mb": before * 1024 / 1e6,
        "generation_bytes": bytes_in(newest),
        "segments_bytes": bytes_in(workspace.index / "segments"),
        "chunks": made.chunks if made else 0,
    }


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def database_bytes(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


if __name__ == "__main__":
    main()
