"""Keeps Beam's servers on this machine.

Beam's Python side serves its workers over gRPC on every network interface, without checking who calls, and runs the
code that it receives. Here workers and servers share a machine, so its own address is enough.
"""

import functools
from typing import Any

import grpc
from grpc._server import _Server

_EVERYWHERE = "[::]:"
_HERE = "127.0.0.1:"


def only() -> None:
    """From now on gRPC servers of this process that would listen everywhere listen on 127.0.0.1."""
    if hasattr(_Server.add_insecure_port, "__wrapped__"):
        return
    bind = _Server.add_insecure_port

    @functools.wraps(bind)
    def bind_here(self: grpc.Server, address: str) -> Any:
        return bind(self, address.replace(_EVERYWHERE, _HERE, 1) if address.startswith(_EVERYWHERE) else address)

    _Server.add_insecure_port = bind_here
