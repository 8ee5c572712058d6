"""Gate: count the documents of each source in a window, and notice unusual figures.

Invariants: nothing is routed here; a breach becomes a part for the publisher, which narrows the source, and the
policy sends its documents to review. Learned bands are computed for every window from the history in the snapshot, by
`pipeline.domain.rates.usual`: no state of a runner, the same on every worker. A window in which nothing changed costs
nothing.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.transforms.window import GlobalWindow

from pipeline.domain.documents.documents import Outcome
from pipeline.domain.documents.provenance import SourceState, source_of
from pipeline.domain.identity.persons import person
from pipeline.domain.rates.breaches import Band, WindowRates, judge
from pipeline.domain.rates.ingest_rates import Figure, RateHistory, Tally, added, bucket_of
from pipeline.domain.rates.usual import band
from pipeline.index.staging import StagingWriter
from transforms.support.bases import GateFn, GateTransform
from transforms.support.context import RunContext
from transforms.support.measured import measured


class WatchIngestRate(GateTransform):
    """Outcomes → names of the parts written: one for each source and window in which something changed."""

    def expand(self, outcomes: beam.PCollection) -> beam.PCollection:
        return (
            outcomes
            | "by source" >> beam.Map(_by_source)
            | "count rates" >> beam.CombinePerKey(_Count())
            | "judge rates" >> beam.ParDo(_Judge(self._context))
        )


def _by_source(outcome: Outcome) -> tuple[str, Outcome]:
    return source_of(outcome.doc_id), outcome


class _Count(beam.CombineFn):
    def create_accumulator(self) -> Tally:
        return Tally()

    def add_input(self, accumulator: Tally, element: Outcome) -> Tally:
        owner = element.tagged.provenance.owner if element.tagged else element.owner
        return accumulator.add(element, person(owner))

    def merge_accumulators(self, accumulators: Iterable[Tally]) -> Tally:
        return Tally().merged(accumulators)

    def extract_output(self, accumulator: Tally) -> Tally:
        return accumulator

    def get_accumulator_coder(self) -> Any:
        return beam.coders.registry.get_coder(Tally)


@measured
class _Judge(GateFn):
    gate = "watch_ingest_rate"
    broken = Metrics.counter(gate, "breaches")

    def setup(self) -> None:
        self._writer = StagingWriter(Path(self._context.staging))

    def process(self, element: tuple[str, Tally], window: Any = beam.DoFn.WindowParam) -> Iterator[str]:
        source, tally = element
        owners = tally.figures()
        if not owners:
            return
        context = self._context.of(self._context.newest())
        rates = WindowRates(source=source, start=context.started_at, known=0, owners=owners)
        if not isinstance(window, GlobalWindow):
            start = bucket_of(window.start.to_utc_datetime(has_tz=True), context.rates.window_seconds)
            rates = rates.model_copy(update={"start": start, "end": window.end.to_utc_datetime(has_tz=True)})
        judged = judged_rates(context, rates)
        self.broken.inc(len(judged.breaches))
        yield self._writer.write_rates(judged)


def judged_rates(context: RunContext, rates: WindowRates) -> WindowRates:
    """The window with what is out of pattern in it; a source that is narrowed already is not judged again."""
    source = context.sources.get(rates.source)
    history = context.rate_history.get(rates.source, RateHistory(source=rates.source))
    narrowed = source is not None and source.state is SourceState.NARROWED
    rates = rates.model_copy(update={"known": history.known, "narrowed": narrowed})
    if narrowed or not context.rates.on:
        return rates
    limits = context.rates.limits_of(rates.source)
    approved = source.approved_at if source is not None else None
    age = (rates.start - approved).total_seconds() if approved is not None else 0.0

    def learn(owner: str | None, figure: Figure, value: int) -> Band | None:
        return band(history.past.get(owner or "", {}).get(figure, ()), value, limits)

    breaches = judge(
        rates,
        added(history.so_far(rates.start), rates.owners),
        limits,
        learn,
        lately=history.lately,
        settled=age >= limits.settling_hours * 3600,
    )
    return rates.model_copy(update={"breaches": tuple(breaches)})
