"""Checkpoints of the audit log as text: C2SP tlog-checkpoint in a signed note, and C2SP tlog-proof.

Invariants: pure; who signs and who checks a signature is elsewhere. A checkpoint says origin, size and root and nothing
else: extension lines are refused. Formats: https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note and
https://c2sp.org/tlog-proof.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from pipeline.domain.frozen import Frozen

_SIGNATURE = "\N{EM DASH} "
_ED25519 = b"\x01"
"""C2SP signed-note: the type of an Ed25519 signature."""
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_ORIGIN = re.compile(r"[!-*,-~]{1,200}")
"""No space and no plus sign: it is the name of the key too."""
_PROOF = "c2sp.org/tlog-proof@v1"


class LogCheckpoint(Frozen):
    """The state of the log at some size."""

    origin: str
    """Identity of the log; the name of the key that signs it, too."""
    size: int = Field(ge=0)
    """Number of entries."""
    root: str
    """Root of the RFC 6962 tree over them, hex."""

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_encoded(bytes.fromhex(self.root))}\n"


class LogMark(Frozen):
    """A high-water mark: how far the log was when something else was signed. A manifest holds one."""

    entries: int = Field(ge=0)
    """Number of entries."""
    head: str
    """Hash of the last one, hex; each covers the hash of the entry before it."""

    @property
    def text(self) -> str:
        """The mark as text, for its digest."""
        return f"{self.entries}\n{self.head}\n"


class NoteSignature(NamedTuple):
    """A signature line of a note."""

    name: str
    key_hash: bytes
    signature: bytes


def key_hash(name: str, public_key: bytes) -> bytes:
    """The first four bytes of SHA-256 over name and key, by which a note says which Ed25519 key signed it."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def signed_note(checkpoint: LogCheckpoint, public_key: bytes, signature: bytes) -> str:
    """The note with one signature of the text."""
    signed = key_hash(checkpoint.origin, public_key) + signature
    return f"{checkpoint.text}\n{_SIGNATURE}{checkpoint.origin} {_encoded(signed)}\n"


def parse_note(note: str) -> tuple[LogCheckpoint, list[NoteSignature]]:
    """The checkpoint a note holds, and its signatures, none of them checked. Raises `ValueError` for another text."""
    text, separator, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) != 3 or not _ORIGIN.fullmatch(lines[0]) or not _NUMBER.fullmatch(lines[1]):
        raise ValueError("this is not a checkpoint")
    root = _decoded(lines[2])
    if len(root) != hashlib.sha256().digest_size or not signatures.endswith("\n"):
        raise ValueError("this is not a checkpoint")
    found = [signature_of(line) for line in signatures[:-1].split("\n")]
    return LogCheckpoint(origin=lines[0], size=int(lines[1]), root=root.hex()), found


def inclusion_text(index: int, proof: Sequence[bytes], note: str) -> str:
    """A tlog-proof: the entry at `index`, counted from 0, is in the log that the note signs."""
    return "\n".join([_PROOF, f"index {index}", *map(_encoded, proof), "", note])


def consistency_text(older: int, proof: Sequence[bytes], note: str) -> str:
    """The proof as C2SP tlog-witness sends it: the log of `older` entries is the beginning of the one signed."""
    return "\n".join([f"old {older}", *map(_encoded, proof), "", note])


def signature_of(line: str) -> NoteSignature:
    """A signature line, unchecked. Raises `ValueError` for another line."""
    name, _, encoded = line.removeprefix(_SIGNATURE).partition(" ")
    signed = _decoded(encoded)
    if not line.startswith(_SIGNATURE) or not name or len(signed) < len(key_hash("", b"")) + 1:
        raise ValueError("a signature of the checkpoint cannot be read")
    return NoteSignature(name, signed[:4], signed[4:])


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
