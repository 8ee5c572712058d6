"""Properties of pictures: EXIF, IPTC, XMP, chunks of text in PNG, and comments in JPEG and GIF."""

import re
import struct
import zlib
from collections.abc import Iterator

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.extraction.ocr import pictures
from pipeline.extraction.properties import xmp

_EXIF = {
    0x010E: "description",
    0x013B: "author",
    0x8298: "copyright",
    0x9286: "comment",
    0x9C9B: "title",
    0x9C9C: "comment",
    0x9C9D: "author",
    0x9C9E: "keywords",
    0x9C9F: "subject",
    0x010D: "document",
    0x011D: "page",
    0xC68B: "original",
}
"""Tags of EXIF 2.32 and of Windows that hold words."""
_WINDOWS = range(0x9C9B, 0x9CA0)
"""Tags in UTF-16."""
_NEWS = {5: "title", 25: "keywords", 40: "instructions", 105: "title", 116: "copyright", 120: "description"}
"""Numbers in the second record of the IPTC Information Interchange Model 4.2; others that hold words have no name."""
_USUAL = frozenset(("title", "author", "description", "copyright", "software", "comment", "source", "disclaimer"))
"""Keywords that the standard of PNG gives (section 11.3.3)."""
_CODE = re.compile(rb"ASCII\0\0\0|UNICODE\0|JIS\0{5}|\0{8}")
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 20_000
_MOST_TEXT = 4 << 20
"""Bytes of the texts of one picture."""
_XMP_KEYWORD = b"XML:com.adobe.xmp"


def properties(data: bytes) -> Iterator[FileProperty]:
    """The properties of a picture. Broken ones are left out."""
    remarks = pictures.remarks(data)
    yield from _numbered(remarks.numbered)
    for (record, number), value in sorted(remarks.news.items()):
        for one in value if isinstance(value, list) else [value]:
            if record == 2 and isinstance(one, bytes):  # the other records hold no words
                yield FileProperty(_NEWS.get(number, f"IPTC {number}"), _text(one))
    for comment in remarks.comments:
        yield FileProperty("comment", _text(comment))
    if remarks.packet:
        yield from xmp.properties(remarks.packet)
    if data.startswith(_PNG):
        yield from _of_chunks(data)


def _numbered(values: dict[int, object]) -> Iterator[FileProperty]:
    for number, name in _EXIF.items():
        value = values.get(number)
        if isinstance(value, tuple):
            value = bytes(part for part in value if isinstance(part, int) and 0 <= part < 256)
        if isinstance(value, bytes):
            value = value.decode("utf-16-le", "replace") if number in _WINDOWS else _text(value)
        if isinstance(value, str) and (text := value.strip("\0 \r\n")):
            yield FileProperty(name, text)


def _of_chunks(data: bytes) -> Iterator[FileProperty]:
    """The texts of a PNG, which may stand behind its pixels, too."""
    at, left = len(_PNG), _MOST_TEXT
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data) or left <= 0:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + size] if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf") else b""
        at += size + 12
        if kind == b"eXIf":
            yield from _numbered(pictures.exif_of(body))
            continue
        keyword, _, rest = body.partition(b"\0")
        if not keyword:
            continue
        value = _unpacked(kind, rest, left)
        left -= len(value)
        if keyword == _XMP_KEYWORD:
            yield from xmp.properties(value)
        else:
            name = keyword.decode("latin-1")
            yield FileProperty(name, _text(value), is_custom=name.lower() not in _USUAL)


def _unpacked(kind: bytes, rest: bytes, most: int) -> bytes:
    """The value of a chunk behind its keyword."""
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    elif packed:
        rest = rest[1:]
    if not packed:
        return rest[:most]
    try:
        return zlib.decompressobj().decompress(rest, most)
    except zlib.error:
        return b""


def _text(value: bytes) -> str:
    code = _CODE.match(value)
    value = value[code.end() :] if code else value
    if code and code[0].startswith(b"UNICODE"):
        order = "utf-16-be" if value[:1] == b"\0" else "utf-16-le"
        return value.decode(order, "replace").strip("\0 ")
    try:
        return value.decode().strip("\0 ")
    except UnicodeDecodeError:
        return value.decode("latin-1").strip("\0 ")
