"""The same corpus into a vector index twice: through what the libraries' quickstarts add up to, and through Corpusgate.

    python scripts/bench/ingest.py CORPUS_FOLDER [--rounds 3] [--bytes LIMIT] [--fastest] [--json]

The composition: per document, detect-secrets `SecretsCollection.scan_file` with its default settings, presidio
`AnalyzerEngine` with its default recognisers, a plain splitter, `SentenceTransformer.encode` in fp32, and one
`faiss.IndexFlatIP`. It reads plain text only, so the corpus is the folder's text files. Corpusgate: a cold
`corpusgate refresh` in a fresh home, with all that includes (sandbox, hidden text, injection, policy, signatures).

Every measurement is a process of its own, rounds alternate, and both use as many threads as they choose. Start-up is
the wall time of the same process over one tiny document; kB/s is over the remaining time, and once over all of it.
Processor seconds are those of a process and its children, start-up included. With `--fastest` the home uses the engine
that `corpusgate init --fastest` chooses.
Models come from installed packages; nothing calls out.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.support.trial import Finished, Home, run

TEXT_SUFFIXES = (".md", ".txt", ".rst")
CHUNK_CHARACTERS = 1000
"""About the 254 tokens Corpusgate cuts at."""
LOCK = Path(__file__).parents[2] / "configs" / "models.lock.yaml"
ERR = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class MeasuredIngest:
    """One cold ingest of one side."""

    seconds: float
    startup: float
    processor_seconds: float
    peak_mb: float
    chunks: int
    served: int
    """Documents whose text was embedded."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bytes", type=int, default=None, help="stop collecting files after so many bytes")
    parser.add_argument("--fastest", action="store_true", help="let each home choose its engine by measurement")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--composition", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.composition:
        print(json.dumps(compose(sorted(path for path in given.corpus.rglob("*") if path.is_file()))))
        return
    with tempfile.TemporaryDirectory(prefix="corpusgate-bench-") as scratch:
        corpus, tiny = Path(scratch, "corpus"), Path(scratch, "tiny")
        documents, size = collect(given.corpus, corpus, given.bytes)
        tiny.mkdir()
        (tiny / "note.md").write_text("The lamp is lit at dusk.\n")
        sides: dict[str, list[MeasuredIngest]] = {"composition": [], "corpusgate": []}
        for number in range(given.rounds):
            order = list(sides) if number % 2 == 0 else list(reversed(sides))
            for side in order:
                ERR.print(f"round {number + 1} of {given.rounds}: {side} …", style="dim")
                if side == "composition":
                    sides[side].append(composition(corpus, tiny))
                else:
                    options = ["--fastest"] if given.fastest else []
                    sides[side].append(corpusgate(corpus, tiny, Path(scratch), options))
    report = summarise(sides, documents, size)
    print(json.dumps(report, indent=2)) if given.json else show(report)


def collect(folder: Path, corpus: Path, limit: int | None) -> tuple[int, int]:
    """Copy the folder's text files, in order, until the limit; their number and bytes."""
    documents = size = 0
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in TEXT_SUFFIXES or not path.is_file():
            continue
        if limit is not None and size + path.stat().st_size > limit:
            break
        target = corpus / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        documents, size = documents + 1, size + path.stat().st_size
    if not documents:
        sys.exit(f"{folder} holds no text file ({', '.join(TEXT_SUFFIXES)}) within the limit.")
    return documents, size


def composition(corpus: Path, tiny: Path) -> MeasuredIngest:
    """One round of the composition: start-up, then all."""
    command = [sys.executable, __file__, "--composition"]
    # tldextract would fetch the public suffix list at first use; without addresses it takes its own snapshot.
    offline = {"TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS": "", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    root = {"PYTHONPATH": os.pathsep.join(filter(None, (str(LOCK.parents[1]), os.environ.get("PYTHONPATH"))))}
    startup = run([*command, tiny], env=offline | root).seconds
    done = run([*command, corpus], env=offline | root)
    said = json.loads(done.stdout.splitlines()[-1])
    return measured(done, startup, said["chunks"], said["documents"])


def corpusgate(corpus: Path, tiny: Path, scratch: Path, options: Sequence[str]) -> MeasuredIngest:
    """One round of Corpusgate: start-up, then all, each in a fresh home."""
    _, startup = cold(tiny, scratch, options)
    said, done = cold(corpus, scratch, options)
    return measured(done, startup.seconds, said["embedded"], said["verdicts"]["admit"] + said["verdicts"]["redact"])


def measured(done: Finished, startup: float, chunks: int, served: int) -> MeasuredIngest:
    """The figures of a process."""
    return MeasuredIngest(done.seconds, startup, done.processor_seconds, done.peak_mb, chunks, served)


def cold(corpus: Path, scratch: Path, options: Sequence[str]) -> tuple[dict[str, Any], Finished]:
    """A refresh in a fresh home: what it reported, and the process."""
    with fresh_home(corpus, scratch, options) as home:
        return home.refresh()


@contextmanager
def fresh_home(corpus: Path, scratch: Path, options: Sequence[str] = ()) -> Iterator[Home]:
    """A home with the corpus as its source, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="home-", dir=scratch))
    try:
        home = Home.make(folder, *options)
        home.add_source("corpus", corpus)
        yield home
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compose(paths: list[Path]) -> dict[str, int]:
    """The composition itself, as the quickstarts have it."""
    import faiss
    import spacy
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from semantic_text_splitter import TextSplitter
    from sentence_transformers import SentenceTransformer

    from pipeline.models.lock import ModelLock

    lock = ModelLock.load(LOCK)
    names_model = str(lock.folder("en_core_web_sm"))
    spacy_model = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": names_model}]}
    analyzer = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=spacy_model).create_engine())
    model = SentenceTransformer(str(lock.folder("all-MiniLM-L6-v2")), device="cpu", local_files_only=True)
    splitter = TextSplitter(CHUNK_CHARACTERS)
    index = faiss.IndexFlatIP(model.get_sentence_embedding_dimension())
    longest = spacy.load(names_model).max_length
    secrets = SecretsCollection()
    found = 0
    for path in paths:
        with default_settings():
            secrets.scan_file(str(path))
        text = path.read_text("utf-8", errors="replace")
        for start in range(0, len(text), longest):
            found += len(analyzer.analyze(text=text[start : start + longest], language="en"))
        if chunks := splitter.chunks(text):
            index.add(model.encode(chunks, normalize_embeddings=True))
    return {"documents": len(paths), "chunks": index.ntotal, "findings": found + len(secrets.files)}


def summarise(sides: dict[str, list[MeasuredIngest]], documents: int, size: int) -> dict[str, Any]:
    """Medians over the rounds, and the ratios between the two sides."""
    rows: dict[str, dict[str, float]] = {}
    for side, rounds in sides.items():
        seconds = statistics.median(one.seconds for one in rounds)
        startup = statistics.median(one.startup for one in rounds)
        rows[side] = {
            "kb_per_second": size / 1000 / max(0.001, statistics.median(o.seconds - o.startup for o in rounds)),
            "kb_per_second_with_startup": size / 1000 / seconds,
            "seconds": seconds,
            "startup_seconds": startup,
            "processor_seconds": statistics.median(one.processor_seconds for one in rounds),
            "peak_mb": max(one.peak_mb for one in rounds),
            "chunks": rounds[-1].chunks,
            "documents_served": rounds[-1].served,
        }
    ours, theirs = rows["corpusgate"], rows["composition"]
    keys = ("kb_per_second", "kb_per_second_with_startup")
    return {
        "documents": documents,
        "bytes": size,
        "rounds": len(sides["corpusgate"]),
        "processors": os.cpu_count(),
        **rows,
        "ratio": {key: ours[key] / theirs[key] for key in keys}
        | {"processor_seconds": theirs["processor_seconds"] / ours["processor_seconds"]},
    }


def show(report: dict[str, Any]) -> None:
    """One table."""
    table = Table(
        title=f"{report['documents']} documents, {report['bytes'] / 1000:,.0f} kB, median of {report['rounds']} "
        f"alternating rounds, {report['processors']} processors",
        title_justify="left",
    )
    for column in (
        "",
        "kB/s",
        "kB/s with start-up",
        "start-up s",
        "all s",
        "processor s",
        "peak MB",
        "served",
        "chunks",
    ):
        table.add_column(column, justify="right" if column else "left")
    for side in ("composition", "corpusgate"):
        row = report[side]
        speeds = (f"{row['kb_per_second']:,.1f}", f"{row['kb_per_second_with_startup']:,.1f}")
        times = (f"{row[key]:.1f}" for key in ("startup_seconds", "seconds", "processor_seconds"))
        table.add_row(
            side, *speeds, *times, f"{row['peak_mb']:,.0f}", f"{row['documents_served']:,}", f"{row['chunks']:,}"
        )
    ratio = report["ratio"]
    ratios = [f"{ratio[key]:.1f}×" for key in ("kb_per_second", "kb_per_second_with_startup", "processor_seconds")]
    table.add_row("ratio", *ratios[:2], "", "", ratios[2])
    Console().print(table)


if __name__ == "__main__":
    main()
