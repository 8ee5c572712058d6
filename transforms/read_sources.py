"""Gate: list what approved sources hold, as references. Nothing is read here but the lines of feeds.

An inbox is listed from the ledger's submissions, not from its folder: a file without a submission on record is not a
document, and a replaced one is not two. A topic is listed from its landed records.

Invariants: see `transforms/support/source_listing.py`. One folder or feed never keeps the rest of its source from being
listed (law 15).
"""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.provenance import Source
from transforms.support.bases import GateFn, GateTransform
from transforms.support.measured import measured
from transforms.support.source_listing import listed

LISTED = "listed"


class ReadSources(GateTransform):
    """PCollection[Source] → references; the listings are the tagged output `LISTED`."""

    def expand(self, sources: beam.PCollection) -> Any:
        return sources | "list" >> beam.ParDo(_ListSource(self._context)).with_outputs(LISTED, main="references")


@measured
class _ListSource(GateFn):
    gate = "read_sources"
    failed = Metrics.counter(gate, "failed_listings")
    partial = Metrics.counter(gate, "partial_listings")

    def process(self, source: Source) -> Iterator[Any]:
        documents, listing = listed(source, self._context)
        if listing.failure:
            self.failed.inc()
        if listing.partial:
            self.partial.inc()
        yield from documents
        yield beam.pvalue.TaggedOutput(LISTED, listing)
