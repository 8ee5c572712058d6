"""Pages of the audit log, newest first, for people who search it.

Invariant: reads only, and by sequence number: a page stays the same however long the log has grown since.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from pipeline.domain.audit import AuditEvent, AuditFilter, timestamp
from pipeline.stores.audit.log import written_name
from pipeline.stores.database import Database
from pipeline.stores.tables import audit_log

_a = audit_log.c


class AuditSearch:
    """Reads the log backwards."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: AuditFilter, before: int | None = None, size: int = 50) -> list[AuditEvent]:
        """Up to `size` entries before number `before`, newest first."""
        conditions = _conditions(wanted)
        if before is not None:
            conditions.append(_a.seq < before)
        query = select(audit_log).where(*conditions).order_by(_a.seq.desc()).limit(size)
        with self._database.read() as connection:
            return [AuditEvent(**row) for row in connection.execute(query).mappings()]

    def after(self, wanted: AuditFilter, seq: int, size: int) -> list[AuditEvent]:
        """Up to `size` entries after number `seq`, oldest first."""
        query = select(audit_log).where(*_conditions(wanted), _a.seq > seq).order_by(_a.seq).limit(size)
        with self._database.read() as connection:
            return [AuditEvent(**row) for row in connection.execute(query).mappings()]

    def actions(self) -> list[str]:
        """Every action the log knows."""
        with self._database.read() as connection:
            return list(connection.execute(select(_a.action).distinct().order_by(_a.action)).scalars())

    def last_of_each_action(self) -> dict[str, datetime]:
        """When each action was last recorded."""
        query = select(_a.action, func.max(_a.at)).group_by(_a.action)
        with self._database.read() as connection:
            return {action: datetime.fromisoformat(at) for action, at in connection.execute(query)}


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor:
        conditions.append(_a.actor == wanted.actor)
    if wanted.subject:
        conditions.append(_a.subject == written_name(wanted.subject))
    if wanted.action:
        part = _a.action.startswith(f"{wanted.action}.", autoescape=True)
        conditions.append((_a.action == wanted.action) | part)
    if wanted.since is not None:
        conditions.append(_a.at >= timestamp(wanted.since))
    if wanted.until is not None:
        conditions.append(_a.at < timestamp(wanted.until))
    return conditions
