"""`/v1/submissions` over HTTP: forms and JSON, keys, limits, and nobody sees what is not theirs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.domain.identity.roles import Role
from pipeline.web.app import create_app
from pipeline.workspace import Workspace
from tests.support.callers import token
from tests.support.submission_samples import files_of, make_inbox


class Office:
    """A home with two inboxes behind its application."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        settings = self.workspace.home.configs / "corpusgate.yaml"
        text = settings.read_text()
        limited = text.replace("max_bytes: 20000000", "max_bytes: 3000000").replace(
            "max_text_bytes: 1000000", "max_text_bytes: 2000"
        )
        settings.write_text(limited.replace("per_submitter: {per_minute: 30", "per_submitter: {per_minute: 6"))
        assert settings.read_text() != text
        self.workspace.database.dispose()
        self.workspace = Workspace(folder / "home")  # settings are read once
        make_inbox(self.workspace.database, "desk")
        make_inbox(self.workspace.database, "other")
        self.tokens = {
            "olga": token(self.workspace, "user:olga", Role.OWNER),
            "ada": token(self.workspace, "user:ada", Role.READER),
        }
        self.inbox = self.workspace.home.path("inbox")
        self.client = TestClient(create_app(self.workspace), base_url="http://localhost")

    def call(self, method: str, path: str = "", *, by: str | None = "olga", **more: Any) -> Any:
        headers = {**({"authorization": f"Bearer {self.tokens[by]}"} if by else {}), **more.pop("headers", {})}
        return self.client.request(method, f"/v1/submissions{path}", headers=headers, **more)

    def upload(self, content: bytes = b"Two weeks.", name: str = "Notice.md", **more: Any) -> Any:
        data = {"source": "desk", **more.pop("data", {})}
        return self.call("POST", files={"file": (name, content)}, data=data, **more)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.client.close()
    made.workspace.database.dispose()


def test_a_form_and_json_are_answered_with_a_receipt_that_can_be_followed(office: Office) -> None:
    form = office.upload(data={"title": "Notice", "allow": ["group:staff", "group:people"]})
    assert form.status_code == 201, form.text
    text = office.call("POST", json={"source": "desk", "text": "A month.", "document": form.json()["submission_id"]})
    assert text.status_code == 201, text.text
    assert text.json()["version"] == 2
    assert text.json()["document"] == form.json()["document"]
    for receipt, status in ((form, "superseded"), (text, "received")):
        followed = office.client.get(
            receipt.headers["location"], headers={"authorization": f"Bearer {office.tokens['olga']}"}
        )
        assert followed.json()["status"] == status
    first = office.call("GET", params={"limit": 1}).json()
    assert [one["submission_id"] for one in first["items"]] == [text.json()["submission_id"]]
    rest = office.call("GET", params={"limit": 1, "after": first["next"]}).json()
    assert rest["next"] is None
    assert [one["submission_id"] for one in rest["items"]] == [form.json()["submission_id"]]
    assert {path.read_bytes() for path in files_of(office.inbox)} == {b"Two weeks.", b"A month."}


def test_law_02_a_denial_of_no_one_is_refused_at_once_and_an_unknown_reader_is_a_warning(office: Office) -> None:
    refused = office.upload(data={"deny": "user:nobody"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/body/deny")
    assert not files_of(office.inbox)
    taken = office.upload(data={"allow": "group:people", "deny": "user:ada"})
    assert taken.status_code == 201, taken.text
    (warning,) = taken.json()["warnings"]
    assert "Entry 1 of its `allow` is not a principal or group that Corpusgate knows" in warning
    followed = office.call("GET", f"/{taken.json()['submission_id']}").json()
    assert followed["warnings"] == [warning]
    assert "warnings" not in str(office.call("GET").json()["items"][0])


def test_a_key_makes_repeating_harmless(office: Office) -> None:
    key: dict[str, Any] = {"headers": {"idempotency-key": "k1"}}
    first, again, other = office.upload(**key), office.upload(**key), office.upload(b"Other.", **key)
    assert [one.status_code for one in (first, again, other)] == [201, 200, 409]
    assert first.json() == again.json()


def test_complaints_name_fields_and_repeat_no_value(office: Office) -> None:
    planted = "078-05" + "-1120"
    refused = office.upload(data={"classification": planted, "allow": f"{planted} x", "title": "t" * 501})
    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json()["errors"]} == {
        "/body/classification",
        "/body/allow",
        "/body/title",
    }
    bodies: list[Any] = [
        {"source": "desk"},
        {"source": "desk", "text": 1},
        {"source": "desk", "text": "x", planted: 1},
        {"source": "desk", "text": "x", "submitter": planted},
        {"source": [planted], "text": "x"},
        [planted],
        {"source": "desk", "text": ""},
    ]
    answers = [office.call("POST", json=body) for body in bodies]
    answers.append(office.call("POST", content=planted.encode() + b"{", headers={"content-type": "application/json"}))
    answers.append(office.call("POST", content=b"x", headers={"content-type": "text/plain"}))
    answers.append(office.call("POST", content=b"x", headers={"content-type": "multipart/form-data; boundary=y"}))
    answers.append(office.call("POST", data={"source": "desk"}, files={"other": ("a.md", b"x")}))
    assert {one.status_code for one in answers} <= {400, 422}
    assert not [one for one in (refused, *answers) if planted in one.text]
    assert not files_of(office.inbox)


def test_whoever_is_nobody_or_no_owner_submits_nothing(office: Office) -> None:
    assert office.upload(by=None).status_code == 401
    assert office.upload(by="ada").status_code == 403
    made = office.upload().json()["submission_id"]
    hidden, missing = (office.call("GET", f"/{name}", by="ada") for name in (made, "0" * 16))
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json()["detail"] == missing.json()["detail"]
    assert office.call("GET", by="ada").json()["items"] == []
    assert office.call("POST", f"/{made}/withdraw", by="ada").status_code == 403


def test_withdrawing(office: Office) -> None:
    made = office.upload().json()["submission_id"]
    gone = office.call("POST", f"/{made}/withdraw", json={"reason": "outdated"})
    assert (gone.status_code, gone.json()["status"]) == (200, "withdrawn")
    assert not files_of(office.inbox)
    assert office.upload(data={"document": made}).status_code == 409


def test_too_much_is_refused_while_it_arrives_and_too_often_with_when_to_come_back(office: Office) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--y\r\ncontent-disposition: form-data; name="file"; filename="a.md"\r\n\r\n'
        yield from [b"x" * 65_536] * 500

    large = office.call("POST", content=endless(), headers={"content-type": "multipart/form-data; boundary=y"})
    assert large.status_code == 413, large.text
    assert office.upload(b"x" * 3_000_001).status_code == 413
    assert office.upload(b"x" * 3_000_000).status_code == 201, "more than other requests may have"
    assert office.call("POST", json={"source": "desk", "text": "x" * 2_000}).status_code == 413
    assert len(files_of(office.inbox)) == 1
    key: dict[str, Any] = {"headers": {"idempotency-key": "k"}}
    codes = [office.upload(b"%d" % number, **(key if number == 0 else {})).status_code for number in range(6)]
    assert codes == [201] * 5 + [429]
    refused = office.upload(b"once more")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert office.upload(b"0", **key).status_code == 200, "a repetition is no submission"


def test_what_a_file_is_called_is_no_path(office: Office) -> None:
    for name in ("../../../etc/passwd", "..\\..\\x.md", "-rf.md", ".hidden", "a\u202egpj.exe"):
        assert office.upload(name.encode(), name=name).status_code == 201
    for path in files_of(office.workspace.home.folder):
        assert path.is_relative_to(office.inbox) or not path.read_bytes().startswith((b"../", b"..\\", b"-rf"))
    assert {path.parent for path in files_of(office.inbox)} == {office.inbox / "desk"}
    shown = json.dumps([one["name"] for one in office.call("GET").json()["items"]])
    assert "passwd" in shown
    assert ".." not in shown
