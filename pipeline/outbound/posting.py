"""Posting a body to a receiver outside: guarded and bounded.

Invariants: the name is resolved once, every address is checked, and the connection goes to a checked one: a name
server that changes its answer in between gains nothing. Only https, unless this machine is allowed. Redirects are not
followed, proxies are not asked. A request always ends in time, and reads at most the bytes it may.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pipeline.settings.notifications import ReceiverSettings


class PostAnswer(NamedTuple):
    """The answer of a receiver."""

    status: int
    body: bytes
    """Its beginning, as far as it was asked for."""


class NotDelivered(Exception):
    """An attempt failed. `reason` is one of a closed set of words; `final` says that trying again is pointless."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.final = reason, final


def post_bytes(
    settings: ReceiverSettings, body: bytes, headers: Mapping[str, str], path: str = "", largest: int = 0
) -> PostAnswer:
    """Post `body` to the address of a receiver, or to `path` below it.

    Args:
        settings: The receiver.
        body: What is sent.
        headers: Sent with it.
        path: Added to the path of the address.
        largest: Bytes of the answer that are read.

    Raises `NotDelivered` if there is no whole answer in time, or if it is a redirect.

    """
    parts = urlsplit(settings.url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _judged_address(host, port, settings, secure=secure)
    whole = ((parts.path or "/").rstrip("/") + path if path else parts.path or "/") + (
        f"?{parts.query}" if parts.query else ""
    )
    connection: _Connection = _Connection(host, port, address, settings.timeout_seconds, secure=secure)
    # A socket's time-out starts again with every byte; this one does not.
    deadline = threading.Timer(settings.timeout_seconds, connection.abort)
    deadline.daemon = True
    deadline.start()
    try:
        connection.request("POST", whole, body, dict(headers))
        response = connection.getresponse()
        answer = PostAnswer(response.status, response.read(largest) if largest else b"")
    except ssl.SSLError as error:
        raise NotDelivered("timeout" if connection.aborted else "tls") from error
    except TimeoutError as error:
        raise NotDelivered("timeout") from error
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered("timeout" if connection.aborted else "connection") from error
    finally:
        deadline.cancel()
        connection.close()
    if connection.aborted:  # an answer cut off by the deadline can look like a whole one
        raise NotDelivered("timeout")
    if 300 <= answer.status < 400:
        raise NotDelivered("redirect")
    return answer


def _judged_address(host: str, port: int, settings: ReceiverSettings, *, secure: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotDelivered("name") from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        if not _allowed(address, settings, secure=secure):
            raise NotDelivered("refused-address")
    return str(addresses[0])


def _allowed(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, settings: ReceiverSettings, *, secure: bool
) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback:
        return settings.allow_loopback
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False  # the addresses of cloud metadata among them, whatever is configured
    return secure and (address.is_global or (settings.allow_private and address.is_private))


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was judged, under the name it was judged for."""

    def __init__(self, host: str, port: int, address: str, timeout: float, *, secure: bool) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address, self._secure, self.aborted = address, secure, False
        self.default_port = 443 if secure else 80

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def abort(self) -> None:
        """End everything at once, from another thread."""
        self.aborted = True
        if self.sock is not None:
            with contextlib.suppress(OSError):  # it ended by itself
                self.sock.shutdown(socket.SHUT_RDWR)
