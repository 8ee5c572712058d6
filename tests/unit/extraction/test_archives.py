"""Archives are unpacked within bounds; what cannot be unpacked is named."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from pipeline.extraction import archives
from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused

FILES = {"a.txt": b"first words", "in/b.md": b"second words"}


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("in")
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files: dict[str, bytes], *links: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
            archive.addfile(member)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [zipped(FILES), *(pack(tarred(FILES)) for pack in (bytes, gzip.compress, bz2.compress, lzma.compress))],
    ids=["zip", "tar", "gzip", "bzip2", "xz"],
)
def test_the_files_of_an_archive_are_read_in_order(data: bytes) -> None:
    unpacked = archives.read(data, kinds.sniff(data, "archive"), archives.RoomToUnpack())
    assert (dict(unpacked.files), unpacked.unread) == (FILES, [])


def test_a_compressed_file_is_one_file() -> None:
    unpacked = archives.read(gzip.compress(b"words"), kinds.GZIP, archives.RoomToUnpack())
    assert unpacked.files == [("content", b"words")]


def test_a_link_is_named_and_not_followed() -> None:
    assert archives.read(tarred({}, "link"), kinds.TAR, archives.RoomToUnpack()).unread == [("link", "unsupported")]


def test_a_locked_file_is_named() -> None:
    data = bytearray(zipped({"a.txt": b"words"}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.rindex(mark) + flags
        data[place] |= 1
    assert archives.read(bytes(data), kinds.ZIP, archives.RoomToUnpack()).unread == [("a.txt", "encrypted")]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, lambda data: zipped({"a": data})])
def test_law_15_a_bomb_is_refused_before_it_is_unpacked(pack: object) -> None:
    assert callable(pack)
    data = pack(bytes(8 << 20))
    assert len(data) < 1 << 20
    with pytest.raises(Refused, match="output-size"):
        archives.read(data, kinds.sniff(data, ""), archives.RoomToUnpack(bytes_left=4 << 20))


def test_law_15_too_many_files_are_refused() -> None:
    with pytest.raises(Refused, match="output-size"):
        archives.read(zipped({str(n): b"" for n in range(30)}), kinds.ZIP, archives.RoomToUnpack(files=20))


@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"words")[:-9], tarred(FILES)[:700], bz2.compress(b"words")[:20]],
    ids=["gzip", "tar", "bzip2"],
)
def test_a_broken_archive_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="corrupt"):
        archives.read(data, kinds.sniff(data, ""), archives.RoomToUnpack())


@pytest.mark.parametrize(
    "start",
    [b"7z\xbc\xaf\x27\x1c\0\4", b"Rar!\x1a\x07\x01\0", b"Rar!\x1a\x07\0", b"\x28\xb5\x2f\xfd\x24\x05"],
    ids=["7z", "rar 5", "rar 4", "zstd"],
)
def test_an_archive_of_another_kind_is_of_no_kind_that_is_read(start: bytes) -> None:
    kind = kinds.sniff(start + b"first words " * 40, "words.txt", "text/plain")
    assert kind not in kinds.PARSED | kinds.PLAIN | kinds.PICTURES | archives.READ
