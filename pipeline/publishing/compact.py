"""Compaction: the same answers from fewer segments.

Invariants: one publication under the publisher's lock, as a run of its own in the ledger (law 6). It adds no document
and brings none back; documents that the ledger no longer calls live leave (law 10). Readers are not stopped: they go
on with the generation they have until the next one is current. A compaction that fails changes nothing that is
served.
"""

from collections.abc import Collection

from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.publication import GenerationRecord, Publication, RunSummary
from pipeline.index.compaction import Compacted, build_compacted
from pipeline.index.generations import Generation
from pipeline.publishing.publish import publish
from pipeline.publishing.run import Publisher, PublisherRun, publisher_lock
from pipeline.workspace import Workspace


class CompactionResult(Frozen):
    """What a compaction did."""

    generation: GenerationRecord | None
    """What is served now; None while nothing is."""
    published: bool
    merged_segments: int = 0
    written_segments: int = 0
    dropped_rows: int = 0
    seconds: float = 0


def compact(workspace: Workspace, by: str, rewrite: Collection[str] = ()) -> CompactionResult:
    """Merge small segments and drop rows that nothing serves; segments in `rewrite` are written anew in any case.

    `by` is who asked for it. Raises `LockHeld` when another run does not end in time.
    """
    with publisher_lock(workspace) as publisher:
        return compact_under(publisher, by, rewrite)


def compact_if_due(publisher: Publisher, by: str) -> CompactionResult | None:
    """Compact when what is served stands on more segments than the settings allow; None when it does not."""
    limit = publisher.workspace.home.settings.index.compact_segments
    serving = None if limit is None else publisher.serving()
    if limit is None or serving is None or len(serving.statement.segments) <= limit:
        return None
    return compact_under(publisher, by)


def compact_under(publisher: Publisher, by: str, rewrite: Collection[str] = ()) -> CompactionResult:
    """Compact under a publisher's lock that is held already."""
    workspace = publisher.workspace
    current = workspace.ledger.current_generation()
    if current is None:
        return CompactionResult(generation=None, published=False)
    with PublisherRun.new(publisher).on_record() as run:
        serving, takedowns = publisher.open(current), workspace.ledger.takedown_check(current.number)
        built = build_compacted(
            serving,
            live_versions=workspace.ledger.live_versions,
            suspects=takedowns.suspects,
            run_id=run.run_id,
            at=run.started_at,
            signer=workspace.signer,
            settings=workspace.home.settings.index,
            rewrite=rewrite,
            log=workspace.checkpoints.mark(),
        )
        seconds = run.seconds
        publication = Publication(
            summary=_summary(run.run_id, seconds), outcomes=(), generation=built.record if built else None
        )
        publish(run, publication, _details(built, by), _purpose(built, serving), takedowns=takedowns)
    if built is None:
        return CompactionResult(generation=current, published=False, seconds=seconds)
    return CompactionResult(
        generation=built.record,
        published=True,
        merged_segments=len(built.merged),
        written_segments=len(built.written),
        dropped_rows=built.dropped_rows,
        seconds=seconds,
    )


def _purpose(built: Compacted | None, serving: Generation) -> Purpose:
    # Where something was taken back since, it leaves for good now; nothing else may change.
    same = built is None or built.record.digest == serving.digest
    return Purpose.COMPACTION if same else Purpose.ERASURE


def _summary(run_id: str, seconds: float) -> RunSummary:
    return RunSummary(
        run_id=run_id,
        documents=dict.fromkeys(ChangeKind, 0),
        verdicts=dict.fromkeys(Action, 0),
        seconds=seconds,
        bytes=0,
    )


def _details(built: Compacted | None, by: str) -> dict[str, str | int]:
    if built is None:
        return {}
    return {
        "compaction_by": by,
        "merged_segments": len(built.merged),
        "written_segments": len(built.written),
        "dropped_rows": built.dropped_rows,
    }
