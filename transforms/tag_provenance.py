"""Gate: give every document its source, owner, submitter, ingest time, classification and permission tags.

Invariants: raw bytes are digested here and not kept. Whatever is missing or contradictory becomes a problem, and
policy quarantines a document with problems (law 2). A link out of its source is a problem, and is not followed. The
submitter of a submission is whom the ledger has on record, and its bytes are those the ledger has the digest of.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.declared import Declared, combine, feed_record, front_matter, sidecar
from pipeline.domain.documents.documents import DocumentRef, TaggedDocument
from pipeline.domain.documents.provenance import Provenance, Source, TaggingResult, resolve_tags
from pipeline.telemetry.progress import PROGRESS
from transforms.support.bases import GateFn, GateTransform
from transforms.support.containment import NOT_CONTAINED
from transforms.support.context import RunContext
from transforms.support.measured import measured
from transforms.support.reading import LINK_OUTSIDE, digest_of, open_ref

NOT_TAGGED = "Its tags could not be worked out."
UNREADABLE = "It was listed and could not be read."
NOT_AS_SUBMITTED = "Its bytes are not those that were submitted."
_SIDECAR_BYTES = 1 << 20


class TagProvenance(GateTransform):
    """References → tagged documents, still without text."""

    def expand(self, references: beam.PCollection) -> beam.PCollection:
        return references | "tag" >> beam.ParDo(_Tag(self._context))


@measured
class _Tag(GateFn):
    gate = "tag_provenance"
    problems = Metrics.counter(gate, "documents_with_problems")

    def process(self, ref: DocumentRef) -> Iterator[TaggedDocument]:
        context = self._context.of(ref.snapshot)
        source = context.sources[ref.source]
        PROGRESS.add("listed")
        try:
            tagged = _tagged(ref, source, context)
        except Exception as error:  # the document's fault: it is kept out; otherwise it is raised again
            tagged = _not_tagged(ref, source, context, error)
        if tagged.problems:
            self.problems.inc()
        yield tagged


def _tagged(ref: DocumentRef, source: Source, context: RunContext) -> TaggedDocument:
    problems = ref.problems
    declared: Declared = ({}, ())
    submitted = context.submissions.get(ref.doc_id) if ref.submission else None
    size, digest = 0, hashlib.sha256(b"").hexdigest()
    if _leaves(ref, source, context.home):
        problems = (LINK_OUTSIDE,)
    else:
        try:
            size, digest, head = digest_of(ref)
            declared = declarations(ref, head)
            if submitted is not None:
                declared = combine(declared, (submitted.declared, ()))
                problems = () if digest == submitted.content_digest else (NOT_AS_SUBMITTED,)
        except OSError:
            problems = (UNREADABLE,)
    declared_tags, complaints = declared
    tags = resolve_tags(source, declared_tags, None if submitted is None else submitted.submitter)
    problems += complaints + tags.problems
    return _document(ref, tags, context, size, digest, problems)


def _document(
    ref: DocumentRef, tags: TaggingResult, context: RunContext, size: int, digest: str, problems: tuple[str, ...]
) -> TaggedDocument:
    return TaggedDocument(
        ref=ref.model_copy(update={"length": size}),
        provenance=Provenance(
            source=ref.source,
            uri=ref.uri,
            owner=tags.owner,
            submitter=tags.submitter,
            ingested_at=context.started_at,
            licence=tags.licence,
            # A title is a piece of the document: of one that was erased it is not kept again, whatever its name.
            title=None if context.erased.find(ref.doc_id, digest) else tags.title,
            access=tags.access,
            content_digest=digest,
            run_id=context.run_id,
        ),
        problems=tuple(dict.fromkeys(problems)),
    )


def _not_tagged(ref: DocumentRef, source: Source, context: RunContext, error: Exception) -> TaggedDocument:
    if isinstance(error, NOT_CONTAINED):
        raise error
    submitted = context.submissions.get(ref.doc_id) if ref.submission else None
    tags = resolve_tags(source, {}, None if submitted is None else submitted.submitter)
    return _document(ref, tags, context, ref.length or 0, hashlib.sha256(b"").hexdigest(), (NOT_TAGGED,))


def declarations(ref: DocumentRef, head: bytes) -> Declared:
    """What the document and the metadata file beside it declare."""
    if ref.offset is not None:
        return feed_record(head, named=ref.order is not None)[2]  # a record of a log may have its name in its key
    if ref.sidecar is None:
        return front_matter(head)
    with open_ref(DocumentRef(source=ref.source, uri=ref.uri, location=ref.sidecar)) as stream:
        return combine(front_matter(head), sidecar(stream.read(_SIDECAR_BYTES)))


def _leaves(ref: DocumentRef, source: Source, home: str) -> bool:
    """Whether a local path resolves to somewhere outside the source's own folder."""
    if "://" in ref.location or ref.order is not None or not any(map(os.path.islink, _below(ref))):
        return False
    root = Path(source.located(home).uri.split("*", 1)[0]).expanduser().resolve()
    root = root if root.is_dir() else root.parent
    return not Path(ref.location).resolve().is_relative_to(root)


def _below(ref: DocumentRef) -> Iterator[str]:
    """The file and every folder that belongs to its name, from the file up."""
    path = ref.location
    for _ in ref.uri.split("/"):
        yield path
        path = os.path.dirname(path)  # noqa: PTH120 - four times quicker than Path, and this runs per document
