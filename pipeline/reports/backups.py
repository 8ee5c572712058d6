"""Backups on record: when, by whom, with which key, and when this home was restored from one.

Invariants: from the audit log, so a backup stays listed when its file is gone. For auditors and operators of the whole
corpus. A drill removes the backup that it makes, so that one is not listed.
"""

from datetime import UTC, datetime

from pipeline.domain.audit import AuditEvent, AuditFilter
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.stores.audit.search import AuditSearch
from pipeline.workspace import Workspace

LISTED = 100
"""Newest backups that are listed."""
_READ = 1_000
"""Newest entries that are read for them: backups of drills are among these."""
_CREATED, _RESTORED = "backup.created", "backup.restored"


class MadeBackup(Frozen):
    """A backup that was written."""

    at: datetime
    by: str
    digest: str
    """SHA-256 of its signed index, which `backup verify` shows."""
    files: int
    private_keys: bool
    """Whether the private keys were written, to another file."""
    encrypted_with: str
    """Id of the key that it is encrypted with; empty if it is not encrypted."""


class Restored(Frozen):
    """A restore that led to this home."""

    at: datetime
    by: str
    digest: str
    held: bool
    """Whether it could not know what was taken back since, and did not serve at first."""


class BackupList(Frozen):
    """The backups on record."""

    backups: tuple[MadeBackup, ...]
    """The newest ones, newest first."""
    days: int | None
    """Days since the newest backup; None if there is none."""
    restored: tuple[Restored, ...]
    """Restores that led to this home, newest first."""


def backups_on_record(workspace: Workspace, caller: Caller) -> BackupList:
    """The newest backups of this home, and its restores. Raises `NotAllowed`."""
    caller.require(Role.AUDITOR, Role.OPERATOR)
    search = AuditSearch(workspace.database)
    created = search.page(AuditFilter(action=_CREATED), size=_READ)
    restored = search.page(AuditFilter(action=_RESTORED), size=LISTED)
    made = tuple(_made(event) for event in created if not event.fields.get("drill"))[:LISTED]
    return BackupList(
        backups=made,
        days=(datetime.now(UTC) - made[0].at).days if made else None,
        restored=tuple(
            Restored(at=one.at, by=one.actor, digest=one.fields["digest"], held=one.fields["held"]) for one in restored
        ),
    )


def _made(event: AuditEvent) -> MadeBackup:
    fields = event.fields
    return MadeBackup(
        at=event.at,
        by=event.actor,
        digest=fields["digest"],
        files=fields["files"],
        private_keys=fields["private_keys"],
        encrypted_with=fields.get("encrypted_with", ""),
    )
