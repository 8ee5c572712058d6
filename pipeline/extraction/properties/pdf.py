"""Properties of PDFs: the document information, with names that people gave, and XMP."""

import ctypes
import re
import zlib
from collections.abc import Iterator

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.extraction.pdf.inside import plain_copy
from pipeline.extraction.pdfium import api, pdfium
from pipeline.extraction.properties import xmp

_STANDARD = frozenset(
    {"Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate", "Trapped"}
)
_NAME = re.compile(rb"/([A-Za-z#][^\s/<>\[\](){}%\x00-\x1f]{1,100})")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_MOST_NAMES = 20_000
_STREAM = re.compile(rb"(?P<about><<(?:(?!<<|endobj).){0,600}?)>>\s{0,8}stream\r?\n", re.DOTALL)
_PACKED = (b"/ObjStm", b"/Metadata", b"/XML")
_MOST_UNPACKED = 64 << 20
"""Of all objects and metadata in compressed streams, in bytes."""
_PHOTOGRAPH = re.compile(rb"stream\r?\n(?=\xff\xd8\xff)")
_MOST_PHOTOGRAPHS = 500


def properties(data: bytes) -> Iterator[FileProperty]:
    """The properties of a document. Raises what the library raises."""
    sources = [data, *_unpacked(data)]
    if b"/Encrypt" in data:
        with pdfium.PdfDocument(data) as document:
            copy = plain_copy(document)
        sources += [copy, *_unpacked(copy)]
    names = {_ESCAPE.sub(_byte, match[1]) for source in sources for match in _NAME.finditer(source)}
    with pdfium.PdfDocument(data) as document:
        for name in sorted(names | {name.encode() for name in _STANDARD})[:_MOST_NAMES]:
            if value := _text(document, name):
                shown = name.decode("utf-8", "replace")
                yield FileProperty(shown, value, is_custom=shown not in _STANDARD)
    for source in sources:
        for one in xmp.properties(source):  # the keywords of a PDF are called its subject there
            yield one._replace(name="keywords") if one.name == "subject" else one


def pictures(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The photographs (JPEG) of a document as they stand in it."""
    for at, start in enumerate(_PHOTOGRAPH.finditer(data)):
        if at >= _MOST_PHOTOGRAPHS:
            return
        yield f"{at}.jpg", data[start.end() : data.find(b"endstream", start.end())]


def _text(document: pdfium.PdfDocument, name: bytes) -> str:
    size = api.FPDF_GetMetaText(document, name, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    api.FPDF_GetMetaText(document, name, buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _unpacked(data: bytes) -> Iterator[bytes]:
    left = _MOST_UNPACKED
    for stream in _STREAM.finditer(data):
        if left <= 0 or not any(mark in stream["about"] for mark in _PACKED):
            continue
        try:
            content = zlib.decompressobj().decompress(data[stream.end() :], left)
        except zlib.error:
            continue
        left -= len(content)
        yield content


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])
