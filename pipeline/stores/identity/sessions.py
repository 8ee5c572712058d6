"""Browser sessions, kept on the server.

Invariants: a session's id is 256 random bits that only the browser has; the database holds its SHA-256. A session ends
after its absolute time, after idling, at log-out, and with the token that opened it. Logging in makes a new id and
ends the one the browser had (no fixation). Opening and closing are audited in their transaction.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from pipeline.domain.digests import digest_text
from pipeline.domain.frozen import Frozen
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database
from pipeline.stores.tables import sessions as table

_COARSE = timedelta(seconds=30)
"""How exactly the last request is known: not every click must write."""


class Session(Frozen):
    """An open session: who logged in, and with what."""

    principal: str
    token_id: str | None
    """The token that opened it."""
    claims: Mapping[str, Any] | None
    """What the identity provider said, where it was one; mapped anew at every request."""
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


_FIELDS = [column for column in table.c if column.name in Session.model_fields]


class Sessions:
    """Open, find and close sessions."""

    def __init__(self, database: Database, hours: float, idle_minutes: float) -> None:
        self._database = database
        self._lasts, self._idle = timedelta(hours=hours), timedelta(minutes=idle_minutes)

    def open(
        self, principal: str, means: str, *, token_id: str | None = None, claims: Mapping[str, object] | None = None
    ) -> str:
        """Open a session and return its id, which is kept nowhere."""
        secret = secrets.token_urlsafe(32)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            over = or_(table.c.expires_at <= at, table.c.seen_at <= at - self._idle)
            connection.execute(delete(table).where(over))
            row = {"principal": principal, "token_id": token_id, "claims": claims, "created_at": at, "seen_at": at}
            row |= {"session_digest": digest_text(secret), "expires_at": at + self._lasts}
            connection.execute(insert(table), row)
            details = {"means": means, "token_id": token_id}
            audit_log.append(connection, at, [AuditEntry(principal, "session.opened", principal, details)])
        return secret

    def find(self, secret: str) -> Session | None:
        """The open session of that id."""
        mine = table.c.session_digest == digest_text(secret)
        with self._database.read() as connection:
            at = self._database.now(connection)
            row = connection.execute(select(*_FIELDS).where(mine)).mappings().first()
        session = Session.model_validate(dict(row)) if row else None
        if session is None or at >= session.expires_at or at >= session.seen_at + self._idle:
            return None
        if at - session.seen_at > _COARSE:
            with self._database.begin() as connection:
                connection.execute(update(table).where(mine).values(seen_at=at))
        return session

    def close(self, secret: str) -> None:
        """End a session; one that has ended already is none."""
        mine = table.c.session_digest == digest_text(secret)
        with audit_log.audited(self._database) as connection:
            principal = connection.execute(select(table.c.principal).where(mine)).scalar()
            if principal is None:
                return
            connection.execute(delete(table).where(mine))
            at = self._database.now(connection)
            audit_log.append(connection, at, [AuditEntry(principal, "session.closed", principal)])
