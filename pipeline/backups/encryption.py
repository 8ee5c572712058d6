"""Encrypted backups: one file of chunks that can be read from any place, and that shows when its end is missing.

    header      magic, key id, salt
    chunk …     256 KiB of the archive and a tag of 16 bytes each; the last one is shorter or as long, never empty

Each chunk is ChaCha20-Poly1305 (RFC 8439) under a key of the file: HKDF-SHA256 (RFC 5869) of the given key and the
salt. The nonce is the number of the chunk and whether it is the last, as in STREAM (Hoang and others:
Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, 2015) and in the age format. So a changed, moved,
repeated, missing or added chunk fails, and memory holds one chunk. The header is authenticated with every chunk.

Invariants: the key never stands in an argument, a setting, a record or an error; its id is derived one way.
"""

import base64
import binascii
import io
import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipeline.domain.errors import ConfigError, IntegrityError, UsageError
from pipeline.settings.environment import secret_in

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAGIC = b"corpusgate encrypted backup 1\n"
_KEY, _ID, _SALT, _TAG = 32, 8, 32, 16
"""Bytes of a key, of its id, of a salt and of a tag."""
_HEADER = len(_MAGIC) + _ID + _SALT
CHUNK = 256 * 1024
"""Bytes of the archive in one chunk."""
_COUNTER = 11
"""Bytes of the number of a chunk in its nonce."""
_SECONDS = 60
"""That a command which gives a key may take."""
_LARGEST = 1_000
"""Bytes of a key file that are read. A key has 32, or 64 in hex."""


class BackupKey:
    """A key that encrypts backups."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.id = _derived(key, b"", b"corpusgate backup key id", _ID).hex()
        """Names the key in records and errors; the key does not follow from it."""

    def cipher(self, salt: bytes) -> ChaCha20Poly1305:
        """The cipher of one file."""
        return ChaCha20Poly1305(_derived(self._key, salt, b"corpusgate backup file", _KEY))


def referenced_key(reference: str) -> BackupKey:
    """The key that a reference leads to.

    Args:
        reference: `file:PATH`, `env:NAME` or `command:COMMAND`, whose output is the key. It runs without a shell.

    Raises:
        UsageError: The reference is of another form.
        ConfigError: There is no key, or it does not have 32 bytes, as they are, in hex or in base64.

    """
    kind, _, place = reference.partition(":")
    if kind not in ("file", "env", "command") or not place.strip():
        raise UsageError(
            "That does not say where the key is.",
            fix="Write file:PATH, env:NAME or command:COMMAND. The key itself is never an argument.",
        )
    given = _from_file(Path(place)) if kind == "file" else secret_in(place) if kind == "env" else _from_command(place)
    for form in (_hex, _base64, bytes):
        if len(key := form(given)) == _KEY:
            return BackupKey(key)
    raise ConfigError(
        f"There is no key in {kind}:{place if kind != 'command' else shlex.split(place)[0]}.",
        done="Nothing was read or written.",
        fix="A key has 32 random bytes, as they are, in hex or in base64, such as from `openssl rand -hex 32`.",
    )


def _from_file(path: Path) -> bytes:
    try:
        with path.expanduser().open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", fix="Put the key into that file.") from None


def _from_command(line: str) -> bytes:
    try:
        words = shlex.split(line)
        done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        why = f"exit code {error.returncode}" if isinstance(error, subprocess.CalledProcessError) else "it did not run"
        raise ConfigError(
            f"The command that gives the key failed: {why}.",
            done="Nothing was read or written.",
            fix="Run it by hand. Its standard output must be the key alone.",
        ) from None
    return done.stdout


def _hex(given: bytes) -> bytes:
    try:
        return bytes.fromhex(given.decode("ascii").strip())
    except ValueError:
        return b""


def _base64(given: bytes) -> bytes:
    try:
        return base64.b64decode(given.strip(), validate=True)
    except binascii.Error:
        return b""


def _derived(key: bytes, salt: bytes, use: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=use).derive(key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER, "big") + bytes([last])


class EncryptingFile:
    """Encrypts what is written to it; `finish` writes the last chunk."""

    def __init__(self, file: BinaryIO, key: BackupKey) -> None:
        salt = os.urandom(_SALT)
        self._file, self._cipher = file, key.cipher(salt)
        self._header = _MAGIC + bytes.fromhex(key.id) + salt
        self._waiting, self._number, self._size = bytearray(), 0, 0
        file.write(self._header)

    def write(self, data: bytes) -> int:
        """Take all of `data`."""
        self._waiting += data
        self._size += len(data)
        while len(self._waiting) > CHUNK:
            self._put(CHUNK, last=False)
        return len(data)

    def tell(self) -> int:
        """Bytes taken so far."""
        return self._size

    def finish(self) -> None:
        """Write the last chunk. Nothing may be written after it."""
        self._put(len(self._waiting), last=True)

    def _put(self, size: int, *, last: bool) -> None:
        chunk = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, self._header))
        self._number += 1


class DecryptingFile(io.RawIOBase):
    """Reads an encrypted file from any place; holds one chunk. Its last chunk is checked before anything is read."""

    def __init__(self, file: BinaryIO, key: BackupKey) -> None:
        super().__init__()
        self._file = file
        self._header = file.read(_HEADER)
        body = file.seek(0, os.SEEK_END) - _HEADER
        self._chunks = -(-body // (CHUNK + _TAG))
        self._size = body - self._chunks * _TAG
        self._place, self._held, self._text = 0, -1, b""
        if self._chunks < 1 or body - (self._chunks - 1) * (CHUNK + _TAG) <= _TAG:
            raise _damaged()
        self._cipher = key.cipher(self._header[-_SALT:])
        self._read_chunk(self._chunks - 1)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the archive."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read up to the end of a chunk. Raises `IntegrityError` for one that was changed."""
        view = memoryview(buffer).cast("B")
        if self._place >= self._size:
            return 0
        number, offset = divmod(self._place, CHUNK)
        self._read_chunk(number)
        part = self._text[offset : offset + len(view)]
        view[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _read_chunk(self, number: int) -> None:
        if number == self._held:
            return
        self._file.seek(_HEADER + number * (CHUNK + _TAG))
        data, last = self._file.read(CHUNK + _TAG), number == self._chunks - 1
        try:
            self._text = self._cipher.decrypt(_nonce(number, last=last), data, self._header)
        except InvalidTag:
            raise _damaged() from None
        self._held = number


def key_id_of(file: BinaryIO) -> str:
    """The id of the key that a file is encrypted with; empty if it is not encrypted. Goes to the beginning."""
    file.seek(0)
    header = file.read(_HEADER)
    file.seek(0)
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        return ""
    return header[len(_MAGIC) : len(_MAGIC) + _ID].hex()


def require_key(path: Path, needed: str, key: BackupKey | None) -> None:
    """Raise `ConfigError` unless the key is the one that a backup needs; none for one that is not encrypted."""
    if needed and key is None:
        raise ConfigError(
            f"{path} is encrypted with the key {needed}.",
            done="Nothing was read from it.",
            fix="Say where that key is with --decrypt-with file:PATH, env:NAME or command:COMMAND.",
        )
    if needed and key is not None and key.id != needed:
        raise ConfigError(
            f"{path} is encrypted with the key {needed}, and the given key is {key.id}.",
            done="Nothing was read from it.",
            fix="Give the key that was used when it was made.",
        )
    if not needed and key is not None:
        raise ConfigError(f"{path} is not encrypted.", done="Nothing was read from it.", fix="Leave the key out.")


def _damaged() -> IntegrityError:
    return IntegrityError(
        "The encrypted backup is damaged or incomplete.",
        done="Nothing of the damaged part was read.",
        fix="Use another copy of the backup, or another backup.",
    )
