"""Delivery of notifications about events, without any text of documents.

One call of `deliver` does a round: read the audit log from where the last round ended, note the events of each
channel, bundle those that waited long enough into one message a channel, and send due messages. A server calls it
every few seconds, a refresh at its end; several at once do not get in each other's way.

Invariants: events are derived from committed facts, so no other code calls this module, and no event is told that did
not happen. Delivery is at least once, under a stable id. Failures wait longer each time and end as dead letters,
which are audited and can be tried again. Messages hold ids, codes, counts and the policy's own words (law 4).
"""

import json
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pipeline.domain.documents.provenance import source_of
from pipeline.domain.errors import ConfigError, CorpusgateError, NotFound
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.policy.policy import Policy
from pipeline.domain.telemetry.messages import Message, MessageState
from pipeline.domain.telemetry.notifications import (
    OF_ACTION,
    Event,
    EventKind,
    carried,
    concerns,
    event_id,
    event_source,
    next_attempt,
)
from pipeline.notifications import email as send_email
from pipeline.outbound import webhook as send_webhook
from pipeline.outbound.posting import NotDelivered
from pipeline.settings.notifications import ChannelSettings, NotificationSettings, SecretSettings
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Connection, Database
from pipeline.stores.notifications import outbox
from pipeline.stores.notifications.outbox import AuditFact

LISTED = 50
"""Events a message names; of the others it says how many there are."""
_AT_ONCE = 100
_CLAIM_SLACK = timedelta(seconds=60)


class Round(Frozen):
    """What one round did."""

    noted: int
    bundled: int
    delivered: int
    failed: int
    dead: int


class NotificationService:
    """Deliver, list, try again, try out."""

    def __init__(
        self,
        database: Database,
        settings: NotificationSettings,
        secret: Callable[[SecretSettings], bytes],
        policy: Callable[[], Policy],
    ) -> None:
        self._database, self._settings, self._secret, self._policy = database, settings, secret, policy
        self._channels = {channel.name: channel for channel in settings.channels}

    def deliver(self, budget_seconds: float = 60, *, at_once: bool = False) -> Round:
        """One round; starts no further message once `budget_seconds` are over.

        `at_once` is for the end of a run: a channel that was told nothing lately need not wait for its window.
        """
        end = time.monotonic() + budget_seconds
        if not self._channels:
            return Round(noted=0, bundled=0, delivered=0, failed=0, dead=0)
        noted, bundled = self.note(), self.bundle(at_once=at_once)
        with self._database.read() as connection:
            due = outbox.due_messages(connection, self._database.now(connection), _AT_ONCE)
        results = [self._attempt(message) for message in due if time.monotonic() < end]
        with self._database.begin() as connection:
            kept = timedelta(days=self._settings.keep_days)
            outbox.forget(connection, self._database.now(connection) - kept)
        return Round(
            noted=noted,
            bundled=bundled,
            delivered=results.count(MessageState.DELIVERED),
            failed=results.count(MessageState.WAITING),
            dead=results.count(MessageState.DEAD),
        )

    def note(self) -> int:
        """Turn what the ledger recorded since the last round into events; how many facts there were."""
        seen = 0
        while True:
            with self._database.begin() as connection:
                now = self._database.now(connection)
                reached = outbox.lock_cursor(connection, now)
                facts, seq = outbox.facts_after(connection, reached)
                outbox.note(connection, [event for fact in facts for event in self._events(fact)], now)
                outbox.move_cursor(connection, seq)
                if len(facts) < outbox.PAGE:
                    outbox.note(connection, self._queue_events(connection, now), now)
                seen += len(facts)
            if len(facts) < outbox.PAGE:
                return seen

    def bundle(self, *, at_once: bool = False) -> int:
        """Make a message for every channel whose oldest event has waited long enough; how many."""
        made = 0
        with self._database.begin() as connection:
            now = self._database.now(connection)
            outbox.lock_cursor(connection, now)  # one at a time, or one event could be in two messages
            told = outbox.last_made(connection) if at_once else {}
            for name, since in sorted(outbox.due_channels(connection).items()):
                channel = self._channels.get(name)
                if channel is None:
                    continue
                opened = told.get(name) if at_once else since
                if opened is not None and opened + timedelta(minutes=channel.digest_minutes) > now:
                    continue
                events, counts = outbox.untold(connection, name, LISTED)
                message_id = secrets.token_hex(16)
                message = Message(
                    message_id=message_id,
                    channel=name,
                    body=json.dumps(self._body(message_id, channel, events, counts, now), sort_keys=True),
                    events=sum(counts.values()),
                    state=MessageState.WAITING,
                    attempts=0,
                    reason_code=None,
                    created_at=now,
                    next_at=now,
                    finished_at=None,
                )
                outbox.bundle(connection, message)
                made += 1
        return made

    def messages(self, states: Sequence[MessageState] = tuple(MessageState), limit: int = 50) -> list[Message]:
        """Messages, newest first."""
        with self._database.read() as connection:
            return outbox.messages(connection, states, limit)

    def retry(self, message_id: str, by: str) -> Message:
        """Have a dead or waiting message tried again in the next round, with all its attempts."""
        with audit_log.audited(self._database) as connection:
            found = outbox.find(connection, message_id)
            if found is None or found.state is MessageState.DELIVERED:
                raise NotFound(
                    "There is no such message that waits or was given up.",
                    fix="`corpusgate notifications list` shows the ids.",
                )
            now = self._database.now(connection)
            fresh: dict[str, Any] = {
                "state": MessageState.WAITING, "attempts": 0, "next_at": now, "finished_at": None,
            }  # fmt: skip
            outbox.finish(connection, message_id, **fresh)
            entry = AuditEntry(by, "notification.retried", found.channel, {"message_id": message_id})
            audit_log.append(connection, now, [entry])
            return found.model_copy(update=fresh)

    def test(self, name: str) -> None:
        """Send a message that says only that it is a test. Raises `CorpusgateError` when it does not arrive."""
        channel = self._channels.get(name)
        if channel is None:
            known = ", ".join(sorted(self._channels)) or "none"
            raise NotFound("There is no such channel.", fix=f"Channels of configs/corpusgate.yaml: {known}.")
        message_id = secrets.token_hex(16)
        body = {"id": message_id, "type": "corpusgate.test", "channel": name, "count": 0, "counts": {}, "events": []}
        try:
            self._send(channel, message_id, json.dumps(body, sort_keys=True))
        except NotDelivered as error:
            raise CorpusgateError(
                f"The test of channel {name} did not arrive ({error.reason}).",
                done="Nothing else was sent.",
                fix="docs/guides/notifications.md says what each reason means.",
            ) from None

    def _events(self, fact: AuditFact) -> Iterator[Event]:
        kind = OF_ACTION[fact.action]
        if kind is EventKind.APPROVED and fact.details.get("approvals", 0) < fact.details.get("required", 0):
            return
        source = event_source(fact.action, fact.subject, fact.details)
        sources = fact.run_sources or (None if source is None else (source,))
        details = carried(fact.details)
        for channel in self._channels.values():
            if kind in channel.kinds and concerns(channel.sources, sources):
                yield Event(
                    event_id=event_id(channel.name, "audit", fact.seq),
                    channel=channel.name,
                    kind=kind,
                    source=source,
                    subject=fact.subject,
                    at=fact.at,
                    details=details,
                )

    def _queue_events(self, connection: Connection, now: datetime) -> Iterator[Event]:
        for fact in outbox.queue_facts(connection, now, timedelta(hours=self._settings.expiring_hours)):
            source = source_of(fact.doc_id)
            for channel in self._channels.values():
                if fact.kind in channel.kinds and concerns(channel.sources, (source,)):
                    yield Event(
                        event_id=event_id(channel.name, fact.kind.value, fact.item_id, fact.once),
                        channel=channel.name,
                        kind=fact.kind,
                        source=source,
                        subject=fact.doc_id,
                        at=fact.at,
                        details={"item_id": fact.item_id},
                    )

    def _body(
        self, message_id: str, channel: ChannelSettings, events: Sequence[Event], counts: dict[str, int], now: datetime
    ) -> dict[str, Any]:
        total = sum(counts.values())
        return {
            "id": message_id,
            "type": "corpusgate.events",
            "at": now.isoformat(),
            "channel": channel.name,
            "role": channel.role.value,
            "count": total,
            "counts": counts,
            "events": [self._described(event) for event in events],
            "omitted": total - len(events),
        }

    def _described(self, event: Event) -> dict[str, Any]:
        fixes = self._policy().fixes(map(str, event.details.get("rules", ())))
        return {
            "id": event.event_id,
            "kind": event.kind.value,
            "at": event.at.isoformat(),
            "source": event.source,
            "subject": event.subject,
            **event.details,
            **({"how_to_fix": fixes} if fixes and event.kind in (EventKind.QUARANTINED, EventKind.REJECTED) else {}),
        }

    def _attempt(self, message: Message) -> MessageState | None:
        """Try a message once; where it stands after that, None when somebody else tries it."""
        channel = self._channels.get(message.channel)
        with self._database.begin() as connection:
            now = self._database.now(connection)
            claimed = outbox.claim(connection, message, now + self._longest(channel) + _CLAIM_SLACK)
        if claimed is None:
            return None
        try:
            if channel is None:
                raise NotDelivered("channel-gone", final=True)
            self._send(channel, claimed.message_id, claimed.body)
        except NotDelivered as error:
            return self._failed(claimed, error)
        with self._database.begin() as connection:
            done = {"state": MessageState.DELIVERED, "finished_at": self._database.now(connection)}
            outbox.finish(connection, claimed.message_id, reason_code=None, **done)
        return MessageState.DELIVERED

    def _failed(self, message: Message, error: NotDelivered) -> MessageState:
        settings = self._settings
        with audit_log.audited(self._database) as connection:
            now = self._database.now(connection)
            if not error.final and message.attempts < settings.max_attempts:
                again = next_attempt(
                    message.attempts, now, settings.first_retry_seconds, settings.longest_retry_seconds,
                    random.random(),  # noqa: S311 - it spreads load, it guards nothing
                )  # fmt: skip
                outbox.finish(connection, message.message_id, reason_code=error.reason, next_at=again)
                return MessageState.WAITING
            dead = {"state": MessageState.DEAD, "reason_code": error.reason, "finished_at": now}
            outbox.finish(connection, message.message_id, **dead)
            details: dict[str, audit_log.Detail] = {"message_id": message.message_id, "reason": error.reason}
            audit_log.append(connection, now, [AuditEntry(PUBLISHER, "notification.dead", message.channel, details)])
            return MessageState.DEAD

    def _send(self, channel: ChannelSettings, message_id: str, body: str) -> None:
        try:
            if channel.webhook is not None:
                secret = self._secret(channel.webhook.secret)
                send_webhook.post(channel.webhook, secret, message_id, body.encode())
                return
            smtp = self._settings.smtp
            if smtp is None:
                raise NotDelivered("no-mail-server", final=True)
            password = None if smtp.password is None else self._secret(smtp.password)
        except ConfigError as error:
            raise NotDelivered("secret") from error
        send_email.send(smtp, password, channel.email, message_id, *_letter(json.loads(body)))

    def _longest(self, channel: ChannelSettings | None) -> timedelta:
        smtp = self._settings.smtp
        seconds = channel.webhook.timeout_seconds if channel is not None and channel.webhook is not None else 0.0
        # A mail server is given its time-out at each of a handful of steps.
        return timedelta(seconds=max(seconds, 10 * smtp.timeout_seconds if smtp is not None else 0.0))


def _letter(body: dict[str, Any]) -> tuple[str, str]:
    """Subject and text of a message for people."""
    if body["type"] == "corpusgate.test":
        return "Corpusgate: a test", f"This is a test of the channel {body['channel']}. Nothing happened.\n"
    events = body["events"]
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(body["counts"].items()))
    subject = (
        f"Corpusgate: {events[0]['kind']}: {events[0]['subject']}" if body["count"] == 1 else f"Corpusgate: {counts}"
    )
    lines = [f"{counts}. You are told as {body['role']}, channel {body['channel']}.", ""]
    for event in events:
        lines.append(send_email.one_line(f"{event['at'][:16]} {event['kind']}: {event['subject']}"))
        if "item_id" in event:
            lines.append(f"    review item {event['item_id']}: corpusgate review show {event['item_id']}")
        if "figure" in event:
            figure, source = str(event["figure"]).replace("_", " "), event["subject"]
            lines.append(
                f"    {figure} {event['value']:,}, bound {event['bound']:,}: corpusgate sources rates {source}"
            )
        if "escalations" in event:
            lines.append(f"    {_report_counts(event)}: corpusgate report --week {event['subject']}")
        lines.extend(f"    how to fix: {send_email.one_line(fix)}" for fix in event.get("how_to_fix", ()))
    if body["omitted"]:
        lines.append(f"… and {body['omitted']} more: corpusgate review list")
    return subject, "\n".join([*lines, "", f"Message {body['id']}.", ""])


def _report_counts(event: dict[str, Any]) -> str:
    named = ("escalations", "injection_hits", "not_read", "open_reviews")
    return ", ".join(f"{event[name]:,} {name.replace('_', ' ')}" for name in named if name in event)
