"""The overview: the state of the corpus, the items that wait for the caller, and the health of the machinery.

Invariants: a caller sees only what concerns them, in numbers too: readers see no figures, owners their sources, and
only reviewers, auditors and operators of the whole corpus see all of it. Counts that only a run changes are read once
a run; waiting items are read every time.
"""

import threading
from datetime import UTC, datetime, timedelta

from pipeline.domain.documents.catalogue import SourceStanding
from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.omissions import sentence
from pipeline.domain.documents.provenance import Source, SourceState, source_of
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.waivers import WaiverState
from pipeline.domain.review.queue import Sort
from pipeline.domain.serving.publication import GenerationRecord, Served
from pipeline.domain.serving.runs import Run
from pipeline.reports.listings import unread_parts
from pipeline.reports.served import Contents, contents
from pipeline.review.rights import SEE
from pipeline.stores.ledger.overview import DetectorProof, Overview, Pile
from pipeline.stores.ledger.serving_times import serving_times
from pipeline.stores.takedown.revocations import Revocations
from pipeline.workspace import Workspace

DAYS = 30
SHOWN_RUNS = 8


class Wait(Frozen):
    """Something that waits for people."""

    name: str
    """One of a closed set of words: `review`, `quarantine`, `held`, `questions`, `sources`, `waivers`, `glass`,
    `letters`."""
    count: int
    oldest: datetime | None = None


class DetectorHealth(Frozen):
    """What is known of the detectors.

    Every worker must find planted samples before its first document, or the run stops: so a run that finished after
    scanning is the proof.
    """

    proof: DetectorProof | None
    changed_since: bool | None
    """Whether rules or settings of the detectors differ from those of that run; None when that cannot be told."""
    failed_runs: tuple[Run, ...]
    """Runs that failed after it, newest first."""


class Dashboard(Frozen):
    """The first page, for one caller."""

    sources: tuple[Source, ...]
    """That the caller has a part in."""
    standings: tuple[SourceStanding, ...]
    """Of these sources."""
    served: Served | None
    """The current generation; None before the first."""
    contents: Contents | None
    """Of these sources; None when the generation cannot be read, or nothing is served."""
    damaged: bool
    """The current generation's signature or tables do not hold."""
    waits: tuple[Wait, ...]
    narrowed: tuple[tuple[str, str | None], ...]
    """Narrowed ones of these sources, and why."""
    unread: tuple[tuple[str, str], ...]
    """Sources that the last run could not read completely, and what."""
    revocations: int | None
    runs: tuple[Run, ...]
    """Of the last 30 days, newest first; empty for who does not see the whole corpus."""
    health: DetectorHealth | None
    everything: bool
    """Whether the caller sees the whole corpus."""
    fresh: bool
    """Nothing was ever published."""


class Dashboards:
    """Makes dashboards; keeps what only a run changes. Safe to use from many threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._overview: Overview | None = None
        self._lock = threading.Lock()
        self._standings: tuple[str, tuple[SourceStanding, ...]] = ("", ())
        self._last_runs: tuple[str, tuple[Run, ...]] = ("", ())
        self._contents: Contents | None = None
        self._digest = ""

    @property
    def overview(self) -> Overview:
        """The ledger's counts."""
        if self._overview is None:
            self._overview = Overview(self._workspace.database)
        return self._overview

    def of(self, caller: Caller) -> Dashboard:
        """The dashboard of somebody."""
        workspace = self._workspace
        sources = tuple(workspace.registrations.list_sources(caller))
        names = {source.name for source in sources}
        everything = sees_everything(caller)
        served = self.served()
        held, damaged = None, False
        if served is not None and names:
            try:
                held = self.contents(served.record)
            except CorpusgateError:
                damaged = True
        standings = tuple(one for one in self.standings() if one.source in names) if names else ()
        runs = self._runs() if everything else ()
        return Dashboard(
            sources=sources,
            standings=standings,
            served=served,
            contents=held and held.model_copy(update={"counts": tuple(c for c in held.counts if c.source in names)}),
            damaged=damaged,
            waits=tuple(self._waits(caller, sources, standings)),
            narrowed=tuple(
                (source.name, workspace.sources.reason(source.name))
                for source in sources
                if source.state is SourceState.NARROWED
            ),
            unread=tuple(
                (source, sentence(omissions))
                for source, omissions in unread_parts(workspace.ledger).items()
                if source in names
            ),
            revocations=len(Revocations(workspace.database).active()) if everything else None,
            runs=runs,
            health=self._health(runs) if everything else None,
            everything=everything,
            fresh=served is None,
        )

    def served(self) -> Served | None:
        """The current generation with when it began to be served."""
        with self._workspace.database.read() as connection:
            found = serving_times(connection)
        return found[-1] if found else None

    def standings(self) -> tuple[SourceStanding, ...]:
        """Where documents stand, as of the last run."""
        change = self.overview.last_change()
        with self._lock:
            if self._standings[0] != change:
                self._standings = change, tuple(self.overview.standings())
            return self._standings[1]

    def contents(self, record: GenerationRecord) -> Contents:
        """What the current generation holds; read and verified once. Raises `IntegrityError`."""
        with self._lock:
            if self._contents is None or self._digest != record.manifest_digest:
                self._contents, self._digest = contents(self._workspace, record), record.manifest_digest
            return self._contents

    def _runs(self) -> tuple[Run, ...]:
        change, since = self.overview.last_change(), datetime.now(UTC) - timedelta(days=DAYS)
        with self._lock:
            if self._last_runs[0] != change:
                self._last_runs = change, tuple(self.overview.runs_since(since))
            return tuple(run for run in self._last_runs[1] if run.started_at >= since)

    def _health(self, runs: tuple[Run, ...]) -> DetectorHealth:
        proof = self.overview.detection(runs)
        failed = [run for run in runs if run.state == "failed" and (proof is None or run.started_at > proof.at)]
        changed = None
        if proof is not None and proof.detector_digest is not None:
            try:
                changed = self._workspace.binding().detector_digest != proof.detector_digest
            except CorpusgateError:
                changed = None
        return DetectorHealth(proof=proof, changed_since=changed, failed_runs=tuple(failed))

    def _waits(self, caller: Caller, sources: tuple[Source, ...], standings: tuple[SourceStanding, ...]) -> list[Wait]:
        workspace, waits = self._workspace, []
        if any(caller.may_somewhere(role) for role in SEE):
            page = workspace.reviews.page(caller, sort=Sort.AGE, size=1)
            waits.append(
                Wait(name="review", count=page.total, oldest=page.rows[0].item.opened_at if page.rows else None)
            )
            held = workspace.held_generations.list_items(caller)
            waits.append(Wait(name="held", count=len(held), oldest=held[0].opened_at if held else None))
        if sources:
            kept_out = [one for one in standings if one.action is Action.QUARANTINE]
            oldest = min((one.oldest for one in kept_out), default=None)
            waits.append(Wait(name="quarantine", count=sum(one.documents for one in kept_out), oldest=oldest))
        if caller.may_somewhere(Role.OWNER):
            asked = [question.asked_at for _, question in workspace.questions.open_questions(caller)]
            waits.append(Wait(name="questions", count=len(asked), oldest=min(asked, default=None)))
        if caller.may_somewhere(Role.REVIEWER):
            waits.extend(self._for_reviewers(caller, sources))
        if caller.may(Role.OPERATOR) or caller.may(Role.AUDITOR):
            pile: Pile = self.overview.dead_letters()
            waits.append(Wait(name="letters", count=pile.count, oldest=pile.oldest))
        return waits

    def _for_reviewers(self, caller: Caller, sources: tuple[Source, ...]) -> list[Wait]:
        workspace = self._workspace
        pending = [
            source.registered_at
            for source in sources
            if source.state is SourceState.PENDING
            and caller.may(Role.REVIEWER, source.name, source.classification)
            and not same_person(caller.name, source.registered_by)
        ]
        waivers = [
            waiver.asked_at
            for waiver, state in workspace.waivers.list_waivers(caller=caller)
            if state is WaiverState.PENDING and caller.may_in(Role.REVIEWER, waiver.source)
        ]
        glass = [
            one.broken_at
            for one in workspace.reviews.open_break_glass()
            if caller.may_in(Role.REVIEWER, source_of(one.doc_id))
        ]
        found = (("sources", pending), ("waivers", waivers), ("glass", glass))
        return [Wait(name=name, count=len(since), oldest=min(since, default=None)) for name, since in found]


def sees_everything(caller: Caller) -> bool:
    """Whether the caller reviews, audits or operates the whole corpus."""
    return any(caller.may(role) for role in SEE)
