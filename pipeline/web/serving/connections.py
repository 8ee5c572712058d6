"""Connections as the server keeps them: each has time for its next step, each address a number, the whole a bound.

Invariants: a client that sends half a request, or reads no answer, holds a connection for a bounded time and costs no
other client an answer. If connections run out, of one address or of all, those that wait longest for their headers
go first. Connections of a trusted proxy are those of many clients and are not counted by address.
"""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

LEAST_BODY_RATE = 1024
"""Bytes a second that a body must bring on average, once its grace is over."""
BODY_GRACE_SECONDS = 60.0
"""How long a body may take without regard to its rate."""
READ_SECONDS = 60.0
"""How long a client may leave an answer unread."""
_SHARE_KEPT_FREE = 0.9
"""From this share of all connections on, a new one pushes out the one that waits longest for its headers."""


@dataclass
class Room:
    """Places for connections, which all connections of one server share."""

    most: int
    per_address: int
    header_seconds: float
    proxies: frozenset[str] = frozenset()
    """Addresses that are not counted."""
    by_address: Counter[str] = field(default_factory=Counter)
    waiting: "dict[H11Protocol, None]" = field(default_factory=dict)
    """Connections without a whole request, the oldest first."""


def guarded_protocol(most: int, per_address: int, header_seconds: float, proxies: Collection[str]) -> type[H11Protocol]:
    """The protocol of a server with these bounds, for `uvicorn.Config(http=…)`."""
    room = Room(most, per_address, header_seconds, frozenset(proxies))
    return type("Guarded", (_Guarded,), {"room": room})


class _Guarded(H11Protocol):
    room: Room

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._address: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._body_began = 0.0
        self._body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, unless its address has enough of them that are under way."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self.room.proxies & {address, "*"}:
            self._address = address
            self.room.by_address[address] += 1
            if self.room.by_address[address] > self.room.per_address and not self._push_out(address):
                transport.abort()
                return
        if len(self.connections) > self.room.most * _SHARE_KEPT_FREE and self.room.waiting:
            cast("_Guarded", next(iter(self.room.waiting))).give_up()
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        for timer in (self._timer, self._reading):
            if timer is not None:
                timer.cancel()
        self._timer = self._reading = None
        self.room.waiting.pop(self, None)
        if self._address is not None:
            self.room.by_address[self._address] -= 1
            if not self.room.by_address[self._address]:
                del self.room.by_address[self._address]
            self._address = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and give the next step its time."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        match str(self.conn.their_state):  # its states are names, and the library's own module stays uvicorn's matter
            case "IDLE":
                if self not in self.room.waiting:
                    self._expect_headers()
            case "SEND_BODY":
                self.room.waiting.pop(self, None)
                self._expect_body(len(data))
            case _:
                self._expect_nothing()

    def on_response_complete(self) -> None:
        """An answer is out; the server's own time-out for idle connections runs."""
        self._expect_nothing()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read: its time for that runs."""
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(READ_SECONDS, self.give_up)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def give_up(self) -> None:
        """End the connection now."""
        self.room.waiting.pop(self, None)
        if not self.transport.is_closing():
            self.transport.abort()

    def _push_out(self, address: str) -> bool:
        """End the connection of an address that waits longest for its headers; False if none does."""
        for other in cast("dict[_Guarded, None]", self.room.waiting):
            if other._address == address:
                other.give_up()
                return True
        return False

    def _expect_headers(self) -> None:
        self.room.waiting[self] = None
        self._set(self.room.header_seconds)

    def _expect_body(self, size: int) -> None:
        if not self._body_began:
            self._body_began, self._body_bytes = self.loop.time(), 0
        self._body_bytes += size
        due = self._body_began + BODY_GRACE_SECONDS + self._body_bytes / LEAST_BODY_RATE
        self._set(max(0.0, due - self.loop.time()))

    def _expect_nothing(self) -> None:
        self.room.waiting.pop(self, None)
        self._body_began = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self._overdue)

    def _overdue(self) -> None:
        if self.flow.read_paused:  # the application is slow, not the client
            self._set(BODY_GRACE_SECONDS)
        else:
            self.give_up()
