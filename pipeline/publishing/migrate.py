"""Changes the embedding model of what is served: a second generation next to the first, and one switch.

    estimate ─ embed what is served into the cache ─ build ─ compare canary answers ─ one ledger transaction

Embedding, which takes longest, needs no lock: refreshes, takedowns and searches go on. The second pass, under the
publisher's lock, embeds only what changed meanwhile.

Invariants: the last generation serves until the transaction, whatever happens (law 6). The same run again goes on where
the last one ended. No document comes in or back: those that the ledger no longer calls live are left out (law 10). The
way back is a rollback. Verdicts are bound to the model before, so the next refresh scans every document again (law 1).
"""

from collections.abc import Callable
from contextlib import closing, nullcontext

from pipeline.domain.errors import Conflict, GenerationHeld
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.canary_questions import CanaryReport, Purpose
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.generations import Generation
from pipeline.index.reembedded import build_reembedded
from pipeline.index.staging import StagingReader, StagingWriter, sweep
from pipeline.models.embedder import embedder_digest
from pipeline.models.in_use import with_model
from pipeline.publishing.publish import compared, publish_made
from pipeline.publishing.reembedding import Reembedding
from pipeline.publishing.run import Publisher, PublisherRun, publisher_lock
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.stores.audit.log import AuditEntry
from pipeline.workspace import Workspace

_SAMPLE = 32
"""Documents that are embedded for the estimate: a second or two of a small model."""
_ROW_BYTES = 400
"""Of a chunk next to its text and its vector: ids and digests, in the segment and in the cache."""


class Estimate(Frozen):
    """Time and space of a migration, by a sample of the served documents."""

    model: str
    dimensions: int
    documents: int
    chunks: int
    """Of the model, by the sample."""
    left: int
    """Chunks that are still to be embedded: others are in the cache, from a run that was interrupted."""
    processor_seconds: float
    """Of embedding what is left."""
    disk_bytes: int
    """Of the second generation and the cache, next to what is there."""


class Migration(Frozen):
    """The result of a migration."""

    model: str
    before: GenerationRecord
    """The generation served until then; the way back: `corpusgate rollback` with its number."""
    generation: GenerationRecord | None
    """The generation served now; None if nothing was switched."""
    report: CanaryReport
    embedded: int
    not_cut: tuple[str, ...]
    """Documents that the model's tokenizer could not cut within the limits: they are served no longer."""
    held: str = ""
    """Why a person has to look first."""


def estimate(workspace: Workspace, name: str) -> Estimate:
    """What migrating to a locked model takes. Embeds a sample of what is served; nothing else changes.

    Raises `Conflict` if nothing is served, or if that model serves already.
    """
    settings, current = _chosen(workspace, name)
    generation = Generation.open(workspace.index, current, workspace.verifier)
    with closing(Reembedding(workspace, settings)) as reembedding:
        sample = reembedding.sample(generation, _SAMPLE)
        dimensions = reembedding.dimensions
    chunks = round(sample.chunks * current.documents / max(1, sample.documents))
    left = 1 - sample.known / max(1, sample.chunks)
    return Estimate(
        model=name,
        dimensions=dimensions,
        documents=current.documents,
        chunks=chunks,
        left=round(chunks * left),
        processor_seconds=round(sample.processor_seconds / max(1, sample.chunks) * chunks * left, 1),
        disk_bytes=_text_bytes(generation) + chunks * (2 * dimensions * 4 + _ROW_BYTES),
    )


def migrate(
    workspace: Workspace,
    name: str,
    by: Caller,
    *,
    compare_only: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Migration:
    """Serve the documents of the current generation with the vectors of another locked model.

    Args:
        workspace: The home.
        name: The model in the model lock.
        by: An operator.
        compare_only: Build the second generation and compare answers, but do not switch.
        progress: Is told how many documents of how many are embedded.

    Raises:
        Conflict: Nothing is served, or that model serves already.
        CanaryForbidden: A canary question is answered with a document it forbids. Nothing was switched.
        ModelLockError: The model is not as locked.
        IntegrityError: What is served is not as signed or as kept.

    """
    by.require(Role.OPERATOR)
    settings, first = _chosen(workspace, name)
    workspace.prepare_model(settings)
    with closing(Reembedding(workspace, settings)) as reembedding:
        ahead = reembedding.run(
            Generation.open(workspace.index, first, workspace.verifier), lambda done: progress(done, first.documents)
        )
        progress(first.documents, first.documents)
        with publisher_lock(workspace) as publisher:
            _, current = _chosen(workspace, name)
            try:
                made = _switch(publisher, current, reembedding, name, by.name, compare_only=compare_only)
            finally:
                sweep(workspace.home.staging)
    return made.model_copy(update={"embedded": made.embedded + ahead.embedded})


def _chosen(workspace: Workspace, name: str) -> tuple[EmbeddingSettings, GenerationRecord]:
    lock_file = workspace.home.models_lock
    settings = with_model(lock_file, workspace.home.settings.embedding, name)
    current = workspace.ledger.current_generation()
    if current is None:
        raise Conflict(
            "Nothing is served yet.", fix="Write the name into embedding.model of configs/corpusgate.yaml, and refresh."
        )
    if current.model_digest == embedder_digest(lock_file, settings):
        raise Conflict(
            f"Generation {current.number} was embedded with {name} by {settings.library} already.",
            fix="There is nothing to migrate: `corpusgate models list` shows the model in use.",
        )
    return settings, current


def _switch(
    publisher: Publisher,
    current: GenerationRecord,
    reembedding: Reembedding,
    name: str,
    by: str,
    *,
    compare_only: bool,
) -> Migration:
    workspace = publisher.workspace
    run = PublisherRun.new(publisher, "migration-")
    serving, takedowns = publisher.open(current), workspace.ledger.takedown_check(current.number)
    folder = workspace.home.staging / run.run_id
    made, held = None, ""
    with nullcontext() if compare_only else run.on_record():
        done = reembedding.run(serving, staging=StagingWriter(folder))
        record = build_reembedded(
            serving,
            done.documents,
            StagingReader(folder, done.parts),
            live_versions=workspace.ledger.live_versions,
            model_digest=reembedding.model_digest,
            run_id=run.run_id,
            at=run.started_at,
            signer=workspace.signer,
            layout=workspace.home.settings.index,
            log=workspace.checkpoints.mark(),
        )
        report = compared(publisher, record, Purpose.MIGRATION)
        if compare_only:
            workspace.audit.record(AuditEntry(by, "model.compared", name, {"changed": len(report.changed)}))
        else:
            details: dict[str, str | int] = {"model_id": name, "migration_by": by, "embedded": done.embedded}
            try:
                made = publish_made(run, record, details, Purpose.MIGRATION, takedowns=takedowns, proposer=by)
            except GenerationHeld as waits:
                held = f"{waits.what} {waits.fix}"
    return Migration(
        model=name,
        before=current,
        generation=made,
        report=report,
        embedded=done.embedded,
        not_cut=done.not_cut,
        held=held,
    )


def _text_bytes(generation: Generation) -> int:
    """Bytes of the served texts, as the segments keep them."""
    return sum(segment.rows["text"].nbytes for segment in generation.segments().values())
