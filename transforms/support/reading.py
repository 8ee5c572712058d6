"""Reads the raw bytes of a listed document from any of Beam's file systems."""

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


def digest_of(ref: DocumentRef) -> tuple[int, str]:
    """Size and SHA-256 of a document, in constant memory."""
    return digest_and_content(ref, 0)[:2]


def digest_and_content(ref: DocumentRef, most: int) -> tuple[int, str, bytes | None]:
    """Size, SHA-256 and bytes of a document; None for the bytes of one that is larger than `most`."""
    digest, size, kept = hashlib.sha256(), 0, bytearray()
    left = ref.length or 0 if ref.offset is not None else None
    with open_ref(ref) as stream:
        while block := stream.read(_BLOCK if left is None else min(_BLOCK, left - size)):
            digest.update(block)
            size += len(block)
            if size <= most:
                kept += block
    return size, digest.hexdigest(), bytes(kept) if size <= most else None
