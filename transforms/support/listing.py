"""Listings: files of folders and bucket prefixes, records of feeds, submissions of inboxes.

Invariants: names are listed, nothing is read but the lines of feeds. Metadata files are not documents, and are looked
for by path, so that a source of one file or a glob has them too. Names are relative to the source, so that a source may
move. A folder that cannot be listed is named, never left out silently (law 9). Nothing in a place stops its listing
(law 15): a name, a pipe, a link or a feed is at most a document with a problem, or is skipped with a word.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from pipeline.domain.declarations.described_names import is_metadata_folder
from pipeline.domain.declarations.feeds import MISSHAPEN
from pipeline.domain.declarations.sidecars import could_be_sidecar, is_feed, pair
from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.listings import Omission
from pipeline.domain.documents.printable_names import bounded, escaped, is_suspect, printable_name
from pipeline.domain.documents.provenance import Source
from pipeline.domain.submissions.submissions import Submitted
from pipeline.extraction.tag_reader import TagReader, tag_reader
from pipeline.files.buckets import bucket_files
from pipeline.files.own import OwnPlaces
from pipeline.files.places import FilePlace, place_of, refuse_own_and_system
from pipeline.files.walk import NOT_DOCUMENTS, UNFOLLOWED, Kind, TreeEntry, Unlisted, reason_of, walk
from pipeline.settings.extraction import ExtractionSettings
from transforms.support.reading import LINK_OUTSIDE, NOT_A_FILE, OWN_FILE, UNOPENED, open_ref

UNSHOWN_NAME = (
    "Its name holds control characters, direction marks, invisible characters or bytes that are not UTF-8: rename it."
)
MOST_OMISSIONS = 200
"""Folders and feeds of one source that may be unreadable before all of it counts as not listed."""

MOST_NAMELESS = 1_000
"""Records without a usable `id` that one feed may bring; the rest of such a feed is not read."""

MOST_FEED_BYTES = 20_000_000_000
"""A larger feed is not read: it would hold up every other document."""

MOST_LINE_BYTES = 1_000_000_000
"""A feed with a longer line is not read: it is a hole in a sparse file, or never ends."""

_PIECE = 1 << 20
_BATCH_BYTES, _BATCH_LINES = 1 << 18, 500
_DEFAULTS = ExtractionSettings()
_PROBLEMS = {
    Kind.OUTSIDE: LINK_OUTSIDE,
    Kind.PIPE: NOT_A_FILE,
    Kind.SOCKET: NOT_A_FILE,
    Kind.DEVICE: NOT_A_FILE,
    Kind.OWN: OWN_FILE,
}


class ListedFile(NamedTuple):
    """One file of a source, or a feed, with what changes when it or its metadata file is written again."""

    path: str
    """Escaped, if it is local."""
    uri: str
    size: int
    stamp: str
    sidecar: str | None
    problems: tuple[str, ...] = ()
    """Problems of its name, its kind or its metadata file."""
    root: str = ""
    """Escaped; empty in a bucket."""
    doubtful: tuple[str, ...] = ()
    """Files that may describe it, which their content shows; escaped, if they are local."""


class ListedSource(NamedTuple):
    """The files of a source."""

    files: tuple[ListedFile, ...]
    orphans: tuple[str, ...]
    """Names of metadata files whose document is not there."""
    partial: tuple[Omission, ...] = ()
    """Folders that could not be listed to their end."""
    skipped: tuple[Omission, ...] = ()
    links: tuple[str, ...] = ()
    """Names of links that are not followed, in their order."""


class UnreadFeed(Exception):
    """A feed that cannot be read to its end; `reason` says why in words for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def list_source(source: Source, own: Iterable[str] = ()) -> Iterator[DocumentRef]:
    """Every document of a source, in no particular order.

    Raises `UnreadFeed`, `OSError` for a folder that cannot be listed, and what the file system raises.
    """
    listed = look(source, own)
    if listed.partial:
        raise OSError(listed.partial[0].reason)
    for file in listed.files:
        yield from references(source, file)


def look(source: Source, own: Iterable[str] = ()) -> ListedSource:
    """Files of a source with their metadata files, and what of it is left out.

    Args:
        source: Whose place is looked at.
        own: Folders that Corpusgate keeps for itself, which no source may point to.

    Raises what the file system raises where nothing can be listed at all.

    """
    return _look_in_bucket(source.uri) if "://" in source.uri else _look_in_folder(source.uri, own)


def _look_in_folder(uri: str, own: Iterable[str]) -> ListedSource:
    place = place_of(str(Path(uri).expanduser()))
    own = tuple(own)
    refuse_own_and_system(place, own)
    matched: dict[str, TreeEntry] = {}
    nearby: dict[str, TreeEntry] = {}
    partial, skipped, links = list[Omission](), list[Omission](), list[str]()
    for found in walk(place.root, lambda folder: _enters(place, folder), OwnPlaces(own)):
        if isinstance(found, Unlisted):
            partial.append(Omission(name=printable_name(found.path), reason=found.reason))
            continue
        if found.kind in UNFOLLOWED and (place.holds(found.path) or place.enters(found.path)):
            links.append(printable_name(found.path))
        if found.kind in NOT_DOCUMENTS:
            if place.holds(found.path):
                skipped.append(Omission(name=printable_name(found.path), reason=found.kind.value))
        elif place.holds(found.path):
            matched[found.path] = found
        elif could_be_sidecar(found.path):
            nearby[found.path] = found
    nearby |= matched
    pairing = pair(matched, nearby)
    files = []
    for path, own_files in pairing.documents.items():
        beside = own_files.also(pairing.documents.get(matched[path].target))
        written = [matched[path], *(nearby[other] for other in (*beside.sidecars, *beside.doubtful))]
        named = (UNSHOWN_NAME,) if is_suspect(path) else ()
        special = _PROBLEMS.get(matched[path].kind)
        files.append(
            ListedFile(
                path=_whole(place, path),
                uri=printable_name(path),
                size=matched[path].size,
                stamp=" ".join(f"{one.written / 1e9}/{one.size}" for one in written),
                sidecar=None if beside.sidecar is None else _whole(place, beside.sidecar),
                problems=(*named, *((special,) if special else ()), *beside.problems),
                root=escaped(place.root),
                doubtful=tuple(_whole(place, other) for other in beside.doubtful),
            )
        )
    if place.file and not matched:
        raise FileNotFoundError(place.root)
    orphans = tuple(map(printable_name, pairing.orphans))
    return ListedSource(tuple(files), orphans, tuple(partial), tuple(skipped), tuple(sorted(links)))


def _enters(place: FilePlace, folder: str) -> bool:
    """Whether documents could lie beneath a folder, or files that describe documents in the folder around it."""
    around = folder.rpartition("/")[0]
    return place.enters(folder) or (is_metadata_folder(folder) and (not around or place.enters(around)))


def _whole(place: FilePlace, path: str) -> str:
    return escaped(f"{place.root.rstrip('/')}/{path}")


def _look_in_bucket(uri: str) -> ListedSource:
    bucket = bucket_files(uri)
    pairing = pair(bucket.files, bucket.nearby)
    files = []
    for path, beside in pairing.documents.items():
        written = [bucket.files[path], *(bucket.nearby[other] for other in (*beside.sidecars, *beside.doubtful))]
        name = bucket.name(path)
        files.append(
            ListedFile(
                path=path,
                uri=printable_name(name),
                size=bucket.files[path].size_in_bytes,
                stamp=" ".join(f"{one.last_updated_in_seconds}/{one.size_in_bytes}" for one in written),
                sidecar=beside.sidecar,
                problems=(*((UNSHOWN_NAME,) if is_suspect(name) else ()), *beside.problems),
                doubtful=beside.doubtful,
            )
        )
    return ListedSource(tuple(files), tuple(printable_name(bucket.name(path)) for path in pairing.orphans))


def references(source: Source, file: ListedFile, settings: ExtractionSettings = _DEFAULTS) -> Iterator[DocumentRef]:
    """The document of a file, or those of a feed, whose records are read under the limits of `settings`.

    Raises `UnreadFeed`, and what a bucket's file system raises.
    """
    if is_feed(file.path):
        unopened = next((reason for problem, reason in UNOPENED.items() if problem in file.problems), None)
        if unopened:
            raise UnreadFeed(unopened)
        try:
            yield from _feed(source, file, tag_reader(settings))
        except OSError as error:
            raise UnreadFeed(reason_of(error)) from None
        return
    yield DocumentRef(
        source=source.name,
        uri=file.uri,
        location=file.path,
        root=file.root,
        length=file.size,
        sidecar=file.sidecar,
        doubtful=file.doubtful,
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


def _feed(source: Source, file: ListedFile, reader: TagReader) -> Iterator[DocumentRef]:
    """A reference for every record of a feed, by byte offset; blank lines are not records.

    A feed that is not JSON Lines at all is one document, with a problem.
    """
    whole = DocumentRef(
        source=source.name,
        uri=bounded(f"{file.uri}#{MISSHAPEN}"),
        location=file.path,
        root=file.root,
        offset=0,
        length=file.size,
        sidecar=file.sidecar,
        doubtful=file.doubtful,
        stamp=file.stamp,
        problems=file.problems,
    )
    most = source.limits.max_bytes
    offset, number, records, nameless = 0, 0, 0, 0
    with open_ref(whole) as stream:
        for lines in _batches(_lines(stream, most)):
            read = [line for line, _ in lines if line.strip()]
            given, shape = reader.feed_names(read) if read else ([], None)
            if shape is not None and not records:
                yield whole.model_copy(update={"problems": (*file.problems, shape)})
                return
            names = iter(given)
            for line, length in lines:
                number += 1
                if offset + length > MOST_FEED_BYTES:
                    raise UnreadFeed(f"larger than {MOST_FEED_BYTES:,} bytes")
                if line.strip():
                    name = next(names)
                    records, nameless = records + 1, nameless + (name is None)
                    if nameless > MOST_NAMELESS:
                        raise UnreadFeed(f"more than {MOST_NAMELESS:,} of its records have no usable `id`")
                    if records > source.limits.max_documents:
                        raise UnreadFeed(f"more than {source.limits.max_documents:,} records, the limit of its source")
                    uri = bounded(f"{file.uri}#{name or f'line-{number}'}")
                    yield whole.model_copy(update={"uri": uri, "offset": offset, "length": length})
                offset += length


def _batches(lines: Iterable[tuple[bytes, int]]) -> Iterator[list[tuple[bytes, int]]]:
    """Lines in groups that one request to a child process can hold."""
    batch: list[tuple[bytes, int]] = []
    size = 0
    for line, length in lines:
        batch.append((line, length))
        size += len(line)
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_LINES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _lines(stream: IO[bytes], most: int) -> Iterator[tuple[bytes, int]]:
    """Lines and their lengths in bytes; of a line longer than `most` only the beginning is kept in memory."""
    while line := stream.readline(most + 1):
        length, piece = len(line), line
        while not piece.endswith(b"\n") and (piece := stream.readline(_PIECE)):
            length += len(piece)
            if length > MOST_LINE_BYTES:
                raise UnreadFeed(f"a line of it is longer than {MOST_LINE_BYTES:,} bytes")
        yield line, length
