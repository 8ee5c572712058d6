"""A running server answers searches of the command line of the same account, and of no other."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

import pipeline
from pipeline.domain.identity.roles import Role
from pipeline.settings.places import HomeFiles
from pipeline.web.app import create_app
from pipeline.web.local import client, meeting
from pipeline.web.local.client import ask
from tests.support.callers import token
from tests.support.index_samples import BOARD, Doc, rule
from tests.support.patience import patience
from tests.support.searching import searcher_of
from tests.support.served_home import ServedHome

STAFF = rule("group:everyone")
DOCS = (Doc("tea.md", ("Tea is at four.",), STAFF), Doc("soup.md", ("Soup is at noon.",), STAFF))
SECRET = Doc("board.md", ("What the board plans.",), BOARD)
COMMAND = Path(sys.executable).parent / "corpusgate"
TOLD = """
import sys
from pipeline.cli.main import main
try:
    main()
finally:
    print("alone" if "sqlalchemy" in sys.modules else "by the server", file=sys.stderr)
"""


def served_home(folder: Path) -> ServedHome:
    home = ServedHome(folder)
    home.refresh(*DOCS, SECRET)
    token(home.workspace, "ann", Role.READER)
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHome]:
    """A home at a path that is longer than an address of a socket may be."""
    made = served_home(tmp_path_factory.mktemp("local") / ("long-" * 30) / "home")
    assert len(str(made.workspace.files.run)) > 150
    yield made
    made.close()


@contextmanager
def serving(home: ServedHome) -> Iterator["subprocess.Popen[bytes]"]:
    """A real server of the home, ready; its log is thrown away."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [COMMAND, "--home", home.workspace.files.folder, "serve", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        with patience(90):
            while True:
                assert process.poll() is None
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=30, trust_env=False).is_success:
                        break
                except httpx.TransportError:
                    time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(60)


def searched(home: ServedHome, *options: str, name: str = "user:ann") -> tuple[int, str, str, str]:
    """Exit code, output, errors of a search on the command line, and who answered it."""
    command = [sys.executable, "-c", TOLD, "--home", str(home.workspace.files.folder)]
    command += ["search", "When is tea?", "--as", name, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    *errors, told = done.stderr.splitlines()
    return done.returncode, done.stdout, "\n".join(errors), told


def recorded(home: ServedHome) -> list[tuple[str, str, str, object]]:
    """Searches on record, as the audit log has them."""
    events = [event for event in home.workspace.audit.events() if event.action == "search.as"]
    return [(event.actor, event.action, event.subject, event.details) for event in events]


@pytest.fixture(scope="class")
def server(home: ServedHome) -> Iterator[None]:
    """A server that runs while the tests of a class do."""
    with serving(home):
        yield
    assert not (home.workspace.files.run / meeting.SOCKET).exists(), "a server that ends leaves no socket"


@pytest.mark.usefixtures("server")
class TestWithARunningServer:
    """Commands next to one server."""

    @pytest.mark.parametrize("options", [(), ("--json",), ("-k", "1")])
    def test_it_answers_as_the_command_alone_would(self, home: ServedHome, options: tuple[str, ...]) -> None:
        before = len(recorded(home))
        alone, by_server = searched(home, *options, "--no-server"), searched(home, *options)
        assert (alone[3], by_server[3]) == ("alone", "by the server")
        assert by_server[:3] == alone[:3]
        assert alone[0] == 0
        assert "tea.md" in alone[1] or "soup.md" in alone[1]
        assert SECRET.doc_id not in by_server[1]
        first, second = recorded(home)[before:]
        assert first == second

    def test_what_it_refuses_is_refused_as_the_command_alone_would(self, home: ServedHome) -> None:
        before = recorded(home)
        refused = searched(home, name="user:nobody")
        assert refused[:3] == searched(home, "--no-server", name="user:nobody")[:3]
        assert refused[0] != 0
        assert recorded(home) == before

    def test_only_the_account_of_the_home_can_open_the_socket(self, home: ServedHome) -> None:
        folder = home.workspace.files.run
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / meeting.SOCKET).lstat().st_mode) == 0o600
        assert {stat.S_IMODE(path.lstat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_server_that_was_killed_is_not_waited_for_and_the_next_takes_its_place(home: ServedHome) -> None:
    with serving(home) as killed:
        killed.kill()
        killed.wait(60)
        assert (home.workspace.files.run / meeting.SOCKET).exists()
        assert searched(home)[2:] == ("", "alone")
        with serving(home):
            assert searched(home)[3] == "by the server"


def test_a_server_that_hangs_is_not_waited_for(home: ServedHome) -> None:
    with serving(home) as hanging:
        hanging.send_signal(signal.SIGSTOP)
        code, _, errors, told = searched(home)
    assert (code, errors, told) == (0, "", "alone")


def test_two_servers_of_a_home_share_nothing_and_the_second_takes_over(home: ServedHome) -> None:
    place = home.workspace.files.run / meeting.SOCKET
    with serving(home) as first:
        made = place.lstat().st_ino
        with serving(home):
            assert place.lstat().st_ino == made
            assert searched(home)[3] == "by the server"
            first.terminate()
            first.wait(60)
            with patience(60):
                while not place.exists() or place.lstat().st_ino == made:
                    time.sleep(0.05)
            assert searched(home)[3] == "by the server"


class Inside:
    """A server in this process, over a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = served_home(folder)
        self.files = self.home.workspace.files
        searcher = searcher_of(self.home.workspace, self.home.embedder)
        self.home.workspace.__dict__["searcher"] = searcher
        self.app = create_app(self.home.workspace, local=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Until the socket is there and the server is ready."""
        with TestClient(self.app), patience(60):
            while not (self.app.state.searching.ready and (self.files.run / meeting.SOCKET).exists()):
                time.sleep(0.02)
            yield

    def ask(self) -> list[dict[str, Any]] | None:
        """Answers as the command line gets them."""
        return self.reply().answers

    def reply(self) -> client.Reply:
        """All that the command line hears."""
        return ask(self.files, "user:ann", "When is tea?", 5)

    def raw(self, *messages: dict[str, Any]) -> list[bytes]:
        """The server's answer to each message; empty once it left."""
        folder = meeting.opened(self.files)
        answers = []
        with socket.socket(socket.AF_UNIX) as connection, closing(connection.makefile("rb")) as stream:
            connection.settimeout(30)
            connection.connect(meeting.address(folder))
            os.close(folder)
            for message in messages:
                try:
                    connection.sendall(meeting.line(message))
                    answers.append(stream.readline())
                except ConnectionError:  # it left already
                    answers.append(b"")
        return answers

    @property
    def greeting(self) -> dict[str, Any]:
        """The first message of a caller of the same version and settings."""
        return {"stamp": meeting.stamp(self.files)}


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Inside]:
    made = Inside(tmp_path / "home")
    yield made
    made.home.close()


ASKED = {"principal": "user:ann", "question": "When is tea?", "k": 5, "by": "operator:somebody"}
READY = meeting.line({"ready": True})


def test_a_caller_of_the_same_account_is_answered(inside: Inside) -> None:
    with inside.running():
        ready, answered = inside.raw(inside.greeting, ASKED)
        assert ready == READY
        assert {found["document"] for found in json.loads(answered)["answers"]} == {doc.doc_id for doc in DOCS}
        assert inside.ask() is not None
    assert next(iter(recorded(inside.home)))[0] == "operator:somebody"


def test_law_02_a_caller_of_another_account_gets_nothing(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's word on who calls is replaced; everything else is real."""
    with inside.running():
        monkeypatch.setattr(meeting, "account_of", lambda _: os.geteuid() + 1)
        assert inside.raw(inside.greeting) == [b""]
        assert inside.ask() is None
    assert recorded(inside.home) == []


def test_no_question_goes_to_another_account(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    with inside.running():
        monkeypatch.setattr(client.meeting, "line", lambda message: sent.append(message) or b"")
        monkeypatch.setattr(client.meeting, "account_of", lambda _: os.geteuid() + 1)
        assert inside.ask() is None
    assert sent == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": "user:ann"},
        {"by": "operator:"},
        {"by": "operator:two\nlines"},
        {"principal": ""},
        {"principal": "user:nobody"},
        {"k": 0},
        {"k": 1001},
        {"question": " "},
        {"clearance": "restricted"},
        {"groups": ["board"]},
    ],
)
def test_law_02_a_caller_names_a_known_principal_and_itself_as_operator(inside: Inside, wrong: dict[str, Any]) -> None:
    with inside.running():
        assert inside.raw(inside.greeting, ASKED | wrong) == [READY, b""]
    assert recorded(inside.home) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("configs/corpusgate.yaml", lambda files: append(files.configs / "corpusgate.yaml", "\n")),
        ("configs/models.lock.yaml", lambda files: append(files.models_lock, "\n")),
        ("keys/fingerprint.key", lambda files: append(files.fingerprint_key_file, "\n")),
        ("keys/revoked", lambda files: append(files.keys / "revoked" / "0123.pem", "")),
    ],
)
def test_a_server_that_would_search_otherwise_gets_no_question(
    inside: Inside, name: str, change: Callable[[HomeFiles], None]
) -> None:
    with inside.running():
        assert inside.reply().outdated == ()
        assert inside.ask() is not None
        recorded_before = recorded(inside.home)
        change(inside.files)
        assert inside.reply() == client.Reply(None, (name,))
        told, nothing = inside.raw(inside.greeting, ASKED)
        assert json.loads(told) == {"ready": False, "changed": [name]}
        assert nothing == b""
        assert recorded(inside.home) == recorded_before


def test_a_server_of_another_version_gets_no_question(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    with inside.running():
        monkeypatch.setattr(pipeline, "__version__", "0.0.0")
        assert inside.reply() == client.Reply(None, (meeting.CODE,))


@pytest.mark.parametrize(
    "greeting", [{"stamp": "of another version"}, {"stamp": {"a": 1}}, {}, {"more": 1, "stamp": {}}]
)
def test_a_greeting_of_another_form_is_not_answered(inside: Inside, greeting: dict[str, Any]) -> None:
    with inside.running():
        assert inside.raw(greeting) == [b""]


def test_a_command_says_that_the_running_server_has_earlier_settings(tmp_path: Path) -> None:
    home = served_home(tmp_path / "home")
    try:
        with serving(home):
            append(home.workspace.files.configs / "corpusgate.yaml", "\n# A change.\n")
            code, found, errors, told = searched(home, "--json")
            alone = searched(home, "--json", "--no-server")
        assert (code, found, told) == (0, alone[1], "alone")
        assert "configs/corpusgate.yaml" in errors
        assert "restart" in errors
        assert alone[2] == ""
    finally:
        home.close()


def append(path: Path, text: str) -> None:
    """Change a file of a home, or make it."""
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + text)


def test_a_server_that_is_not_ready_gets_no_question(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    with inside.running():
        monkeypatch.setattr(type(inside.app.state.searching), "ready", False)
        assert inside.raw(inside.greeting) == [b""]
        assert inside.ask() is None


@pytest.mark.parametrize(("name", "mode"), [(".", 0o755), (".", 0o711), (meeting.SOCKET, 0o666)])
def test_a_socket_that_others_could_have_made_or_used_is_not_used(inside: Inside, name: str, mode: int) -> None:
    with inside.running():
        (inside.files.run / name).chmod(mode)
        assert inside.ask() is None


def test_a_folder_that_is_open_to_others_gets_no_socket(inside: Inside) -> None:
    inside.files.run.mkdir(mode=0o700)
    inside.files.run.chmod(0o750)
    with TestClient(inside.app) as client, patience(60):
        while client.get("/healthz").status_code == 200 and not inside.app.state.searching.ready:
            time.sleep(0.02)
        assert list(inside.files.run.iterdir()) == []


def test_a_link_in_place_of_the_folder_is_not_followed(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    inside.files.run.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="directory"):
        meeting.opened(inside.files)
    assert inside.ask() is None
