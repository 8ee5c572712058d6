"""An end to what would otherwise wait or read for ever, so that such a test fails instead of hanging."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def patience(seconds: int = 20) -> Iterator[None]:
    """Fail the test if its body is not through in time."""

    def give_up(*_: Any) -> None:
        raise AssertionError(f"still waiting after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
