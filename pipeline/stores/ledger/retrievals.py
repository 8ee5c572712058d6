"""Number of answers that held a document, by day.

Invariants: counting never fails or slows a search: counts wait in memory and are written together, and a ledger that
cannot take them now gets them later. The principal and the question are not kept here.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import delete, func, select

from pipeline.domain.errors import LedgerError
from pipeline.stores.database import Connection, Database, insert_into
from pipeline.stores.tables import retrievals

RECENT_DAYS = 30
_FLUSH_SECONDS = 10.0


class RetrievalCounts:
    """Counts answers. Safe to use from many threads; call `flush` before the process ends."""

    def __init__(self, database: Database, flush_seconds: float = _FLUSH_SECONDS) -> None:
        self._database, self._flush_seconds = database, flush_seconds
        self._waiting: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._due = time.monotonic() + flush_seconds

    def count(self, doc_ids: Iterable[str]) -> None:
        """Count one answer that held these documents; a document counts once however many chunks of it were in."""
        with self._lock:
            self._waiting.update(set(doc_ids))
            due = time.monotonic() >= self._due
        if due:
            self.flush()

    def flush(self) -> None:
        """Write what waits; on failure it goes on waiting."""
        with self._lock:
            waiting, self._waiting = self._waiting, Counter()
            self._due = time.monotonic() + self._flush_seconds
        if not waiting:
            return
        try:
            with self._database.begin() as connection:
                today = self._database.now(connection).date()
                rows = [{"doc_id": doc, "day": today, "answers": n} for doc, n in sorted(waiting.items())]
                fresh = insert_into(connection, retrievals)
                more = {"answers": retrievals.c.answers + fresh.excluded.answers}
                connection.execute(fresh.on_conflict_do_update(index_elements=["doc_id", "day"], set_=more), rows)
                connection.execute(delete(retrievals).where(retrievals.c.day < _oldest(today)))
        except LedgerError:
            with self._lock:
                self._waiting.update(waiting)


def recent(connection: Connection, today: date) -> dict[str, int]:
    """Answers of the last 30 days by document; only documents that were in one."""
    query = (
        select(retrievals.c.doc_id, func.sum(retrievals.c.answers))
        .where(retrievals.c.day >= _oldest(today))
        .group_by(retrievals.c.doc_id)
    )
    return {doc_id: int(answers) for doc_id, answers in connection.execute(query)}


def _oldest(today: date) -> date:
    return today - timedelta(days=RECENT_DAYS)
