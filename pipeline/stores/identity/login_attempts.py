"""Failed log-ins, counted so that guessing slows down.

Invariants: the count is in the database, so several servers share it and a restart forgets nothing. Only failures are
written. Each failure beyond the free ones doubles the wait, up to the longest. The beginning of a wait is audited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sqlalchemy import bindparam, delete, select

from pipeline.domain.errors import TooManyAttempts
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database, insert_into
from pipeline.stores.tables import login_attempts as table

_FORGOTTEN = timedelta(hours=24)
ACTOR = "service:corpusgate"
_BLOCKED = select(table.c.blocked_until).where(
    table.c.key.in_(bindparam("keys", expanding=True)), table.c.blocked_until > bindparam("at")
)
"""Every request asks it: built once."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Something attempts are counted for, and how many may fail before it has to wait."""

    key: str
    free: int


class LoginAttempts:
    """Count failures, and say who has to wait."""

    def __init__(self, database: Database, longest_wait_seconds: int) -> None:
        self._database = database
        self._longest = longest_wait_seconds

    def check(self, counted: Sequence[Attempts]) -> None:
        """Raise `TooManyAttempts` while one of them has to wait."""
        keys = [one.key for one in counted]
        with self._database.read() as connection:
            at = self._database.now(connection)
            blocked = connection.execute(_BLOCKED, {"keys": keys, "at": at}).scalars().all()
        if blocked:
            raise TooManyAttempts(max(1, ceil((max(blocked) - at).total_seconds())))

    def failed(self, counted: Sequence[Attempts]) -> None:
        """Count a failure for each of them."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            connection.execute(delete(table).where(table.c.failed_at < at - _FORGOTTEN))
            query = select(table.c.key, table.c.failures).where(table.c.key.in_([one.key for one in counted]))
            before = {row.key: row.failures for row in connection.execute(query)}
            for one in counted:
                failures = before.get(one.key, 0) + 1
                beyond = failures - one.free
                wait = min(2 ** min(beyond, 30), self._longest) if beyond > 0 else 0
                row = {"failures": failures, "failed_at": at, "blocked_until": at + timedelta(seconds=wait)}
                statement = insert_into(connection, table).values(key=one.key, **row)
                connection.execute(statement.on_conflict_do_update(index_elements=[table.c.key], set_=row))
                if beyond == 1:
                    entry = AuditEntry(ACTOR, "login.throttled", one.key, {"failures": failures})
                    audit_log.append(connection, at, [entry])

    def succeeded(self, counted: Sequence[Attempts]) -> None:
        """Forget earlier failures."""
        keys = [one.key for one in counted]
        with self._database.read() as connection:
            known = connection.execute(select(table.c.key).where(table.c.key.in_(keys)).limit(1)).first()
        if known:
            with self._database.begin() as connection:
                connection.execute(delete(table).where(table.c.key.in_(keys)))
