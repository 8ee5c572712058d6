"""Merging segments: fewer and fuller ones, with the served rows only. Knows no database.

Invariants: the served documents stay the same, under the same digest; only documents that the ledger no longer calls
live are left out (law 10). Vectors and texts are copied bit for bit, in the order a fresh segment would have.
Segments and manifest are durable when this returns, and no existing file is touched: readers go on, a crash leaves
the last generation serving (law 6), and equal generations give equal segments (law 7).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.domain.ports import Vectors
from pipeline.domain.serving.publication import GenerationRecord, generation_digest
from pipeline.files.durable import sweep_unfinished
from pipeline.index import generations, segments
from pipeline.index.generations import Generation, Placement, write_successor
from pipeline.index.segments import BATCH_ROWS, Segment, write_segment
from pipeline.index.signing import Signer
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
    run_id: str,
    at: datetime,
    signer: Signer,
    settings: IndexSettings,
    rewrite: Collection[str] = (),
) -> Compacted | None:
    """Write the generation that serves what `generation` does from fewer segments; None if nothing would be gained.

    Segments in `rewrite` are written anew whatever they hold. The caller holds the publisher's lock.
    """
    index_root, current = generation.root, generation.record
    for folder in (segments.FOLDER, generations.FOLDER):
        sweep_unfinished(index_root / folder)
    served = list(generation.documents())
    live = live_versions([placement.document.version_id for placement in served]) if served else set()
    placements = [placement for placement in served if placement.document.version_id in live]
    opened = generation.segments()
    groups = plan(opened, placements, settings, rewrite)
    if not groups and len(placements) == len(served):
        return None

    written: list[str] = []
    moved: dict[str, Placement] = {}
    for group in groups:
        mine = [placement for placement in placements if placement.segment in group]
        for placement in _merge(index_root, opened, mine, current.model_digest, settings):
            moved[placement.document.doc_id] = placement
            if placement.segment not in written:
                written.append(placement.segment)
    placements = [moved.get(placement.document.doc_id, placement) for placement in placements]
    documents = [placement.document for placement in placements]
    used = {document.access_id for document in documents}
    access = {access_id: rule for access_id, rule in generation.access.items() if access_id in used}
    record = write_successor(
        index_root,
        current,
        placements,
        access,
        signer,
        run_id=run_id,
        at=at,
        digest=generation_digest(documents, access, current.model_digest, current.policy_digest),
        model_digest=current.model_digest,
        policy_digest=current.policy_digest,
    )
    merged = tuple(sorted(set(opened) - {placement.segment for placement in placements}))
    kept = sum(placement.stop - placement.start for placement in moved.values())
    dropped = sum(len(opened[name]) for name in merged) - kept
    return Compacted(record, merged, tuple(written), dropped)


def plan(
    opened: Mapping[str, Segment],
    placements: Iterable[Placement],
    settings: IndexSettings,
    rewrite: Collection[str] = (),
) -> list[frozenset[str]]:
    """Which segments to merge with each other, smallest first; none of the results has more than `segment_rows` rows.

    A segment stays as it is when it is large and nearly all of it is served, or when there is none to merge it with.
    """
    rows = dict.fromkeys(opened, 0)
    for placement in placements:
        if placement.segment:
            rows[placement.segment] += placement.stop - placement.start
    wasteful = {
        name
        for name, segment in opened.items()
        if name in rewrite or rows[name] < len(segment) * (1 - settings.unused_share)
    }
    small = {name for name in opened if rows[name] <= settings.segment_rows // 2}
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
