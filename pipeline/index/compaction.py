"""Merging segments: fewer and fuller ones, with the served rows only. Knows no database.

Invariants: the served documents stay the same, under the same digest; only documents that the ledger no longer calls
live are left out (law 10). Vectors and texts are copied bit for bit, in the order a fresh segment would have.
Segments and manifest are durable when this returns, and no existing file is touched: readers go on, a crash leaves
the last generation serving (law 6), and equal generations give equal segments (law 7).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.domain.checkpoints import LogMark
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.files.durable import sweep_unfinished
from pipeline.index import manifest, segments
from pipeline.index.candidate import taken_back
from pipeline.index.generations import Generation
from pipeline.index.pages import PlacementPages, Usage
from pipeline.index.placements import Placement
from pipeline.index.segments import BATCH_ROWS, Segment, segment_rows, write_segment
from pipeline.index.signing import Signer
from pipeline.index.successor import write_successor
from pipeline.settings.application import IndexSettings

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Compacted:
    """A generation that serves the same from other segments, not published yet."""

    record: GenerationRecord
    merged: tuple[str, ...]
    """Segments the generation no longer uses; older generations may."""
    written: tuple[str, ...]
    """Segments written in their place."""
    dropped_rows: int
    """Rows of the merged segments that nothing in this generation uses."""


def build_compacted(
    generation: Generation,
    *,
    live_versions: Callable[[Collection[str]], set[str]],
    suspects: Collection[str] | None = None,
    run_id: str,
    at: datetime,
    signer: Signer,
    settings: IndexSettings,
    rewrite: Collection[str] = (),
    log: LogMark | None = None,
) -> Compacted | None:
    """Write the generation that serves what `generation` does from fewer segments; None if nothing would be gained.

    Segments in `rewrite` are written again whatever they hold. `suspects` are the served documents that may no longer
    be live; by default all of them are. The caller holds the publisher's lock.
    """
    index_root, current, pages = generation.root, generation.record, generation.pages
    for folder in (segments.FOLDER, manifest.FOLDER):
        sweep_unfinished(index_root / folder)
    changes: dict[str, Placement | None] = dict.fromkeys(taken_back(pages, live_versions, suspects))
    live = pages.updated(changes)
    sizes = {name: segment_rows(index_root, name) for name in generation.statement.segments}
    groups = plan(sizes, live.segments, settings, rewrite)
    if not groups and not changes:
        return None

    written: list[str] = []
    moved: dict[str, Placement] = {}
    for group in groups:
        opened = {name: generation.segment(name) for name in group}
        for placement in _merge(index_root, opened, _placed(live, opened), current.model_digest, settings):
            moved[placement.doc_id] = placement
            if placement.segment not in written:
                written.append(placement.segment)
    merged_pages = live.updated(moved)
    record = write_successor(
        index_root,
        current,
        merged_pages,
        generation.access,
        signer,
        run_id=run_id,
        at=at,
        model_digest=current.model_digest,
        policy_digest=current.policy_digest,
        log=log,
    )
    merged = tuple(sorted(set(sizes) - set(merged_pages.segments)))
    kept = sum(placement.chunks for placement in moved.values())
    dropped = sum(sizes[name] for name in merged) - kept
    return Compacted(record, merged, tuple(written), dropped)


def _placed(pages: PlacementPages, opened: Mapping[str, Segment]) -> list[Placement]:
    """The placements in these segments."""
    doc_ids = {str(doc_id) for segment in opened.values() for doc_id in segment.rows["doc_id"].unique().to_pylist()}
    return [placement for placement in pages.placed(doc_ids).values() if placement.segment in opened]


def plan(
    sizes: Mapping[str, int], used: Usage, settings: IndexSettings, rewrite: Collection[str] = ()
) -> list[frozenset[str]]:
    """Which segments to merge with each other, smallest first; none of the results has more than `segment_rows` rows.

    A segment stays as it is when it is large and nearly all of it is served, or when there is none to merge it with.

    Args:
        sizes: Number of rows of each segment.
        used: How many of them documents use.
        settings: Limits.
        rewrite: Segments that are written again whatever they hold.

    """
    rows = {name: used.get(name, 0) for name in sizes}
    wasteful = {
        name for name, size in sizes.items() if name in rewrite or rows[name] < size * (1 - settings.unused_share)
    }
    small = {name for name in sizes if rows[name] <= settings.segment_rows // 2}
    groups: list[frozenset[str]] = []
    group: set[str] = set()
    room = settings.segment_rows
    for name in sorted(wasteful | small, key=lambda name: (rows[name], name)):
        if rows[name] > room:
            groups.append(frozenset(group))
            group, room = set(), settings.segment_rows
        group.add(name)
        room -= rows[name]
    groups.append(frozenset(group))
    return [group for group in groups if len(group) > 1 or group & wasteful]


def _merge(
    root: Path,
    opened: Mapping[str, Segment],
    placements: Sequence[Placement],
    model_digest: str,
    settings: IndexSettings,
) -> Iterator[Placement]:
    """Copy the rows of `placements` into one new segment and say where each document is in it."""
    order = sorted(placements, key=lambda p: (p.document.access_id, p.document.doc_id))
    order = [placement for placement in order if placement.stop > placement.start]
    if not order:
        return
    names = sorted({placement.segment for placement in order})
    sources = [opened[name] for name in names]
    lengths = np.array([placement.stop - placement.start for placement in order], np.int64)
    stops = np.cumsum(lengths)
    first = np.repeat(np.array([placement.start for placement in order], np.int64), lengths)
    rows = first + np.arange(len(first)) - np.repeat(stops - lengths, lengths)
    part = np.repeat(np.array([names.index(placement.segment) for placement in order], np.int64), lengths)
    access = np.repeat(np.array([placement.document.access_id for placement in order]), lengths)

    def batches() -> Iterator[tuple[pa.Table, Vectors]]:
        for start in range(0, len(rows), BATCH_ROWS):
            here = slice(start, start + BATCH_ROWS)
            yield _taken(sources, part[here], rows[here], access[here])

    dimensions = sources[0].vectors.shape[1]
    digest = write_segment(root, model_digest, len(rows), dimensions, batches(), settings)
    for placement, length, stop in zip(order, lengths.tolist(), stops.tolist(), strict=True):
        yield Placement(placement.document, digest, stop - length, stop)


def _taken(
    sources: Sequence[Segment], part: Integers, rows: Integers, access: NDArray[np.str_]
) -> tuple[pa.Table, Vectors]:
    """These rows of these segments, in this order, under the access ids they have now."""
    tables, places = [], []
    vectors = np.empty((len(rows), sources[0].vectors.shape[1]), np.float32)
    for number in np.unique(part):
        here = np.flatnonzero(part == number)
        tables.append(sources[number].rows.take(rows[here]))
        vectors[here] = sources[number].vectors[rows[here]]
        places.append(here)
    back = np.argsort(np.concatenate(places), kind="stable")
    table = pa.concat_tables(tables).take(back)
    column = table.schema.get_field_index("access_id")
    return table.set_column(column, "access_id", pa.array(access.tolist(), pa.string())), vectors
