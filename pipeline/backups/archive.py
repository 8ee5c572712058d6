"""A backup as files: one folder or one tar archive with a signed index of everything in it.

    backup.dsse.json            the signed index: every other file with size and SHA-256
    database/                   the ledger: a SQLite file, or rows of every table
    home/                       configuration, index, texts, inbox, receipts, checkpoints, public keys

Invariants: nothing is taken from a backup before the index was verified with keys from elsewhere. A file that the index
does not name, or that is not a plain file, is a difference. Names are relative and stay below the backup. An encrypted
archive is decrypted in memory, piece by piece: nothing of it is written to disk to be verified.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, cast

from pydantic import ValidationError

from pipeline.backups.encryption import BackupKey, DecryptingFile, EncryptingFile, key_id_of, require_key
from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.errors import ConfigError, IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.files.durable import FileSeal, HashingFile, write_file
from pipeline.index.manifest import json_object
from pipeline.index.signing import Signer, Verifier
from pipeline.stores.copies import CopiedState

INDEX, INDEX_TYPE = "backup.dsse.json", "application/vnd.corpusgate.backup+json"
DATABASE, HOME = "database", "home"
_BLOCK = 1 << 20
Advance = Callable[[int, int], None]
"""Told how many files are done, and of how many."""


class BackupIndex(Frozen):
    """The content of the signed index of a backup."""

    format: Literal[1] = 1
    created_at: datetime
    version: str
    """Of Corpusgate."""
    origin: str
    """Identity of the audit log."""
    database: Literal["file", "rows"]
    ledger: CopiedState
    checkpoint: int
    """Entries under the newest checkpoint, which every anchor was given."""
    signing_key: str
    """Id of the key in use, whose private part is not here."""
    absent: tuple[str, ...]
    """The parts of the home that are not here, in sentences."""
    files: dict[str, FileSeal]

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(seal.size for seal in self.files.values())


class BackupReport(Frozen):
    """The result of a verification."""

    index: BackupIndex
    digest: str
    """SHA-256 of the signed index, which names the backup."""
    differences: tuple[str, ...]
    """The wrong files, in sentences."""
    encrypted_with: str = ""
    """Id of the key that it is encrypted with; empty if it is not encrypted."""


def copied(source: BinaryIO, to: Path) -> FileSeal:
    """Write a stream to a new file of mode 0600, durably; returns its size and digest."""
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        hashing = HashingFile(file)
        while block := source.read(_BLOCK):
            hashing.write(block)
        file.flush()
        os.fsync(file.fileno())
    return FileSeal(size=hashing.size, sha256=hashing.sha256)


def sealed(path: Path) -> FileSeal:
    """Size and digest of a file."""
    with path.open("rb") as source:
        return _seal(source)


def write_index(folder: Path, index: BackupIndex, signer: Signer) -> str:
    """Sign the index and write it into the folder of a backup; returns its digest."""
    envelope = canonical_json(signer.sign(index.model_dump_json().encode(), INDEX_TYPE))
    write_file(folder / INDEX, envelope)
    return digest_bytes(envelope)


def pack(folder: Path, to: Path, key: BackupKey | None = None) -> None:
    """Write the files of a backup folder to one new archive, the index first, encrypted if there is a key.

    Equal files give equal bytes in an archive that is not encrypted.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with (
            _sink(file, key) as sink,
            tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for name in [INDEX, *(name for name in names if name != INDEX)]:
                member = tarfile.TarInfo(name)
                member.size, member.mode = (folder / name).stat().st_size, 0o600
                with (folder / name).open("rb") as source:
                    archive.addfile(member, source)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _sink(file: BinaryIO, key: BackupKey | None) -> Iterator[BinaryIO]:
    """The file, or one that encrypts what is written into it."""
    if key is None:
        yield file
        return
    encrypting = EncryptingFile(file, key)
    yield cast("BinaryIO", encrypting)
    encrypting.finish()


class BackupFiles:
    """The files of a backup, in a folder or in an archive."""

    def __init__(
        self, names: list[str], odd: list[str], opened: Callable[[str], BinaryIO], encrypted_with: str = ""
    ) -> None:
        self.names, self.odd, self.open = names, odd, opened
        """Names of plain files; of links, pipes and the like, which are never opened; what opens a plain file."""
        self._encrypted_with = encrypted_with

    def verify(self, verifier: Verifier, advance: Advance = lambda _done, _total: None) -> BackupReport:
        """Check the signature of the index, and each file against it. Raises `IntegrityError` for the signature."""
        index, digest = self._index(verifier)
        found = [name for name in self.names if name != INDEX]
        differences = [f"{name} is not a plain file." for name in sorted(self.odd)]
        missing = index.files.keys() - {*found, *self.odd}
        differences += [f"{name} is missing." for name in sorted(missing)]
        for done, name in enumerate(sorted(found)):
            advance(done, len(found))
            if name not in index.files:
                differences.append(f"{name} is not in the signed index.")
                continue
            with self.open(name) as source:
                if _seal(source) != index.files[name]:
                    differences.append(f"{name} has other bytes than were signed.")
        advance(len(found), len(found))
        if len(found) != len(set(found)):
            differences.append("A name stands for two files.")
        return BackupReport(
            index=index, digest=digest, differences=tuple(differences), encrypted_with=self._encrypted_with
        )

    def extract(self, index: BackupIndex, to: Path, *, part: str) -> None:
        """Write the files below one folder of the backup to a folder, each checked again while it is written.

        Raises `IntegrityError` if a file changed since it was verified.
        """
        for name, seal in sorted(index.files.items()):
            if not name.startswith(f"{part}/"):
                continue
            place = to / name.removeprefix(f"{part}/")
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.open(name) as source:
                if copied(source, place) != seal:
                    raise IntegrityError(
                        f"{name} of the backup changed while it was read.", done="Nothing was restored."
                    )

    def _index(self, verifier: Verifier) -> tuple[BackupIndex, str]:
        if INDEX not in self.names:
            raise IntegrityError(
                f"There is no {INDEX}: this is not a backup, or its signed index is gone.", done=_USELESS, fix=_ANOTHER
            )
        with self.open(INDEX) as source:
            data = source.read()
        try:
            envelope = json_object(data, INDEX)
        except (IntegrityError, RecursionError):
            raise IntegrityError(f"{INDEX} is damaged or incomplete.", done=_USELESS, fix=_ANOTHER) from None
        try:
            index = BackupIndex.model_validate_json(verifier.verify(envelope, INDEX_TYPE))
        except IntegrityError as error:
            raise IntegrityError(
                f"The signed index of the backup is not accepted. {error.what}",
                done=_USELESS,
                fix="Give --key with the public keys of the home that made it (`corpusgate keys export`). If these are "
                "the right keys, the backup was changed or its key was revoked: use another backup.",
            ) from None
        except ValidationError:
            raise IntegrityError(
                "The signed index of the backup is of another version.", done=_USELESS, fix=_ANOTHER
            ) from None
        if not all(_stays_below(name) for name in index.files):
            raise IntegrityError("The signed index names a file outside the backup.", done=_USELESS, fix=_ANOTHER)
        return index, digest_bytes(data)


_USELESS = "Nothing was read from it."
_ANOTHER = "Use another copy of the backup, or another backup."


@contextmanager
def open_backup(path: Path, key: BackupKey | None = None) -> Iterator[BackupFiles]:
    """The files of a backup.

    Raises:
        ConfigError: It cannot be read, it is encrypted with another key, or there is a key and it is not encrypted.
        IntegrityError: The archive is cut or damaged.

    """
    with ExitStack() as stack:
        try:
            if path.is_dir():
                require_key(path, "", key)
                files = _in_folder(path)
            else:
                files = _in_archive(path, key, stack)
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be read as a backup: {error.strerror}.",
                fix="Give a folder or file that `backup create` wrote.",
            ) from None
        except tarfile.TarError:
            raise _damaged(path) from None
        try:
            yield files
        except tarfile.TarError:
            raise _damaged(path) from None


def _damaged(path: Path) -> IntegrityError:
    return IntegrityError(f"{path} is damaged or incomplete, or is not a backup.", done=_USELESS, fix=_ANOTHER)


def _is_whole(file: BinaryIO) -> bool:
    """Whether an archive ends as `pack` ends it: two blocks of zeros, filled up to a whole record."""
    end = bytes(2 * tarfile.BLOCKSIZE)
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - len(end)))
    return size % tarfile.RECORDSIZE == 0 and file.read() == end


def verify_backup(path: Path, public_keys: Path, key: BackupKey | None = None) -> BackupReport:
    """Check a backup with the public keys of a folder, and the key of an encrypted one. Raises `IntegrityError`."""
    with open_backup(path, key) as files:
        return files.verify(Verifier.of_public_keys(public_keys))


def _in_folder(folder: Path) -> BackupFiles:
    names: list[str] = []
    odd: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            plain = path.is_file() and not path.is_symlink()
            (names if plain else odd).append(path.relative_to(folder).as_posix())
    return BackupFiles(names, odd, lambda name: (folder / name).open("rb"))


def _in_archive(path: Path, key: BackupKey | None, stack: ExitStack) -> BackupFiles:
    file: BinaryIO = stack.enter_context(path.open("rb"))
    require_key(path, key_id := key_id_of(file), key)
    if key is not None:
        file = cast("BinaryIO", stack.enter_context(io.BufferedReader(DecryptingFile(file, key))))
    if not _is_whole(file):
        raise tarfile.ReadError
    file.seek(0)
    archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - the file is closed by the stack
    members = [member for member in archive if not member.isdir()]
    names = [member.name for member in members if member.isreg()]
    odd = [member.name for member in members if not member.isreg()]
    by_name = {member.name: member for member in members if member.isreg()}

    def opened(name: str) -> BinaryIO:
        stream = archive.extractfile(by_name[name])
        assert stream is not None, "every member is a file"
        return cast("BinaryIO", stream)

    return BackupFiles(names, odd, opened, key_id)


def _stays_below(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and PurePosixPath(name).as_posix() == name


def _seal(source: BinaryIO) -> FileSeal:
    hashed, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        hashed.update(block)
        size += len(block)
    return FileSeal(size=size, sha256=hashed.hexdigest())
