"""Publishes closed windows as small generations, one after the other.

Invariants: only this module touches ledger and index, under the publisher's lock, with one transaction for each
generation (law 6). A window is forgotten after everything in it is committed or asked for again, never before: a
crash at any point repeats work and changes nothing twice. A window whose documents are not all accounted for waits for
its other pieces, and stops the stream if they do not come (law 13). A source with unusual figures is narrowed before
its documents are published.
"""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from pipeline.domain.documents.documents import Action, ChangeKind, LastSeen, Outcome
from pipeline.domain.documents.provenance import source_of, split_doc_id
from pipeline.domain.errors import (
    CanaryForbidden,
    CorpusgateError,
    GenerationHeld,
    IntegrityError,
    LedgerError,
    UnaccountedDocuments,
)
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.rates.breaches import Breach, WindowRates
from pipeline.domain.rates.recorded import Graph
from pipeline.domain.review.held_generations import HeldState
from pipeline.domain.serving.publication import GenerationRecord, Publication, RunSummary
from pipeline.files.landing import Landing
from pipeline.files.spool import Spool
from pipeline.index.staging import StagingReader
from pipeline.publishing.compact import compact_if_due
from pipeline.publishing.publish import candidate_of, publish
from pipeline.publishing.retention import prune_after_run
from pipeline.publishing.run import OpenedGenerations, Publisher, PublisherRun, publisher_lock
from pipeline.runs.breaker import narrow
from pipeline.runs.returns import unconsidered
from pipeline.runs.streaming.requests import Requests
from pipeline.runs.streaming.settling import Settled, latest, reference, settle
from pipeline.runs.streaming.snapshots import SnapshotWriter
from pipeline.stores.ledger.ingest_rates import recorder
from pipeline.stores.takedown.erasures import Erasures
from pipeline.workspace import Workspace

MOST_WINDOWS = 200
"""Windows published together where publishing fell behind."""
PARTS_SECONDS, _PRUNE_SECONDS = 86_400.0, 300.0
PIECES_SECONDS = 300.0
"""How long a window waits for its other pieces since the last of them came."""
_LOCK_WAIT, _FORBIDDEN_SECONDS = 2.0, 30.0


class Published(Frozen):
    """What one step did."""

    run_id: str
    windows: int
    generation: GenerationRecord | None
    """The generation it made current; None where what is served stayed as it was."""
    verdicts: dict[Action, int]
    documents: int
    """Different documents that came out of the windows."""
    unchanged: int
    superseded: int
    again: int
    narrowed: dict[str, Breach]
    lag_seconds: float
    """From the end of the oldest window to the commit."""
    seconds: float


class Waits(Frozen):
    """Windows that are complete and may not be published yet."""

    says: str
    fix: str


class _WindowCount(NamedTuple):
    documents: int
    chunks: int


class StreamPublisher:
    """Takes closed windows from the spool and publishes what they hold."""

    def __init__(self, workspace: Workspace, spool: Spool, snapshots: SnapshotWriter, requests: Requests) -> None:
        self._workspace, self._spool = workspace, spool
        self._snapshots, self._requests = snapshots, requests
        self._held: tuple[str, ...] = ()
        """Windows that wait for a person together: an approval covers exactly these."""
        self._waits: tuple[Waits, str | None, float] | None = None
        """Why they wait, the held generation, and when they were tried."""
        self._opened = OpenedGenerations(workspace)
        self._pruned = time.monotonic()

    def step(self) -> Published | Waits | None:
        """Publish what is closed; None where nothing is. Raises `LockHeld` while another run publishes."""
        if (still := self._still_waits()) is not None:
            return still
        names = self._held or self._whole_windows()
        if not names:
            return None
        with publisher_lock(self._workspace, self._opened, wait_seconds=_LOCK_WAIT) as publisher:
            try:
                done = self._publish_some(names, publisher)
            except (GenerationHeld, CanaryForbidden) as error:
                self._held, waits = names, Waits(says=f"{error.what} {error.done}", fix=error.fix)
                held_id = error.held_id if isinstance(error, GenerationHeld) else None
                self._waits = waits, held_id, time.monotonic()
                return waits
            self._held = ()
            self._tidy(publisher, done)
        return done

    def _still_waits(self) -> Waits | None:
        """Why held windows are not tried now. Those a person rejected are forgotten: they come as if they arrived."""
        if self._waits is None:
            return None
        waits, held_id, tried = self._waits
        state = None if held_id is None else self._workspace.held_generations.state(held_id)
        if state is HeldState.OPEN or (held_id is None and time.monotonic() - tried < _FORBIDDEN_SECONDS):
            return waits
        if state is HeldState.REJECTED:
            self._spool.forget_windows(self._held)
            self._held = ()
        self._waits = None
        return None

    def _whole_windows(self) -> tuple[str, ...]:
        """The oldest closed windows of which every document and passage is there.

        What comes late in a window is closed in pieces, in each of which documents, outcomes and chunks are counted
        apart. After an engine went back to a checkpoint, one piece may hold more outcomes than documents, and the next
        one fewer: they are published together.
        """
        found: list[str] = []
        for names in self._spool.pieces():
            if len(found) >= MOST_WINDOWS:
                break
            came, left = self._accounts(names)
            if came == left:
                found += names
            elif self._spool.waited_seconds(names, time.time()) > PIECES_SECONDS:
                self._spool.forget_windows(names)
                raise UnaccountedDocuments(
                    f"{came.documents} documents came into a window and {left.documents} left it with an outcome, "
                    f"with {left.chunks} passages of {came.chunks}.",
                    done="Nothing of this window was published; the last generation keeps serving.",
                    fix="Start the stream again: what is undecided is looked at again. If it happens twice, please "
                    "report it.",
                )
        return tuple(found)

    def forget_pieces(self) -> None:
        """Forget windows that wait for other pieces: the graph that would bring them is gone, and a new one begins."""
        for names in self._spool.pieces():
            came, left = self._accounts(names)
            if came != left:
                self._spool.forget_windows(names)

    def _accounts(self, names: Sequence[str]) -> tuple["_WindowCount", "_WindowCount"]:
        """What came into the windows of these names, and what left them."""
        windows = [self._spool.read_window(name) for name in names]
        outcomes = [list(StagingReader(self._spool.parts, window.parts).outcomes()) for window in windows]
        staged = len(StagingReader(self._spool.parts, {part for window in windows for part in window.parts}).keys())
        chunks = sum(outcome.chunks for of_window in outcomes for outcome in of_window)
        came = _WindowCount(sum(window.documents for window in windows), chunks)
        return came, _WindowCount(sum(map(len, outcomes)), staged)

    def _publish_some(self, names: Sequence[str], publisher: Publisher) -> Published:
        """Publish these windows; where parts of several contradict each other, the oldest alone."""
        try:
            return self._publish(names, publisher)
        except IntegrityError:
            of_oldest = next(pieces for pieces in self._spool.pieces() if names[0] in pieces)
            oldest = [name for name in names if name in of_oldest]
            if len(oldest) == len(names):
                raise
            return self._publish(oldest, publisher)

    def _publish(self, names: Sequence[str], publisher: Publisher) -> Published:
        run = PublisherRun.new(publisher, "stream-")
        windows = [self._spool.read_window(name) for name in names]
        readers = [StagingReader(self._spool.parts, window.parts) for window in windows]
        outcomes = [tuple(reader.outcomes()) for reader in readers]
        staged = StagingReader(self._spool.parts, {part for window in windows for part in window.parts})
        settled = self._settle(latest(outcomes))
        rates = self._rates_of(staged, settled)
        narrowed = narrow(self._workspace, rates)
        if narrowed:  # what they brought is judged again under their new state
            settled = self._settle(latest(outcomes))
        record = self._commit(run, staged, settled, rates) if settled.publish else None
        if settled.unchanged:
            looked_at = [(o.version_id, o.tagged.ref) for o in settled.unchanged if o.tagged is not None]
            self._workspace.ledger.note_unchanged(looked_at)
        self._snapshots.forget_pasts(outcome.doc_id for outcome in settled.publish)
        self._snapshots.write(self.seen_now(settled.documents))
        self._requests.answered(settled.documents)
        self._requests.ask(reference(outcome) for outcome in settled.again)
        self._spool.forget_windows(names)
        verdicts = Counter(o.verdict.action for o in settled.publish if o.verdict is not None)
        return Published(
            run_id=run.run_id,
            windows=len(windows),
            generation=record,
            verdicts={action: verdicts[action] for action in Action},
            documents=len(settled.documents),
            unchanged=len(settled.unchanged),
            superseded=len(settled.superseded),
            again=len(settled.again),
            narrowed=narrowed,
            lag_seconds=max(0.0, (datetime.now(UTC) - windows[0].end).total_seconds()),
            seconds=run.seconds,
        )

    def _settle(self, outcomes: dict[str, Outcome]) -> Settled:
        seen, controls = self.seen_now(outcomes), self._snapshots.controls_now()

        def holds(outcome: Outcome) -> bool:
            source = source_of(outcome.doc_id)
            if outcome.tagged is None:  # a deletion rests on nothing but the document and the trust in its source
                return source in controls
            now = controls.get(source)
            return now is not None and now == self._snapshots.controls_of(outcome.tagged.ref.snapshot, source)

        settled = settle(outcomes, seen, holds)
        sources = {source.name: source for source in self._snapshots.sources()}
        again = unconsidered(self._workspace, sources, settled.publish)
        self._snapshots.consider(again.documents, again.pasts)
        return settled.judging_again(again.documents)

    def seen_now(self, doc_ids: Collection[str]) -> dict[str, LastSeen]:
        """What is known of documents at this moment.

        What the ledger calls live and no generation holds, such as after a revocation was lifted, counts as not served:
        there are no vectors of it to keep.
        """
        seen = self._workspace.ledger.last_seen(list(doc_ids))
        current = self._workspace.ledger.current_generation()
        placed = self._opened.open(current).pages.placed(seen) if current else {}
        held = {placement.document.version_id for placement in placed.values()}
        for doc_id, one in seen.items():
            known = one.known
            if known is not None and known.serving is not None and known.serving.version_id not in held:
                lost = {"serving": None, "live": False, "binding": ""}
                seen[doc_id] = one.model_copy(update={"known": known.model_copy(update=lost)})
        return seen

    def _rates_of(self, staged: StagingReader, settled: Settled) -> tuple[WindowRates, ...]:
        """What the windows counted; of what is judged again, the next window counts."""
        going = {source_of(outcome.doc_id) for outcome in settled.publish}
        return tuple(rates for rates in staged.rates() if rates.source in going)

    def _commit(
        self, run: PublisherRun, staged: StagingReader, settled: Settled, rates: tuple[WindowRates, ...]
    ) -> GenerationRecord | None:
        outcomes, binding = [_stamped(outcome, run.run_id) for outcome in settled.publish], self._snapshots.binding
        if self._workspace.binding().model_digest != binding.model_digest:
            # What other windows and runs published would leave: its vectors are of the model in use now.
            raise LedgerError(
                "The embedding model changed while the stream was running.",
                done="Nothing was published; the last generation keeps serving.",
                fix="The stream starts its graph again with the new model by itself.",
            )
        with run.on_record():
            candidate = candidate_of(run, run.publisher.serving(), outcomes, staged, binding)
            summary = _summary(run.run_id, settled, outcomes, run.seconds)
            publication = Publication(summary=summary, outcomes=tuple(outcomes), generation=candidate.record)
            details = {"detector_digest": binding.detector_digest}
            record = recorder(Graph.STREAM, rates, run.run_id, self._workspace.home.settings.rates)
            publish(run, publication, details, also=record, takedowns=candidate.takedowns)
        return candidate.record

    def _tidy(self, publisher: Publisher, done: Published) -> None:
        """What keeps the index small. The windows are settled: a failure here is on record and changes nothing."""
        if done.generation is not None:
            with suppress(CorpusgateError, OSError):
                compact_if_due(publisher, PUBLISHER)
        if time.monotonic() - self._pruned > _PRUNE_SECONDS:
            self._pruned = time.monotonic()
            prune_after_run(self._workspace)
            sweep_parts(self._spool)
            self._sweep_landed()

    def _sweep_landed(self) -> None:
        """Texts of what was served are kept elsewhere: of records only the newest is needed, of erased ones none."""
        erased = [split_doc_id(one.doc_id) for one in Erasures(self._workspace.database).in_force()]
        for source in self._snapshots.sources():
            if source.is_kafka:
                gone = {uri for name, uri in erased if name == source.name}
                Landing(self._workspace.home.folder, source.name).sweep((), older_than=PARTS_SECONDS, erased=gone)


def sweep_parts(spool: Spool) -> int:
    """Remove parts that no closed window names and that are older than any worker could still be busy with."""
    needed = {part for name in spool.closed_windows() for part in spool.read_window(name).parts}
    old = time.time() - PARTS_SECONDS
    gone = [path for path in spool.parts.iterdir() if path.name not in needed and path.stat().st_mtime < old]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _stamped(outcome: Outcome, run_id: str) -> Outcome:
    """The outcome with the run it is published by in its provenance; workers cannot know it."""
    if outcome.tagged is None:
        return outcome
    provenance = outcome.tagged.provenance.model_copy(update={"run_id": run_id})
    return outcome.model_copy(update={"tagged": outcome.tagged.model_copy(update={"provenance": provenance})})


def _summary(run_id: str, settled: Settled, outcomes: Sequence[Outcome], seconds: float) -> RunSummary:
    kinds = Counter(outcome.kind for outcome in outcomes if not outcome.rescan)
    verdicts = Counter(outcome.verdict.action for outcome in outcomes if outcome.verdict is not None)
    rescanned = sum(outcome.rescan for outcome in outcomes)
    return RunSummary(
        run_id=run_id,
        documents={kind: kinds[kind] for kind in ChangeKind}
        | {ChangeKind.UNCHANGED: len(settled.unchanged) + rescanned},
        verdicts={action: verdicts[action] for action in Action},
        rescanned=rescanned,
        scanned=sum(outcome.verdict is not None for outcome in outcomes),
        embedded=sum(outcome.chunks for outcome in outcomes),
        held_deletions=sum(outcome.held for outcome in outcomes),
        seconds=round(seconds, 3),
        bytes=sum(outcome.bytes for outcome in outcomes),
    )
