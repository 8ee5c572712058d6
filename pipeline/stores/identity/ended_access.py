"""Ends every token and session of a principal, or of all, in one transaction.

Invariant: servers ask the database about each request, so what ended here is refused from the next request on.
"""

from sqlalchemy import ColumnElement, Table, delete, select, update

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import principal_id
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database
from pipeline.stores.tables import sessions, tokens


class EndedAccess(Frozen):
    """How much ended."""

    principals: int
    tokens: int
    sessions: int


def end_access(database: Database, principal: str | None, by: str) -> EndedAccess:
    """End every valid token and every session of that principal; of all principals with None."""
    with audit_log.audited(database) as connection:
        at = database.now(connection)
        valid = (tokens.c.revoked_at.is_(None), tokens.c.expires_at > at, _of(tokens, principal))
        ended = connection.execute(select(tokens.c.token_id, tokens.c.principal).where(*valid)).all()
        connection.execute(update(tokens).where(*valid).values(revoked_by=by, revoked_at=at))
        mine = _of(sessions, principal)
        holders = connection.execute(select(sessions.c.principal).where(mine)).scalars().all()
        connection.execute(delete(sessions).where(mine))
        entries = [AuditEntry(by, "token.revoked", row.principal, {"token_id": row.token_id}) for row in ended]
        entries += [
            AuditEntry(by, "session.ended", one, {"sessions": holders.count(one)}) for one in sorted(set(holders))
        ]
        audit_log.append(connection, at, entries)
    people = {*holders, *(row.principal for row in ended)}
    return EndedAccess(principals=len(people), tokens=len(ended), sessions=len(holders))


def _of(table: Table, principal: str | None) -> ColumnElement[bool]:
    return table.c.principal.is_not(None) if principal is None else table.c.principal == principal_id(principal)
