"""A web server for tests that does as the path it is asked for says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.local_servers import answering


class Receiver(ThreadingHTTPServer):
    """A server that does as its path says and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if self.path == "/hang":
            self.server.over.wait(20)
            return
        if self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
            while not self.server.over.wait(0.05):
                self.wfile.write(b"y")
            return
        status = int(self.path.strip("/").partition("/")[0] or 204)
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("location", f"http://127.0.0.1:{self.server.port}/204")
        self.end_headers()

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def running() -> Iterator[Receiver]:
    """A receiver, up and down again."""
    with answering(Receiver()) as server:
        try:
            yield server
        finally:
            server.over.set()
