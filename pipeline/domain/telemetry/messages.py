"""Messages to people: what one channel is sent, and whether it arrived."""

from datetime import datetime
from enum import StrEnum

from pipeline.domain.frozen import Frozen


class MessageState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up; somebody has to look, and may have it tried again."""


class Message(Frozen):
    """What one channel is sent at one time."""

    message_id: str
    channel: str
    body: str
    """JSON, as it is signed and sent; the same at every attempt."""
    events: int
    state: MessageState
    attempts: int
    reason_code: str | None
    """Why the last attempt failed: one of a closed set of words."""
    created_at: datetime
    next_at: datetime
    finished_at: datetime | None
