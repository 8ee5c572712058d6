"""Makes a backup of a live home.

The publisher's lock is held, so no generation is published, pruned or erased meanwhile. Everybody else goes on: people
revoke, review and submit, servers answer. The database is copied in one read transaction.

Invariants: the backup appears whole under its name or not at all. Checkpoints and the journal of answers are copied
before the database: the copy never looks older than itself, and no answer is lost. Private keys and secrets are never
in it. It holds texts of documents, so its files are open to their owner only, and it can be encrypted.
"""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from pipeline import __version__
from pipeline.backups.apart import require_apart
from pipeline.backups.archive import DATABASE, HOME, Advance, BackupIndex, copied, pack, sealed, write_index
from pipeline.backups.encryption import BackupKey
from pipeline.backups.keys import new_key_file, private_keys
from pipeline.domain.errors import ConfigError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.files.durable import UNFINISHED, FileSeal, finish_folder, sync_folder, unfinished_folder
from pipeline.files.landing import FOLDER as LANDED
from pipeline.index.signing import REVOKED, TRUSTED
from pipeline.publishing.run import publisher_lock
from pipeline.settings.notifications import SecretSettings
from pipeline.settings.permissions import close_to_others
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.copies import copy_to
from pipeline.workspace import Workspace

SUBJECT = "backup"
ARCHIVE = ".tar"
_ABSENT = (
    "private keys, which sign and fingerprint: `backup create --keys` writes them to another file",
    "secrets and passwords that settings name by file or environment variable",
    "caches and unfinished work, which are computed again",
    "the documents at their sources",
    "principals and roles that an identity provider keeps",
)


class CreatedBackup(Frozen):
    """A backup that was written."""

    place: Path
    digest: str
    """SHA-256 of its signed index, which names it."""
    index: BackupIndex
    keys: Path | None
    """The file of the private keys, if it was asked for."""
    encrypted_with: str = ""
    """Id of the key that it is encrypted with; empty if it is not encrypted."""


def create(
    workspace: Workspace,
    to: Path,
    by: Caller,
    *,
    keys: Path | None = None,
    encrypt: BackupKey | None = None,
    wait_seconds: float | None = None,
    drill: str = "",
    advance: Advance = lambda _done, _total: None,
) -> CreatedBackup:
    """Write a backup to a new folder; to a new archive if its name ends with `.tar` or it is encrypted.

    Args:
        workspace: The served home.
        to: The new folder or archive.
        by: An operator.
        keys: New file for the private keys.
        encrypt: Key that encrypts the backup. Its plain copy is then written in the home, never next to the backup.
        wait_seconds: How long to wait for a run that publishes; None: as long as a refresh.
        drill: Name of the drill that makes the backup and removes it again; on record.
        advance: Told about progress.

    Raises:
        LockHeld: A run publishes and does not end in time.
        OlderCopy: This home is an older copy of itself.
        ConfigError: A place exists, cannot be written, or is inside a home or a source.

    """
    by.require(Role.OPERATOR)
    to = to.expanduser().absolute()
    keys = None if keys is None else keys.expanduser().absolute()
    _require_places(workspace, to, keys)
    try:
        with (
            new_key_file(keys) as write_keys,
            publisher_lock(workspace, wait_seconds=wait_seconds),
            unfinished_folder(to.parent) as place,
            nullcontext(place) if encrypt is None else unfinished_folder(workspace.home.folder) as folder,
        ):
            index = _copy(workspace, folder, advance)
            digest = write_index(folder, index, workspace.signer)
            close_to_others(folder)
            packed = place / to.name if to.suffix == ARCHIVE or encrypt else None
            if packed is not None:
                pack(folder, packed, encrypt)
            details: dict[str, Detail] = {"digest": digest, "files": len(index.files), "private_keys": keys is not None}
            if encrypt is not None:
                details["encrypted_with"] = encrypt.id
            if drill:
                details["drill"] = drill
            # On record before it has its name: no export of texts is missing in the log.
            workspace.audit.record(AuditEntry(by.name, "backup.created", SUBJECT, details))
            write_keys(workspace.home)
            if packed is not None:
                packed.rename(to)
                sync_folder(to.parent)
            else:
                finish_folder(folder, to)
    except OSError as error:
        raise ConfigError(
            f"The backup cannot be written: {error.strerror}.", fix="Make room, or name another place."
        ) from None
    used = "" if encrypt is None else encrypt.id
    return CreatedBackup(place=to, digest=digest, index=index, keys=keys, encrypted_with=used)


def _require_places(workspace: Workspace, to: Path, keys: Path | None) -> None:
    """Refuse places before anything is written."""
    sources = workspace.sources.sources()
    for place in (to, *([] if keys is None else [keys])):
        if os.path.lexists(place):
            raise ConfigError(f"{place} exists already.", fix="Name a new folder or file.")
        require_apart(place, sources, home=workspace.home.folder)
    if keys is not None and Path(os.path.realpath(keys)).is_relative_to(os.path.realpath(to)):
        raise ConfigError(
            "The private keys may not be in the backup: anyone who has both signs as this home.",
            fix="Name a file elsewhere, best on another disk.",
        )


def _copy(workspace: Workspace, folder: Path, advance: Advance) -> BackupIndex:
    home = workspace.home
    checkpoint = workspace.checkpoints.make().checkpoint  # the newest state that anchors know of is then in the backup
    files: dict[str, FileSeal] = {}
    _copy_parts(workspace, folder, ("checkpoints", "retrievals"), files, advance)
    database = folder / DATABASE
    database.mkdir(mode=0o700)
    ledger = copy_to(workspace.database, database)
    for path in sorted(path for path in database.rglob("*") if path.is_file()):
        files[path.relative_to(folder).as_posix()] = sealed(path)
    rest = ("configs", "index", "texts", "inbox", LANDED, "stream", "receipts", "drills", "models")
    _copy_parts(workspace, folder, rest, files, advance)
    for name in (TRUSTED, REVOKED):
        _copy_files(home.keys / name, folder, f"{HOME}/keys/{name}", list((home.keys / name).glob("*.pem")), files)
    return BackupIndex(
        created_at=datetime.now(UTC),
        version=__version__,
        origin=workspace.checkpoints.stored.origin,
        database="file" if workspace.database.is_sqlite else "rows",
        ledger=ledger,
        checkpoint=checkpoint.size,
        signing_key=workspace.signer.key_id,
        absent=_ABSENT,
        files=dict(sorted(files.items())),
    )


def _copy_parts(
    workspace: Workspace, folder: Path, parts: tuple[str, ...], files: dict[str, FileSeal], advance: Advance
) -> None:
    """Copy folders of the home under fixed names, wherever the settings put them."""
    home = workspace.home
    places = {"index": workspace.index, "stream": home.path(home.settings.stream.folder), "inbox": home.inbox}
    kept_back = {path.resolve() for path in (*private_keys(home), *_secrets(home.settings, home.folder))}
    chosen = {part: list(_files(places.get(part, home.path(part)), kept_back)) for part in parts}
    total, done = sum(map(len, chosen.values())), 0
    for part, paths in chosen.items():
        for path in paths:
            advance(done, total)
            done += 1
            _copy_files(places.get(part, home.path(part)), folder, f"{HOME}/{part}", [path], files)
    advance(total, total)


def _copy_files(root: Path, folder: Path, name: str, paths: list[Path], files: dict[str, FileSeal]) -> None:
    for path in sorted(paths):
        place = folder / name / path.relative_to(root)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with path.open("rb") as source:
                files[place.relative_to(folder).as_posix()] = copied(source, place)
        except FileNotFoundError:
            continue  # a submission that was withdrawn meanwhile, or answers that the database has by now


def _files(root: Path, kept_back: set[Path]) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if (
            path.is_file()
            and not any(part.startswith(UNFINISHED) for part in parts)
            and path.resolve() not in kept_back
        ):
            yield path


def _secrets(settings: BaseModel, home: Path) -> Iterator[Path]:
    """The files of secrets that the settings name, wherever in them."""
    if isinstance(settings, SecretSettings):
        if settings.file is not None:
            yield home / settings.file
        return
    for _, value in settings:
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,):
            if isinstance(one, BaseModel):
                yield from _secrets(one, home)
