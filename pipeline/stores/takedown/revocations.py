"""Revocations: names that must no longer be served, whatever a generation holds.

Invariants: a revocation takes effect when it is committed, because the ledger is asked at query time, and it stays in
force through every later generation and rollback until a person lifts it (law 10).
"""

import secrets
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, insert, or_, select, update

from pipeline.domain.digests import digest_text
from pipeline.domain.errors import NotFound, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.persons import person
from pipeline.domain.serving.revocations import Revocation, RevocationKind
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database
from pipeline.stores.tables import access_rules, documents, runs, sources, verdicts, versions
from pipeline.stores.tables import revocations as table
from pipeline.stores.takedown.rules import revocable
from pipeline.stores.takedown.taken_back import standing


def not_revoked(kind: RevocationKind) -> NotFound:
    """The answer about a name that no revocation in force has, or that the caller may not know."""
    return NotFound(
        f"No {kind.value} of that name is revoked.", fix="`corpusgate revocations list` shows what is revoked."
    )


class ReachedVersion(Frozen):
    """A version that a revocation reaches."""

    doc_id: str
    version_id: str
    owner: str
    submitter: str
    classification: Classification
    live: bool


_NAMES: dict[RevocationKind, ColumnElement[str]] = {
    RevocationKind.DOCUMENT: documents.c.doc_id,
    RevocationKind.SOURCE: sources.c.name,
    RevocationKind.OWNER: versions.c.owner,
    RevocationKind.PRINCIPAL: versions.c.submitter,
    RevocationKind.RUN: runs.c.run_id,
    RevocationKind.MODEL: verdicts.c.model_digest,
}
"""Where the names of each kind are known from."""

_SIMILAR = 20_000


class Revocations:
    """Revoke, lift and list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revoke(self, kind: RevocationKind | str, subject: str, by: str, reason: str) -> Revocation:
        """Stop serving everything `subject` names; revoking twice is one revocation."""
        kind, subject = _kind(kind), canonical(_kind(kind), subject)
        _need_reason(reason)
        with audit_log.audited(self._database) as connection:
            found = _active(connection, kind, subject)
            if found:
                return found
            fresh = Revocation(
                revocation_id=secrets.token_hex(8),
                kind=kind,
                subject=subject,
                revoked_by=by,
                revoked_at=self._database.now(connection),
                reason=reason,
            )
            connection.execute(insert(table), fresh.model_dump())
            _audit(connection, "revocation.made", by, fresh, fresh.revoked_at, reason)
            return fresh

    def lift(self, kind: RevocationKind | str, subject: str, by: str, reason: str) -> Revocation:
        """Take a revocation back."""
        kind, subject = _kind(kind), canonical(_kind(kind), subject)
        _need_reason(reason)
        with audit_log.audited(self._database) as connection:
            found = _active(connection, kind, subject)
            if found is None:
                raise not_revoked(kind)
            at = self._database.now(connection)
            changes = {"lifted_by": by, "lifted_at": at, "lift_reason": reason}
            connection.execute(update(table).where(table.c.revocation_id == found.revocation_id).values(**changes))
            lifted = found.model_copy(update=changes)
            _audit(connection, "revocation.lifted", by, lifted, at, reason)
            return lifted

    def active(self) -> list[Revocation]:
        """Every revocation in force, oldest first."""
        with self._database.read() as connection:
            query = select(table).where(table.c.lifted_at.is_(None)).order_by(table.c.revoked_at, table.c.revocation_id)
            return [Revocation(**row) for row in connection.execute(query).mappings()]

    def all(self) -> list[Revocation]:
        """Every revocation, lifted ones too, oldest first."""
        with self._database.read() as connection:
            query = select(table).order_by(table.c.revoked_at, table.c.revocation_id)
            return [Revocation(**row) for row in connection.execute(query).mappings()]

    def named(self, kind: RevocationKind, subject: str) -> list["ReachedVersion"]:
        """The versions a revocation of `subject` reaches: live ones, and of other documents the newest."""
        shown = case(
            (documents.c.live_version.is_not(None), documents.c.live_version), else_=documents.c.latest_version
        )
        by = case((documents.c.live_verdict.is_not(None), documents.c.live_verdict), else_=documents.c.latest_verdict)
        query = (
            select(
                documents.c.doc_id,
                versions.c.version_id,
                versions.c.owner,
                versions.c.submitter,
                access_rules.c.rule,
                documents.c.live_version.is_not(None).label("live"),
            )
            .join(versions, versions.c.version_id == shown)
            .join(verdicts, verdicts.c.verdict_id == by)
            .join(access_rules, access_rules.c.digest == versions.c.access_digest)
            .where(or_(*(column == subject for named, column in revocable(standing()) if named == kind)))
        )
        with self._database.read() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [ReachedVersion(classification=row.pop("rule")["classification"], **row) for row in rows]

    def matching(self, kind: RevocationKind, subject: str) -> list[str]:
        """What is called exactly so; of documents else those whose name ends so."""
        names = _NAMES[kind]
        with self._database.read() as connection:
            exact = connection.execute(select(names).where(names == subject).limit(1)).scalars().all()
            if exact or kind is not RevocationKind.DOCUMENT or not subject:
                return list(exact)
            ends = func.substr(names, func.length(names) - len(subject), len(subject) + 1)
            some = select(names).where(ends.in_([f":{subject}", f"/{subject}"])).order_by(names).limit(11)
            return list(connection.execute(some).scalars())

    def similar(self, kind: RevocationKind, subject: str) -> list[str]:
        """Names to look for a typo's meaning in; of very many those that begin alike."""
        names = _NAMES[kind]
        query = select(names).distinct().order_by(names).limit(_SIMILAR)
        with self._database.read() as connection:
            begins = func.substr(names, 1, min(len(subject), 4)) == subject[:4]
            alike = list(connection.execute(query.where(begins)).scalars())
            return alike + [name for name in connection.execute(query).scalars() if name not in set(alike)]


def _kind(kind: RevocationKind | str) -> RevocationKind:
    try:
        return RevocationKind(kind)
    except ValueError:
        known = ", ".join(RevocationKind)
        raise UsageError("That kind of thing cannot be revoked.", fix=f"Choose one of {known}.") from None


def canonical(kind: RevocationKind, subject: str) -> str:
    """The one spelling under which `subject` is revoked."""
    subject = subject.strip()
    return person(subject) if kind in (RevocationKind.OWNER, RevocationKind.PRINCIPAL) else subject


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError("A reason is needed.", fix="Say in one sentence why, for whoever reads the record later.")


def _active(connection: Connection, kind: RevocationKind, subject: str) -> Revocation | None:
    query = select(table).where(table.c.kind == kind, table.c.subject == subject, table.c.lifted_at.is_(None))
    row = connection.execute(query).mappings().first()
    return None if row is None else Revocation(**row)


def _audit(connection: Connection, action: str, by: str, item: Revocation, at: datetime, reason: str) -> None:
    details = {"kind": item.kind.value, "revocation_id": item.revocation_id, "reason_digest": digest_text(reason)}
    audit_log.append(connection, at, [AuditEntry(by, action, item.subject, details)])
