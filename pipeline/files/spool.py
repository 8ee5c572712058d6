"""The shared folder of a stream's driver and its workers.

    stream/snapshots/NAME/    the part of the ledger that workers judge against; `NEWEST` names the latest
    stream/seen/              known documents, as files that snapshots share
    stream/requests/NAME      documents to look at again: approvals, submissions, outdated verdicts
    stream/parts/             verdicts and vectors of workers
    stream/windows/NAME       closed windows: which parts belong to each
    stream/figures.json       counts of the gates, for metrics
    stream/heartbeat          touched while workers poll
    stream/taken-in           touched when a document went in and none came out since
    stream/working            touched while a worker is busy with a document
    stream/job                the job an engine runs for it
    stream/draining           a stop was requested: no document is taken in

Invariants: a file is whole when it has its name. Workers write parts and windows only, the driver everything else.
Windows are named by their end, then by content: the same window closed twice with the same parts is one file, and
names in order are windows in order. Nothing here is served, and no text stands outside parts.
"""

import hashlib
import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.errors import IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.domain.telemetry.gate_figures import GateFigures
from pipeline.files.durable import write_file
from pipeline.files.json_lines import encoded, read_records

_NEWEST, _DRAINING, _FIGURES, _JOB = "NEWEST", "draining", "figures.json", "job"
_HEARTBEAT, _TAKEN_IN, _WORKING = "heartbeat", "taken-in", "working"
_FIGURES_JSON: TypeAdapter[tuple[GateFigures, ...]] = TypeAdapter(tuple[GateFigures, ...])


class ClosedWindow(Frozen):
    """A window whose documents are all accounted for."""

    end: datetime
    parts: tuple[str, ...]
    arrived: int
    """References that arrived, duplicates and older versions included."""
    documents: int
    """Different documents among them."""


class Spool:
    """The folder of one stream."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.snapshots, self.seen = folder / "snapshots", folder / "seen"
        self.requests, self.parts, self.windows = folder / "requests", folder / "parts", folder / "windows"

    def create(self) -> None:
        """Make the folders that are not there, private to their owner."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in (self.snapshots, self.seen, self.requests, self.parts, self.windows):
            one.mkdir(mode=0o700, exist_ok=True)

    # Snapshots

    def newest(self) -> str:
        """Name of the newest snapshot. Raises `IntegrityError` where there is none."""
        try:
            return (self.snapshots / _NEWEST).read_text("ascii").strip()
        except OSError:
            raise IntegrityError(
                "The stream has no snapshot of the ledger.",
                done="Nothing was read.",
                fix="Start it with `corpusgate stream`, which writes one.",
            ) from None

    def announce(self, name: str) -> None:
        """Let workers use a snapshot that is complete."""
        write_file(self.snapshots / _NEWEST, name.encode("ascii"))

    # Windows

    def close_window(self, window: ClosedWindow) -> str:
        """Leave a closed window for the publisher; returns its name."""
        data = window.model_dump_json().encode()
        name = f"{int(window.end.timestamp() * 1000):015d}-{hashlib.sha256(data).hexdigest()[:16]}.json"
        if not (self.windows / name).exists():
            write_file(self.windows / name, data)
        return name

    def closed_windows(self) -> list[str]:
        """Names of the windows nobody published yet, oldest first."""
        return sorted(path.name for path in self.windows.glob("*.json"))

    def pieces(self) -> list[tuple[str, ...]]:
        """The same, with the names of one window together: what came late in it is closed apart."""
        return [
            tuple(names) for _, names in itertools.groupby(self.closed_windows(), lambda name: name.partition("-")[0])
        ]

    def waited_seconds(self, names: Iterable[str], now: float) -> float:
        """How long ago the last of the named windows was closed. `now` is a Unix time."""
        return now - max((_touched(self.windows / name) for name in names), default=now)

    def read_window(self, name: str) -> ClosedWindow:
        """A closed window."""
        return ClosedWindow.model_validate_json((self.windows / name).read_bytes())

    def forget_windows(self, names: Iterable[str]) -> None:
        """Remove windows whose documents are settled or asked for again."""
        for name in names:
            (self.windows / name).unlink(missing_ok=True)

    # Requests

    def request(self, name: str, refs: Iterable[DocumentRef]) -> None:
        """Ask for documents to be looked at again."""
        write_file(self.requests / name, b"".join(encoded(refs)))

    def open_requests(self) -> list[str]:
        """Names of the requests that are not answered yet."""
        return sorted(path.name for path in self.requests.glob("*.jsonl"))

    def read_request(self, name: str) -> list[DocumentRef]:
        """The documents of a request; none where it was answered meanwhile."""
        try:
            return list(read_records(self.requests / name, DocumentRef))
        except FileNotFoundError:
            return []

    # The graph

    def leave_figures(self, figures: Iterable[GateFigures]) -> None:
        """What the gates counted since the graph started."""
        write_file(self.folder / _FIGURES, _FIGURES_JSON.dump_json(tuple(figures)))

    def figures(self) -> tuple[GateFigures, ...]:
        """The same, for the driver; nothing before the first ones."""
        try:
            return _FIGURES_JSON.validate_json((self.folder / _FIGURES).read_bytes())
        except OSError:
            return ()

    def beat(self) -> None:
        """Note that workers are alive: the poller does at every tick."""
        (self.folder / _HEARTBEAT).touch()

    def note_work(self) -> None:
        """Note that a worker is busy with a document."""
        (self.folder / _WORKING).touch()

    def note_taken_in(self) -> None:
        """Note that something went on, unless something else did before it and nothing came out since."""
        if _touched(self.folder / _TAKEN_IN) <= self._worked():
            (self.folder / _TAKEN_IN).touch()

    def begin(self) -> None:
        """Note that a graph begins: it takes in anew what was lost with the one before."""
        (self.folder / _TAKEN_IN).unlink(missing_ok=True)

    def last_beat(self) -> float:
        """When workers last polled, as a Unix time; 0 for never."""
        return _touched(self.folder / _HEARTBEAT)

    def idle_seconds(self, now: float) -> float:
        """How long workers have given no sign of life: no tick, no part, no closed window. `now` is a Unix time."""
        return now - (max(self.last_beat(), self._worked()) or now)

    def stuck_seconds(self, now: float) -> float:
        """How long ago something was taken in of which nothing was seen since; 0 where work goes on or none waits."""
        taken_in = _touched(self.folder / _TAKEN_IN)
        return now - taken_in if taken_in > self._worked() else 0

    def _worked(self) -> float:
        """When a worker last decided, was busy with, or closed something."""
        return max(map(_touched, (self.folder / _WORKING, self.parts, self.windows)))

    def note_job(self, job_id: str) -> None:
        """The job an engine runs for this stream; empty: none."""
        write_file(self.folder / _JOB, job_id.encode())

    def former_job(self) -> str:
        """The job that was noted last."""
        try:
            return (self.folder / _JOB).read_text().strip()
        except OSError:
            return ""

    # Stopping

    @property
    def is_draining(self) -> bool:
        """Whether nothing new should be taken in."""
        return (self.folder / _DRAINING).exists()

    def drain(self, *, stop: bool) -> None:
        """Ask workers to take nothing new in, or to begin again."""
        if stop:
            write_file(self.folder / _DRAINING, b"")
        else:
            (self.folder / _DRAINING).unlink(missing_ok=True)


def _touched(path: Path) -> float:
    """When a file was written last, as a Unix time; 0 where there is none."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def window_end(microseconds: int) -> datetime:
    """The moment a Beam timestamp stands for."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
