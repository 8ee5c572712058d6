"""Gate: give every document its source, owner, submitter, ingest time, classification and permission tags.

Invariants: raw bytes are digested here and not kept. Whatever is missing or contradictory becomes a problem, and
policy quarantines a document with problems (law 2). A link out of its source is a problem, and is not followed. The
submitter of a submission and the digest of its bytes come from the ledger.
"""

from collections.abc import Iterator

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.documents.documents import DocumentRef, TaggedDocument
from transforms.support.bases import GateFn, GateTransform
from transforms.support.measured import measured
from transforms.support.tagging import tagged_ref


class TagProvenance(GateTransform):
    """References → tagged documents, still without text."""

    def expand(self, references: beam.PCollection) -> beam.PCollection:
        return references | "tag" >> beam.ParDo(_Tag(self._context))


@measured
class _Tag(GateFn):
    gate = "tag_provenance"
    problems = Metrics.counter(gate, "documents_with_problems")

    def start_bundle(self) -> None:
        self._sidecars: dict[str, Declared] = {}  # of this bundle only: between two, a file can change

    def process(self, ref: DocumentRef) -> Iterator[TaggedDocument]:
        tagged = tagged_ref(ref, self._context, self._sidecars)
        if tagged.problems:
            self.problems.inc()
        yield tagged
