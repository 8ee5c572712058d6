"""Gate of the stream: compare arrivals with the ledger. See `pipeline.domain.documents.arrivals`.

Invariants: the gate compares with the snapshot that the document names, and its verdict names it too: the publisher
checks that it still holds. Nothing is shuffled here, and no text is read.
"""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.arrivals import compare_arrival, compare_deletion
from pipeline.domain.documents.documents import Change, DocumentRef, TaggedDocument
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.telemetry.gate_figures import CHANGE
from transforms.support.bases import GateFn, GateTransform
from transforms.support.measured import measured


class CompareArrivals(GateTransform):
    """{"tagged", "gone"} → changes, the unchanged ones included."""

    def expand(self, inputs: Any) -> beam.PCollection:
        changes = (
            inputs["tagged"] | "compare" >> beam.ParDo(_CompareArrival(self._context)),
            inputs["gone"] | "compare deletions" >> beam.ParDo(_CompareDeletion(self._context)),
        )
        return changes | "changes" >> beam.Flatten()


@measured
class _CompareArrival(GateFn):
    gate = "compare_arrivals"

    def process(self, tagged: TaggedDocument) -> Iterator[Change]:
        context = self._context.of(tagged.ref.snapshot)
        change = compare_arrival(tagged, context.seen[tagged.doc_id], context.binding.digest)
        Metrics.counter(self.gate, f"{CHANGE}{change.kind.value}").inc()
        yield change


@measured
class _CompareDeletion(GateFn):
    gate = "compare_arrivals"

    def process(self, ref: DocumentRef) -> Iterator[Change]:
        context = self._context.of(ref.snapshot)
        narrowed = context.sources[ref.source].state is SourceState.NARROWED
        change = compare_deletion(ref, context.seen[ref.doc_id], narrowed=narrowed)
        Metrics.counter(self.gate, f"{CHANGE}{change.kind.value}").inc()
        yield change
