"""The snapshot of a run: its sources, its context, and the part of the ledger that its gates compare with.

Invariants: a snapshot, taken once under the publisher's lock; workers read these files and never the ledger. Nothing
here holds document text.
"""

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.domain.documents.changes import DeletionStats, is_settled
from pipeline.domain.documents.documents import SERVED, KnownVersion
from pipeline.domain.documents.provenance import Source, SourceState, source_of
from pipeline.domain.errors import UsageError
from pipeline.domain.rates.recorded import Graph
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.domain.serving.takedown import TakenOffVersions
from pipeline.files.json_lines import write_records
from pipeline.index.generations import Generation
from pipeline.publishing.canary_answers import principals
from pipeline.stores.ledger import content_history
from pipeline.stores.ledger import impact_snapshot as surroundings
from pipeline.stores.ledger.drift import DriftStore
from pipeline.stores.ledger.ingest_rates import history, most_known
from pipeline.stores.takedown.erasures import Erasures
from pipeline.workspace import Workspace
from transforms.support.context import (
    ERASED,
    MASKED,
    RATES,
    SETTLED,
    SUBMISSIONS,
    TAKEN_OFF,
    WAIVERS,
    RunContext,
)

KNOWN = "known.jsonl"
CONTRIBUTING = (SourceState.APPROVED, SourceState.NARROWED)
_PAGE = 5_000


def contributing(workspace: Workspace, names: Sequence[str] = ()) -> list[Source]:
    """The sources of these names, or all that contribute. Raises `UsageError` for one that does not."""
    chosen = [workspace.sources.source(name) for name in dict.fromkeys(names)]
    for source in chosen:
        if source.state not in CONTRIBUTING:
            raise UsageError(
                f"Source {source.name} is {source.state.value} and contributes nothing.",
                fix=f"Somebody other than {source.registered_by} can approve it: "
                f"corpusgate sources approve {source.name}",
            )
    return chosen or [source for source in workspace.sources.sources() if source.state in CONTRIBUTING]


def run_context(
    workspace: Workspace,
    sources: Sequence[Source],
    run_id: str,
    started: datetime,
    staging: Path,
    current: GenerationRecord | None,
    *,
    dry_run: bool = False,
) -> RunContext:
    """What gates are told of a run. Raises `ConfigError` here, where a person reads it, rather than on a worker."""
    settings, binding = workspace.home.settings, workspace.binding()
    workspace.home.cache.mkdir(mode=0o700, exist_ok=True)
    _ = workspace.home.fingerprint_key
    workspace.prepare_model()
    if settings.tracing.endpoint and settings.tracing.authorization:
        workspace.home.secret(settings.tracing.authorization)
    principals(workspace, workspace.home.canaries)
    return RunContext(
        run_id=run_id,
        started_at=started,
        home=str(workspace.home.folder),
        staging=str(staging),
        binding=binding,
        policy_json=workspace.home.policy.model_dump_json(),
        sources={source.name: source for source in sources},
        extraction=settings.extraction,
        detectors=settings.detectors,
        embedding=workspace.embedding,
        deletions=settings.deletions,
        rates=settings.rates,
        principals=workspace.home.known_principals,
        fingerprint_key_file=str(workspace.home.fingerprint_key_file),
        reuse_vectors=current is not None and current.model_digest == binding.model_digest,
        own=workspace.home.own_places,
        dry_run=dry_run,
        tracing=settings.tracing,
    )


def write_snapshot(workspace: Workspace, context: RunContext, serving: Generation | None) -> dict[str, DeletionStats]:
    """Write everything the gates of this run compare with and go by; returns how many documents each source has."""
    staging = Path(context.staging)
    write_records(staging / WAIVERS, workspace.waivers.active(list(context.sources), context.started_at))
    withdrawn = _write_submissions(workspace, context)
    workspace.retrievals.load()
    surroundings.write(workspace.database, staging / surroundings.FILE)
    write_records(staging / ERASED, Erasures(workspace.database).in_force())
    write_records(staging / TAKEN_OFF, workspace.ledger.taken_off())
    write_rate_history(workspace, staging, context.sources, Graph.REFRESH)
    write_masked(workspace, staging, context.sources)
    settled: list[bytes] = []
    counts: Counter[str] = Counter()
    known_versions = _noting(_known(workspace, context, serving, withdrawn), context, settled, counts)
    write_records(staging / KNOWN, known_versions)
    (staging / SETTLED).write_bytes(b"".join(settled))
    with workspace.database.read() as connection:
        days = context.deletions.window_days
        peaks = most_known(connection, context.sources, workspace.database.now(connection), days)
    return {name: DeletionStats(known=counts[name], peak=peaks.get(name, 0)) for name in context.sources}


def write_masked(workspace: Workspace, folder: Path, sources: Iterable[str]) -> None:
    """Write in which form strings with values in them are kept, so that they are recognised without a scan."""
    (folder / MASKED).write_text(json.dumps(workspace.ledger.masked_strings(sources)), encoding="utf-8")


def _noting(
    known_versions: Iterable[KnownVersion], context: RunContext, settled: list[bytes], counts: Counter[str]
) -> Iterator[KnownVersion]:
    """The same versions, counted by source, with the ids of those that need no second look added to `settled`."""
    binding = context.binding.digest
    for known in known_versions:
        counts[source_of(known.doc_id)] += 1
        if is_settled(known, binding):
            settled.append(bytes.fromhex(known.version_id))
        yield known


def write_rate_history(workspace: Workspace, folder: Path, sources: Iterable[str], graph: Graph) -> None:
    """Write what the breaker measures these sources by."""
    rates = workspace.home.settings.rates
    with workspace.database.read() as connection:
        at = workspace.database.now(connection)
        found = history(connection, sources, graph, at, windows=rates.history_windows, share_hours=rates.share_hours)
    write_records(folder / RATES, found)


def _write_submissions(workspace: Workspace, context: RunContext) -> set[str]:
    """Leave the submissions that count for the gates; returns the documents that were withdrawn."""
    inboxes = [source.name for source in context.sources.values() if source.is_inbox]
    if not context.dry_run:
        workspace.submissions.sweep(inboxes)
    counting, withdrawn = workspace.submissions.snapshot(inboxes)
    write_records(Path(context.staging) / SUBMISSIONS, counting)
    return withdrawn


def _released(workspace: Workspace, source: str) -> set[str]:
    """Documents that an older name of their content kept out until now."""
    with workspace.database.read() as connection:
        return content_history.released(connection, source, workspace.database.now(connection))


def _known(
    workspace: Workspace, context: RunContext, serving: Generation | None, withdrawn: set[str]
) -> Iterator[KnownVersion]:
    """What the ledger decided.

    What it calls live but no generation holds (a revocation was lifted) is judged anew, and so is what other waivers
    cover than its verdict went by, what stands on break-glass that is over, and what an older name no longer keeps out.
    """
    held = set(map(str, serving.placements["version_id"].to_pylist())) if serving else set()
    taken_off = TakenOffVersions(workspace.ledger.taken_off())
    judge_again = DriftStore(workspace.database).to_judge_again()
    for name in context.sources:
        drifted = workspace.waivers.drift(name, context.waivers)
        drifted |= dict.fromkeys(workspace.reviews.glass_over(name), True)
        released = _released(workspace, name)
        known_versions = workspace.ledger.known_versions(name)
        while page := list(itertools.islice(known_versions, _PAGE)):
            not_held = {known.serving.version_id for known in page if known.serving} - held
            # What is revoked is missing on purpose; only what may be served again must come back.
            missing = workspace.ledger.live_versions(not_held) if not_held else not_held
            for known in page:
                anew: dict[str, Any] = {}
                if known.serving is not None and known.serving.version_id in missing:
                    anew = {"serving": None, "live": False, "binding": ""}
                elif known.serving is not None and known.serving.version_id in not_held:
                    anew = {"serving": known.serving.model_copy(update={"indexed": False})}
                if known.doc_id in drifted:
                    anew |= {"binding": "", "lapsed": drifted[known.doc_id]}
                admitted = not known.live and known.action in SERVED
                if admitted and taken_off.find(known.doc_id, known.version_id, known.content_digest):
                    anew["binding"] = ""  # so that it goes to review
                if known.doc_id in judge_again or known.doc_id in released:
                    anew["binding"] = ""
                if known.doc_id in withdrawn:
                    anew["deletion_approved"] = True  # its owner asked for it: the mass-delete guard need not
                yield known.model_copy(update=anew) if anew else known
