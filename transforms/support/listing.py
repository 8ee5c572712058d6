"""Listings: files of folders and bucket prefixes, records of feeds, submissions of inboxes.

Invariants: names are listed, and only feeds are read. Metadata files are not documents, and are found by path, so
that a source of one file or a glob has them too. Names are relative to the source, so that a source may move.
"""

import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from apache_beam.io.filesystem import FileMetadata
from apache_beam.io.filesystems import FileSystems

from pipeline.domain.declarations.feeds import MISSHAPEN, feed_name, feed_shape
from pipeline.domain.declarations.sidecars import could_be_sidecar, is_feed, pair
from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.provenance import Source
from pipeline.domain.submissions.submissions import Submitted
from transforms.support.reading import open_ref

_GLOB = frozenset("*?[")
_PIECE = 1 << 20


class ListedFile(NamedTuple):
    """One file of a source, or a feed, with what changes when it or its metadata file is written again."""

    path: str
    uri: str
    size: int
    stamp: str
    sidecar: str | None
    problems: tuple[str, ...] = ()
    """Why its metadata file cannot be told."""


class ListedSource(NamedTuple):
    """What a source holds."""

    files: tuple[ListedFile, ...]
    orphans: tuple[str, ...]
    """Names of metadata files whose document is not there."""


def list_source(source: Source) -> Iterator[DocumentRef]:
    """Every document of a source, in no particular order. Raises what the file system raises."""
    for file in list_files(source):
        yield from references(source, file)


def list_files(source: Source) -> Iterator[ListedFile]:
    """Every file of a source, in no particular order. Raises what the file system raises."""
    yield from look(source).files


def look(source: Source) -> ListedSource:
    """Files of a source with their metadata files, and metadata files without a document.

    Raises what the file system raises.
    """
    root, pattern = _root_and_pattern(source.uri)
    if not _GLOB & set(pattern.removesuffix("/**")) and not FileSystems.exists(root):
        raise FileNotFoundError(root)
    matched = {file.path: file for file in FileSystems.match([pattern])[0].metadata_list}
    nearby = dict(matched) if pattern.endswith("/**") else _metadata_files(matched)
    pairing = pair(matched, nearby)
    files = []
    for path, beside in pairing.documents.items():
        written = [matched[path], *(nearby[sidecar] for sidecar in beside.sidecars)]
        files.append(
            ListedFile(
                path=path,
                uri=_uri(path, root),
                size=matched[path].size_in_bytes,
                stamp=" ".join(f"{one.last_updated_in_seconds}/{one.size_in_bytes}" for one in written),
                sidecar=beside.sidecar,
                problems=beside.problems,
            )
        )
    return ListedSource(tuple(files), tuple(_uri(path, root) for path in pairing.orphans))


def _uri(path: str, root: str) -> str:
    return posixpath.relpath(path, root) if path != root else posixpath.basename(path)


def _metadata_files(matched: dict[str, FileMetadata]) -> dict[str, FileMetadata]:
    """Files in the same folders that are named like metadata files; a glob or the path of one file names none."""
    found = dict(matched)
    for folder in {posixpath.dirname(path) for path in matched}:
        if "://" in folder:
            listed = FileSystems.match([f"{folder}/*"])[0].metadata_list
        else:
            listed = [
                FileMetadata(str(path), path.stat().st_size, path.stat().st_mtime)
                for path in Path(folder).iterdir()
                if could_be_sidecar(path.name) and path.is_file()
            ]
        found |= {file.path: file for file in listed if could_be_sidecar(file.path)}
    return found


def references(source: Source, file: ListedFile) -> Iterator[DocumentRef]:
    """The document of a file, or those of a feed. Raises what the file system raises."""
    if is_feed(file.path):
        yield from _feed(source, file)
        return
    yield DocumentRef(
        source=source.name,
        uri=file.uri,
        location=file.path,
        length=file.size,
        sidecar=file.sidecar,
        stamp=file.stamp,
        problems=file.problems,
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
    if is_feed(uri) or ("://" not in uri and Path(uri).is_file()):
        return posixpath.dirname(uri), uri
    return uri.rstrip("/"), uri.rstrip("/") + "/**"


def _feed(source: Source, file: ListedFile) -> Iterator[DocumentRef]:
    """A reference for every record of a feed, by byte offset; blank lines are not records.

    A feed that is not JSON Lines at all is one document, with a problem.
    """
    whole = DocumentRef(
        source=source.name,
        uri=f"{file.uri}#{MISSHAPEN}",
        location=file.path,
        offset=0,
        length=file.size,
        sidecar=file.sidecar,
        stamp=file.stamp,
        problems=file.problems,
    )
    offset, first = 0, True
    with open_ref(whole) as stream:
        for number, (line, length) in enumerate(_lines(stream, source.limits.max_bytes), 1):
            if line.strip():
                shape = feed_shape(line) if first else None
                first = False
                if shape is not None:
                    yield whole.model_copy(update={"problems": (*file.problems, shape)})
                    return
                name = feed_name(line) or f"line-{number}"
                yield whole.model_copy(update={"uri": f"{file.uri}#{name}", "offset": offset, "length": length})
            offset += length


def _lines(stream: IO[bytes], most: int) -> Iterator[tuple[bytes, int]]:
    """Lines and their lengths in bytes; of a line longer than `most` only the beginning is kept in memory."""
    while line := stream.readline(most + 1):
        length, piece = len(line), line
        while not piece.endswith(b"\n") and (piece := stream.readline(_PIECE)):
            length += len(piece)
        yield line, length
