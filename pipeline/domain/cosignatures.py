"""Cosignatures of checkpoints by witnesses: C2SP tlog-cosignature, version 1, with Ed25519.

Invariants: pure; the signature itself is checked by the caller's function. A line of another name or key proves nothing
and is left out, as the specification says. Formats: https://c2sp.org/tlog-cosignature and https://c2sp.org/signed-note.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import NamedTuple

from pipeline.domain.checkpoints import LogCheckpoint, signature_of

_COSIGNATURE = b"\x04"
"""C2SP signed-note: the type of a timestamped Ed25519 cosignature."""
_KEY, _TIME, _SIGNATURE = 32, 8, 64
"""Bytes of a public key, of the time (seconds since 1970, big-endian), and of a signature."""

CheckSignature = Callable[[bytes, bytes, bytes], bool]
"""Whether an Ed25519 public key made a signature of a message, in this order."""


class Cosigner(NamedTuple):
    """A witness as its verifier key names it."""

    name: str
    hash: bytes
    public_key: bytes


class Cosignature(NamedTuple):
    """A line that a witness signed a checkpoint with."""

    line: str
    at: int
    """Seconds since 1970."""


def cosigner_of(verifier_key: str) -> Cosigner:
    """The witness with that verifier key. Raises `ValueError` unless it is one for Ed25519 cosignatures."""
    name, _, rest = verifier_key.partition("+")
    shown, _, encoded = rest.partition("+")
    try:
        typed = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        typed = b""
    key, hashed = typed[1:], hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    if not name or " " in name or typed[:1] != _COSIGNATURE or len(key) != _KEY or shown != hashed.hex():
        raise ValueError("a verifier key for Ed25519 cosignatures, such as witness.example/w1+12ab34cd+BA…")
    return Cosigner(name, hashed, key)


def cosigned_message(checkpoint: LogCheckpoint, at: int) -> bytes:
    """The bytes that a witness signs at some second since 1970."""
    return f"cosignature/v1\ntime {at}\n{checkpoint.text}".encode()


def cosignature(answer: str, checkpoint: LogCheckpoint, by: Cosigner, check: CheckSignature) -> Cosignature | None:
    """The first line of an answer, or of a note, with which that witness cosigned the checkpoint; None without one."""
    for line in answer.splitlines():
        try:
            found = signature_of(line)
        except ValueError:
            continue
        signed = found.signature
        if (found.name, found.key_hash, len(signed)) != (by.name, by.hash, _TIME + _SIGNATURE):
            continue
        at = int.from_bytes(signed[:_TIME], "big")
        if check(by.public_key, signed[_TIME:], cosigned_message(checkpoint, at)):
            return Cosignature(line, at)
    return None
