"""Shared by the benchmark and the drill of streams: the real command, its events, and arriving documents."""

import json
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.trial import COMMAND

WORDS = """
    garden lamp harbour ledger window letter kettle orchard bridge market paper copper velvet river morning candle
    wagon meadow anchor barrel compass ladder mirror needle oyster pepper quarry ribbon saddle timber
""".split()  # noqa: SIM905 - a list of one word a line would be longer than the rest

PATIENCE = 1_200.0
"""Seconds to wait for a result: longer than a stream takes to notice, twice, that its engine lost work."""


class Stream:
    """`corpusgate stream` as a process, with what it says."""

    def __init__(self, home: Path, *options: str, env: dict[str, str] | None = None) -> None:
        command = [str(COMMAND), "--home", str(home), "stream", "--json", *options]
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - closed when the stream ended
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._errors, text=True, env=os.environ | (env or {})
        )
        self.events: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append({"heard": time.time()} | json.loads(line))

    def published(self) -> list[dict[str, Any]]:
        """Windows that were settled so far."""
        return [event for event in self.events if event["event"] == "published"]

    def wait_until(self, happened: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait until it happened. Raises `AssertionError` with what the stream said when it has ended or time is up."""
        end = time.monotonic() + seconds
        while not happened():
            code = self.process.poll()
            assert code is None, f"{what}: the stream ended with code {code} before. {self._said()}"
            assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s. {self._said()}"
            time.sleep(0.2)

    def _said(self) -> str:
        self._errors.seek(0)
        return "\n".join(["It said:", *map(json.dumps, self.events[-40:]), self._errors.read()[-4_000:]])

    def stop(self, seconds: float = 120) -> int:
        """Ask it to stop, and wait; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self._heard_out()
        return code

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()
        self._heard_out()

    def _heard_out(self) -> None:
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()


def words(rng: random.Random, count: int) -> str:
    """Prose that no detector minds."""
    return " ".join(rng.choice(WORDS) for _ in range(count)).capitalize() + "."


def arrive(folder: Path, name: str, data: bytes) -> None:
    """Let a file appear whole, as the inbox wants it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = folder.parent / f".{path.name}.{random.randrange(10**9)}"
    scratch.write_bytes(data)
    scratch.replace(path)
