"""What stands in a place: files of folders and bucket prefixes, records of feeds, submissions of inboxes.

Invariants: names are listed, nothing is read but the lines of feeds. Metadata files beside documents are no documents.
Names are relative to the source, so that a source may move.
"""

import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from apache_beam.io.filesystems import FileSystems

from pipeline.domain.documents.declared import feed_record
from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.provenance import Source
from pipeline.domain.submissions.submissions import Submitted

SIDECAR = ".meta.yaml"
FEED_SUFFIXES = (".jsonl", ".ndjson")
_GLOB = frozenset("*?[")


class ListedFile(NamedTuple):
    """One file of a source, or a feed, with what changes when it or its metadata file is written again."""

    path: str
    uri: str
    size: int
    stamp: str
    sidecar: str | None

    @property
    def is_feed(self) -> bool:
        """Whether it holds a document in every line."""
        return self.path.endswith(FEED_SUFFIXES)


def list_source(source: Source) -> Iterator[DocumentRef]:
    """Every document of a source, in no particular order. Raises what the file system raises."""
    for file in list_files(source):
        yield from references(source, file)


def list_files(source: Source) -> Iterator[ListedFile]:
    """Every file of a source, in no particular order. Raises what the file system raises."""
    root, pattern = _root_and_pattern(source.uri)
    if not _GLOB & set(pattern.removesuffix("/**")) and not FileSystems.exists(root):
        raise FileNotFoundError(root)
    matched = {file.path: file for file in FileSystems.match([pattern])[0].metadata_list}
    for path, file in matched.items():
        if path.endswith(SIDECAR) and path.removesuffix(SIDECAR) in matched:
            continue
        beside = None if path.endswith(FEED_SUFFIXES) else matched.get(path + SIDECAR)
        written = [f"{one.last_updated_in_seconds}/{one.size_in_bytes}" for one in (file, beside) if one is not None]
        yield ListedFile(
            path=path,
            uri=posixpath.relpath(path, root) if path != root else posixpath.basename(path),
            size=file.size_in_bytes,
            stamp=" ".join(written),
            sidecar=None if beside is None else beside.path,
        )


def references(source: Source, file: ListedFile) -> Iterator[DocumentRef]:
    """The document of a file, or those of a feed. Raises what the file system raises."""
    if file.is_feed:
        yield from _feed(source, file)
        return
    yield DocumentRef(
        source=source.name,
        uri=file.uri,
        location=file.path,
        length=file.size,
        sidecar=file.sidecar,
        stamp=file.stamp,
    )


def list_inbox(source: Source, submitted: Iterable[Submitted]) -> Iterator[DocumentRef]:
    """Every document submitted to a source. Raises when its folder is gone or holds none of their files (law 9)."""
    mine = [one for one in submitted if one.source == source.name]
    folder = Path(source.uri)
    if mine and not any((folder / one.file).exists() for one in mine):
        raise FileNotFoundError(folder)
    yield from (one.ref(source.uri) for one in mine)


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


def _feed(source: Source, file: ListedFile) -> Iterator[DocumentRef]:
    """A reference for every record of a feed, by byte offset; blank lines are no records."""
    offset = 0
    with FileSystems.open(file.path) as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                name, _, _ = feed_record(line)
                yield DocumentRef(
                    source=source.name,
                    uri=f"{file.uri}#{name if name is not None else f'line-{number}'}",
                    location=file.path,
                    offset=offset,
                    length=len(line),
                    stamp=file.stamp,
                )
            offset += len(line)
