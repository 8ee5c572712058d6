"""The graph of a stream as a process of its own: started, watched, started again, ended.

Invariants: it ends with its driver, however that ends. Its command line holds no secret. A graph that fails is
started again after a wait; one that cannot start, or fails quickly again and again, ends the stream.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from pipeline.domain.errors import CorpusgateError, ExitCode, SourceError
from pipeline.engines import parent_death

_QUICK_SECONDS, _MOST_QUICK = 120.0, 5
"""A graph that runs shorter than this failed quickly; after so many quick failures in a row the stream ends."""
_STOP_SECONDS = 15.0


class GraphProcess:
    """Runs `pipeline.runs.stream` and starts it again when it ends by itself."""

    def __init__(self, home: Path, window: float, poll: float, runner: str | None, workers: int | None) -> None:
        given = [str(home), "--window", str(window), "--poll", str(poll)]
        given += ["--runner", runner] if runner else []
        given += ["--workers", str(workers)] if workers else []
        # -P: what lies in the folder this was started from is not code.
        self._command = parent_death.command(sys.executable, "-P", "-m", "pipeline.runs.stream", *given)
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._started = self._next = 0.0
        self._quick = 0

    def start(self) -> None:
        """Start it now."""
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it ended
        self._started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a signal to the driver's group is the driver's to act on
        )

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def watch(self) -> str:
        """Start it again where it ended; says what happened, or nothing. Raises when it will not run."""
        process, now = self._process, time.monotonic()
        if process is None:
            if now >= self._next:
                self.start()
                return "The graph is started again; what is undecided is looked at again."
            return ""
        code = process.poll()
        if code is None:
            return ""
        error = self._error(code)
        self._process = None
        self._quick = self._quick + 1 if now - self._started < _QUICK_SECONDS else 1
        if code == ExitCode.USAGE or self._quick >= _MOST_QUICK:
            raise error
        wait = float(2 ** (self._quick - 1))
        self._next = now + wait
        return f"{error.what} It is started again in {wait:.0f} s."

    def stop(self) -> None:
        """End it; what it had not handed on is looked at again at the next start."""
        process = self._process
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None

    def _error(self, code: int) -> CorpusgateError:
        """What it said about why it ended, in our own words."""
        said = b""
        if self._said is not None:
            self._said.seek(0)
            said = self._said.read()
            self._said.close()
        for line in reversed(said.splitlines()):
            try:
                words = json.loads(line)
                error = SourceError(words["what"], done=words["done"], fix=words["fix"])
            except (ValueError, KeyError, TypeError):
                continue
            error.exit_code = ExitCode.USAGE if code == ExitCode.USAGE else ExitCode.FAILED
            return error
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return SourceError(
            f"The graph {how}.",
            done="The last generation keeps serving, and nothing that was taken in is lost.",
            fix="Start it again; if it ends again, `corpusgate doctor` checks models, database, index and keys.",
        )
