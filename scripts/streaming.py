"""Shared by the benchmark and the drill of streams: the real command, its events, and arriving documents."""

import json
import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from tests.support.trial import COMMAND

WORDS = """
    garden lamp harbour ledger window letter kettle orchard bridge market paper copper velvet river morning candle
    wagon meadow anchor barrel compass ladder mirror needle oyster pepper quarry ribbon saddle timber
""".split()  # noqa: SIM905 - a list of one word a line would be longer than the rest


class Stream:
    """`corpusgate stream` as a process, with what it says."""

    def __init__(self, home: Path, *options: str, env: dict[str, str] | None = None) -> None:
        command = [str(COMMAND), "--home", str(home), "stream", "--json", *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | (env or {})
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
