"""How long a refresh takes when nothing changed.

    python scripts/bench/refresh.py [--documents 100000] [--runs 2] [--keep FOLDER] [--json]

Generates small documents (about 300 bytes) and enters them into a fresh home as if a run had judged and embedded them:
the same tags, digests and ids, through the same ledger, publisher and signatures, in pages; only the vectors are drawn
at random, because embedding that many texts takes an hour. Then `corpusgate refresh --json` runs over the untouched
corpus, each time in a process of its own. It must scan, embed and publish nothing and leave the generation's digest as
it was (law 7); exit code 1 otherwise. Memory is the peak of the whole process tree.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from pipeline.domain.declarations.resolve import resolve_tags
from pipeline.domain.digests import digest_text
from pipeline.domain.documents.chunking import chunks_of
from pipeline.domain.documents.documents import (
    Action,
    Binding,
    Change,
    ChangeKind,
    Chunk,
    Document,
    DocumentRef,
    ExtractedText,
    Outcome,
    Verdict,
)
from pipeline.domain.documents.outcomes import outcome_of
from pipeline.domain.documents.provenance import Source
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.publication import Publication, RunSummary
from pipeline.index.candidate import build_candidate
from pipeline.index.generations import Generation
from pipeline.index.staging import StagingReader, StagingWriter, sweep
from pipeline.models.shape import DIMENSIONS
from pipeline.workspace import Workspace
from tests.support.trial import Home
from transforms.support.tagging import TagsRead, tagged_document

PAGE = 20_000
PER_FOLDER = 1_000
_WORDS = """lamp pier battery keeper ladder railing lens harbour signal storm gate paint autumn spring locker bracket
workshop visitor inspection schedule cable switch mooring berth tide chart register report supplier delivery invoice
training manual procedure repair season council grant budget survey"""
WORDS = _WORDS.split()
Embed = Callable[[Sequence[str]], Vectors]
ERR = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="build corpus and home here and leave them, to look at or profile")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True)
        report = measure(given.keep, given.documents, given.runs)
    else:
        with tempfile.TemporaryDirectory(prefix="corpusgate-bench-") as scratch:
            report = measure(Path(scratch), given.documents, given.runs)
    print(json.dumps(report, indent=2)) if given.json else show(report)
    if report["problems"]:
        sys.exit("; ".join(report["problems"]))


def measure(scratch: Path, documents: int, runs: int) -> dict[str, Any]:
    """Build everything, then refresh `runs` times."""
    corpus = scratch / "corpus"
    started = time.monotonic()
    generate(corpus, documents)
    home = Home.make(scratch / "home")
    home.add_source("bench", corpus)
    seeded = seed(Workspace(home.folder))
    ERR.print(f"{documents:,} documents made and entered in {time.monotonic() - started:.0f} s.", style="dim")
    results, problems = [], []
    for number in range(1, runs + 1):
        said, done = home.refresh()
        results.append(
            {
                "seconds": done.seconds,
                "refresh_seconds": said["seconds"],
                "documents_per_second": documents / done.seconds,
                "peak_mb": done.peak_mb,
            }
        )
        if said["documents"] != {kind.value: 0 for kind in ChangeKind} | {"unchanged": documents}:
            problems.append(f"run {number} found changes: {said['documents']}")
        if said["scanned"] or said["rescanned"] or said["embedded"] or said["published"]:
            problems.append(f"run {number} scanned {said['scanned']} and embedded {said['embedded']}")
        if said["generation"]["digest"] != seeded:
            problems.append(f"run {number} serves another generation digest than before")
    return {"documents": documents, "digest": seeded, "runs": results, "problems": problems}


def generate(corpus: Path, documents: int) -> None:
    """Small distinct Markdown files, a thousand a folder."""
    words = random.Random(3)
    for number in range(documents):
        folder = corpus / f"{number // PER_FOLDER:04}"
        if number % PER_FOLDER == 0:
            folder.mkdir(parents=True)
        text = " ".join(words.choices(WORDS, k=38))
        (folder / f"{number:06}.md").write_text(f"# Note {number}\n\n{text}.\n")


def seed(workspace: Workspace) -> str:
    """Enter the corpus page by page, each page as a run that published; the digest of what is then served."""
    [source] = workspace.sources.sources()
    binding = workspace.binding()
    files = sorted(Path(source.uri).rglob("*.md"))
    embed = drawn(5)
    for page, paths in enumerate(pages(files)):
        enter(workspace, source, binding, f"seed-{page}", paths, embed)
    current = workspace.ledger.current_generation()
    workspace.database.dispose()
    if current is None or current.documents != len(files):
        raise SystemExit("The corpus was not entered completely.")
    return current.digest


def pages(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(files), PAGE):
        yield files[start : start + PAGE]


def drawn(*seed: int) -> Embed:
    """Stands in for the model: unit vectors drawn at random."""
    source = np.random.default_rng(seed)

    def embed(texts: Sequence[str]) -> Vectors:
        vectors = source.standard_normal((len(texts), DIMENSIONS), dtype=np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    return embed


def enter(
    workspace: Workspace,
    source: Source,
    binding: Binding,
    run_id: str,
    paths: Sequence[Path],
    embed: Embed,
) -> None:
    """One page: staged, made durable as a generation, committed to the ledger."""
    at = datetime.now(UTC)
    workspace.ledger.start_run(run_id, [source.name], at)
    staging = workspace.home.path("staging") / run_id
    writer = StagingWriter(staging)
    outcomes: list[Outcome] = []
    chunks: list[Chunk] = []
    for path in paths:
        outcome, mine = judged(source, binding, path.relative_to(source.uri).as_posix(), path.read_text(), run_id, at)
        outcomes.append(outcome)
        chunks.extend(mine)
    part = writer.write_chunks(chunks, embed([chunk.text for chunk in chunks]))
    current = workspace.ledger.current_generation()
    generation = build_candidate(
        workspace.index,
        Generation.open(workspace.index, current, workspace.verifier) if current else None,
        outcomes,
        StagingReader(staging, [part]),
        live_versions=workspace.ledger.live_versions,
        model_digest=binding.model_digest,
        policy_digest=binding.policy_digest,
        run_id=run_id,
        at=at,
        signer=workspace.signer,
        layout=workspace.home.settings.index,
    )
    summary = RunSummary(
        run_id=run_id,
        documents={ChangeKind.NEW: len(outcomes)},
        verdicts={Action.ADMIT: len(outcomes)},
        seconds=0,
        bytes=sum(outcome.bytes for outcome in outcomes),
    )
    publication = Publication(summary=summary, outcomes=tuple(outcomes), generation=generation)
    workspace.ledger.commit_publication(publication, {"detector_digest": binding.detector_digest}, at)
    sweep(staging.parent)


def judged(
    source: Source, binding: Binding, uri: str, text: str, run_id: str, at: datetime
) -> tuple[Outcome, Sequence[Chunk]]:
    """A document as the gate leaves it when nothing is found in it."""
    digest = digest_text(text)  # plain ASCII: bytes, text and served text are the same
    document = entered(source, uri, text, digest, run_id, at)
    document = document.noting(verdict=verdict_of(document, Action.ADMIT, "tagged-and-scanned", binding))
    access_id = resolve_tags(source, {}).access.access_id
    chunks = chunks_of(document.doc_id, digest, access_id, text, [(0, len(text))])
    return outcome_of(document, chunks=len(chunks)), chunks


def entered(source: Source, uri: str, text: str, content_digest: str, run_id: str, at: datetime) -> Document:
    """A new document with the tags of its source, as it comes to the scanners."""
    ref = DocumentRef(source=source.name, uri=uri, location=f"{source.uri}/{uri}")
    tagged = tagged_document(ref, TagsRead(resolve_tags(source, {}), len(text), content_digest, ()), run_id, at)
    return Document(
        change=Change(kind=ChangeKind.NEW, doc_id=tagged.doc_id, tagged=tagged, inputs=1),
        extracted=ExtractedText(text=text, media_type="text/markdown", extractor="bench"),
        text_digest=digest_text(text),
    )


def verdict_of(document: Document, action: Action, rule: str, binding: Binding) -> Verdict:
    """A verdict on a document by one rule."""
    tagged = document.change.tagged
    assert tagged is not None
    return Verdict(
        action=action,
        rule_ids=(rule,),
        reasons=("Entered by the benchmark.",),
        content_digest=tagged.provenance.content_digest,
        access_digest=tagged.provenance.access.digest,
        binding=binding,
    )


def show(report: dict[str, Any]) -> None:
    """One table."""
    table = Table(title=f"{report['documents']:,} documents, nothing changed", title_justify="left")
    for column in ("run", "documents/s", "s, start-up included", "s, refresh alone", "peak MB"):
        table.add_column(column, justify="right")
    for number, run in enumerate(report["runs"], 1):
        times = (f"{run['seconds']:.1f}", f"{run['refresh_seconds']:.1f}")
        table.add_row(str(number), f"{run['documents_per_second']:,.0f}", *times, f"{run['peak_mb']:,.0f}")
    Console().print(table)
    if not report["problems"]:
        Console().print(f"Nothing scanned, embedded or published; digest {report['digest'][:16]} as before.")


if __name__ == "__main__":
    main()
