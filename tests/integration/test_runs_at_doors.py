"""Runs on record: command line, REST and pages show the same documents, to those who keep every source of the run."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.documents.run_changes import RunDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.identity.roles import Grant, Role
from pipeline.reports.runs import list_runs, run_documents, run_view
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.run_documents import documents_of
from pipeline.web.app import create_app
from pipeline.web.rest.pagination import cursor
from pipeline.workspace import Workspace
from tests.support.callers import person, token
from tests.support.ledger_samples import approved_source, deletion, outcome, run
from tests.support.web_home import BROWSER, ORIGIN

FIRST = [outcome("a.md"), outcome("b.md"), outcome("c.md", action=Action.QUARANTINE)]
MOVED = outcome("bb.md").model_copy(update={"renamed_from": "handbook:b.md"})
SECOND = [
    deletion(FIRST[0]),
    deletion(FIRST[1]),
    MOVED,
    outcome("c.md", action=Action.QUARANTINE, rescan=True),
    outcome("d.md", action=Action.REVIEW),
]
SAID = {
    "handbook:a.md": ("deleted", None),
    "handbook:bb.md": ("renamed", "admit"),
    "handbook:c.md": ("judged again", "quarantine"),
    "handbook:d.md": ("new", "review"),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path / "home")
    made.create()
    approved_source(made.database)
    run(made.database, "run-1", *FIRST)
    run(made.database, "run-2", *SECOND, day=1)
    yield made
    made.close()


def command(workspace: Workspace, *arguments: str) -> str:
    result = CliRunner().invoke(command_line, ["--home", str(workspace.home.folder), *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_door_shows_the_same_documents_of_a_run(workspace: Workspace) -> None:
    secret = token(workspace, "user:rosa", Role.REVIEWER)
    shown = json.loads(command(workspace, "runs", "show", "run-2", "--json"))["documents"]
    assert {one["doc_id"]: (one["change"], one["verdict"]) for one in shown} == SAID
    with TestClient(create_app(workspace), base_url=ORIGIN, headers={"authorization": f"Bearer {secret}"}) as client:
        first = client.get("/v1/runs/run-2/documents", params={"limit": 3}).json()
        rest = client.get("/v1/runs/run-2/documents", params={"limit": 3, "after": first["next"]}).json()
        assert [*first["items"], *rest["items"]] == shown
        assert rest["next"] is None
        assert client.get("/v1/runs").json()["items"][0] == client.get("/v1/runs/run-2").json()
    with TestClient(create_app(workspace), base_url=ORIGIN, headers=BROWSER) as browser:
        browser.post("/login", data={"token": secret})
        page = unescape(browser.get("/runs/run-2").text)
        assert re.findall(r'data-label="Document"><a [^>]*>([^<]*)<', page) == list(SAID)
        assert "from handbook:b.md" in " ".join(re.sub(r"<[^>]*>", " ", page).split())
        refused = unescape(browser.get("/runs/run-2?verdict=quarantine").text)
        assert re.findall(r'data-label="Document"><a [^>]*>([^<]*)<', refused) == ["handbook:c.md"]
        assert "/runs/run-2" in browser.get("/runs").text


@given(pages=st.integers(1, 5), verdict=st.none() | st.sampled_from(Action))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_any_size_hold_each_document_once(database: Database, pages: int, verdict: Action | None) -> None:
    if Ledger(database).find_run("run-2") is None:
        approved_source(database)
        run(database, "run-1", *FIRST)
        run(database, "run-2", *SECOND)
    found: list[RunDocument] = []
    with database.read() as connection:
        while some := documents_of(connection, "run-2", verdict, found[-1].doc_id if found else "", pages):
            found += some
    wanted = {name: said for name, said in SAID.items() if verdict is None or said[1] == verdict}
    assert [(one.doc_id, (one.change, one.verdict)) for one in found] == list(wanted.items())


def test_the_command_line_says_why_and_how_many(workspace: Workspace) -> None:
    said = command(workspace, "runs", "show", "run-2", "--verdict", "review")
    assert "The rule says so." in said
    assert "handbook:c.md" not in said
    assert "and more" in command(workspace, "runs", "show", "run-2", "--limit", "1")
    assert [line.split()[0] for line in command(workspace, "runs", "list").splitlines()[2:4]] == ["run-1", "run-2"]


def test_law_02_a_run_of_a_source_that_is_not_theirs_does_not_exist_for_a_person(workspace: Workspace) -> None:
    other = person("user:eli", Grant(role=Role.REVIEWER, sources=("other",)))
    mine = person("user:eve", Grant(role=Role.REVIEWER, sources=("handbook",)))
    assert list_runs(workspace, other) == []
    assert [one.run.run_id for one in list_runs(workspace, mine)] == ["run-2", "run-1"]
    for name in ("run-2", "run-9"):
        with pytest.raises(NotFound, match="There is no such run"):
            run_view(workspace, other, name)
        with pytest.raises(NotFound, match="There is no such run"):
            run_documents(workspace, other, name)


def test_a_document_that_came_back_is_no_longer_gone(workspace: Workspace) -> None:
    run(workspace.database, "run-3", outcome("a.md", "another", kind=ChangeKind.NEW), day=2)
    found = run_documents(workspace, person("user:eve"), "run-2")
    assert "handbook:a.md" not in {one.doc_id for one in found}


def test_pages_of_runs_hold_each_run_of_the_caller_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of others lie between, several began at one moment, and a new one comes in while somebody reads on."""
    approved_source(workspace.database, "other")
    ledger, noon = workspace.ledger, datetime(2026, 12, 1, 12, tzinfo=UTC)
    for number in range(40):
        source = "handbook" if number % 3 else "other"
        ledger.start_run(f"made-{number:02}", [source], noon + timedelta(minutes=number // 5))
    secret = token(workspace, "user:eve", Grant(role=Role.REVIEWER, sources=("handbook",)))
    eve = person("user:eve", Grant(role=Role.REVIEWER, sources=("handbook",)))
    expected = [one.run.run_id for one in list_runs(workspace, eve, 1_000)]
    assert len(expected) == 26 + 2
    monkeypatch.setattr("pipeline.reports.runs._AT_ONCE", 4)
    assert [one.run.run_id for one in list_runs(workspace, eve, 1_000)] == expected
    with TestClient(create_app(workspace), base_url=ORIGIN, headers={"authorization": f"Bearer {secret}"}) as client:
        seen, after = [], None
        while True:
            page = client.get("/v1/runs", params={"limit": 5, **({"after": after} if after else {})}).json()
            seen += [one["run"]["run_id"] for one in page["items"]]
            after = page["next"]
            if after is None:
                break
            ledger.start_run(f"later-{len(seen):02}", ["handbook"], noon + timedelta(hours=len(seen)))
        assert seen == expected
        assert client.get("/v1/runs", params={"after": cursor("runs", "made-00")}).status_code == 404
        assert client.get("/v1/runs", params={"after": cursor("runs", "none")}).status_code == 404
