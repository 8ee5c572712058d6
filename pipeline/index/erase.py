"""Rewrites segments and generations without one document. Knows no database.

Invariants: no existing file is touched; readers go on until the ledger points at what was written (law 6). Vectors
and texts of all other documents are copied bit for bit. Every segment on disk is searched, used or not. Equal remains
give equal segments (law 7).
"""

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.checkpoints import LogMark
from pipeline.domain.digests import digest_text
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.files.durable import UNFINISHED, sync_folder
from pipeline.index import manifest, segments
from pipeline.index.generations import Generation
from pipeline.index.manifest import Predicate
from pipeline.index.pages import PlacementPages
from pipeline.index.placements import Placement
from pipeline.index.segments import BATCH_ROWS, Segment, write_segment
from pipeline.index.signing import Signer, Verifier
from pipeline.index.successor import write_generation, write_successor
from pipeline.settings.application import IndexSettings


@dataclass(frozen=True, slots=True)
class Replaced:
    """A segment, and the one that holds its rows without the document's: `""` when none are left."""

    old: str
    new: str
    rows: int
    """How many of its rows were the document's."""
    before: NDArray[np.int64]
    """For each row of the old segment, and for its end: how many of the document's rows come before it."""

    def moved(self, placement: Placement) -> Placement:
        """Where another document's rows are now."""
        start, stop = (at - int(self.before[at]) for at in (placement.start, placement.stop))
        return Placement(placement.document, self.new, start, stop)


def segments_on_disk(root: Path) -> list[str]:
    """Digests of every segment there is, in use or not."""
    folder = root / segments.FOLDER
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(name for name in names if not name.startswith(UNFINISHED))


def rows_of(segment: Segment, doc_id: str) -> NDArray[np.bool_]:
    """Which rows of a segment are chunks of that document: shape (rows,)."""
    mine: NDArray[np.bool_] = pc.equal(segment.rows["doc_id"], pa.scalar(doc_id)).to_numpy().astype(np.bool_)
    return mine


def replace_segment(root: Path, segment: Segment, doc_id: str, layout: IndexSettings) -> Replaced:
    """Write a segment again without the rows of that document."""
    mine = rows_of(segment, doc_id)
    kept = np.flatnonzero(~mine)

    def batches() -> Iterator[tuple[pa.Table, Vectors]]:
        for first in range(0, len(kept), BATCH_ROWS):
            rows = kept[first : first + BATCH_ROWS]
            yield segment.rows.take(rows), segment.vectors[rows]

    new = ""
    if len(kept):
        dimensions = segment.description.dimensions
        new = write_segment(root, segment.model_digest, len(kept), dimensions, batches(), layout)
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(mine, dtype=np.int64)))
    return Replaced(segment.digest, new, int(mine.sum()), before)


def stands_on(generation: Generation, doc_id: str, replaced: Collection[str]) -> bool:
    """Whether the files of a generation name that document, or it uses one of these segments."""
    return not set(replaced).isdisjoint(generation.statement.segments) or generation.names(doc_id)


def write_without(
    generation: Generation,
    doc_id: str,
    replaced: Mapping[str, Replaced],
    signer: Signer,
    edition: str,
    *,
    following: tuple[str, datetime] | None = None,
    log: LogMark | None = None,
) -> GenerationRecord:
    """Write a generation without that document: under its own number, or as the one that follows it.

    `following` is the run and the time of the new generation, `log` its mark. A generation that keeps its number keeps
    its mark.
    """
    # All pages are made again: the files of the old ones may hold the document in pages that no generation uses.
    pages = PlacementPages.of(
        replaced[p.segment].moved(p) if p.segment in replaced else p
        for p in generation.documents()
        if p.document.doc_id != doc_id
    )
    access = {access_id: generation.access[access_id] for access_id in pages.access}
    record, before = generation.record, generation.statement.predicate
    if following is not None:
        run_id, at = following
        return write_successor(
            generation.root,
            record,
            pages,
            access,
            signer,
            run_id=run_id,
            at=at,
            model_digest=record.model_digest,
            policy_digest=record.policy_digest,
            erased=(digest_text(doc_id),),
            log=log,
        )
    changes: dict[str, object] = {
        "document_root": pages.root,
        "documents": pages.documents,
        "chunks": pages.chunks,
        "erased": tuple(sorted({*before.erased, digest_text(doc_id)})),
    }
    predicate = Predicate.model_validate(before.model_dump() | changes)
    return write_generation(generation.root, pages, access, predicate, signer, edition)


def remove_unused(root: Path, kept: Iterable[GenerationRecord], verifier: Verifier, doomed: Iterable[str]) -> None:
    """Remove the segments `doomed` and every generation folder that none of the `kept` ones is.

    Raises `IntegrityError`, before anything is removed, when a kept generation does not verify or still needs one.
    """
    kept = list(kept)
    needed = {name for record in kept for name in Generation.open(root, record, verifier).statement.segments}
    folders = {Path(record.manifest).parent.name for record in kept}
    present = (root / manifest.FOLDER).iterdir() if (root / manifest.FOLDER).is_dir() else ()
    for path in [path for path in present if path.name not in folders]:
        shutil.rmtree(path)
    for name in doomed:
        if name not in needed:
            shutil.rmtree(root / segments.FOLDER / name, ignore_errors=True)
    for folder in (manifest.FOLDER, segments.FOLDER):
        if (root / folder).is_dir():
            sync_folder(root / folder)


def kept_on_disk(root: Path, records: Iterable[GenerationRecord]) -> list[GenerationRecord]:
    """Those of `records` whose files are there."""
    return [record for record in records if (root / record.manifest).exists()]
