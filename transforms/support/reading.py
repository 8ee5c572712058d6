"""Raw bytes of a listed document, wherever Beam's file systems reach."""

import hashlib
from pathlib import Path
from typing import IO

from apache_beam.io.filesystems import FileSystems

from pipeline.domain.documents.documents import DocumentRef

LINK_OUTSIDE = "It is a link to a file outside its source."
"""The problem of a document that must not be opened at all."""

_BLOCK = 1 << 20


def open_ref(ref: DocumentRef) -> IO[bytes]:
    """The raw bytes of a document, positioned at its start. Local files skip Beam's buffering layers."""
    if "://" in ref.location:
        stream: IO[bytes] = FileSystems.open(ref.location)
    else:
        stream = Path(ref.location).open("rb")  # noqa: SIM115 - the caller closes it
    if ref.offset:
        stream.seek(ref.offset)
    return stream


def digest_of(ref: DocumentRef) -> tuple[int, str, bytes]:
    """Size, SHA-256 and first 64 KiB (all of a feed record) of a document, in constant memory."""
    with open_ref(ref) as stream:
        if ref.offset is not None:
            line = stream.read(ref.length or 0)
            return len(line), hashlib.sha256(line).hexdigest(), line
        head = block = stream.read(_BLOCK)
        digest, size = hashlib.sha256(block), len(block)
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
        return size, digest.hexdigest(), head
