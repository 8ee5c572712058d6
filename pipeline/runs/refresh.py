"""A refresh. Read this first.

    read sources ─ tag provenance ─ mask strings ─ detect changes ─┬─ unchanged: counted
                                                                   └─ gate (extract … embed, write) ─ report

then, after the graph, one atomic step: account for every document, build the generation, commit it (law 6). A source
that exceeds its limits is narrowed first, and the graph runs once more. So it does
if content comes under a new name and lost a restriction, or was taken back, under an older one. The graph is in
`graph.py`. `first_look.py` finds documents that stay as they are without it, so that the graph is for the others.

Invariants: the graph reads a snapshot of the ledger and writes only to the run's staging folder. Publishing happens
once, after the graph, under the publisher's lock. Documents in equal documents out, or nothing is published (law 13).
A run that dies leaves the last generation serving; the next run does the work again and changes nothing twice.
"""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.documents.omissions import shown_omissions
from pipeline.domain.documents.pasts import Past
from pipeline.domain.documents.provenance import SourceState, source_of
from pipeline.domain.documents.run_changes import kept_out_after
from pipeline.domain.errors import (
    CorpusgateError,
    GenerationHeld,
    IntegrityError,
    UnaccountedDocuments,
)
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.rates.breaches import WindowRates
from pipeline.domain.rates.recorded import Graph
from pipeline.domain.serving.publication import GenerationRecord, Publication, RunSummary
from pipeline.engines.beam_import import import_beam
from pipeline.index.generations import Generation
from pipeline.index.staging import StagingReader, sweep
from pipeline.publishing.compact import compact_if_due
from pipeline.publishing.publish import candidate_of, publish
from pipeline.publishing.retention import prune_after_run
from pipeline.publishing.run import Publisher, PublisherRun, publisher_lock
from pipeline.runs.breaker import broken, narrow
from pipeline.runs.first_look import first_look
from pipeline.runs.policy_in_force import settle_policy
from pipeline.runs.report import RunReport
from pipeline.runs.result import MOST_KEPT_OUT, HeldNotice, RefreshResult
from pipeline.runs.returns import unconsidered, write_pasts
from pipeline.runs.snapshot import contributing, run_context, write_snapshot
from pipeline.settings.application import Settings
from pipeline.stores.ledger.ingest_rates import recorder
from pipeline.telemetry.progress import PROGRESS
from pipeline.workspace import Workspace
from transforms.support.children import begin_reading, begin_scanning
from transforms.support.context import RunContext

if TYPE_CHECKING:
    from pipeline.engines.runners import Engine

_AGAIN = "-again"
_MOST_AGAIN = 4
"""Times the graph runs again because of older names: nearly always none, and more than once only where a source changes
meanwhile."""


class _Engines:
    """What the graph runs on, made before the run if the caller or the settings chose anything, else when needed."""

    def __init__(self, settings: Settings, runner: str | None, workers: int | None) -> None:
        self._settings, self._runner, self._workers = settings, runner, workers
        self.may_do_without = (
            runner is None
            and workers is None
            and settings.runner.batch == "FnApiRunner"
            and not settings.tracing.endpoint  # a trace shows every gate
        )
        if not self.may_do_without:
            _ = self.chosen

    @cached_property
    def chosen(self) -> "Engine":
        """The engine. Raises `UsageError` or `ConfigError` when there is none like that."""
        from pipeline.engines.runners import batch_runner

        return batch_runner(self._settings, self._runner, self._workers)


def refresh(
    workspace: Workspace,
    names: Sequence[str] = (),
    *,
    dry_run: bool = False,
    runner: str | None = None,
    workers: int | None = None,
) -> RefreshResult:
    """Bring what approved sources hold through the gate and publish it; on what the settings say, unless told here.

    Raises `LockHeld` when another run does not end in time, and `CorpusgateError` when the run cannot finish; the
    last generation then keeps serving.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    PROGRESS.reset()
    engine = _Engines(workspace.home.settings, runner, workers)
    sources = contributing(workspace, names)
    with publisher_lock(workspace) as publisher:
        run = PublisherRun.new(publisher, started_at=started)
        staging_root = workspace.home.staging
        sweep(staging_root)
        current = workspace.ledger.current_generation()
        settle_policy(workspace, dry_run=dry_run)
        staging = staging_root / run.run_id
        context = run_context(workspace, sources, run.run_id, started, staging, current, dry_run=dry_run)
        try:
            with nullcontext() if dry_run else run.on_record([source.name for source in sources]):
                serving = publisher.open(current) if current else None
                report, staged = _looked_at(workspace, context, serving, engine)
                rates = staged.rates()
                unlike = broken(rates)
                if unlike:
                    context = _narrowed(workspace, context, rates)
                    report, staged = _looked_at(workspace, context, serving, engine)
                outcomes = tuple(staged.outcomes())
                pasts: dict[str, Past] = {}
                while (again := unconsidered(workspace, context.sources, outcomes)).documents:
                    pasts.update(again.pasts)
                    context = _knowing(context, pasts)
                    report, staged = _looked_at(workspace, context, serving, engine)
                    rates, outcomes = staged.rates(), tuple(staged.outcomes())
                summary = _account(report, outcomes, context, time.monotonic() - clock)
                published, held = None, None
                if not dry_run:
                    try:
                        published = _publish(run, context, serving, staged, outcomes, summary, rates)
                    except GenerationHeld as waits:
                        held = HeldNotice(held_id=waits.held_id, says=f"{waits.what} {waits.done}", fix=waits.fix)
        finally:
            sweep(staging_root)
        if published is not None:
            published = _compacted(publisher) or published
            prune_after_run(workspace)
    return RefreshResult(
        summary=summary.model_copy(update={"seconds": round(time.monotonic() - clock, 3)}),
        generation=published or current,
        published=published is not None,
        failed_listings=tuple(listing for listing in report.listings if listing.failure),
        lone_metadata=tuple(listing for listing in report.listings if listing.orphans),
        skipped=shown_omissions({listing.source: listing.skipped for listing in report.listings}),
        waiting=workspace.ledger.waiting(),
        kept_out=tuple(kept_out_after(outcomes, workspace.ledger.kept_out(MOST_KEPT_OUT))),
        dry_run=dry_run,
        outcomes=outcomes,
        figures=report.figures,
        breaches=tuple(breach for breaches in unlike.values() for breach in breaches),
        held=held,
    )


def _narrowed(workspace: Workspace, context: RunContext, rates: Sequence[WindowRates]) -> RunContext:
    """The same run once more, with the sources that behave unlike themselves narrowed: policy sees them so."""
    PROGRESS.reset()
    if not context.dry_run:
        narrow(workspace, rates)
    sources = {
        name: source.model_copy(update={"state": SourceState.NARROWED}) if name in broken(rates) else source
        for name, source in context.sources.items()
    }
    return replace(context, sources=sources, staging=f"{context.staging}-narrowed")


def _knowing(context: RunContext, pasts: dict[str, Past]) -> RunContext:
    """The same run once more, told which older names of its contents count. Raises where that never ends."""
    PROGRESS.reset()
    if context.staging.count(_AGAIN) >= _MOST_AGAIN:
        raise IntegrityError(
            "Documents changed their names each time they were looked at.",
            done="Nothing was published; the last generation keeps serving.",
            fix="Run the refresh again when the source is not being reorganised.",
        )
    staging = f"{context.staging}{_AGAIN}"
    write_pasts(Path(staging), pasts.values())
    return replace(context, staging=staging)


def _looked_at(
    workspace: Workspace, context: RunContext, serving: Generation | None, engine: _Engines
) -> tuple[RunReport, StagingReader]:
    """Take the snapshot, then pass what a first look leaves through the graph; the report, and what was staged."""
    staging = Path(context.staging)
    staging.mkdir(parents=True, mode=0o700, exist_ok=True)
    if engine.may_do_without:
        begin_reading(context)
    context = replace(context, known_counts=write_snapshot(workspace, context, serving))
    look = first_look(context, lambda: begin_scanning(context)) if engine.may_do_without else None
    if look is not None and look.is_all and len(look.listings) == len(context.sources):
        return look.report, StagingReader(staging, ())
    import_beam()
    from pipeline.runs.graph import run_graph

    chosen = engine.chosen
    context = replace(context, embedding=chosen.share(context.embedding))
    if look is not None:
        left = run_graph(look.leave_rest(context), chosen)
        staged = StagingReader(staging, left.parts)
        if not look.is_contradicted(staged.outcomes()):
            return look.together(left), staged
        PROGRESS.reset()
    report = run_graph(context, chosen)
    return report, StagingReader(staging, report.parts)


def _account(report: RunReport, outcomes: Sequence[Outcome], context: RunContext, seconds: float) -> RunSummary:
    """Documents in equals documents out, or nothing is published (law 13)."""
    listed = sum(listing.documents for listing in report.listings)
    judged = [outcome for outcome in outcomes if outcome.verdict is not None]
    expected = sum(
        count for kind, count in report.kinds.items() if kind not in (ChangeKind.UNCHANGED, ChangeKind.DELETED)
    )
    expected += report.rescanned
    deleted = sum(outcome.kind is ChangeKind.DELETED for outcome in outcomes)
    if (listed, expected, report.kinds[ChangeKind.DELETED]) != (report.inputs, len(judged), deleted):
        raise UnaccountedDocuments(
            f"{listed} documents were listed and {report.inputs} compared; {expected} had to pass the gate and "
            f"{len(judged)} left it with a verdict; {report.kinds[ChangeKind.DELETED]} were gone, {deleted} settled.",
            done="Nothing was published; the last generation keeps serving.",
            fix="Run the refresh again. If it happens twice, it is a defect: please report these numbers.",
        )
    verdicts = Counter(outcome.verdict.action for outcome in judged if outcome.verdict)
    return RunSummary(
        run_id=context.run_id,
        documents=report.kinds,
        verdicts={action: verdicts[action] for action in Action},
        rescanned=report.rescanned,
        scanned=len(judged),
        embedded=report.embedded,
        held_deletions=sum(outcome.held for outcome in outcomes),
        seconds=round(seconds, 3),
        bytes=sum(_bytes_read(outcome, context) for outcome in judged),
        incomplete=shown_omissions({listing.source: listing.partial for listing in report.listings}),
    )


def _bytes_read(outcome: Outcome, context: RunContext) -> int:
    """The size of a judged document; 0 if it is larger than its source allows, so that only its size was looked at."""
    source = context.sources.get(source_of(outcome.doc_id))
    return outcome.bytes if source is not None and outcome.bytes <= source.limits.max_bytes else 0


def _publish(
    run: PublisherRun,
    context: RunContext,
    serving: Generation | None,
    staged: StagingReader,
    outcomes: Sequence[Outcome],
    summary: RunSummary,
    rates: Sequence[WindowRates],
) -> GenerationRecord | None:
    """Segments and manifest durable, then one ledger transaction makes the generation current (law 6)."""
    settings = run.workspace.home.settings
    candidate = candidate_of(run, serving, outcomes, staged, context.binding)
    publication = Publication(summary=summary, outcomes=tuple(outcomes), generation=candidate.record)
    record = recorder(Graph.REFRESH, rates, run.run_id, settings.rates)
    details = {"detector_digest": context.binding.detector_digest}
    publish(run, publication, details, also=record, takedowns=candidate.takedowns)
    return candidate.record


def _compacted(publisher: Publisher) -> GenerationRecord | None:
    """Merge segments where there are too many. The refresh is done: a failure is on record and changes nothing."""
    try:
        result = compact_if_due(publisher, PUBLISHER)
    except (CorpusgateError, OSError):
        return None
    return result.generation if result is not None else None
