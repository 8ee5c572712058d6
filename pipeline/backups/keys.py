"""The private keys of a home in a file of their own, apart from its backup.

Invariants: the file has mode 0600 and is never part of a backup. It holds the key that signs and the key of the
fingerprints, nothing else. Public keys are in the backup itself.
"""

import io
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.errors import ConfigError
from pipeline.files.durable import write_file
from pipeline.index.signing import SIGNING_KEY
from pipeline.settings.home import Home

_LARGEST = 10_000
"""Bytes of a key file that are read. Those written here have about a hundred."""


def private_keys(home: Home) -> list[Path]:
    """The files of a home that hold a private key."""
    return [home.keys / SIGNING_KEY, home.fingerprint_key_file]


@contextmanager
def new_key_file(to: Path | None) -> Iterator[Callable[[Home], None]]:
    """A new, empty file that only its owner can read, and what writes the private keys of a home into it.

    It is removed again if the block raises. None: no file, and nothing is written. Raises `ConfigError` if it cannot
    be made.
    """
    if to is None:
        yield lambda _home: None
        return
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigError(f"{to} cannot be written: {error.strerror}.", fix="Name a new file.") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield lambda home: _write_keys(home, file)
    except BaseException:
        to.unlink(missing_ok=True)
        raise


def _write_keys(home: Home, file: BinaryIO) -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in private_keys(home):
            data = path.read_bytes()
            member = tarfile.TarInfo(path.name)
            member.size, member.mode = len(data), 0o600
            archive.addfile(member, io.BytesIO(data))
    file.write(written.getvalue())
    file.flush()
    os.fsync(file.fileno())


def place_private_keys(file: Path, home: Home) -> None:
    """Put the keys of such a file into the key folder of a home that has none. Raises `ConfigError`."""
    wanted = {path.name: path for path in private_keys(home)}
    home.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with tarfile.open(file, "r:") as archive:
            found = {member.name: member for member in archive if member.isreg() and member.size <= _LARGEST}
            for name, path in wanted.items():
                stream = archive.extractfile(found[name])
                assert stream is not None, "it is a file"
                write_file(path, stream.read())
    except (OSError, tarfile.TarError, KeyError):
        raise ConfigError(
            f"{file} does not hold the private keys of a home.",
            done="Nothing was restored.",
            fix="Give the file that `corpusgate backup create --keys` wrote.",
        ) from None
