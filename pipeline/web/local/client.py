"""The command line's side: ask a running server of the same home, or find that there is none.

Invariants: the question is sent only to a process of the home's owner that is ready and would search as this one would.
Whatever goes wrong, there are no answers, and the caller searches by itself. Importing this module costs nothing.
"""

import json
import os
import socket
import time
from typing import Any, NamedTuple

from pipeline.settings.operator import operator_name
from pipeline.settings.places import HomeFiles
from pipeline.web.local import meeting

GREETING_SECONDS = 2.0
"""For the server to say that it is ready; a search without it takes about as long."""
ANSWER_SECONDS = 30.0
"""For its answer, once it has the question: to search twice would be on record twice."""


class Reply(NamedTuple):
    """The reply of a running server, if there is one."""

    answers: list[dict[str, Any]] | None = None
    """As `Answer` has them in JSON; None if there is no server that can be asked."""
    outdated: tuple[str, ...] = ()
    """Parts that changed since the server started; it is then not asked."""


def ask(files: HomeFiles, principal: str, question: str, k: int) -> Reply:
    """Search by a running server, if there is one that would search as this process.

    Args:
        files: The home.
        principal: Who is asked for, as `--as` names them.
        question: What to look for.
        k: How many answers at most.

    """
    if not meeting.possible():
        return Reply()
    try:
        with _connected(files) as connection:
            return _answers(connection, files, principal, question, k)
    except (OSError, ValueError, KeyError):
        return Reply()


def _connected(files: HomeFiles) -> socket.socket:
    owner = meeting.owner(files)
    if os.geteuid() != owner:
        raise PermissionError("the home belongs to another account")
    folder = meeting.opened(files)
    connection = socket.socket(socket.AF_UNIX)
    try:
        if not meeting.is_private(folder):
            raise PermissionError("others may use the socket")
        connection.settimeout(GREETING_SECONDS)
        connection.connect(meeting.address(folder))
        if meeting.account_of(connection) != owner:
            raise PermissionError("another account is at the socket")
    except BaseException:
        connection.close()
        raise
    finally:
        os.close(folder)
    return connection


def _answers(connection: socket.socket, files: HomeFiles, principal: str, question: str, k: int) -> Reply:
    stamp = meeting.stamp(files)
    connection.sendall(meeting.line({"stamp": stamp}))
    greeted = _received(connection, GREETING_SECONDS)
    if greeted != {"ready": True}:
        known = {*stamp, meeting.CODE}  # another version may have other parts
        return Reply(outdated=tuple(name for name in greeted["changed"] if name in known) or (meeting.CODE,))
    asked = {"principal": principal, "question": question, "k": k, "by": operator_name()}
    connection.sendall(meeting.line(asked))
    return Reply(_received(connection, ANSWER_SECONDS)["answers"])


def _received(connection: socket.socket, seconds: float) -> Any:
    """The next message. Raises `OSError` or `ValueError` if there is none in time."""
    due, content = time.monotonic() + seconds, bytearray()
    while not content.endswith(b"\n"):
        connection.settimeout(max(0.001, due - time.monotonic()))
        part = connection.recv(1 << 20)
        content += part
        if not part or len(content) > meeting.MOST_BYTES:
            raise ConnectionError("the server left")
    return json.loads(content)
