"""Registered sources and their trust state.

Invariants: a source contributes nothing until a person other than its registrant approved it (law 8). Every change of
state and its audit entry are one transaction. Reasons stay in this table; the audit log holds their digest only.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from pipeline.domain.digests import digest_json, digest_text
from pipeline.domain.documents.provenance import Source, SourceState
from pipeline.domain.errors import Conflict, NotAllowed, NotFound, UsageError
from pipeline.domain.identity.persons import same_person
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database
from pipeline.stores.tables import sources as table

_FIELDS = [column for column in table.c if column.name in Source.model_fields]
_NAMED = select(*_FIELDS).where(table.c.name == bindparam("name"))


class SourceRegistry:
    """Add, approve, narrow, release and revoke sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_source(self, source: Source, by: str) -> Source:
        """Register `source`; whatever it says of its own state, it starts pending."""
        with audit_log.audited(self._database) as connection:
            if _find(connection, source.name) is not None:
                raise Conflict(f"There is already a source named {source.name}.", fix="Choose another name.")
            fresh = source.model_copy(
                update={
                    "state": SourceState.PENDING,
                    "registered_by": by,
                    "registered_at": self._database.now(connection),
                    "approved_by": None,
                    "approved_at": None,
                }
            )
            row = fresh.model_dump(mode="json") | {"registered_at": fresh.registered_at, "until": fresh.until}
            connection.execute(insert(table), row)
            details = {"definition_digest": digest_json(_definition(fresh)), "access_digest": fresh.access_rule.digest}
            _audit(connection, self._database, "source.added", fresh.name, by, details)
            return fresh

    def approve_source(self, name: str, by: str) -> Source:
        """Let a pending source contribute; its registrant may not."""
        with audit_log.audited(self._database) as connection:
            source = _require(connection, name)
            if source.state is not SourceState.PENDING:
                raise Conflict(
                    f"Source {name} is {source.state.value}, not pending.",
                    fix="A narrowed or revoked source is released, not approved.",
                )
            _refuse_registrant(source, by)
            at = self._database.now(connection)
            changes = {"state": SourceState.APPROVED, "approved_by": by, "approved_at": at}
            details = {"definition_digest": digest_json(_definition(source))}
            return self._change(connection, source, by, "source.approved", changes, details)

    def narrow_source(
        self, name: str, by: str, reason: str, why: Mapping[str, audit_log.Detail] | None = None
    ) -> Source:
        """Send everything new of an approved source to review; what it serves keeps serving.

        `why` says the reason in codes and counts, for the audit log.
        """
        with audit_log.audited(self._database) as connection:
            source = _require(connection, name)
            if source.state is not SourceState.APPROVED:
                raise Conflict(
                    f"Source {name} is {source.state.value}; only an approved source can be narrowed.",
                    fix="`corpusgate sources list` shows the state of each source.",
                )
            return self._restrict(connection, source, by, "source.narrowed", SourceState.NARROWED, reason, why)

    def revoke_source(self, name: str, by: str, reason: str) -> Source:
        """Stop a source: from this commit on nothing of it is served."""
        with audit_log.audited(self._database) as connection:
            source = _require(connection, name)
            if source.state is SourceState.REVOKED:
                return source
            return self._restrict(connection, source, by, "source.revoked", SourceState.REVOKED, reason)

    def release_source(self, name: str, by: str, reason: str) -> Source:
        """Trust a narrowed or revoked source again; its registrant may not decide that."""
        with audit_log.audited(self._database) as connection:
            source = _require(connection, name)
            if source.state not in (SourceState.NARROWED, SourceState.REVOKED):
                raise Conflict(
                    f"Source {name} is {source.state.value}; there is nothing to release.",
                    fix="`corpusgate sources list` shows the state of each source.",
                )
            _refuse_registrant(source, by)
            state = SourceState.APPROVED if source.approved_by else SourceState.PENDING
            return self._restrict(connection, source, by, "source.released", state, reason)

    def source(self, name: str) -> Source:
        """The source of that name."""
        with self._database.read() as connection:
            return _require(connection, name)

    def find(self, name: str) -> Source | None:
        """The source of that name, if there is one."""
        with self._database.read() as connection:
            return _find(connection, name)

    def reason(self, name: str) -> str | None:
        """What was given as the reason of the last time the source was narrowed, released or revoked."""
        with self._database.read() as connection:
            reason: str | None = connection.execute(select(table.c.reason).where(table.c.name == name)).scalar()
            return reason

    def sources(self) -> list[Source]:
        """Every source, by name."""
        with self._database.read() as connection:
            return [_from_row(row) for row in connection.execute(select(*_FIELDS).order_by(table.c.name)).mappings()]

    def _restrict(
        self,
        connection: Connection,
        source: Source,
        by: str,
        action: str,
        state: SourceState,
        reason: str,
        why: Mapping[str, audit_log.Detail] | None = None,
    ) -> Source:
        if not reason.strip():
            raise UsageError("A reason is needed.", fix="Say in one sentence why, for whoever reads the record later.")
        details = {**(why or {}), "from_state": source.state.value, "reason_digest": digest_text(reason)}
        connection.execute(update(table).where(table.c.name == source.name).values(reason=reason))
        return self._change(connection, source, by, action, {"state": state}, details)

    def _change(
        self,
        connection: Connection,
        source: Source,
        by: str,
        action: str,
        changes: dict[str, Any],
        details: Mapping[str, audit_log.Detail],
    ) -> Source:
        connection.execute(update(table).where(table.c.name == source.name).values(**changes))
        _audit(connection, self._database, action, source.name, by, details)
        return source.model_copy(update=changes)


def _definition(source: Source) -> dict[str, Any]:
    return source.model_dump(mode="json", exclude={"state", "registered_at", "approved_by", "approved_at"})


def _refuse_registrant(source: Source, by: str) -> None:
    if same_person(by, source.registered_by):
        raise NotAllowed(
            f"{by} registered source {source.name} and may not approve it.",
            fix="Ask somebody else to approve it.",
        )


def _audit(
    connection: Connection, database: Database, action: str, name: str, by: str, details: Mapping[str, audit_log.Detail]
) -> None:
    audit_log.append(connection, database.now(connection), [AuditEntry(by, action, name, details)])


def _find(connection: Connection, name: str) -> Source | None:
    row = connection.execute(_NAMED, {"name": name}).mappings().first()
    return None if row is None else _from_row(row)


def _require(connection: Connection, name: str) -> Source:
    source = _find(connection, name)
    if source is None:
        known: Iterable[str] = connection.execute(select(table.c.name).order_by(table.c.name).limit(20)).scalars()
        raise NotFound(
            f"There is no source named {name}.",
            fix=f"Known sources: {', '.join(known) or 'none; add one with `corpusgate sources add`'}.",
        )
    return source


def _from_row(row: Any) -> Source:
    return Source.model_validate(dict(row))
