"""Files inside OLE objects: what "insert as object" leaves in an Office document ([MS-OLEDS])."""

import struct

from pipeline.extraction.containers import Refused
from pipeline.extraction.office.compound import Compound

_NATIVE = "\x01Ole10Native"
_WHOLE = ("Package", "CONTENTS", "EmbeddedOdf")
"""Streams that are the file itself."""


def files(data: bytes) -> list[tuple[str, bytes]]:
    """Names and contents of the files in an object. Raises `Refused` if there is none."""
    compound = Compound(data)
    found: list[tuple[str, bytes]] = []
    for path, entry in compound.walk():
        name = path.rpartition("/")[2]
        if name == _NATIVE:
            found.append(_native(compound.content(entry)))
        elif name in _WHOLE:
            found.append((name.lower(), compound.content(entry)))
    if not found:
        raise Refused("unsupported")
    return found


def _native(raw: bytes) -> tuple[str, bytes]:
    """The file in a stream of a packager: size, flags, label, path, two numbers, path, then the content."""
    try:
        at = 6
        label, at = _string(raw, at)
        _, at = _string(raw, at)
        (length,) = struct.unpack_from("<I", raw, at + 4)
        at += 8 + length
        (size,) = struct.unpack_from("<I", raw, at)
    except (struct.error, ValueError):
        raise Refused("corrupt") from None
    if not 0 < size <= len(raw) - at - 4:
        raise Refused("unsupported")  # an object of a program without a file
    return label, raw[at + 4 : at + 4 + size]


def _string(raw: bytes, at: int) -> tuple[str, int]:
    end = raw.index(b"\x00", at)
    return raw[at:end].decode("cp1252", "replace"), end + 1
