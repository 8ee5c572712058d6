"""`/v1/erasures`: an erasure by REST is the erasure of the command line, with the same roles and the same record."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.identity.roles import Grant, Role
from pipeline.takedown.erase import read_receipt
from pipeline.web.app import create_app
from tests.support.callers import token
from tests.support.index_samples import Doc
from tests.support.served_home import ServedHome
from tests.support.web_home import ORIGIN

LAMP = Doc("lamp.md", ("The keeper of the northern lamp lives above the boat shed.",))
FERRY = Doc("ferry.md", ("The ferry leaves at nine and comes home at six on every day but Sunday.",))
WHY = "Its subject asked for it."


class Doors:
    """A home that serves two documents, its REST interface and its command line."""

    def __init__(self, folder: Path) -> None:
        self.home = ServedHome(folder)
        self.home.refresh(LAMP, FERRY)
        self.workspace = self.home.workspace
        self.tokens = {role: token(self.workspace, role.value, role) for role in Role}
        elsewhere = Grant(role=Role.AUDITOR, sources=("wiki",))
        self.elsewhere = token(self.workspace, "user:wanda", elsewhere)
        self.client = TestClient(create_app(self.workspace), base_url=ORIGIN)

    def rest(self, method: str, path: str, by: Role | str, body: dict[str, Any] | None = None) -> httpx.Response:
        secret = self.tokens[by] if isinstance(by, Role) else by
        headers = {"authorization": f"Bearer {secret}"}
        answer: httpx.Response = self.client.request(method, path, headers=headers, json=body)
        return answer

    def command(self, *words: str) -> str:
        folder = str(self.workspace.home.folder)
        environment = {"CORPUSGATE_TOKEN": self.tokens[Role.OPERATOR]}
        done = CliRunner().invoke(command_line, ["--home", folder, "erase", *words], env=environment)
        assert done.exit_code == 0, done.output
        return done.output


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    made = Doors(tmp_path / "home")
    yield made
    made.client.close()
    made.home.close()


def test_an_erasure_by_rest_is_proven_and_both_doors_show_it(doors: Doors) -> None:
    assert set(LAMP.texts) <= doors.home.found()
    done = doors.rest("POST", "/v1/erasures", Role.OPERATOR, {"document": LAMP.doc_id, "reason": WHY})
    assert done.status_code == 201, done.text
    receipt = done.json()
    assert [search["found"] for search in receipt["searches"]] == [0, 0]
    assert receipt["erased_by"] == "user:operator"
    assert doors.home.found() == set(FERRY.texts)

    shown = doors.rest("GET", f"/v1/erasures/{receipt['erasure_id']}", Role.AUDITOR).json()
    assert shown["state"] == "erased"
    assert read_receipt(doors.workspace, shown["receipt"]).model_dump(mode="json") == receipt
    assert json.loads(doors.command("show", "lamp.md", "--json")) == shown["receipt"]
    (listed,) = json.loads(doors.command("list", "--json"))
    (told,) = doors.rest("GET", "/v1/erasures", Role.OPERATOR).json()["items"]
    assert {key: value for key, value in told.items() if key != "receipt"} == {
        key: value for key, value in listed.items() if key not in ("searched", "receipt")
    }

    again = {"document": LAMP.doc_id, "reason": "It was the wrong one."}
    assert doors.rest("POST", "/v1/erasures/allow-again", Role.OPERATOR, again).json()["state"] == "allowed again"
    assert doors.rest("POST", "/v1/erasures/allow-again", Role.OPERATOR, again).status_code == 400


def test_only_operators_erase_and_auditors_of_other_sources_see_nothing(doors: Doors) -> None:
    body = {"document": LAMP.doc_id, "reason": WHY}
    for role in set(Role) - {Role.OPERATOR}:
        assert doors.rest("POST", "/v1/erasures", role, body).status_code == 403
        assert doors.rest("POST", "/v1/erasures/allow-again", role, body).status_code == 403
    bounded = token(doors.workspace, "user:bo", Grant(role=Role.OPERATOR, sources=("wiki",)))
    assert doors.rest("POST", "/v1/erasures", bounded, body).status_code == 403
    assert set(LAMP.texts) <= doors.home.found()
    made = doors.rest("POST", "/v1/erasures", Role.OPERATOR, body).json()["erasure_id"]
    assert doors.rest("GET", "/v1/erasures", doors.elsewhere).json() == {"items": [], "next": None}
    assert doors.rest("GET", f"/v1/erasures/{made}", doors.elsewhere).status_code == 404
    assert doors.rest("GET", f"/v1/erasures/{made}", Role.AUDITOR).status_code == 200


@pytest.mark.parametrize("document", ["nothing.md", "lamp", "  ", "\u202e", "a\nb", "x" * 5_000, None, 7])
def test_a_name_of_no_document_changes_nothing(doors: Doors, document: object) -> None:
    answer = doors.rest("POST", "/v1/erasures", Role.OPERATOR, {"document": document, "reason": WHY})
    assert answer.status_code in (404, 422), answer.text
    assert {"detail", "done", "fix"} <= answer.json().keys()
    assert doors.home.found() == {*LAMP.texts, *FERRY.texts}
    assert doors.rest("GET", "/v1/erasures", Role.OPERATOR).json()["items"] == []
