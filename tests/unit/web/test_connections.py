"""Half-sent requests, on loopback and in bounded numbers: they end in time and cost no other client an answer."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import uvicorn

from pipeline.web.serving import connections
from pipeline.web.serving.connections import guarded_protocol
from tests.support.patience import patience

HALF = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
PATIENCE = 10.0
"""Seconds until a test gives up on what must happen at once or after a short time-out."""


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body and answers its size."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(size).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(*, most: int = 40, per_address: int = 30, header_seconds: float = 60, proxies: Any = ()) -> Iterator[int]:
    protocol = guarded_protocol(most, per_address, header_seconds, proxies)
    config = uvicorn.Config(
        app, http=protocol, limit_concurrency=most, ws="none", lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            server.force_exit = True
            thread.join(PATIENCE)


def half_open(port: int) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    opened.sendall(HALF)
    return opened


def ended(connection: socket.socket) -> bool:
    """Whether the server ends it; waits for that."""
    with connection:
        try:
            return connection.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


def drips_until_ended(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"a")
        time.sleep(0.05)


def answer(port: int, body: bytes = b"") -> tuple[int, bytes]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        client.request("POST", "/healthz", body)
        answered = client.getresponse()
        return answered.status, answered.read()
    finally:
        client.close()


def test_requests_are_answered_one_after_another_on_one_connection() -> None:
    with serving() as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        for size in (0, 10, 200_000):
            client.request("POST", "/", b"x" * size)
            assert client.getresponse().read() == str(size).encode()
        client.close()


def test_a_connection_without_whole_headers_is_ended() -> None:
    with serving(header_seconds=0.3) as port:
        began = time.monotonic()
        assert ended(half_open(port))
        assert time.monotonic() - began >= 0.2
        silent = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        assert ended(silent)


def test_dripping_headers_gain_no_time() -> None:
    with serving(header_seconds=0.5) as port, half_open(port) as slow:
        began = time.monotonic()
        with pytest.raises(ConnectionError), patience():
            drips_until_ended(slow)
        assert time.monotonic() - began < PATIENCE


def test_a_second_request_has_the_same_time_as_the_first() -> None:
    with serving(header_seconds=0.3) as port, half_open(port) as connection:
        connection.sendall(b"x\r\n\r\n")
        received = b""
        while not received.endswith(b"\r\n\r\n0"):
            received += connection.recv(4096)
        connection.sendall(HALF)
        assert ended(connection)


BODY_TO_COME = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"


def test_one_address_can_hold_no_more_than_its_share() -> None:
    with serving(per_address=5) as port, ExitStack() as stack:
        held = []
        for _ in range(5):
            held.append(stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)))
            held[-1].sendall(BODY_TO_COME)
            assert b" 100 " in held[-1].recv(100)
        assert ended(stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)))
        held.pop().close()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                assert answer(port)[0] == 200
                break
            except (ConnectionError, http.client.HTTPException):
                time.sleep(0.05)  # the server has not seen the end of the other one yet
        else:
            pytest.fail("a place that was given back is not given out again")


def test_half_sent_requests_of_an_address_make_room_for_a_whole_one_of_the_same_address() -> None:
    with serving(per_address=5) as port, ExitStack() as stack:
        first, *others = [stack.enter_context(half_open(port)) for _ in range(5)]
        for _ in range(3):
            assert answer(port)[0] == 200
        assert ended(first), "the oldest goes first"
        assert others


def test_the_addresses_of_trusted_proxies_are_not_counted() -> None:
    with serving(per_address=2, proxies=("127.0.0.1",)) as port, ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(half_open(port))
        assert answer(port)[0] == 200


def test_half_sent_requests_beyond_every_bound_leave_room_for_a_whole_one() -> None:
    """As if from many addresses: without a bound for one, more of them than connections in all."""
    with serving(most=20, per_address=1000) as port, ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(half_open(port))
            assert answer(port)[0] == 200


def test_a_body_that_drips_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_GRACE_SECONDS", 0.3)
    with serving() as port, socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as slow:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx")
        assert ended(slow)
        assert answer(port, b"y" * 100_000) == (200, b"100000")
