"""Figures for monitoring, in addition to those of the first page (`pipeline.stores.ledger.overview`).

Invariants: reads only. Counts, moments and codes, by source, kind or state; nothing about one document or one person.
Verdicts are counted run by run: what was counted once is never read again, so asking stays quick as history grows.
"""

import json
import threading
from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.review.held_generations import PENDING
from pipeline.domain.telemetry.messages import MessageState
from pipeline.stores.database import Database
from pipeline.stores.ledger.overview import Pile
from pipeline.stores.review.work import asked_in_quarantine
from pipeline.stores.tables import (
    audit_head,
    audit_log,
    break_glass,
    documents,
    held_generations,
    notification_messages,
    review_items,
    review_questions,
    revocations,
    runs,
    sources,
    verdicts,
    waivers,
)

_Since = ColumnElement[Any]
_ENDED = ("finished", "failed", "held")


class Ended(NamedTuple):
    """Runs that ended one way."""

    runs: int
    last: datetime | None


class Figures:
    """Counts over the whole ledger. Safe to use from many threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._verdicts: Counter[tuple[str, Action]] = Counter()
        self._counted: set[str] = set()
        """Runs whose verdicts are in `_verdicts`, of those that ended at `_until`."""
        self._until: datetime | None = None

    def waiting(self) -> dict[str, Pile]:
        """What waits for people, but for documents in quarantine."""
        with self._database.read() as connection:
            at = self._database.now(connection)
            return {name: _pile(connection, *what) for name, what in _piles(at).items()}

    def verdicts(self) -> Counter[tuple[str, Action]]:
        """Verdicts of all runs that ended, by source."""
        with self._lock, self._database.read() as connection:
            self._count_new(connection)
            return self._verdicts.copy()

    def runs(self) -> dict[str, Ended]:
        """Runs by how they ended."""
        query = select(runs.c.state, func.count(), func.max(runs.c.finished_at)).where(runs.c.state.in_(_ENDED))
        with self._database.read() as connection:
            found = {state: Ended(n, last) for state, n, last in connection.execute(query.group_by(runs.c.state))}
        return {state: found.get(state, Ended(0, None)) for state in _ENDED}

    def revocations(self) -> dict[str, int]:
        """Revocations in force, by kind."""
        query = select(revocations.c.kind, func.count()).where(revocations.c.lifted_at.is_(None))
        with self._database.read() as connection:
            return {str(kind): int(n) for kind, n in connection.execute(query.group_by(revocations.c.kind))}

    def audit_entries(self) -> int:
        """Length of the audit log."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.max(audit_head.c.seq))).scalar() or 0)

    def breaker_events(self) -> Counter[tuple[str, str]]:
        """How often a run, and not a person, narrowed a source, and for which figure."""
        by_breaker = and_(audit_log.c.action == "source.narrowed", audit_log.c.actor == PUBLISHER)
        query = select(audit_log.c.subject, audit_log.c.details).join(sources, sources.c.name == audit_log.c.subject)
        with self._database.read() as connection:
            rows = connection.execute(query.where(by_breaker)).all()
        return Counter((source, str(json.loads(details).get("figure", ""))) for source, details in rows)

    def _count_new(self, connection: Connection) -> None:
        ended = select(runs.c.run_id, runs.c.finished_at).where(runs.c.state.in_(("finished", "held")))
        if self._until is not None:
            ended = ended.where(runs.c.finished_at >= self._until)
        new = {run_id: at for run_id, at in connection.execute(ended) if run_id not in self._counted}
        if not new:
            return
        by_source = (
            select(documents.c.source, verdicts.c.action, func.count())
            .join(documents, documents.c.doc_id == verdicts.c.doc_id)
            .group_by(documents.c.source, verdicts.c.action)
        )
        # All of them at once the first time; afterwards a handful of runs by name.
        chosen = by_source if self._until is None else by_source.where(verdicts.c.run_id.in_(new))
        for source, action, count in connection.execute(chosen):
            self._verdicts[source, Action(action)] += count
        last = max(new.values())
        kept = self._counted if last == self._until else set()
        self._counted, self._until = kept | {run_id for run_id, at in new.items() if at == last}, last


def _piles(at: datetime) -> dict[str, tuple[_Since, ColumnElement[bool]]]:
    """What piles up: since when each thing waits, and whether it does."""
    return {
        "review": (review_items.c.opened_at, review_items.c.closed_at.is_(None)),
        "held": (held_generations.c.opened_at, held_generations.c.state.in_([s.value for s in PENDING])),
        "questions": (
            review_questions.c.asked_at,
            and_(
                review_questions.c.answered_at.is_(None),
                or_(
                    review_questions.c.item_id.in_(
                        select(review_items.c.item_id).where(review_items.c.closed_at.is_(None))
                    ),
                    review_questions.c.question_id.in_(asked_in_quarantine()),
                ),
            ),
        ),
        "sources": (sources.c.registered_at, sources.c.state == SourceState.PENDING.value),
        "waivers": (
            waivers.c.asked_at,
            and_(waivers.c.approved_at.is_(None), waivers.c.ended_at.is_(None), waivers.c.expires_at > at),
        ),
        "glass": (
            break_glass.c.broken_at,
            and_(break_glass.c.confirmed_at.is_(None), break_glass.c.undone_at.is_(None)),
        ),
        "letters": (notification_messages.c.created_at, notification_messages.c.state == MessageState.DEAD.value),
    }


def _pile(connection: Connection, since: _Since, waits: ColumnElement[bool]) -> Pile:
    count, oldest = connection.execute(select(func.count(), func.min(since)).where(waits)).one()
    return Pile(count=count, oldest=oldest)
