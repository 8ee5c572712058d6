"""A child that tries what a child must not be able to do, for `corpusgate doctor`. Nothing is read, sent or kept."""

import os
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def create() -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """A handler that answers `{"read": path}` with what it could do, in words that follow "could"."""
    return _handle


def _handle(header: dict[str, Any], _payload: bytes) -> tuple[dict[str, Any], bytes]:
    reached = []
    with suppress(OSError):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
        reached.append("open a socket")
    with suppress(OSError):
        os.close(os.open(header["read"], os.O_RDONLY))
        reached.append("read the keys of this home")
    with suppress(OSError):
        with tempfile.TemporaryFile():
            pass
        reached.append("write a file")
    return {"reached": reached}, b""
