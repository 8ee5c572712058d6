"""The same chunks through sentence-transformers and through Corpusgate's engines, in alternating rounds.

    python -m scripts.bench.embedding [FOLDER] [--chunks 200] [--rounds 3] [--threads N] [--json]

Chunks are those that Corpusgate cuts from the Markdown files of a folder, by default of its own documentation.
Every measurement is a process of its own; loading is timed apart from embedding. GFLOP/s counts multiplications and
additions of the tokens there are, padding not included. Nothing calls out.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.models.engines import runnable

ROOT = Path(__file__).parents[2]
OPTIONAL = ("openvino bf16",) if len(runnable()) > 1 else ()
ENGINES = ("sentence-transformers fp32", "torch fp32", "onnxruntime fp32", *OPTIONAL)
LAYERS, HIDDEN, WIDE = 6, 384, 1536
"""Of all-MiniLM-L6-v2."""
WARM_UP = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs")
    parser.add_argument("--chunks", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine:
        print(json.dumps(measure(given.engine, given.folder, given.chunks, given.threads)))
        return
    rounds: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    for number in range(given.rounds):
        for engine in ENGINES if number % 2 == 0 else reversed(ENGINES):
            Console(stderr=True).print(f"round {number + 1} of {given.rounds}: {engine} …", style="dim")
            rounds[engine].append(process(engine, given))
    rows = {
        engine: {key: round(statistics.median(one[key] for one in done), 3) for key in done[0]}
        for engine, done in rounds.items()
    }
    report = {"processor": processor(), "threads": given.threads, "rounds": given.rounds, "engines": rows}
    print(json.dumps(report, indent=2)) if given.json else show(report)


def process(engine: str, given: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.bench.embedding", str(given.folder), "--engine", engine]
    options = ["--chunks", str(given.chunks), "--threads", str(given.threads)]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def measure(engine: str, folder: Path, number: int, threads: int) -> dict[str, float]:
    """Chunks a second, processor seconds, seconds to load and peak memory, of one engine in this process."""
    from pipeline.models.splitter import Splitter
    from tests.support.models import MODEL, lock

    base = lock().folder(MODEL)
    splitter = Splitter(base)
    texts: list[str] = []
    for path in sorted(folder.rglob("*.md")):
        text = path.read_text("utf-8", errors="replace")
        texts += [text[start:stop] for start, stop in splitter.spans(text)]
    texts = (texts * (number // max(1, len(texts)) + 1))[:number]
    before = resident_mb()
    started = time.perf_counter()
    embed = loaded(engine, base, threads)
    embed(texts[:1])
    loading = time.perf_counter() - started
    embed(texts[:WARM_UP])
    clock, processor_clock = time.perf_counter(), time.process_time()
    embed(texts)
    seconds, worked = time.perf_counter() - clock, time.process_time() - processor_clock
    return {
        "chunks_per_second": number / seconds,
        "chunks_per_processor_second": number / worked,
        "gflops_per_processor": operations(texts) / worked / 1e9,
        "load_seconds": loading,
        "peak_mb": peak_mb(),
        "engine_mb": peak_mb() - before,
    }


def loaded(engine: str, base: Path, threads: int) -> Any:
    from tests.support.models import MODEL, derived_embedder, lock

    if engine == "onnxruntime fp32":
        return derived_embedder(threads).embed
    if engine in OPTIONAL:
        return derived_embedder(threads, "openvino").embed
    if engine == "torch fp32":
        from pipeline.models.reference import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(base, lock().digest(MODEL), "fp32", threads).embed
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    model = SentenceTransformer(str(base), device="cpu", local_files_only=True)
    return lambda texts: model.encode(texts, normalize_embeddings=True, show_progress_bar=False)


def operations(texts: list[str]) -> float:
    """Multiplications and additions of the matrix products that these texts need."""
    from pipeline.models.tokenizer import TruncatingTokenizer
    from tests.support.models import MODEL, lock

    lengths = [len(ids) for ids in TruncatingTokenizer(lock().folder(MODEL)).ids(texts)]
    a_token = 2 * LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * WIDE)
    return float(sum(length * a_token + 4 * LAYERS * length * length * HIDDEN for length in lengths))


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak_mb() -> float:
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024 / 1e6


def processor() -> str:
    named = Path("/proc/cpuinfo").read_text().partition("model name\t: ")[2].partition("\n")[0]
    return f"{named or platform.processor()}, {os.cpu_count()} processors"


def show(report: dict[str, Any]) -> None:
    title = f"{report['processor']}, {report['threads']} threads, median of {report['rounds']} rounds"
    table = Table(title=title, title_justify="left")
    columns = ("", "chunks/s", "per processor second", "GFLOP/s a processor", "load s", "peak MB", "of it engine MB")
    for column in columns:
        table.add_column(column, justify="right" if column else "left")
    base = report["engines"][ENGINES[0]]["chunks_per_second"]
    for engine, row in report["engines"].items():
        speed = f"{row['chunks_per_second']:.1f} ({row['chunks_per_second'] / base:.2f}×)"
        table.add_row(
            engine,
            speed,
            f"{row['chunks_per_processor_second']:.1f}",
            f"{row['gflops_per_processor']:.0f}",
            f"{row['load_seconds']:.1f}",
            f"{row['peak_mb']:.0f}",
            f"{row['engine_mb']:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
