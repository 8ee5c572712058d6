"""Handlers for tests of the sandbox: each misbehaves in its own way, inside the child."""

import ctypes
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any


def create(greeting: str = "hello") -> Any:
    def handle(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return getattr(Behaviour(greeting), header["do"])(header, payload)

    return handle


def refuse() -> Any:
    raise FileNotFoundError("no model at models/x")


class Panic(BaseException):
    """As native code raises it: not an `Exception`."""


class Behaviour:
    def __init__(self, greeting: str) -> None:
        self.greeting = greeting

    def echo(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return {"greeting": self.greeting, "n": header.get("n"), "pid": os.getpid()}, payload

    def print(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        sys.stdout.write("noise " * 100_000)
        os.write(1, b"more noise")
        return {}, b"quiet"

    def fail(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        raise ValueError(payload.decode())

    def panic(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        raise Panic(payload.decode())

    def sleep(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        time.sleep(header["seconds"])
        return {"pid": os.getpid()}, b""

    def spin(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        while True:
            pass

    def segfault(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        ctypes.string_at(0)
        raise AssertionError("unreachable")

    def exit(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        os._exit(0)

    def swell(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        blocks = []
        while True:
            blocks.append(bytes(1 << 20))

    def abort_for_memory(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        os.write(2, b"memory allocation of 1099511627776 bytes failed")
        os.abort()

    def gush(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return {}, bytes(header["size"])

    def environment(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        descriptors = [entry for entry in Path("/proc/self/fd").iterdir() if entry.exists()]
        return {"names": sorted(os.environ), "descriptors": len(descriptors)}, b""

    def write_file(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        Path(header["path"]).write_bytes(payload)
        return {}, b""

    def call_out(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
            caller.settimeout(2)
            return {"refused": caller.connect_ex(("127.0.0.1", header["port"])) != 0}, b""

    def speak_nonsense(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"\x00\x00\x00\x05\x00\x00\x00\x00{nope")
            except OSError:
                continue
        time.sleep(5)
        sys.exit(0)

    def fork(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        return {"pid": child}, b""
