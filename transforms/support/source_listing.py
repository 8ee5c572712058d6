"""The listing of one source, made with care: what it holds, or why it counts as not listed.

Invariants: a source that cannot be listed has a failed `Listing` and not a single reference. A folder or feed that
cannot be read to its end is named. A listing so short that the mass-delete guard would act is made twice, and fails
unless both say the same (law 9). Nothing of Beam is imported, except for a bucket.
"""

from typing import NamedTuple

from pipeline.domain.documents.changes import DeletionStats
from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.listings import Listing, Omission
from pipeline.domain.documents.provenance import Source
from pipeline.domain.errors import CorpusgateError
from pipeline.files.landing import Landing
from pipeline.files.walk import reason_of
from transforms.support.context import RunContext
from transforms.support.listing import MOST_OMISSIONS, UnreadFeed, list_inbox, look, references

UNSTEADY = "two listings in a row differ, and the shorter one would delete documents"


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


def listed(source: Source, context: RunContext) -> tuple[list[DocumentRef], Listing]:
    """The references of a source, none if its listing failed, and what is to be said about the listing."""
    try:
        found = _list(source, context)
        failure = _too_much(found, source)
        if not failure and _is_suspicious(found, source, context):
            again = _list(source, context)
            failure = None if again.names == found.names else UNSTEADY
    except CorpusgateError as error:
        failure = error.what
    except OSError as error:
        failure = reason_of(error)
    except Exception as error:  # whatever else a file system raises, the source counts as not listed
        failure = type(error).__name__
    if failure:
        return [], Listing(source=source.name, documents=0, failure=failure)
    listing = Listing(
        source=source.name,
        documents=len(found.documents),
        orphans=found.orphans,
        partial=found.partial,
        skipped=found.skipped[:MOST_OMISSIONS],
        links=found.links,
    )
    return found.documents, listing


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
