"""The server's side: answers searches of the command line of the same account.

Invariants: what a caller may do here is what the same account may do with `corpusgate search` alone: the kernel names
the account, and it must be the home's owner. A search in the name of a principal is on record before it is answered,
with the operator's name in it. A server of another stamp, or one that is not ready, gets no question. One server of a
home holds the socket; another takes its place when it ends.
"""

import asyncio
import fcntl
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Self

import structlog
from pydantic import Field

from pipeline.domain.frozen import Frozen
from pipeline.search.answers import search_as
from pipeline.settings.places import HomeFiles
from pipeline.web.local import meeting
from pipeline.web.serving.searching import Searching
from pipeline.workspace import Workspace

REQUEST_SECONDS = 5.0
"""For a caller to say what it wants."""
CLAIM_SECONDS = 5.0
"""Between two tries to take the place of a server that held the socket."""
_LOCK = "search.lock"

log = structlog.get_logger("corpusgate.web")


class Greeting(Frozen):
    """The first message of a caller: by what it would search."""

    stamp: dict[str, str] = Field(max_length=100)


class Asked(Frozen):
    """A search as the command line asks for it."""

    principal: str = Field(min_length=1, max_length=1000)
    question: str
    k: int = Field(ge=1, le=1000)
    by: str = Field(pattern=r"^operator:[^\x00-\x1f\x7f]{1,255}$")
    """The name of the account, as the command line would put it on record."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The socket, and the lock that makes it this server's."""

    folder: int
    lock: int
    listening: socket.socket

    @classmethod
    def claim(cls, files: HomeFiles) -> Self:
        """Take the place. Raises `OSError` if another server has it, or if it cannot be kept to the home's owner."""
        if os.geteuid() != meeting.owner(files):
            raise PermissionError("the home belongs to another account")
        files.run.mkdir(mode=0o700, exist_ok=True)
        folder = meeting.opened(files)
        lock, listening = -1, socket.socket(socket.AF_UNIX)
        try:
            lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            made = f"{meeting.SOCKET}.new"
            with suppress(FileNotFoundError):
                os.unlink(made, dir_fd=folder)
            listening.bind(meeting.address(folder, made))
            os.chmod(made, 0o600, dir_fd=folder)
            listening.listen()
            # In place of what a server that was killed left behind.
            os.rename(made, meeting.SOCKET, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            listening.close()
            for descriptor in (lock, folder):
                if descriptor >= 0:
                    os.close(descriptor)
            raise
        return cls(folder, lock, listening)

    def close(self) -> None:
        """Leave it. No other server's socket can be there as long as the lock is held."""
        with suppress(OSError):
            os.unlink(meeting.SOCKET, dir_fd=self.folder)
        self.listening.close()
        os.close(self.lock)
        os.close(self.folder)


class LocalSearch:
    """Answers searches over the socket of a home."""

    def __init__(self, workspace: Workspace, searching: Searching) -> None:
        self._workspace, self._searching = workspace, searching
        self._files = workspace.files
        self._stamp = meeting.stamp(self._files)
        self._stop_seconds = workspace.home.settings.web.stop_seconds
        self._under_way: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Answer while the block runs, as soon as no other server of the home does."""
        over = asyncio.Event()
        holding = asyncio.create_task(self._hold(over))
        try:
            yield
        finally:
            over.set()
            await holding

    async def _hold(self, over: asyncio.Event) -> None:
        while meeting.possible() and not over.is_set():
            try:
                place = _Place.claim(self._files)
            except OSError:
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), CLAIM_SECONDS)
                continue
            with closing(place):
                server = await asyncio.start_unix_server(self._take, sock=place.listening, limit=meeting.MOST_BYTES)
                await over.wait()
                server.close()
                if self._under_way:
                    _, late = await asyncio.wait(set(self._under_way), timeout=self._stop_seconds)
                    for task in late:
                        task.cancel()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        error = ""
        try:
            error = await self._answer(reader, writer)
        except Exception as failure:  # whatever it is: the caller then searches by itself
            error = type(failure).__name__
        finally:
            self._under_way.discard(task)
            writer.close()
            log.info("local_search", error=error)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        """Answer one caller. Returns why not, if it is to search by itself."""
        if meeting.account_of(writer.get_extra_info("socket")) != meeting.owner(self._files):
            return "another account"
        async with asyncio.timeout(REQUEST_SECONDS):
            if changed := meeting.differing(self._stamp, Greeting.model_validate_json(await reader.readline()).stamp):
                writer.write(meeting.line({"ready": False, "changed": changed}))
                await writer.drain()
                return "another version"
            if not self._searching.ready:
                return "not ready"
            writer.write(meeting.line({"ready": True}))
            await writer.drain()
            asked = Asked.model_validate_json(await reader.readline())
        answers = await self._searching.run(
            partial(search_as, self._workspace, asked.principal, asked.question, asked.k, by=asked.by, door="cli")
        )
        writer.write(meeting.line({"answers": [answer.model_dump(mode="json") for answer in answers]}))
        await writer.drain()
        return ""
