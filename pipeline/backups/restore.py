"""Restores a backup into a new home, which proves itself before it gets its name.

Invariants: the new home appears whole or not at all, and no existing home or database is written to. Until it has its
name and proved itself, nothing is written to an anchor, so the old home stays as good as it was. Nothing that was
taken back since the backup is served (law 10). A home that cannot know whether something was taken back since is
held: it serves, signs and publishes nothing until an operator accepts that.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.backups.apart import require_apart
from pipeline.backups.archive import DATABASE, HOME, Advance, BackupFiles, BackupReport, open_backup
from pipeline.backups.encryption import referenced_key
from pipeline.backups.keys import place_private_keys
from pipeline.backups.newer import NewerLog
from pipeline.backups.proofs import Proof, prove
from pipeline.backups.reapply import Reapplied, reapply, trust_newer_keys
from pipeline.domain.digests import digest_text
from pipeline.domain.errors import ConfigError, IntegrityError, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.evidence.checkpoints import RESTORED, RESTORED_SUBJECT
from pipeline.files.durable import finish_folder, unfinished_folder, write_file
from pipeline.index.signing import SIGNING_KEY, Verifier, create_keypair, public_key_folder
from pipeline.publishing.keys import revoke as revoke_key
from pipeline.settings.edits import Value, with_settings
from pipeline.settings.home import Home
from pipeline.settings.operator import operator_name
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.copies import FILE, CopiedState, load_rows, settle
from pipeline.stores.database import Database
from pipeline.workspace import Workspace

_LOCAL = "corpusgate.db"


class RestoreRequest(Frozen):
    """A backup, the place of the new home, and the keys."""

    backup: Path
    to: Path
    public_keys: Path | None = None
    """Folder of the keys that the backup must be signed with."""
    decrypt: str = ""
    """Reference to the key of an encrypted backup, such as `file:PATH`."""
    private_keys: Path | None = None
    """File of the private keys. Without it, the home gets new ones."""
    newer_from: Path | None = None
    """The old home, or an export of its audit log."""
    database: str = ""
    """Address of an empty Postgres database for a backup of one. Empty: SQLite in the home."""
    alone: bool = False
    """Without anchors and notifications, for a copy that is held: it never serves unless an operator accepts it."""
    in_drill: bool = False
    """A drill makes this copy of a copy, so that one counts as the old home in `newer_from`."""


class RestoredHome(Frozen):
    """A home that was restored."""

    home: Path
    backup: BackupReport
    new_keys: bool
    newer_entries: int | None
    """Entries of the newer audit log; None if there was no such log."""
    reapplied: Reapplied
    proofs: tuple[Proof, ...]
    held: str
    """Why the home does not serve yet, in a sentence; empty if it does."""
    settings: tuple[str, ...]
    """Settings that were changed, because they named places of the old home."""

    @property
    def proven(self) -> bool:
        """Whether every proof holds."""
        return all(proof.fine for proof in self.proofs)


def restore(wanted: RestoreRequest, advance: Advance = lambda _done, _total: None) -> RestoredHome:
    """Restore a backup.

    Raises:
        ConfigError: The new place exists or is inside a home or a source, or the backup or a key cannot be read.
        IntegrityError: The backup, or the newer log, is not what was signed.

    """
    to = wanted.to.expanduser().absolute()
    if to.exists():
        raise ConfigError(f"{to} exists already.", done="Nothing was restored.", fix="Name a new folder.")
    require_apart(to, ())
    key = referenced_key(wanted.decrypt) if wanted.decrypt else None
    with open_backup(wanted.backup, key) as files, unfinished_folder(to.parent) as folder:
        restoring = _Restoring(wanted, files, folder, _operator())
        report = restoring.run(advance)
        finish_folder(folder, to)
    if report.proven and not report.held:
        with _opened(to) as workspace:
            workspace.checkpoints.make_if_possible()  # from here on anchors follow the new home
    return report.model_copy(update={"home": to})


def _operator() -> Caller:
    """The account that runs this command: no token can be checked before there is a home."""
    principal = Principal(name=f"user:{operator_name().partition(':')[2]}")
    return Caller(principal=principal, grants=(Grant(role=Role.OPERATOR),), means="command-line")


@dataclass
class _Restoring:
    wanted: RestoreRequest
    files: BackupFiles
    folder: Path
    by: Caller
    changed: dict[str, Value] = field(default_factory=dict)

    def run(self, advance: Advance) -> RestoredHome:
        home = Home(self.folder)
        if self.wanted.private_keys is not None:
            place_private_keys(self.wanted.private_keys, home)
        report = self.files.verify(self._verifier(), advance)
        if report.differences:
            raise IntegrityError(
                f"The backup is not what was signed: {report.differences[0]}",
                done="Nothing was restored.",
                fix="`corpusgate backup verify` names every difference. Restore another backup.",
            )
        index = report.index
        self.files.extract(index, self.folder, part=HOME)
        new_keys = not (home.keys / SIGNING_KEY).exists()
        if new_keys:
            create_keypair(home.keys)
        elif self._signing_key() != index.signing_key:
            raise ConfigError(
                "These are not the private keys of that backup.",
                done="Nothing was restored.",
                fix="Give the folder of private keys that were kept when that backup was made.",
            )
        configuration = home.configs / "corpusgate.yaml"
        written = configuration.read_text("utf-8")
        self._settle_places(home)
        final = with_settings(written, self.changed)
        away: dict[str, Value] = {"audit.anchors": []}
        if self.wanted.alone:
            away |= {"notifications.channels": []}
        self._write(configuration, with_settings(final, away))
        home.create()  # the key of the fingerprints, if it was not given
        self._bring_database(report)
        newer = self._newer(index.ledger)
        with _opened(self.folder) as workspace:
            require_apart(self.wanted.to, [*workspace.sources.sources(), *(newer.sources if newer else ())])
            settle(workspace.database)
            reapplied = self._reapply(workspace, newer)
        with _opened(self.folder) as workspace:
            self._end_keys(workspace, newer)
        if not self.wanted.alone:
            self._write(configuration, final)
        with _opened(self.folder) as workspace:
            held = self._finish(workspace, report, newer, reapplied, new_keys)
            known = not held or newer is not None
            proofs = prove(workspace, reapplied if known else None, anchored=not held or self.wanted.alone)
        home.close_to_others()
        return RestoredHome(
            home=self.folder,
            backup=report,
            new_keys=new_keys,
            newer_entries=None if newer is None else newer.entries,
            reapplied=reapplied,
            proofs=tuple(proofs),
            held=held,
            settings=tuple(f"{name}: {value}" for name, value in self.changed.items()),
        )

    def _newer(self, ledger: CopiedState) -> NewerLog | None:
        place = self.wanted.newer_from
        return None if place is None else NewerLog(place, ledger, in_drill=self.wanted.in_drill)

    def _verifier(self) -> Verifier:
        if self.wanted.public_keys is not None:
            return Verifier.of_public_keys(self.wanted.public_keys)
        if self.wanted.private_keys is not None:
            return Verifier([Workspace(self.folder).signer.public_pem])
        raise UsageError(
            "Nothing says which key the backup must be signed with.",
            done="Nothing was restored.",
            fix="Give --key with a folder of public keys, or --keys with the private ones.",
        )

    def _signing_key(self) -> str:
        return Workspace(self.folder).signer.key_id

    @staticmethod
    def _write(path: Path, text: str) -> None:
        write_file(path, text.encode(), 0o600)

    def _settle_places(self, home: Home) -> None:
        """Settings that would lead to places of the old home."""
        settings = home.settings
        if settings.index.folder != "index":
            self.changed["index.folder"] = "index"
        if settings.stream.folder != "stream":
            self.changed["stream.folder"] = "stream"
        if settings.index.backend != "faiss":
            self.changed["index.backend"] = "faiss"
        url = self.wanted.database or f"sqlite:///{_LOCAL}"
        if settings.database.url != url:
            self.changed["database.url"] = url

    def _bring_database(self, report: BackupReport) -> None:
        index = report.index
        place = self.folder / f".{DATABASE}"
        self.files.extract(index, place, part=DATABASE)
        if index.database == "file":
            if self.wanted.database:
                raise UsageError(
                    "That is a backup of SQLite.", done="Nothing was restored.", fix="Leave --database out."
                )
            (place / FILE).rename(self.folder / _LOCAL)
        else:
            database = Database(Home(self.folder).database_url)
            try:
                load_rows(place, database, index.ledger.schema_revision)
            finally:
                database.dispose()
        shutil.rmtree(place)

    def _reapply(self, workspace: Workspace, newer: NewerLog | None) -> Reapplied:
        if newer is None:
            return Reapplied()
        old = newer.home
        known = old.folder if old else self.wanted.public_keys
        folders = [] if known is None else [public_key_folder(known)]
        trust_newer_keys(workspace, newer.takedowns, folders)
        return reapply(workspace, newer.takedowns, self.by, old.configs / "principals.yaml" if old else None)

    def _end_keys(self, workspace: Workspace, newer: NewerLog | None) -> None:
        """Refuse the keys that were revoked since; the one in use gets a successor first."""
        for key_id in sorted(newer.takedowns.revoked_keys if newer else ()):
            if key_id == workspace.signer.key_id:
                create_keypair(workspace.home.keys)
                with _opened(self.folder) as fresh:
                    revoke_key(fresh, key_id, self.by)
            elif key_id in workspace.verifier.key_ids:
                revoke_key(workspace, key_id, self.by)

    def _finish(
        self, workspace: Workspace, report: BackupReport, newer: NewerLog | None, reapplied: Reapplied, new_keys: bool
    ) -> str:
        """Put the restore on record, and say why the home is held, if it is."""
        checkpoints = workspace.checkpoints
        seen = checkpoints.anchored_outside(report.index.checkpoint)
        if newer is not None:
            checkpoints.give_up(self.by, newer.holds, digest_text("restored"))
        clash = next((state.clash for state in checkpoints.examine() if state.clash), "")
        unknown = self._unknown(seen, newer, reapplied)
        details: dict[str, Detail] = {
            "digest": report.digest,
            "held": bool(unknown),
            "alone": self.wanted.alone,
            "entries": report.index.ledger.size,
            "newer_entries": newer.entries if newer else None,
            "left": len(reapplied.left),
            "erased": len(reapplied.erased),
            "revocations": len(reapplied.revocations),
            "new_keys": new_keys,
        }
        workspace.audit.record(AuditEntry(self.by.name, RESTORED, RESTORED_SUBJECT, details))
        return clash or unknown

    def _unknown(self, anchored: bool, newer: NewerLog | None, reapplied: Reapplied) -> str:
        if reapplied.unproven:
            return f"Pieces of {len(reapplied.unproven)} erased documents are still in the home: erase them again."
        if self.wanted.alone:
            return "It is a rehearsal copy (--alone): takedowns since the backup can be unknown to it."
        if anchored or (newer is not None and newer.home is not None):
            return ""
        if newer is not None:
            return "No anchor says that the given audit log is the newest: takedowns after its end would be unknown."
        return "No anchor and no newer audit log says whether something was taken back since the backup."


@contextmanager
def _opened(folder: Path) -> Iterator[Workspace]:
    workspace = Workspace(folder)
    try:
        yield workspace
    finally:
        workspace.close()
