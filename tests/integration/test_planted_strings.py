"""Laws 4 and 14: secrets and personal values planted in every place where a string can enter, and none comes out.

One home, one refresh, people at work in it; then every file of the home, every page and answer as every role, every
message by e-mail and webhook, the copy in Postgres, the output of commands, and the log.
"""

import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import typer
from aiosmtpd.controller import Controller
from typer.testing import CliRunner

from pipeline.backups.create import create
from pipeline.cli.main import app
from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.printable_names import is_suspect
from pipeline.domain.documents.provenance import inbox_uri
from pipeline.domain.errors import CorpusgateError, UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.index.generations import Generation
from pipeline.index.pgvector.copy import PgvectorCopy
from pipeline.runs.refresh import refresh
from pipeline.settings.notifications import ChannelSettings, SmtpSettings
from pipeline.settings.principals import PrincipalSettings
from pipeline.web.app import routes
from tests.support.approved import approve_source
from tests.support.callers import person
from tests.support.pgvector_samples import LOADER, READER, as_role
from tests.support.receivers import Receiver, running
from tests.support.served_home import OPERATOR
from tests.support.web_home import WebHome

_NUMBERS = count(1)

_WILD = "w\x1b[2Ji\x9b31ml\u202ed\u200b"
"""A sequence that clears the terminal, one that colours it, a mark that turns the reading direction, a blank."""


class Plants:
    """Values that no two places share, by place."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def email(self, place: str) -> str:
        """An address of a person."""
        return self._plant(place, f"ingrid.solberg{next(_NUMBERS)}@northquay-foods.com")

    def key(self, place: str) -> str:
        """A token in the form of one that a provider gives out."""
        number = next(_NUMBERS)
        return self._plant(place, "_".join(["ghp", f"b2Kq9ZxV7mLpT4sRw8NcYf3HdGj6UeA1oX{number:02}"]))

    def _plant(self, place: str, value: str) -> str:
        assert place not in self.values
        self.values[place] = value
        return value


def plant_files(folder: Path, plants: Plants) -> None:
    """A source in which every string a document can bring holds a value."""

    def write(name: str, tags: str = "", text: str = "The ferry leaves at noon.\n") -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if tags:
            Path(f"{path}.meta.yaml").write_text(tags)

    write(f"{plants.email('file name')}.md")
    write(f"rota_{plants.email('file name behind an underscore')}.md")
    write(f"notes {plants.key('file name with a key')}.txt")
    write(f"{plants.key('folder')}/one.md")
    write(f"deep/{plants.email('inner folder')}/two.md")
    write(f"{quote(plants.email('file name with percent signs'), safe='').replace('.', '%2E')}.md")
    for place in ("title", "licence", "owner", "submitter", "tenant", "classification", "until"):
        write(f"sidecar-{place}.md", f"{place}: letter to {plants.email(f'sidecar {place}')}\n")
        write(f"front-{place}.md", text=f"---\n{place}: the key {plants.key(f'front matter {place}')}\n---\nA memo.\n")
    for place in ("allow", "deny"):
        write(f"sidecar-{place}.md", f"{place}: ['user:{plants.email(f'sidecar {place}')}']\n")
    write("sidecar-key.md", f"{plants.key('unknown key of a sidecar')}: yes\n")
    write("sidecar-value.md", f"remark: {plants.key('unknown value of a sidecar')}\n")
    write("sidecar-broken.md", f"title: [{plants.key('broken sidecar')}\n")
    write("waiting.md", f"classification: restricted\ntitle: about {plants.email('title of a waiting document')}\n")
    write(f"name {_WILD}.md", f"title: {json.dumps(f'title {_WILD}')}\n")
    write(f"folder {_WILD}/waiting.md", "classification: restricted\nowner: 'user:w\\u202eild'\n")
    write("wild.md", f"classification: restricted\ntitle: {json.dumps(f'title {_WILD}')}\n")
    records = [
        {"id": f"record {_WILD}", "text": "A ticket.", "title": f"title {_WILD}"},
        {"id": plants.email("record id"), "text": "A ticket."},
        {"id": f"t/{plants.key('record id with a key')}", "text": "A ticket."},
        {"id": "titled", "text": "A ticket.", "title": f"call {plants.email('title of a record')}"},
        {"id": "owned", "text": "A ticket.", "owner": f"user:{plants.key('owner of a record')}"},
        {"id": "odd", "text": "A ticket.", f"clasification {plants.key('key of a record')}": "public"},
    ]
    write(f"feed {plants.key('name of a feed')}.jsonl", text="".join(json.dumps(one) + "\n" for one in records))
    message = EmailMessage()
    message["Subject"] = f"Key {plants.key('subject of a mail')}"
    message["From"] = plants.email("sender of a mail")
    message["To"] = plants.email("recipient of a mail")
    message.set_content("The rota is on the wall.\n")
    write("message.eml", text=message.as_string())


@pytest.fixture(scope="module")
def plants() -> Plants:
    return Plants()


class Mailbox:
    """A mail server's memory."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.kept.append(envelope.content)
        return "250 OK"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running() as server:
        yield server


def channels(smtp: int, hook: int) -> dict[str, Any]:
    """Every role is told of everything, both ways."""
    told: list[ChannelSettings] = []
    for role in (Role.OWNER, Role.REVIEWER, Role.OPERATOR, Role.AUDITOR):
        way = {"name": f"mail-{role.value}", "email": (f"{role.value}@corp.example",)}
        posted = {"url": f"http://127.0.0.1:{hook}/204", "secret": {"variable": "PLANT_HOOK"}, "allow_loopback": True}
        both = (way, {"name": f"hook-{role.value}", "webhook": posted})
        told += [ChannelSettings.model_validate(given | {"role": role, "digest_minutes": 0}) for given in both]
    server = {"host": "127.0.0.1", "port": smtp, "security": "none", "sender": "gate@corp.example"}
    return {"channels": tuple(told), "smtp": SmtpSettings.model_validate(server)}


@contextmanager
def written_to(path: Path) -> Iterator[None]:
    """Standard output and error of this process and its children go to a file."""
    kept = [os.dup(number) for number in (1, 2)]
    with path.open("ab") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield
        finally:
            for number, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, number)
                os.close(copy)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "output.txt"


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory,
    plants: Plants,
    mailbox: tuple[Mailbox, int],
    receiver: Receiver,
    log: Path,
) -> Iterator[WebHome]:
    told = channels(mailbox[1], receiver.port)
    made = WebHome(tmp_path_factory.mktemp("planted") / "home", notifications=told)
    folder = made.workspace.home.folder.parent / "papers"
    folder.mkdir()
    approve_source(made.workspace, "papers", folder)
    approve_source(made.workspace, "desk", inbox_uri("desk"))
    plant_files(folder, plants)
    with pytest.MonkeyPatch.context() as patch, written_to(log):
        patch.setenv("PLANT_HOOK", "hush")
        result = refresh(made.workspace, ["papers"])
        _people_at_work(made, plants)
        delivered = made.workspace.notifications.deliver()
    assert result.summary.verdicts[Action.ADMIT] + result.summary.verdicts[Action.REDACT] > 0
    assert (delivered.failed, delivered.dead) == (0, 0)
    yield made
    made.close()


def _waiting(home: WebHome) -> str:
    item = home.workspace.ledger.document_history("papers:waiting.md").versions[-1].reviews[-1]
    return item.item_id


def _submission(home: WebHome) -> str:
    listed = home.client(home.tokens[Role.OPERATOR]).get("/v1/submissions").json()
    return str(listed["items"][0]["submission_id"])


def _people_at_work(home: WebHome, plants: Plants) -> None:
    owner, reviewer = (home.client(home.tokens[role]) for role in (Role.OWNER, Role.REVIEWER))
    for field in ("name", "title", "licence"):
        draft = {"source": "desk", "text": "A memo.", "name": "memo.md"}
        answer = owner.post("/v1/submissions", json=draft | {field: f"to {plants.email(f'submitted {field}')}"})
        assert answer.status_code == 422, (field, answer.text)
    folder = str(home.workspace.home.folder.parent / "papers")
    place = {
        "name": "loft",
        "uri": folder,
        "owner": "people-team",
        "classification": "internal",
        "allow": ["group:staff"],
    }
    for field in ("owner", "licence", "tenant"):
        answer = owner.post("/v1/sources", json=place | {field: f"to {plants.email(f'registered {field}')}"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/body/{field}")
    for field in ("allow", "deny"):
        answer = owner.post("/v1/sources", json=place | {field: [f"user:{plants.email(f'registered {field}')}"]})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/body/{field}")
    for field in ("allow", "deny"):
        draft = {"source": "desk", "text": "A memo.", "name": "memo.md"}
        answer = owner.post("/v1/submissions", json=draft | {field: [f"user:{plants.email(f'submitted {field}')}"]})
        assert answer.status_code == 422, (field, answer.text)
    accepted = owner.post("/v1/submissions", json={"source": "desk", "text": "A memo on oars.", "name": "oars.md"})
    assert accepted.status_code == 201, accepted.text
    item = _waiting(home)
    asked = reviewer.post(f"/v1/reviews/{item}/ask", json={"question": f"Who is {plants.email('question')} {_WILD}?"})
    assert asked.status_code == 201, asked.text
    owner.post(f"/v1/reviews/{item}/answer", json={"answer": f"It is {plants.email('answer')} {_WILD}."})
    reviewer.post(f"/v1/reviews/{item}/reject", json={"reason": f"The key {plants.key('reason')} {_WILD} is in it."})
    operator = home.client(home.tokens[Role.OPERATOR])
    revocation = {"kind": "document", "subject": "papers:sidecar-licence.md"}
    revoked = operator.post(
        "/v1/revocations", json=revocation | {"reason": f"asked by {plants.email('revocation')} {_WILD}"}
    )
    assert revoked.status_code == 201, revoked.text
    narrowed = reviewer.post("/v1/sources/papers/narrow", json={"reason": f"ask {plants.email('narrowing')} {_WILD}"})
    assert narrowed.status_code == 200, narrowed.text
    with pytest.raises(CorpusgateError) as refused:
        home.workspace.registrations.register(
            person("user:ida", Role.OWNER),
            {
                "name": "new", "uri": "/srv/new", "owner": plants.email("owner of a source"),
                "classification": Classification.INTERNAL, "tenant": "default", "allow": ("group:staff",),
                "licence": plants.key("licence of a source"),
            },
        )  # fmt: skip
    assert not any(value in str(refused.value) for value in plants.values.values())
    _labels(home, plants)


def _labels(home: WebHome, plants: Plants) -> None:
    """Labels that people type: each holds a value and is refused, so that nothing of it is kept."""
    workspace = home.workspace
    groups = PrincipalSettings(name="user:ida", groups=(f"of {plants.email('group')}",))
    key = PrincipalSettings(name=f"service:{plants.key('name of a service')}")
    acts: dict[str, Callable[[], object]] = {
        "token": lambda: workspace.tokens.create(
            Role.OWNER.value, "operator:olga", name=f"for {plants.email('label of a token')}"
        ),
        "group": lambda: workspace.principals.add(groups),
        "principal": lambda: workspace.principals.add(key),
    }
    for name, act in acts.items():
        with pytest.raises(UsageError) as refused:
            act()
        assert not any(value in str(refused.value) for value in plants.values.values()), name


def held(value: str, data: bytes) -> bool:
    """Whether bytes hold a value, or its form in an address."""
    return value.encode() in data or quote(value, safe="").encode() in data


def test_forty_places_are_planted(home: WebHome, plants: Plants) -> None:
    assert len(plants.values) >= 40


def test_law_04_no_planted_value_is_anywhere_in_the_home(home: WebHome, plants: Plants) -> None:
    files = [path for path in home.workspace.home.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    found = {
        (place, str(path.relative_to(home.workspace.home.folder)))
        for path in files
        for data in (path.read_bytes() + str(path).encode(),)
        for place, value in plants.values.items()
        if held(value, data)
    }
    assert found == set()


def test_law_04_no_planted_value_is_in_a_message(
    home: WebHome, plants: Plants, mailbox: tuple[Mailbox, int], receiver: Receiver
) -> None:
    letters = mailbox[0].kept
    posts = [body + repr(headers).encode() for _, headers, body in receiver.seen]
    assert len(letters) >= 3
    assert len(posts) >= 3
    assert any(b"papers:" in letter for letter in letters)
    assert {
        place for place, value in plants.values.items() for data in (*letters, *posts) if held(value, data)
    } == set()


def test_law_14_no_planted_value_is_in_the_copy_that_postgres_serves(
    home: WebHome, plants: Plants, vector_databases: Callable[[], AbstractContextManager[str]]
) -> None:
    workspace = home.workspace
    record = workspace.ledger.current_generation()
    assert record is not None
    with vector_databases() as url:
        copy = PgvectorCopy(as_role(url, LOADER), READER, workspace.embedder.dimensions)
        copy.load(Generation.open(workspace.index, record, workspace.verifier))
        copy.dispose()
        with psycopg.connect(url) as admin:
            named = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname LIKE 'corpusgate%'"
            tables = [row[0] for row in admin.execute(named).fetchall()]
            texts = [repr(admin.execute(f"SELECT * FROM {table}".encode()).fetchall()).encode() for table in tables]
    assert any(b"ferry" in text for text in texts)
    assert {place for place, value in plants.values.items() for text in texts if held(value, text)} == set()


ACTS = {
    "audit checkpoint", "backup create", "backup restore", "compact", "drill leak", "drill lost-database",
    "drill poison", "drill rebuild", "drill restore", "drill revoke-keys", "drill rotate-keys", "drill segmentation",
    "erase document", "generations prune", "impact", "keys export", "lift", "models add", "models derive",
    "models migrate", "notifications deliver", "principals disable", "principals remove", "quarantine release",
    "quarantine seen", "refresh", "review bulk",
    "revoke", "rollback", "stream", "submissions withdraw", "submit", "tags check", "tokens create", "trace",
    "waivers add", "waivers baseline",
}  # fmt: skip
"""Commands that change something, or show authors their own files; the others show what is there, and are asked."""


def showing_commands(given: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Every command that shows something to programs, with its arguments; a new one is among them by itself."""
    waiting: list[tuple[list[str], Any]] = [([], typer.main.get_command(app))]
    while waiting:
        words, command = waiting.pop()
        if hasattr(command, "commands"):
            waiting += [([*words, name], inner) for name, inner in command.commands.items()]
        elif " ".join(words) not in ACTS and any("--json" in one.opts for one in command.params):
            needed = [one for one in command.params if one.required and one.name]
            missing = [one.name for one in needed if one.name not in given]
            assert not missing, f"{words}: give it {missing}, or name it among the acts"
            chosen = [given[str(one.name)] for one in needed]
            for values in zip(*chosen, strict=False) if needed else [()]:
                arguments = [
                    text
                    for one, value in zip(needed, values, strict=True)
                    for text in ((value,) if one.param_type_name == "argument" else (one.opts[0], value))
                ]
                yield [*words, *arguments]


def test_law_04_no_planted_value_is_in_the_log_or_the_output_of_a_command(
    home: WebHome, plants: Plants, log: Path, tmp_path: Path
) -> None:
    workspace = home.workspace
    secret = tmp_path / "token"
    secret.write_text(home.tokens[Role.AUDITOR])
    secret.chmod(0o600)
    papers = str(workspace.home.folder.parent / "papers")
    documents = sorted(known.doc_id for known in workspace.ledger.known_versions("papers"))
    masked = [name for name in documents if "~" in name]
    given = {
        "name": ["papers"],
        "number": ["1"],
        "item": [_waiting(home)],
        "principal": ["user:ida"],
        "question": ["ferry, ticket, rota or letter"],
        "submission": [_submission(home)],
        "document": [documents[-1]],
        "subject": ["papers"],
        "proposal": ["none"],
        "policy": [str(workspace.home.folder / "configs" / "policy.yaml")],
        "run": [run.run_id for run in home.workspace.ledger.runs()],
        "backup": [str(create(workspace, tmp_path / "backup", OPERATOR).place)],
    }
    commands = [
        ["scan", papers],
        ["scan", papers, "--masked"],
        *(["explain", name] for name in (*masked, documents[-1])),
    ]
    commands += [words for words in showing_commands(given) if words[0] not in ("explain", "scan")]
    assert len(commands) > 25
    outputs = {"log": log.read_bytes()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.cli.main.Workspace", lambda _: workspace)
        patch.setenv("CORPUSGATE_TOKEN", home.tokens[Role.AUDITOR])
        for words in commands:
            for more in ([], ["--json"]):
                done = CliRunner().invoke(app, [*words, *more], env={"CORPUSGATE_HOME": str(workspace.home.folder)})
                outputs[" ".join([*words, *more])] = (done.output + repr(done.exception)).encode()
    assert b"quarantine" in outputs[f"scan {papers}"]
    found = {
        (place, said) for place, value in plants.values.items() for said, data in outputs.items() if held(value, data)
    }
    assert found == set()
    obeyed = {said for said, data in outputs.items() if is_suspect(re.sub(r"[\n\t]", "", data.decode()))}
    assert obeyed == set(), "what an author wrote commands no terminal"
    assert any(rb"\u202e" in data for data in outputs.values())


def test_law_14_no_planted_value_is_on_any_page_or_in_any_answer(home: WebHome, plants: Plants) -> None:
    workspace = home.workspace
    documents = [known.doc_id for known in workspace.ledger.known_versions("papers")]
    item = _waiting(home)
    paths = {route.path_format for route in routes() if "GET" in route.methods}
    given = {
        "submission_id": [_submission(home)],
        "item": [item],
        "name": ["papers"],
        "number": ["1"],
        "document": documents,
        "doc_id": documents,
        "kind": ["source"],
        "erasure": ["none"],
        "held_id": ["none"],
        "chunk_id": ["none"],
        "subject": ["papers"],
        "run_id": [run.run_id for run in home.workspace.ledger.runs()],
        "proposal": ["none"],
    }
    pages = [f"/documents/record?id={quote(name, safe='')}" for name in documents]
    pages += [f"/quarantine/document?id={quote(name, safe='')}" for name in documents]
    asked = 0
    found, skipped = set(), set()
    for role in Role:
        client = home.client(home.tokens[role])
        browser = home.browser(home.tokens[role])
        answers = [client.post("/v1/search", json={"question": "ferry, ticket, rota or letter", "k": 50})]
        answers += [browser.get(page) for page in pages]
        for path in sorted(paths):
            parameters = [part.strip("{}").partition(":")[0] for part in path.split("/") if part.startswith("{")]
            if not all(parameter in given for parameter in parameters):
                skipped.add(path)
                continue
            values = given[parameters[0]] if parameters else [""]
            for value in values:
                address = path
                for parameter in parameters:
                    chosen = value if parameter == parameters[0] else given[parameter][0]
                    begin = address.index("{" + parameter)
                    address = address[:begin] + quote(chosen, safe="") + address[address.index("}", begin) + 1 :]
                answers += [client.get(address), browser.get(address)]
        asked += len(answers)
        found |= {
            (role.value, place, str(answer.url))
            for answer in answers
            for place, value in plants.values.items()
            if held(value, answer.content + repr(answer.headers).encode())
        }
    assert asked > 100
    assert skipped == set(), "every page and every answer is asked"
    assert found == set()
