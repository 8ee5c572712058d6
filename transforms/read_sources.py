"""Gate: list what approved sources hold, as references. Nothing is read here but the lines of feeds.

An inbox is listed from the ledger's submissions, not from its folder: a file without a submission on record is not a
document, and a replaced one is not two. A topic is listed from its landed records.

Invariants: a source that cannot be listed yields a failed `Listing` and not a single reference. A folder or feed that
cannot be read to its end is named in the `Listing`, and nothing beneath it is compared. A listing so short that the
mass-delete guard would act is made twice, and fails unless both say the same (law 9). One folder or feed never keeps
the rest of its source from being listed (law 15).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.changes import DeletionStats
from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.listings import Listing, Omission
from pipeline.domain.documents.provenance import Source
from pipeline.domain.errors import CorpusgateError
from pipeline.files.landing import Landing
from pipeline.files.walk import reason_of
from transforms.support.bases import GateFn, GateTransform
from transforms.support.context import RunContext
from transforms.support.listing import MOST_OMISSIONS, UnreadFeed, list_inbox, look, references
from transforms.support.measured import measured

LISTED = "listed"
UNSTEADY = "two listings in a row differ, and the shorter one would delete documents"


class ReadSources(GateTransform):
    """PCollection[Source] → references; the listings are the tagged output `LISTED`."""

    def expand(self, sources: beam.PCollection) -> Any:
        return sources | "list" >> beam.ParDo(_ListSource(self._context)).with_outputs(LISTED, main="references")


class _ListingResult(NamedTuple):
    """What one listing found."""

    documents: list[DocumentRef]
    orphans: tuple[str, ...] = ()
    partial: tuple[Omission, ...] = ()
    skipped: tuple[Omission, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[set[str], set[str]]:
        """Names of documents and of what could not be read."""
        return {ref.uri for ref in self.documents}, {omission.name for omission in self.partial}


@measured
class _ListSource(GateFn):
    gate = "read_sources"
    failed = Metrics.counter(gate, "failed_listings")
    partial = Metrics.counter(gate, "partial_listings")

    def process(self, source: Source) -> Iterator[DocumentRef]:
        try:
            found = _list(source, self._context)
            failure = _too_much(found, source)
            if not failure and _is_suspicious(found, source, self._context):
                again = _list(source, self._context)
                failure = None if again.names == found.names else UNSTEADY
        except CorpusgateError as error:
            failure = error.what
        except OSError as error:
            failure = reason_of(error)
        except Exception as error:  # whatever else a file system raises, the source counts as not listed
            failure = type(error).__name__
        if failure:
            self.failed.inc()
            yield beam.pvalue.TaggedOutput(LISTED, Listing(source=source.name, documents=0, failure=failure))
            return
        if found.partial:
            self.partial.inc()
        yield from found.documents
        listing = Listing(
            source=source.name,
            documents=len(found.documents),
            orphans=found.orphans,
            partial=found.partial,
            skipped=found.skipped[:MOST_OMISSIONS],
            links=found.links,
        )
        yield beam.pvalue.TaggedOutput(LISTED, listing)


def _list(source: Source, context: RunContext) -> _ListingResult:
    """One listing of a source."""
    if source.is_kafka:
        return _ListingResult(list(Landing(context.home_folder, source.name).present()))
    located = source.located(context.home)
    if source.is_inbox:
        return _ListingResult(list(list_inbox(located, context.submissions.values())))
    listed = look(located, context.own)
    documents, partial = list[DocumentRef](), list(listed.partial)
    for file in listed.files:
        try:
            documents.extend(list(references(located, file, context.extraction)))
        except UnreadFeed as unread:
            partial.append(Omission(name=file.uri, reason=unread.reason))
    return _ListingResult(documents, listed.orphans, tuple(partial), listed.skipped, listed.links)


def _too_much(found: _ListingResult, source: Source) -> str | None:
    """Why a listing is not used at all."""
    if len(found.documents) > source.limits.max_documents:
        return f"it holds {len(found.documents)} documents, more than its limit of {source.limits.max_documents}"
    if len(found.partial) > MOST_OMISSIONS:
        return f"more than {MOST_OMISSIONS} of its folders and feeds cannot be read"
    return None


def _is_suspicious(found: _ListingResult, source: Source, context: RunContext) -> bool:
    """Whether so much is missing that the mass-delete guard would act."""
    counts = context.known_counts.get(source.name, DeletionStats())
    lost = max(0, counts.known - len(found.documents))
    return source.is_listed and context.deletions.why_held(counts.model_copy(update={"lost": lost})) is not None
