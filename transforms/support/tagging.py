"""The tags of one listed document: its source, owner, submitter, classification and permissions, and its digest.

Invariants: raw bytes are digested here and not kept. Whatever is missing or contradictory becomes a problem. Nothing of
Beam is imported, except for a bucket.
"""

import hashlib
import posixpath
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from pipeline.domain.declarations.declared import Declared, combine, declared_of
from pipeline.domain.declarations.described_names import is_for_folder
from pipeline.domain.declarations.metadata_file import OVERSIZED
from pipeline.domain.declarations.resolve import TaggingResult, resolve_tags
from pipeline.domain.declarations.sidecars import is_sidecar
from pipeline.domain.documents.documents import DocumentRef, TaggedDocument
from pipeline.domain.documents.printable_names import bounded, unscanned_name
from pipeline.domain.documents.provenance import Provenance, Source
from pipeline.domain.identity.principal_names import KnownPrincipals
from pipeline.domain.submissions.submissions import Submitted
from pipeline.extraction.tag_reader import TagReader, tag_reader
from pipeline.files.beneath import LeavesRoot, NotAFile
from pipeline.telemetry.progress import PROGRESS
from transforms.support.containment import NOT_CONTAINED
from transforms.support.context import RunContext
from transforms.support.reading import LINK_OUTSIDE, NOT_A_FILE, UNOPENED, digest_and_content, open_ref

NOT_TAGGED = "Its tags could not be worked out."
UNREADABLE = "It was listed and could not be read."
TOO_LARGE = "The feed record is larger than its source allows."
NOT_AS_SUBMITTED = "Its bytes are not those that were submitted."
_SIDECAR_BYTES = 1 << 20
"""Of a metadata file; a longer one is a problem in any encoding."""


def tagged_ref(ref: DocumentRef, context: RunContext, sidecars: dict[str, Declared]) -> TaggedDocument:
    """A reference with its tags; one whose tags cannot be worked out has that as a problem.

    Args:
        ref: The document.
        context: The run.
        sidecars: Metadata files read before, by location; grows.

    """
    context = context.of(ref.snapshot)
    source = context.sources[ref.source]
    PROGRESS.add("listed")
    try:
        return _tagged(ref, source, context, sidecars)
    except Exception as error:  # the document's fault: it is kept out; otherwise it is raised again
        return _not_tagged(ref, source, context, error)


def _tagged(ref: DocumentRef, source: Source, context: RunContext, sidecars: dict[str, Declared]) -> TaggedDocument:
    submitted = context.submissions.get(ref.doc_id) if ref.submission else None
    read = read_tags(ref, source, context.principals, sidecars, tag_reader(context.extraction), submitted)
    return _document(ref, context, read)


class TagsRead(NamedTuple):
    """A document before its text: tags, size, digest, and everything that is wrong with them."""

    tags: TaggingResult
    size: int
    digest: str
    problems: tuple[str, ...]


def read_tags(
    ref: DocumentRef,
    source: Source,
    principals: KnownPrincipals | None,
    sidecars: dict[str, Declared],
    reader: TagReader,
    submitted: Submitted | None = None,
    base: Callable[[Declared], Source] | None = None,
) -> TagsRead:
    """Read a document's bytes once, for their digest and for what they declare.

    Args:
        ref: The document.
        source: Whose tags its own narrow.
        principals: Who can be allowed and denied; None if that is not known.
        sidecars: Metadata files read before.
        reader: Reads what documents declare.
        submitted: The submission it is, in an inbox.
        base: The source in its place for what a document declares; None: always the source.

    """
    problems = ref.problems
    declared = Declared()
    size, digest = 0, hashlib.sha256(b"").hexdigest()
    if UNOPENED.keys().isdisjoint(problems):
        try:
            size, digest, content = digest_and_content(ref, source.limits.max_bytes)
            declared = declarations(ref, content, sidecars, reader)
            if submitted is not None:
                declared = combine(declared, declared_of(submitted.declared))
                problems += () if digest == submitted.content_digest else (NOT_AS_SUBMITTED,)
        except LeavesRoot:
            problems += (LINK_OUTSIDE,)
        except NotAFile:
            problems += (NOT_A_FILE,)
        except OSError:
            problems += (UNREADABLE,)
    submitter = None if submitted is None else submitted.submitter
    tags = resolve_tags(source if base is None else base(declared), declared, submitter, principals)
    return TagsRead(tags, size, digest, problems + tags.problems)


def _document(ref: DocumentRef, context: RunContext, read: TagsRead) -> TaggedDocument:
    # A title is a piece of the document: of one that was erased it is not kept again, whatever its name.
    if context.erased.find(ref.doc_id, read.digest):
        read = read._replace(tags=read.tags.model_copy(update={"title": None}))
    return tagged_document(ref, read, context.run_id, context.started_at)


def tagged_document(ref: DocumentRef, read: TagsRead, run_id: str, at: datetime) -> TaggedDocument:
    """The document with its tags, as a run that began at a moment records it."""
    tags, size, digest, problems = read
    return TaggedDocument(
        ref=ref.model_copy(update={"length": size}),
        provenance=Provenance(
            source=ref.source,
            uri=ref.uri,
            owner=tags.owner,
            submitter=tags.submitter,
            ingested_at=at,
            licence=tags.licence,
            title=tags.title,
            access=tags.access,
            content_digest=digest,
            run_id=run_id,
            problems=tuple(dict.fromkeys(problems)),
        ),
        problems=tuple(dict.fromkeys(problems)),
    )


def _not_tagged(ref: DocumentRef, source: Source, context: RunContext, error: Exception) -> TaggedDocument:
    if isinstance(error, NOT_CONTAINED):
        raise error
    submitted = context.submissions.get(ref.doc_id) if ref.submission else None
    tags = resolve_tags(source, {}, None if submitted is None else submitted.submitter)
    return _document(ref, context, TagsRead(tags, ref.length or 0, hashlib.sha256(b"").hexdigest(), (NOT_TAGGED,)))


def declarations(ref: DocumentRef, content: bytes | None, sidecars: dict[str, Declared], reader: TagReader) -> Declared:
    """The declarations of a document, of the metadata file next to it, and of files that may be meant as one.

    Args:
        ref: The document.
        content: Its bytes; None for more than its source allows, which extraction refuses.
        sidecars: Metadata files read before; a feed has one for many records.
        reader: Reads all of them.

    """
    if ref.offset is not None:
        if content is None:
            return Declared(problems=(TOO_LARGE,))
        declared = reader.feed_record(
            content, named=ref.order is not None
        ).declared  # a log may have the name in the key
    else:
        declared = reader.front_matter(content, ref.uri) if content is not None else Declared()
    # Not kept among the metadata files: the same file may be one of them for a document of another source.
    declared = combine(declared, *(_doubted(ref, location, reader) for location in ref.doubtful))
    if ref.sidecar is None:
        return declared
    if ref.sidecar not in sidecars:
        sidecars[ref.sidecar] = _sidecar(ref, ref.sidecar, reader)
    return combine(declared, sidecars[ref.sidecar])


def _doubted(ref: DocumentRef, location: str, reader: TagReader) -> Declared:
    """A problem that names a file which says who may read a document and is not named as its metadata file."""
    is_named, for_folder = is_sidecar(location), is_for_folder(location, ref.location)
    try:
        content = _content(ref, location)
    except (LeavesRoot, NotAFile, OSError):  # it cannot be known to say nothing
        return Declared(problems=(_doubt(ref, location, for_folder=for_folder),))
    if len(content) > _SIDECAR_BYTES:
        return Declared(problems=(_doubt(ref, location),) if is_named else ())
    restricting = reader.restricts(content, location, is_named=is_named, for_folder=for_folder)
    return Declared(problems=(_doubt(ref, location, for_folder=for_folder),) if restricting else ())


def _doubt(ref: DocumentRef, location: str, *, for_folder: bool = False) -> str:
    name = unscanned_name(bounded(posixpath.relpath(location, posixpath.dirname(ref.location))))
    if for_folder:
        return (
            f"The file {name} says who may read, and no file declares for a folder: give each document a metadata file "
            "of its own, or remove the file."
        )
    return (
        f"The file {name} says who may read a document, seems to mean this one, and is not its metadata file: "
        "give it the name of the document and .meta.yaml, or remove it."
    )


def _content(ref: DocumentRef, location: str) -> bytes:
    """The bytes of a file beneath the same root as a document, up to the limit and one more."""
    with open_ref(DocumentRef(source=ref.source, uri=location, location=location, root=ref.root)) as stream:
        return stream.read(_SIDECAR_BYTES + 1)


def _sidecar(ref: DocumentRef, location: str, reader: TagReader) -> Declared:
    """The declarations of a metadata file, which is opened beneath the same root as its document."""
    content = _content(ref, location)
    if len(content) > _SIDECAR_BYTES:
        return Declared(problems=(OVERSIZED,))
    return reader.metadata_file(content, location)
