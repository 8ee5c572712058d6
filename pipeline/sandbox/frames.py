"""Frames between parent and child: a JSON header and a binary payload, each preceded by its length.

Invariant: lengths are checked before anything is kept, so a hostile sender costs at most the agreed size.
"""

import json
import struct
from typing import Any

_LENGTHS = struct.Struct("!II")
PREFIX_BYTES = _LENGTHS.size

Frame = tuple[dict[str, Any], bytes]


def encode(header: dict[str, Any], payload: bytes) -> bytes:
    """One frame, ready to write."""
    head = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return b"".join((_LENGTHS.pack(len(head), len(payload)), head, payload))


def sizes(prefix: bytes | bytearray) -> tuple[int, int]:
    """Lengths of header and payload, from the first `PREFIX_BYTES` of a frame."""
    head, payload = _LENGTHS.unpack_from(prefix)
    return head, payload


def decode(head: bytes | bytearray, payload: bytes | bytearray) -> Frame:
    """The two parts of a frame. Raises ValueError when the header is no JSON object."""
    try:
        header = json.loads(head)
    except (ValueError, RecursionError):
        raise ValueError("the header is no JSON") from None
    if not isinstance(header, dict):
        raise ValueError("the header is no JSON object")
    return header, bytes(payload)
