"""References to documents whose name is kept with a pseudonym: found again by listing their source.

Invariant: the real name is in the source and in the graph alone. It is in no request, record or log (law 4).
"""

from collections.abc import Iterator

from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.provenance import Source
from pipeline.domain.documents.pseudonyms import answers_to, stands_beneath
from pipeline.files.landing import Landing
from transforms.support.context import RunContext
from transforms.support.listing import look, references


def is_without_place(ref: DocumentRef) -> bool:
    """Whether a reference to a present document does not say where it is."""
    return not ref.location and not ref.gone


def found_again(wanted: DocumentRef, context: RunContext, key: bytes) -> DocumentRef | None:
    """The reference a source has now for a document with a pseudonym in its name; None if there is none any more.

    Raises what the file system raises, and `UnreadFeed`.
    """
    source = context.sources.get(wanted.source)
    if source is None:
        return None
    candidates = _candidates(wanted, source.located(context.home), context, key)
    return next((ref for ref in candidates if answers_to(key, ref.uri, wanted.uri)), None)


def _candidates(wanted: DocumentRef, source: Source, context: RunContext, key: bytes) -> Iterator[DocumentRef]:
    if source.is_kafka:
        yield from Landing(context.home_folder, source.name).listed()
    elif source.is_listed:
        for file in look(source, context.own).files:
            if stands_beneath(key, file.uri, wanted.uri):
                yield from references(source, file)
