"""Contents of a generation, counted and compared, for people.

Invariants: only generations whose manifest, placements and access table were verified are read, and no text. Counting
100,000 placements is one pass in Arrow.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pipeline.domain.documents.provenance import source_of
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.serving.publication import GenerationRecord, LiveDocument, Served
from pipeline.index.generations import Generation
from pipeline.stores.ledger.serving_times import serving_times
from pipeline.workspace import Workspace

_KEYS = "doc_id"


class ServedCount(Frozen):
    """What a generation holds of one source at one classification."""

    source: str
    classification: Classification
    documents: int
    chunks: int


class Contents(Frozen):
    """What a generation holds."""

    number: int
    counts: tuple[ServedCount, ...]
    segments: int
    checked_at: datetime
    """When its signature and the digests of its tables were verified for this."""


class GenerationDifference(Frozen):
    """What one generation serves beside another; document ids, in order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    """Another version of the document."""


def verified_documents(workspace: Workspace, record: GenerationRecord) -> list[LiveDocument]:
    """Documents that a generation serves, after checking its signature and every digest. Raises `IntegrityError`."""
    generation = Generation.open(workspace.index, record, workspace.verifier)
    generation.verify()
    return [placement.document for placement in generation.documents()]


def times_served(workspace: Workspace) -> dict[int, Served]:
    """When each generation was being served, by its number."""
    with workspace.database.read() as connection:
        return {served.record.number: served for served in serving_times(connection)}


def generations_holding(workspace: Workspace, doc_id: str) -> list[int]:
    """Numbers of the kept generations that serve a document, newest first."""
    return [
        record.number
        for record in workspace.ledger.generations()
        if (workspace.index / record.manifest).exists()
        and Generation.open(workspace.index, record, workspace.verifier).holds(doc_id)
    ]


def contents(workspace: Workspace, record: GenerationRecord) -> Contents:
    """Count what a kept generation holds. Raises `IntegrityError`."""
    import pyarrow.compute as pc

    opened = Generation.open(workspace.index, record, workspace.verifier)
    placed: Any = opened.placements
    table = pa.table(
        {
            "source": pc.list_element(pc.split_pattern(placed["doc_id"], ":", max_splits=1), 0),
            "access": placed["access_id"],
            "chunks": pc.subtract(placed["stop"], placed["start"]),
        }
    )
    grouped = table.group_by(["source", "access"]).aggregate([("chunks", "sum"), ("chunks", "count")])
    counted: dict[tuple[str, Classification], tuple[int, int]] = {}
    for row in grouped.to_pylist():
        key = row["source"], opened.access[row["access"]].classification
        documents, chunks = counted.get(key, (0, 0))
        counted[key] = documents + row["chunks_count"], chunks + row["chunks_sum"]
    return Contents(
        number=record.number,
        counts=tuple(
            ServedCount(source=source, classification=classification, documents=documents, chunks=chunks)
            for (source, classification), (documents, chunks) in sorted(counted.items())
        ),
        segments=len(opened.statement.segments),
        checked_at=datetime.now(UTC),
    )


def document_ids(workspace: Workspace, record: GenerationRecord) -> tuple[str, ...]:
    """Ids of the documents that a kept generation holds, as it names them, in order. Raises `IntegrityError`."""
    placed: Any = Generation.open(workspace.index, record, workspace.verifier).placements
    return tuple(sorted(placed[_KEYS].to_pylist()))


def versions_by_source(workspace: Workspace, record: GenerationRecord) -> dict[str, list[str]]:
    """Ids of the versions that a kept generation holds of each source, in order. Raises `IntegrityError`."""
    placed: Any = Generation.open(workspace.index, record, workspace.verifier).placements
    found: dict[str, list[str]] = {}
    for doc_id, version_id in zip(placed[_KEYS].to_pylist(), placed["version_id"].to_pylist(), strict=True):
        found.setdefault(source_of(doc_id), []).append(version_id)
    return {source: sorted(versions) for source, versions in sorted(found.items())}


def difference(workspace: Workspace, before: GenerationRecord, after: GenerationRecord) -> GenerationDifference:
    """What `after` serves otherwise than `before`. Raises `IntegrityError`."""
    import pyarrow.compute as pc

    old, new = _versions(workspace, before, "old"), _versions(workspace, after, "new")
    joined = old.join(new, _KEYS, join_type="full outer", coalesce_keys=True)
    gone, come = pc.is_null(joined["new"]), pc.is_null(joined["old"])
    other = pc.fill_null(pc.not_equal(joined["old"], joined["new"]), False)
    return GenerationDifference(added=_ids(joined, come), removed=_ids(joined, gone), changed=_ids(joined, other))


def _versions(workspace: Workspace, record: GenerationRecord, name: str) -> Any:
    placed = Generation.open(workspace.index, record, workspace.verifier).placements
    return pa.table({_KEYS: placed[_KEYS], name: placed["version_id"]}).combine_chunks()


def _ids(joined: Any, chosen: Any) -> tuple[str, ...]:
    ids: Sequence[str] = joined.filter(chosen)[_KEYS].to_pylist()
    return tuple(sorted(ids))
