"""Raw bytes of a listed document, wherever Beam's file systems reach.

Invariants: a local file is opened beneath the root of its source, and only if it is a regular file. At most as much
is read as the source allows, whatever the file has become since it was listed.
"""

import hashlib
import os
from typing import IO

from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.printable_names import unescaped
from pipeline.files.beneath import open_file

LINK_OUTSIDE = "It is a link to a file outside its source."
NOT_A_FILE = "It is a named pipe, a socket or a device, not a file."
OWN_FILE = "It is a file that Corpusgate keeps for itself, under another name."
UNOPENED = {
    LINK_OUTSIDE: "a link out of its source, not followed",
    NOT_A_FILE: "not a regular file, not opened",
    OWN_FILE: "a file of Corpusgate's own, not opened",
}
"""Problems of documents that must not be opened at all, with the reason extraction gives."""

_BLOCK = 1 << 20


def open_ref(ref: DocumentRef) -> IO[bytes]:
    """The raw bytes of a document, positioned at its start.

    Raises `LeavesRoot`, `NotAFile` and whatever else the file system raises.
    """
    stream: IO[bytes]
    if ref.root:
        root = unescaped(ref.root)
        stream = open_file(root, os.path.relpath(unescaped(ref.location), root))
    elif "://" in ref.location:
        from apache_beam.io.filesystems import FileSystems

        stream = FileSystems.open(ref.location)
    else:
        folder, name = os.path.split(ref.location)
        stream = open_file(os.path.realpath(folder), name)
    if ref.offset:
        stream.seek(ref.offset)
    return stream


def digest_of(ref: DocumentRef, most: int) -> tuple[int, str]:
    """Size and digest of a document; see `digest_and_content`."""
    return digest_and_content(ref, most)[:2]


def digest_and_content(ref: DocumentRef, most: int) -> tuple[int, str, bytes | None]:
    """Size, SHA-256 and bytes of a document, of which no more than `most` are wanted.

    A larger one has no bytes here. Its digest covers its size and what was read, so that an endless file ends, and so
    that it is looked at again if its source allows more one day.
    """
    wanted = most + 1 if ref.offset is None else min(ref.length or 0, most + 1)
    content = bytearray()
    with open_ref(ref) as stream:
        while len(content) < wanted and (block := stream.read(min(_BLOCK, wanted - len(content)))):
            content += block
    digest = hashlib.sha256(content)
    if len(content) <= most:
        return len(content), digest.hexdigest(), bytes(content)
    size = max(ref.length or 0, len(content))
    return size, hashlib.sha256(f"{size} bytes, {digest.hexdigest()}".encode()).hexdigest(), None
