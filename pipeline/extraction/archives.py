"""Files inside archives: ZIP, tar, and files compressed with gzip, bzip2 or xz.

Invariant: nothing is unpacked beyond the room that is left for the whole document, however archives nest, and nothing
is written. Links and devices are not followed.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused

MOST_FILES = 2000
MOST_BYTES = 256 << 20
_STEP = 1 << 20
_ENCRYPTED = 0x1
_COMPRESSED = frozenset({kinds.GZIP, kinds.BZIP2, kinds.XZ})
READ = frozenset({kinds.ZIP, kinds.TAR}) | _COMPRESSED
"""Kinds that are read here."""
_DOUBTS = (
    *(zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error),
    *(OSError, EOFError, ValueError, NotImplementedError, RuntimeError),
)


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(slots=True)
class RoomToUnpack:
    """Files and bytes that may still be unpacked from a document."""

    files: int = MOST_FILES
    bytes_left: int = MOST_BYTES

    def take(self, length: int) -> None:
        """Count bytes. Raises `Refused` if there is no room for them."""
        self.bytes_left -= length
        if self.bytes_left < 0:
            raise Refused("output-size")

    def take_file(self) -> None:
        """Count a file. Raises `Refused` if there are too many."""
        self.files -= 1
        if self.files < 0:
            raise Refused("output-size")


@dataclass(slots=True)
class Unpacked:
    """Names and contents of the files in an archive, and names of those that cannot be unpacked."""

    files: list[tuple[str, bytes]] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Name, and the word of the failure."""


def read(data: bytes, media_type: str, room: RoomToUnpack) -> Unpacked:
    """The files in an archive, in its order. Raises `Refused` if it is broken or too large."""
    unpacked = Unpacked()
    try:
        if media_type == kinds.ZIP:
            _read_zip(data, room, unpacked)
        elif media_type == kinds.TAR:
            _read_tar(data, room, unpacked)
        else:
            _read_compressed(data, media_type, room, unpacked)
    except _DOUBTS:
        raise Refused("corrupt") from None
    return unpacked


def _read_zip(data: bytes, room: RoomToUnpack, unpacked: Unpacked) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            room.take_file()
            if entry.flag_bits & _ENCRYPTED:
                unpacked.unread.append((entry.filename, "encrypted"))
                continue
            try:
                with archive.open(entry) as file:
                    unpacked.files.append((entry.filename, _within(file, room)))
            except _DOUBTS:
                unpacked.unread.append((entry.filename, "corrupt"))


def _read_tar(data: bytes, room: RoomToUnpack, unpacked: Unpacked) -> None:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in _members(archive):
            room.take_file()
            if not member.isfile():
                if not member.isdir():
                    unpacked.unread.append((member.name, "unsupported"))
                continue
            file = archive.extractfile(member)
            if file is not None:
                unpacked.files.append((member.name, _within(file, room)))


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := archive.next()) is not None:
        yield member


def _read_compressed(data: bytes, media_type: str, room: RoomToUnpack, unpacked: Unpacked) -> None:
    room.take_file()
    source = io.BytesIO(data)
    if media_type == kinds.GZIP:
        with gzip.open(source) as file:
            content = _within(file, room)
    elif media_type == kinds.BZIP2:
        with bz2.open(source) as file:
            content = _within(file, room)
    else:
        with lzma.open(source) as file:
            content = _within(file, room)
    if kinds.sniff(content, "") == kinds.TAR:
        _read_tar(content, room, unpacked)
    else:
        unpacked.files.append(("content", content))


def _within(file: _Source, room: RoomToUnpack) -> bytes:
    pieces = []
    while piece := file.read(_STEP):
        room.take(len(piece))
        pieces.append(piece)
    return b"".join(pieces)
