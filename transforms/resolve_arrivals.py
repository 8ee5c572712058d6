"""Gate of the stream: reduce the arrivals of a document within a window to the version that counts.

Invariants: versions are ordered by their source if it orders them, never by arrival. Without an order any version
shows the present content, so any of them counts. The reference names the snapshot it is judged against from here on.
References of sources that the snapshot does not have (revoked meanwhile) are left out: they contribute nothing.
"""

from collections.abc import Iterable, Iterator

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.arrivals import newest
from pipeline.domain.documents.documents import DocumentRef
from transforms.support.bases import GateFn, GateTransform


class ResolveArrivals(GateTransform):
    """Windowed references → one for each document and window."""

    def expand(self, references: beam.PCollection) -> beam.PCollection:
        return (
            references
            | "by document" >> beam.Map(_by_document)
            | "of one window" >> beam.GroupByKey()
            | "newest" >> beam.ParDo(_Newest(self._context)).with_output_types(DocumentRef)
        )


def _by_document(ref: DocumentRef) -> tuple[str, DocumentRef]:
    return ref.doc_id, ref


class _Newest(GateFn):
    left_out = Metrics.counter("resolve_arrivals", "of_unknown_sources")

    def process(self, element: tuple[str, Iterable[DocumentRef]]) -> Iterator[DocumentRef]:
        ref, snapshot = newest(element[1]), self._context.newest()
        if ref.source not in self._context.of(snapshot).sources:
            self.left_out.inc()
            return
        yield ref.model_copy(update={"snapshot": snapshot})
