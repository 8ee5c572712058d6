"""The corpus in the ledger as samples: served documents, waiting items, states of sources, results of runs.

Invariants: reads only. An unreadable ledger is a figure too, and then the only one. A second request within
`FRESH_SECONDS` gets the same answer, so requests cost the ledger little.
"""

import threading
import time
from collections.abc import Iterator
from functools import cached_property

from pipeline import __version__
from pipeline.domain.documents.catalogue import SourceStanding
from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.serving.publication import RunSummary
from pipeline.domain.telemetry import metrics as m
from pipeline.domain.telemetry.metrics import Sample, labelled
from pipeline.stores.ledger.figures import Figures
from pipeline.stores.ledger.overview import Overview, Pile
from pipeline.workspace import Workspace

FRESH_SECONDS = 1.0
_LOOK_BACK = 50
"""Runs among which the last finished one is looked for."""


class CorpusMetrics:
    """Figures of one ledger. Safe to use from many threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._read: tuple[Sample, ...] = ()
        self._read_at = float("-inf")
        self._standings: tuple[str, list[SourceStanding]] = ("", [])

    @cached_property
    def _figures(self) -> Figures:
        return Figures(self._workspace.database)

    @cached_property
    def _overview(self) -> Overview:
        return Overview(self._workspace.database)

    def samples(self) -> tuple[Sample, ...]:
        """Every figure of the corpus."""
        with self._lock:
            if time.monotonic() - self._read_at >= FRESH_SECONDS:
                self._read, self._read_at = tuple(self._all()), time.monotonic()
            return self._read

    def _all(self) -> list[Sample]:
        up = Sample(m.BUILD, 1, (__version__,))
        try:
            read = [*self._generation(), *self._documents(), *self._waiting(), *self._sources(), *self._runs()]
        except CorpusgateError:
            return [up, Sample(m.LEDGER_UP, 0)]
        return [up, Sample(m.LEDGER_UP, 1), *read]

    def _generation(self) -> Iterator[Sample]:
        current = self._workspace.ledger.current_generation()
        yield Sample(m.GENERATION, current.number if current else 0)
        if current:
            yield Sample(m.GENERATION_CREATED, current.created_at.timestamp())
            yield Sample(m.GENERATION_DOCUMENTS, current.documents)
            yield Sample(m.GENERATION_CHUNKS, current.chunks)

    def _documents(self) -> Iterator[Sample]:
        change = self._overview.last_change()
        if self._standings[0] != change:
            self._standings = change, self._overview.standings()
        served: dict[str, int] = {}
        for one in self._standings[1]:
            yield Sample(m.DOCUMENTS, one.documents, (one.source, one.action.value))
            served[one.source] = served.get(one.source, 0) + one.served
        yield from labelled(m.DOCUMENTS_SERVED, served.items())
        for (source, action), count in self._figures.verdicts().items():
            yield Sample(m.VERDICTS, count, (source, action.value))

    def _waiting(self) -> Iterator[Sample]:
        kept_out = [one for one in self._standings[1] if one.action is Action.QUARANTINE]
        quarantine = Pile(
            count=sum(one.documents for one in kept_out), oldest=min((one.oldest for one in kept_out), default=None)
        )
        for kind, pile in {**self._figures.waiting(), Action.QUARANTINE.value: quarantine}.items():
            yield Sample(m.WAITING, pile.count, (kind,))
            if pile.oldest:
                yield Sample(m.WAITING_OLDEST, pile.oldest.timestamp(), (kind,))
        yield from labelled(m.REVIEW_WAITING, self._overview.queue_by_source().items())

    def _sources(self) -> Iterator[Sample]:
        for source in self._workspace.sources.sources():
            for state in SourceState:
                yield Sample(m.SOURCE_STATE, source.state is state, (source.name, state.value))
        for (name, figure), count in self._figures.breaker_events().items():
            yield Sample(m.BREAKER, count, (name, figure))
        yield from labelled(m.REVOCATIONS, self._figures.revocations().items())
        yield Sample(m.AUDIT, self._figures.audit_entries())
        states = self._workspace.checkpoints.examine()
        yield Sample(m.ANCHORS, len(states))
        yield Sample(m.ANCHORS_BEHIND, sum(state.behind for state in states))
        yield Sample(m.OLDER_COPY, any(state.clash for state in states))

    def _runs(self) -> Iterator[Sample]:
        ended = self._figures.runs()
        yield from labelled(m.RUNS, ((state, how.runs) for state, how in ended.items()))
        for metric, state in ((m.RUN_SUCCESS, "finished"), (m.RUN_FAILURE, "failed")):
            last = ended[state].last
            if last:
                yield Sample(metric, last.timestamp())
        newest = self._overview.last_runs(_LOOK_BACK)
        summary = next((run.summary for run in newest if run.state == "finished" and run.summary), None)
        if summary:
            yield from of_run(summary)
        detection = self._overview.detection(newest)
        if detection:
            yield from labelled(m.RUN_FAILURES, ((one.detector, one.count) for one in detection.failures))


def of_run(summary: RunSummary) -> Iterator[Sample]:
    """What one run did."""
    yield Sample(m.RUN_SECONDS, summary.seconds)
    yield Sample(m.RUN_BYTES, summary.bytes)
    yield Sample(m.RUN_EMBEDDED, summary.embedded)
    yield from labelled(m.RUN_DOCUMENTS, ((kind.value, count) for kind, count in summary.documents.items()))
    yield from labelled(m.RUN_VERDICTS, ((action.value, count) for action, count in summary.verdicts.items()))
