"""Command line, REST and pages say the same of a document and of an item that waits: no door leaves out a takedown."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.identity.roles import Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.takedown.revoke import revoke
from pipeline.web.app import create_app
from tests.support.callers import person, token
from tests.support.review_office import Office, opened
from tests.support.web_home import BROWSER, ORIGIN

DOC = "handbook:b.md"
TAKEDOWNS = {
    RevocationKind.DOCUMENT: DOC,
    RevocationKind.OWNER: "user:olga",
    RevocationKind.PRINCIPAL: "user:sam",
    RevocationKind.SOURCE: "handbook",
    RevocationKind.RUN: "run-1",
}
OPERATOR = person("user:oscar", Role.OPERATOR)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as made:
        yield made


def command(office: Office, *arguments: str) -> str:
    folder = str(office.workspace.home.folder)
    result = CliRunner().invoke(
        command_line, ["--home", folder, *arguments], env={"CORPUSGATE_TOKEN": office.tokens["adam"]}
    )
    assert result.exit_code == 0, result.output
    return result.output


def page(office: Office, path: str, by: str = "") -> str:
    with TestClient(create_app(office.workspace), base_url=ORIGIN, headers=BROWSER) as browser:
        browser.post("/login", data={"token": by or office.tokens["adam"]})
        answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(answer.text).split())


def rest(office: Office, path: str) -> dict[str, object]:
    found: dict[str, object] = office.client.get(
        path, headers={"authorization": f"Bearer {office.tokens['adam']}"}
    ).json()
    return found


@pytest.mark.parametrize("kind", TAKEDOWNS)
def test_every_door_names_what_keeps_a_waiting_document_out(office: Office, kind: RevocationKind) -> None:
    item = next(row["item"] for row in office.call("GET").json()["rows"] if row["item"]["doc_id"] == DOC)["item_id"]
    doors = {
        "explain": lambda: command(office, "explain", DOC),
        "explain --json": lambda: json.dumps(json.loads(command(office, "explain", DOC, "--json"))["obstacles"]),
        "review show": lambda: command(office, "review", "show", item),
        "document, REST": lambda: json.dumps(rest(office, f"/v1/documents/{DOC}")["obstacles"]),
        "review, REST": lambda: json.dumps(rest(office, f"/v1/reviews/{item}")),
        "document, page": lambda: page(office, f"/documents/record?id={DOC}"),
        "review, page": lambda: page(office, f"/review/items/{item}"),
    }
    words = f"by {kind.value} {TAKEDOWNS[kind]}"
    assert [name for name, told in doors.items() if words in told()] == []

    revoke(office.workspace, kind, TAKEDOWNS[kind], OPERATOR, "A mistake.")

    missing = [name for name, told in doors.items() if words not in told()]
    if kind is RevocationKind.DOCUMENT:  # the page says who revoked it, and why
        assert "It was revoked" in page(office, f"/documents/record?id={DOC}")
        missing.remove("document, page")
    assert missing == []


def test_an_approval_that_serves_nothing_does_not_say_that_it_does(office: Office) -> None:
    revoke(office.workspace, RevocationKind.OWNER, "user:olga", OPERATOR, "A mistake.")
    one, two = office.items()
    said = command(office, "review", "approve", one, "--reason", "It is right.")
    assert "stays out of every answer: revoked by owner user:olga" in said
    assert "next refresh publishes" not in said
    assert "next refresh publishes" not in page(office, f"/review/items/{two}").lower()


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"action": "source"},
        {"action": "source.approved"},
        {"actor": "user:rita"},
        {"subject": "handbook"},
        {"since": "2999-01-01T00:00Z"},
        {"until": "2000-01-01T00:00Z"},
        {"since": "2000-01-01T00:00Z", "until": "2999-01-01T00:00Z", "action": "source"},
    ],
)
def test_every_door_lists_the_same_audit_events(office: Office, wanted: dict[str, str]) -> None:
    auditor = token(office.workspace, "user:ana", Role.AUDITOR)
    options = [part for name, value in wanted.items() for part in (f"--{name}", value)]
    listed = [one["seq"] for one in json.loads(command(office, "audit", "list", "--json", "--last", "1000", *options))]
    headers = {"authorization": f"Bearer {auditor}"}
    answer = office.client.get("/v1/audit", params={**wanted, "limit": 500}, headers=headers).json()
    days = {name: value[:10] if name in ("since", "until") else value for name, value in wanted.items()}
    shown = re.findall(r'data-label="Entry">(\d+)<', page(office, f"/audit?{urlencode(days)}", auditor))
    # Each door notes who looks, or logs in, before the next one is asked.
    assert [one["seq"] for one in answer["items"]][: len(listed)] == listed
    assert [int(seq) for seq in shown if int(seq) <= max(listed, default=0)] == listed[::-1][: len(shown)]
    assert bool(listed) is ("2999" not in wanted.get("since", "") and "2000" not in wanted.get("until", ""))
