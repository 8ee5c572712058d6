"""Landed records of a log, kept in the home before a gate judges them: `landed/SOURCE/DOCUMENT/VERSION`.

A file holds a line about the record, then the record as a line of a feed; a deletion has only the first line. A log
forgets its records, and no runner should carry text between workers. So a record is kept here first, and only its
reference goes on.

Invariants: a file is whole and durable when it has its name, and never changes. Names hold digests, no text. The
newest version of a document, by its place in the log, is always there; landing it again, or an older one, writes
nothing. An erased document keeps only the line about it.
"""

import hashlib
import shutil
import time
import uuid
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.records import Record, line_of
from pipeline.files.durable import UNFINISHED, sync_folder, write_file

FOLDER = "landed"
_KINDS = _RECORD, _GONE, _WITHHELD = (".record", ".gone", ".withheld")


class _Version(NamedTuple):
    """A landed file, in the order of versions."""

    order: int
    gone: bool
    digest: str
    has_text: bool
    path: Path

    @property
    def place(self) -> tuple[int, bool, str]:
        return self.order, self.gone, self.digest


class Landing:
    """The landed records of one source."""

    def __init__(self, home: Path, source: str) -> None:
        self._source, self.folder = source, home / FOLDER / source

    def create(self) -> None:
        """Make the folder, private to its owner: a source whose folder is missing cannot be listed (law 9)."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def pace(self) -> Path:
        """Folder with a file for each partition: the last offset that was dealt with since the stream started."""
        return self.folder.parent / f".pace-{self._source}"

    def begin_pace(self) -> None:
        """Say that nothing was dealt with yet."""
        shutil.rmtree(self.pace, ignore_errors=True)
        self.pace.mkdir(mode=0o700, parents=True)

    def keep_pace(self, partition: int, offset: int) -> None:
        """Say that a partition was dealt with up to an offset. It need not last: it only lets the reader go on."""
        scratch = self.pace / f"{UNFINISHED}{uuid.uuid4().hex}"
        scratch.write_text(str(offset), "ascii")
        scratch.replace(self.pace / str(partition))

    def land(self, record: Record, value: bytes | None, *, withhold: bool = False) -> DocumentRef | None:
        """Keep a record and refer to it; None when a later version of its document is there already."""
        folder = self._folder(record.uri)
        newest = max(_versions(folder), default=None)
        if newest is not None and newest.place > record.place:
            return None
        kind = _GONE if record.gone else _WITHHELD if withhold else _RECORD
        path = folder / f"{record.order:019d}-{record.digest}{kind}"
        about, line = _about(record), b"" if kind != _RECORD else line_of(value)
        if not path.exists():
            if newest is None:
                folder.mkdir(mode=0o700, exist_ok=True)
                sync_folder(self.folder)
            write_file(path, about + line, mode=0o600)
        return self._reference(record, path, len(about), len(line))

    def listed(self) -> Iterator[DocumentRef]:
        """The newest version of every document, deletions included. Raises what the file system raises."""
        for folder in self.folder.iterdir():
            newest = max(_versions(folder), default=None)
            if newest is not None:
                about, record = _read(newest.path)
                length = newest.path.stat().st_size - len(about)
                yield self._reference(record, newest.path, len(about), length)

    def present(self) -> Iterator[DocumentRef]:
        """The newest version of every document that was not deleted."""
        return (ref for ref in self.listed() if not ref.gone)

    def files(self, uri: str) -> list[Path]:
        """Every landed version of a document."""
        return [version.path for version in _versions(self._folder(uri))]

    def sweep(self, needed: Collection[str], *, older_than: float, erased: Collection[str] = ()) -> int:
        """Remove versions nobody needs any more; returns how many.

        Kept are the newest of each document, those at the places `needed` and those younger than so many seconds.
        `erased` names documents whose text goes in any case.
        """
        before, removed, gone = time.time() - older_than, 0, {_digest(uri) for uri in erased}
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            versions = sorted(_versions(folder))
            for version in versions[:-1]:
                if str(version.path) not in needed and version.path.stat().st_mtime < before:
                    version.path.unlink()
                    removed += 1
            if folder.name in gone:
                removed += sum(_withhold(version) for version in versions if version.has_text)
            for left in folder.glob(f"{UNFINISHED}*"):
                if left.stat().st_mtime < before:
                    left.unlink()
        return removed

    def _folder(self, uri: str) -> Path:
        return self.folder / _digest(uri)

    def _reference(self, record: Record, path: Path, offset: int, length: int) -> DocumentRef:
        return DocumentRef(
            source=self._source,
            uri=record.uri,
            location=str(path),
            offset=offset,
            length=length,
            order=record.order,
            gone=record.gone,
            stamp=record.digest,
            problems=record.problems,
        )


def uri_at(path: Path) -> str | None:
    """Which document a landed file is a version of; None for what is no landed file."""
    return _read(path)[1].uri if path.suffix in _KINDS else None


def _digest(uri: str) -> str:
    return hashlib.sha256(uri.encode()).hexdigest()


def _about(record: Record) -> bytes:
    return record.model_dump_json().encode() + b"\n"


def _read(path: Path) -> tuple[bytes, Record]:
    with path.open("rb") as file:
        about = file.readline()
    return about, Record.model_validate_json(about)


def _versions(folder: Path) -> Iterable[_Version]:
    """What is landed of a document; nothing where there is no such folder."""
    try:
        paths = [path for path in folder.iterdir() if path.suffix in _KINDS]
    except FileNotFoundError:
        return
    for path in paths:
        order, _, digest = path.stem.partition("-")
        yield _Version(int(order), path.suffix == _GONE, digest, path.suffix == _RECORD, path)


def _withhold(version: _Version) -> bool:
    """Put the line about a record in its place."""
    try:
        about, _ = _read(version.path)
    except FileNotFoundError:
        return False
    write_file(version.path.with_suffix(_WITHHELD), about, mode=0o600)
    version.path.unlink()
    return True
