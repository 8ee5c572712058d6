"""Gate: list the contents of approved sources, as references. No content is read here.

An inbox is listed from the ledger's submissions, not from its folder: a file without a submission on record is not a
document, and a replaced one is not two. A topic is listed from its landed records.

Invariants: a source that cannot be listed completely yields a failed `Listing` and not a single reference, so
nothing of it can look deleted (law 9).
"""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.documents import DocumentRef, Listing
from pipeline.domain.documents.printable_names import printable_name
from pipeline.domain.documents.provenance import Source
from pipeline.files.landing import Landing
from transforms.support.bases import GateFn, GateTransform
from transforms.support.context import RunContext
from transforms.support.listing import list_inbox, look, references
from transforms.support.measured import measured

LISTED = "listed"


class ReadSources(GateTransform):
    """PCollection[Source] → references; the listings are the tagged output `LISTED`."""

    def expand(self, sources: beam.PCollection) -> Any:
        return sources | "list" >> beam.ParDo(_ListSource(self._context)).with_outputs(LISTED, main="references")


@measured
class _ListSource(GateFn):
    gate = "read_sources"
    failed = Metrics.counter(gate, "failed_listings")

    def process(self, source: Source) -> Iterator[DocumentRef]:
        try:
            documents, orphans = _documents(source, self._context)
            failure = None
            if len(documents) > source.limits.max_documents:
                failure = f"it holds {len(documents)} documents, more than its limit of {source.limits.max_documents}"
        except Exception as error:  # whatever a file system raises, the source counts as not listed
            failure = type(error).__name__
        if failure:
            self.failed.inc()
            yield beam.pvalue.TaggedOutput(LISTED, Listing(source=source.name, documents=0, failure=failure))
            return
        yield from documents
        listing = Listing(source=source.name, documents=len(documents), orphans=tuple(map(printable_name, orphans)))
        yield beam.pvalue.TaggedOutput(LISTED, listing)


def _documents(source: Source, context: RunContext) -> tuple[list[DocumentRef], tuple[str, ...]]:
    """The documents of a source, and its metadata files without a document."""
    if source.is_kafka:
        return list(Landing(context.home_folder, source.name).present()), ()
    located = source.located(context.home)
    if source.is_inbox:
        return list(list_inbox(located, context.submissions.values())), ()
    place = look(located)
    return [ref for file in place.files for ref in references(located, file)], place.orphans
