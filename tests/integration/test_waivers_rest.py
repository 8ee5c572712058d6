"""`/v1/waivers`, `/v1/policy` and `/v1/keys`: the same answers as at the command line, and nothing for strangers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.identity.roles import Grant, Role
from tests.support.callers import token
from tests.support.review_office import Office, opened

DOC, UNKNOWN = "handbook:b.md", "handbook:unknown.md"
ASKED = {"document": DOC, "findings": [1], "days": 30, "reason": "The address of the harbour is public."}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    elsewhere = [Grant(role=role, sources=("wiki",)) for role in (Role.OWNER, Role.REVIEWER)]
    with opened(tmp_path) as made:
        made.tokens["wanda"] = token(made.workspace, "wanda", *elsewhere)
        made.tokens["rosa"] = token(made.workspace, "rosa", Role.AUDITOR)
        yield made


def call(office: Office, method: str, path: str, by: str, body: dict[str, Any] | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {office.tokens[by]}"}
    answer: httpx.Response = office.client.request(method, path, headers=headers, json=body)
    return answer


def asked(office: Office, **changes: object) -> str:
    answer = call(office, "POST", "/v1/waivers", "adam", ASKED | changes)
    assert answer.status_code == 201, answer.text
    waiver: str = answer.json()["waiver_id"]
    return waiver


def command(office: Office, *words: str) -> Any:
    folder = str(office.workspace.home.folder)
    done = CliRunner().invoke(command_line, ["--home", folder, *words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_a_waiver_is_asked_for_by_one_and_approved_by_another(office: Office) -> None:
    waiver = asked(office)
    assert call(office, "POST", f"/v1/waivers/{waiver}/approve", "adam").status_code == 403
    assert call(office, "POST", f"/v1/waivers/{waiver}/approve", "eve").json()["approved_by"] == "user:eve"
    assert [one["state"] for one in call(office, "GET", "/v1/waivers", "rosa").json()["items"]] == ["active"]
    ended = call(office, "POST", f"/v1/waivers/{waiver[:8]}/end", "ops", {"reason": "It moved."})
    assert (ended.status_code, ended.json()["end_reason"]) == (200, "It moved.")
    assert call(office, "GET", "/v1/waivers", "rosa").json() == {"items": [], "next": None}


def test_the_command_line_and_rest_list_the_same_waivers_a_page_at_a_time(office: Office) -> None:
    made = []
    for days in range(10, 15):  # each renews the one before
        made.append(asked(office, days=days))
        call(office, "POST", f"/v1/waivers/{made[-1]}/approve", "eve")
    call(office, "POST", f"/v1/waivers/{made[0]}/end", "adam", {"reason": "Twice."})
    for everything in (False, True):
        listed = command(office, "waivers", "list", *(["--all"] if everything else []))
        seen: list[dict[str, Any]] = []
        page: dict[str, Any] = {"next": ""}
        while page["next"] is not None:
            after = f"&after={page['next']}" if page["next"] else ""
            page = call(office, "GET", f"/v1/waivers?limit=2&all={everything}{after}", "rosa").json()
            assert len(page["items"]) <= 2
            seen += page["items"]
        assert seen == listed
        assert len(seen) == 4 + everything


@pytest.mark.parametrize("by", ["wanda", "ada"])
def test_what_strangers_ask_for_does_not_exist(office: Office, by: str) -> None:
    waiver = asked(office)
    expected = 404 if by == "wanda" else 403
    answers = [
        call(office, "POST", "/v1/waivers", by, ASKED | {"document": document}) for document in (DOC, UNKNOWN)
    ] + [
        call(office, "POST", f"/v1/waivers/{name}/{act}", by, body)
        for name in (waiver, "0" * 16)
        for act, body in (("approve", None), ("end", {"reason": "No."}))
    ]
    assert {answer.status_code for answer in answers} == {expected}
    told = [{key: value for key, value in answer.json().items() if key != "request_id"} for answer in answers]
    assert told[0] == told[1]
    assert json.dumps(told[2:4]).replace(waiver, "0" * 16) == json.dumps(told[4:])
    listed = call(office, "GET", "/v1/waivers?all=true", by)
    assert (listed.status_code, listed.json().get("items")) == ((200, []) if by == "wanda" else (403, None))


def test_policy_and_keys_are_those_of_the_home(office: Office) -> None:
    shown = call(office, "GET", "/v1/policy", "adam")
    policy = office.workspace.home.policy
    assert (shown.json()["digest"], shown.json()["policy"]["version"]) == (policy.digest, policy.version)
    assert [rule["id"] for rule in shown.json()["policy"]["rules"]] == [rule.id for rule in policy.rules]
    assert call(office, "GET", "/v1/policy", "ada").status_code == 403
    keys = call(office, "GET", "/v1/keys", "rosa").json()
    assert keys == command(office, "keys", "export")
    assert [(one["state"], one["key_id"]) for one in keys] == [("in use", office.workspace.signer.key_id)]
    assert "PRIVATE" not in json.dumps(keys)
    assert call(office, "GET", "/v1/keys", "adam").status_code == 403
