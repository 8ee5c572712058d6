"""Checks that the rows of a placement belong to its document. Knows no database.

Invariants: the check reads every row of every placement: its document, its content, and that no row is missing.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.index.segments import Segment


def misplaced(placements: pa.Table, segments: Mapping[str, Segment]) -> list[str]:
    """Documents placed in rows that are another's, of other content, outside the segment, or not complete."""
    names = placements["segment"].to_numpy(zero_copy_only=False)
    starts, stops = (placements[name].to_numpy() for name in ("start", "stop"))
    wrong_documents: list[str] = []
    for digest, segment in segments.items():
        here = names == digest
        if not here.any():
            continue
        fits = (starts >= 0) & (stops >= starts) & (stops <= len(segment))
        inside = np.flatnonzero(here & fits)
        lengths = stops[inside] - starts[inside]
        owner = np.repeat(inside, lengths)
        ordinals = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        rows = np.repeat(starts[inside], lengths) + ordinals
        wrong = segment.rows["ordinal"].to_numpy()[rows] != ordinals
        for column in ("doc_id", "content_digest"):
            expected = placements[column].take(owner)
            wrong |= pc.not_equal(segment.rows[column].take(rows), expected).to_numpy()
        found = here & ~fits
        found[owner[wrong]] = True
        wrong_documents += [str(placements["doc_id"][index]) for index in np.flatnonzero(found).tolist()]
    return wrong_documents
