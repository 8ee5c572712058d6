"""The outbox of notifications: derived from the audit log, bundled, claimed, and finished or put aside.

Invariants: the cursor moves in the transaction that stores the events it passed, so no event is missed; events have
ids of their own, so nothing is stored twice. A message is claimed before it is sent and its claim runs out, so a
sender that dies delays it and loses nothing: it arrives at least once, under one id. Times of tries are stored: a
restart keeps them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from pipeline.domain.audit import timestamp
from pipeline.domain.frozen import Frozen
from pipeline.domain.review.items import DecisionKind, ItemState
from pipeline.domain.telemetry.messages import Message, MessageState
from pipeline.domain.telemetry.notifications import OF_ACTION, Event, EventKind
from pipeline.stores.audit import log as audit_log
from pipeline.stores.database import insert_into
from pipeline.stores.tables import audit_log as audit_entries
from pipeline.stores.tables import (
    notification_cursor,
    notification_events,
    notification_messages,
    review_decisions,
    review_items,
    runs,
)

PAGE = 2_000
FIRST_LOOK = timedelta(hours=24)
"""How far back the very first look goes."""


class AuditFact(Frozen):
    """An audit entry people are told about."""

    seq: int
    at: datetime
    action: str
    subject: str
    details: dict[str, Any]
    run_sources: tuple[str, ...] | None = None
    """Sources of the run, where it is about one."""


def lock_cursor(connection: Connection, now: datetime) -> int:
    """How far the audit log was read; holds the row, so that one reader at a time goes on from there."""
    row = connection.execute(select(notification_cursor.c.seq).with_for_update()).scalar()
    if row is not None:
        return int(row)
    recent = audit_entries.c.at >= timestamp(now - FIRST_LOOK)
    first = connection.execute(select(func.min(audit_entries.c.seq)).where(recent)).scalar()
    start = audit_log.head(connection)[0] if first is None else first - 1
    connection.execute(insert_into(connection, notification_cursor).values(id=1, seq=start).on_conflict_do_nothing())
    return int(connection.execute(select(notification_cursor.c.seq).with_for_update()).scalar_one())


def facts_after(connection: Connection, seq: int) -> tuple[list[AuditFact], int]:
    """The next page of entries people are told about, and how far that page reaches."""
    head, _ = audit_log.head(connection)
    table = audit_entries.c
    query = (
        select(table.seq, table.at, table.action, table.subject, table.details)
        .where(table.seq > seq, table.seq <= head, table.action.in_(list(OF_ACTION)))
        .order_by(table.seq)
        .limit(PAGE)
    )
    rows = connection.execute(query).all()
    failed = [row.subject for row in rows if row.action == "run.failed"]
    of_run = {
        row.run_id: tuple(row.sources)
        for row in connection.execute(select(runs.c.run_id, runs.c.sources).where(runs.c.run_id.in_(failed)))
    }
    facts = [
        AuditFact(
            seq=row.seq,
            at=datetime.fromisoformat(row.at),
            action=row.action,
            subject=row.subject,
            details=json.loads(row.details),
            run_sources=of_run.get(row.subject) if row.action == "run.failed" else None,
        )
        for row in rows
    ]
    return facts, facts[-1].seq if len(facts) == PAGE else head


def move_cursor(connection: Connection, seq: int) -> None:
    """Remember how far the audit log was read."""
    connection.execute(update(notification_cursor).values(seq=seq))


class QueueFact(Frozen):
    """Something about a review item that no audit entry says."""

    kind: EventKind
    item_id: str
    doc_id: str
    at: datetime
    once: str
    """What makes it one happening."""


def queue_facts(connection: Connection, now: datetime, expiring: timedelta) -> Iterator[QueueFact]:
    """Items that went stale lately, and approvals that will end unused."""
    item, decision = review_items.c, review_decisions.c
    stale = select(item.item_id, item.doc_id, item.closed_at).where(
        item.state == ItemState.STALE, item.closed_at > now - FIRST_LOOK
    )
    for row in connection.execute(stale.order_by(item.closed_at, item.item_id)):
        yield QueueFact(
            kind=EventKind.STALE,
            item_id=row.item_id,
            doc_id=row.doc_id,
            at=row.closed_at,
            once=row.closed_at.isoformat(),
        )
    ending = (
        select(item.item_id, item.doc_id, func.min(decision.expires_at).label("ends"))
        .select_from(review_items.join(review_decisions))
        .where(
            item.state == ItemState.APPROVED,
            decision.decision == DecisionKind.APPROVE,
            decision.expires_at > now,
            decision.expires_at <= now + expiring,
        )
        .group_by(item.item_id, item.doc_id)
        .order_by(item.item_id)
    )
    for row in connection.execute(ending):
        yield QueueFact(
            kind=EventKind.APPROVAL_EXPIRING, item_id=row.item_id, doc_id=row.doc_id, at=now, once=row.ends.isoformat()
        )


def note(connection: Connection, events: Iterable[Event], now: datetime) -> None:
    """Store events; what is stored already stays as it is."""
    rows = [event.model_dump(mode="python") | {"kind": event.kind.value, "noted_at": now} for event in events]
    if rows:
        connection.execute(insert_into(connection, notification_events).on_conflict_do_nothing(), rows)


def due_channels(connection: Connection) -> dict[str, datetime]:
    """Channels with events nobody was told of, and since when the oldest waits."""
    table = notification_events.c
    query = select(table.channel, func.min(table.noted_at)).where(table.message_id.is_(None)).group_by(table.channel)
    return {row[0]: row[1] for row in connection.execute(query)}


def last_made(connection: Connection) -> dict[str, datetime]:
    """When each channel's newest message was made."""
    table = notification_messages.c
    query = select(table.channel, func.max(table.created_at)).group_by(table.channel)
    return {row[0]: row[1] for row in connection.execute(query)}


def untold(connection: Connection, channel: str, most: int) -> tuple[list[Event], dict[str, int]]:
    """The oldest `most` events of a channel nobody was told of, and how many there are of each kind."""
    table = notification_events.c
    waiting = (table.channel == channel, table.message_id.is_(None))
    query = select(notification_events).where(*waiting).order_by(table.at, table.event_id).limit(most)
    events = [
        Event.model_validate({name: row[name] for name in Event.model_fields})
        for row in connection.execute(query).mappings()
    ]
    counted = select(table.kind, func.count()).where(*waiting).group_by(table.kind).order_by(table.kind)
    return events, {row[0]: row[1] for row in connection.execute(counted)}


def bundle(connection: Connection, message: Message) -> None:
    """Store a message and put every event its channel waits for into it."""
    connection.execute(insert(notification_messages), message.model_dump())
    table = notification_events.c
    of_channel = update(notification_events).where(table.channel == message.channel, table.message_id.is_(None))
    connection.execute(of_channel.values(message_id=message.message_id))


def due_messages(connection: Connection, now: datetime, most: int) -> list[Message]:
    """Messages whose time has come, the longest waiting first."""
    table = notification_messages.c
    query = select(notification_messages).where(table.state == MessageState.WAITING, table.next_at <= now)
    rows = connection.execute(query.order_by(table.next_at, table.message_id).limit(most)).mappings()
    return [Message(**row) for row in rows]


def claim(connection: Connection, message: Message, until: datetime) -> Message | None:
    """Count an attempt and keep others off until it must be over; None when somebody else was first."""
    table = notification_messages.c
    mine = update(notification_messages).where(
        table.message_id == message.message_id,
        table.state == MessageState.WAITING,
        table.attempts == message.attempts,
        table.next_at == message.next_at,
    )
    change = {"attempts": message.attempts + 1, "next_at": until}
    done = connection.execute(mine.values(**change).returning(table.message_id)).first()
    return None if done is None else message.model_copy(update=change)


def finish(connection: Connection, message_id: str, **changes: Any) -> None:
    """Write what became of an attempt."""
    table = notification_messages.c
    connection.execute(update(notification_messages).where(table.message_id == message_id).values(**changes))


def messages(connection: Connection, states: Sequence[MessageState], limit: int) -> list[Message]:
    """Messages in one of `states`, newest first."""
    table = notification_messages.c
    query = select(notification_messages).where(table.state.in_(list(states)))
    rows = connection.execute(query.order_by(table.created_at.desc(), table.message_id).limit(limit)).mappings()
    return [Message(**row) for row in rows]


def find(connection: Connection, message_id: str) -> Message | None:
    """The message of that id."""
    query = select(notification_messages).where(notification_messages.c.message_id == message_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else Message(**row)


def forget(connection: Connection, before: datetime) -> None:
    """Remove delivered messages, and told events, from before a moment; dead ones stay until somebody looked."""
    message, event = notification_messages.c, notification_events.c
    old = select(message.message_id).where(message.state == MessageState.DELIVERED, message.finished_at < before)
    connection.execute(delete(notification_events).where(event.message_id.in_(old)))
    connection.execute(
        delete(notification_messages).where(message.state == MessageState.DELIVERED, message.finished_at < before)
    )
