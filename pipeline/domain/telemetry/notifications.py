"""Notifications: the events, the roles that get them, and the times of retries.

Invariants: an event is derived from what the ledger recorded and has an id of its own, so that a repetition is
recognised. It holds ids, codes, rule ids and counts: no document text, no value, no typed words (law 4).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pipeline.domain.digests import digest_json
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Role


class EventKind(StrEnum):
    """What somebody may want to hear of."""

    REVIEW_WAITING = "review-waiting"
    QUESTION_ASKED = "question-asked"
    QUESTION_ANSWERED = "question-answered"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    APPROVED = "approved"
    STALE = "stale"
    APPROVAL_EXPIRING = "approval-expiring"
    REVOKED = "revoked"
    BREAK_GLASS = "break-glass"
    ROLLED_BACK = "rolled-back"
    NARROWED = "narrowed"
    RUN_FAILED = "run-failed"
    GENERATION_HELD = "generation-held"
    REPORT = "report"


OF_ACTION: Mapping[str, EventKind] = {
    "document.review": EventKind.REVIEW_WAITING,
    "document.held": EventKind.REVIEW_WAITING,
    "document.quarantine": EventKind.QUARANTINED,
    "document.reject": EventKind.REJECTED,
    "review.ask": EventKind.QUESTION_ASKED,
    "review.answer": EventKind.QUESTION_ANSWERED,
    "review.approve": EventKind.APPROVED,
    "review.reject": EventKind.REJECTED,
    "review.quarantine": EventKind.QUARANTINED,
    "review.break_glass": EventKind.BREAK_GLASS,
    "revocation.made": EventKind.REVOKED,
    "source.revoked": EventKind.REVOKED,
    "source.narrowed": EventKind.NARROWED,
    "generation.rolled_back": EventKind.ROLLED_BACK,
    "generation.held": EventKind.GENERATION_HELD,
    "run.failed": EventKind.RUN_FAILED,
    "report.made": EventKind.REPORT,
}
"""Audit actions that people are told about."""

_OWNER = (
    EventKind.QUESTION_ASKED, EventKind.QUARANTINED, EventKind.REJECTED, EventKind.APPROVED, EventKind.STALE,
    EventKind.APPROVAL_EXPIRING, EventKind.REVOKED, EventKind.NARROWED, EventKind.BREAK_GLASS,
)  # fmt: skip
_REVIEWER = (
    EventKind.REVIEW_WAITING, EventKind.QUESTION_ANSWERED, EventKind.STALE, EventKind.APPROVAL_EXPIRING,
    EventKind.NARROWED, EventKind.BREAK_GLASS, EventKind.GENERATION_HELD, EventKind.REPORT,
)  # fmt: skip
_OPERATOR = (
    EventKind.RUN_FAILED, EventKind.NARROWED, EventKind.GENERATION_HELD, EventKind.ROLLED_BACK, EventKind.REVOKED,
    EventKind.BREAK_GLASS, EventKind.REPORT,
)  # fmt: skip

FOR_ROLE: Mapping[Role, tuple[EventKind, ...]] = {
    Role.OWNER: _OWNER,
    Role.REVIEWER: _REVIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.AUDITOR: (EventKind.BREAK_GLASS, EventKind.REVOKED, EventKind.ROLLED_BACK, EventKind.REPORT),
    Role.READER: (),
}
"""What each role is told unless its channel names events itself."""


class Event(Frozen):
    """Something that happened, once for every channel it goes to."""

    event_id: str
    channel: str
    kind: EventKind
    source: str | None
    subject: str
    """The document, source, run or generation it is about."""
    at: datetime
    details: dict[str, Any]


def event_id(*parts: str | int) -> str:
    """The same for the same happening and channel, whoever derives it and however often."""
    return digest_json(list(parts))[:32]


def event_source(action: str, subject: str, details: Mapping[str, Any]) -> str | None:
    """The source an audit entry is about; None where it is about all of them."""
    noun = action.partition(".")[0]
    if noun in ("document", "review") or (noun == "revocation" and details.get("kind") == "document"):
        return source_of(subject)
    if noun == "source" or (noun == "revocation" and details.get("kind") == "source"):
        return subject
    return None


_CARRIED = (
    "item_id", "rules", "findings", "run_id", "reason", "kind", "approvals", "required", "revocation_id", "figure",
    "value", "bound", "escalations", "injection_hits", "not_read", "open_reviews",
)  # fmt: skip
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@/+-]{0,127}")


def carried(details: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an audit entry's details that a message repeats: codes, ids and counts, checked once more."""
    kept = {}
    for key in _CARRIED:
        value = details.get(key)
        values = value if isinstance(value, list) else [value]
        if value is not None and all(isinstance(one, int) or _CODE.fullmatch(str(one)) for one in values):
            kept["about" if key == "kind" else key] = value
    return kept


def concerns(channel_sources: Sequence[str], event_sources: Iterable[str] | None) -> bool:
    """Whether a channel for some sources (none: for all) hears of an event; None is an event about no one source."""
    if not channel_sources:
        return True
    return event_sources is not None and not set(channel_sources).isdisjoint(event_sources)


def next_attempt(attempts: int, now: datetime, first: float, longest: float, jitter: float) -> datetime:
    """When to try again after `attempts` failures: doubling waits, up to 20 % more by `jitter` from 0 to 1."""
    wait = min(longest, first * 2.0 ** min(attempts - 1, 40))
    return now + timedelta(seconds=wait * (1 + 0.2 * jitter))
