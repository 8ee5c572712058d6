"""Gate: list what approved sources hold, as references. Nothing is read here.

An inbox is listed from the ledger's submissions, not from its folder: a file without a submission on record is no
document, and a replaced one is not two.

Invariants: a source that cannot be listed completely yields a failed `Listing` and not a single reference, so
nothing of it can look deleted (law 9). Metadata files beside documents are no documents.
"""

import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from pipeline.domain.declared import feed_record
from pipeline.domain.documents import DocumentRef, Listing
from pipeline.domain.provenance import Source
from pipeline.domain.submissions import Submitted
from transforms.elements import RunContext
from transforms.measured import measured

SIDECAR = ".meta.yaml"
FEED_SUFFIXES = (".jsonl", ".ndjson")
LISTED = "listed"
_GLOB = frozenset("*?[")


class ReadSources(beam.PTransform):
    """PCollection[Source] → references; the listings are the tagged output `LISTED`."""

    def __init__(self, context: RunContext) -> None:
        super().__init__()
        self._context = context

    def expand(self, sources: beam.PCollection) -> Any:
        """Wire it."""
        return sources | "list" >> beam.ParDo(_ListSource(self._context)).with_outputs(LISTED, main="references")


@measured
class _ListSource(beam.DoFn):
    gate = "read_sources"

    def __init__(self, context: RunContext) -> None:
        self._context = context

    def process(self, source: Source) -> Iterator[DocumentRef]:
        try:
            submitted = self._context.submissions.values() if source.is_inbox else ()
            located = source.located(self._context.home)
            references = list(list_inbox(located, submitted) if source.is_inbox else list_source(located))
            failure = None
            if len(references) > source.limits.max_documents:
                failure = f"it holds {len(references)} documents, more than its limit of {source.limits.max_documents}"
        except Exception as error:  # whatever a file system raises, the source counts as not listed
            failure = type(error).__name__
        if failure:
            yield beam.pvalue.TaggedOutput(LISTED, Listing(source=source.name, documents=0, failure=failure))
            return
        yield from references
        yield beam.pvalue.TaggedOutput(LISTED, Listing(source=source.name, documents=len(references)))


def list_source(source: Source) -> Iterator[DocumentRef]:
    """Every document of a source, in no particular order. Raises what the file system raises."""
    root, pattern = _root_and_pattern(source.uri)
    if not _GLOB & set(pattern.removesuffix("/**")) and not FileSystems.exists(root):
        raise FileNotFoundError(root)
    matched = FileSystems.match([pattern])[0].metadata_list
    sizes = {file.path: file.size_in_bytes for file in matched}
    for path, size in sizes.items():
        if path.endswith(SIDECAR) and path.removesuffix(SIDECAR) in sizes:
            continue
        uri = posixpath.relpath(path, root) if path != root else posixpath.basename(path)
        if path.endswith(FEED_SUFFIXES):
            yield from _feed(source, path, uri)
        else:
            sidecar = path + SIDECAR
            yield DocumentRef(
                source=source.name,
                uri=uri,
                location=path,
                length=size,
                sidecar=sidecar if sidecar in sizes else None,
            )


def list_inbox(source: Source, submitted: Iterable[Submitted]) -> Iterator[DocumentRef]:
    """Every document submitted to a source. Raises when its folder is gone or holds none of their files (law 9)."""
    mine = [one for one in submitted if one.source == source.name]
    folder = Path(source.uri)
    if mine and not any((folder / one.file).exists() for one in mine):
        raise FileNotFoundError(folder)
    for one in mine:
        yield DocumentRef(
            source=source.name,
            uri=one.uri,
            location=str(folder / one.file),
            length=one.bytes,
            submission=one.submission_id,
        )


def _root_and_pattern(uri: str) -> tuple[str, str]:
    """The folder that document names are relative to, and what to match."""
    if "://" not in uri:
        uri = str(Path(uri).expanduser().absolute())
    if _GLOB & set(uri):
        parts = uri.split("/")
        first = next(i for i, part in enumerate(parts) if _GLOB & set(part))
        return "/".join(parts[:first]), uri
    if uri.endswith(FEED_SUFFIXES) or ("://" not in uri and Path(uri).is_file()):
        return posixpath.dirname(uri), uri
    return uri.rstrip("/"), uri.rstrip("/") + "/**"


def _feed(source: Source, path: str, uri: str) -> Iterator[DocumentRef]:
    """A reference for every record of a feed, by byte offset; blank lines are no records."""
    offset = 0
    with FileSystems.open(path) as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                name, _, _ = feed_record(line)
                yield DocumentRef(
                    source=source.name,
                    uri=f"{uri}#{name if name is not None else f'line-{number}'}",
                    location=path,
                    offset=offset,
                    length=len(line),
                )
            offset += len(line)
