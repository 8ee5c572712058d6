"""`/v1/reviews` over HTTP: who is let in, what is told, and that the caller's token is the only identity."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from pipeline.domain.documents.documents import Action, Impact
from pipeline.domain.findings.findings import Finding, FindingKind, Severity
from pipeline.domain.identity.roles import Role
from pipeline.files.texts import TextStore
from pipeline.web.app import create_app
from pipeline.workspace import Workspace
from tests.support.callers import token
from tests.support.ledger_samples import approved_source, outcome, run

EMAIL = "greta@farmost-paper.com"
TEXT = f"# Storm duty\n\nThe signal is hoisted by {EMAIL} at dusk.\n"


class Office:
    """A home where two documents wait, behind its application."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        approved_source(self.workspace.database)
        start = TEXT.index(EMAIL)
        finding = Finding(
            kind=FindingKind.PII, detector="pii.email", entity="EMAIL_ADDRESS", severity=Severity.MEDIUM,
            confidence=0.9, start=start, end=start + len(EMAIL), line=3, fingerprint="0" * 32, preview="",
        )  # fmt: skip
        texts = TextStore(self.workspace.home.path("texts"))
        waiting = [
            outcome(name, action=Action.REVIEW, findings=(finding,), impact=Impact(score=score)).model_copy(
                update={"text_digest": texts.put(TEXT)}
            )
            for name, score in (("a.md", 10), ("b.md", 90))
        ]
        run(self.workspace.database, "run-1", *waiting)
        roles = {
            "adam": Role.REVIEWER,
            "eve": Role.REVIEWER,
            "olga": Role.OWNER,
            "ops": Role.OPERATOR,
            "ada": Role.READER,
        }
        self.tokens = {name: token(self.workspace, f"user:{name}", role) for name, role in roles.items()}
        self.client = TestClient(create_app(self.workspace), base_url="http://localhost")

    def call(self, method: str, path: str = "", by: str = "adam", **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.tokens[by]}"}
        return self.client.request(method, f"/v1/reviews{path}", headers=headers, **more)

    def items(self) -> list[str]:
        return [row["item"]["item_id"] for row in self.call("GET").json()["rows"]]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.client.close()
    made.workspace.database.dispose()


def test_the_queue_is_paged_filtered_and_counted(office: Office) -> None:
    first = office.call("GET", params={"limit": 1}).json()
    assert (first["rows"][0]["item"]["doc_id"], first["total"]) == ("handbook:b.md", 2)
    second = office.call("GET", params={"limit": 1, "after": first["next"]}).json()
    assert (second["rows"][0]["item"]["doc_id"], second["next"]) == ("handbook:a.md", None)
    assert office.call("GET", params={"min_impact": 50}).json()["facets"]["rule"] == {"the-rule": 1}
    assert office.call("GET", params={"source": "another"}).json()["rows"] == []
    assert office.call("GET", params={"after": "nonsense"}).status_code == 400


def test_law_04_a_case_over_rest_holds_no_value(office: Office) -> None:
    shown = office.call("GET", f"/{office.items()[0]}")
    assert shown.status_code == 200, shown.text
    assert EMAIL not in shown.text
    assert "‹EMAIL_ADDRESS 1›" in shown.text
    original = office.call("GET", f"/{office.items()[0]}/original")
    assert original.status_code == 200
    assert original.json()["problem"].startswith("Its source holds something else")


@pytest.mark.parametrize(("by", "status"), [("olga", 403), ("ada", 403), ("ops", 403)])
def test_law_08_who_is_no_reviewer_decides_nothing(office: Office, by: str, status: int) -> None:
    item = office.items()[0]
    for action in ("approve", "reject", "quarantine", "confirm", "undo"):
        assert office.call("POST", f"/{item}/{action}", by, json={"reason": "Fine."}).status_code == status
    assert office.call("GET", f"/{item}", by).status_code == status
    assert office.call("GET", by="adam").json()["total"] == 2


def test_law_08_the_decider_is_the_token_and_never_a_field(office: Office) -> None:
    item = office.items()[0]
    smuggled = office.call("POST", f"/{item}/approve", json={"reason": "Fine.", "by": "user:eve"})
    assert smuggled.status_code == 422
    assert "user:eve" not in smuggled.text
    decided = office.call("POST", f"/{item}/approve", json={"reason": "Fine."}).json()
    assert (decided["item"]["state"], decided["item"]["decisions"][0]["person"]) == ("approved", "user:adam")
    assert decided["refresh"] is None
    assert office.call("POST", f"/{item}/approve", "eve", json={"reason": "Fine."}).status_code == 409


def test_claims_bulk_and_questions_work_over_rest(office: Office) -> None:
    one, two = office.items()
    assert office.call("POST", f"/{one}/claim").json()["person"] == "user:adam"
    assert office.call("POST", f"/{one}/reject", "eve", json={"reason": "No."}).status_code == 409
    results = office.call("POST", "/bulk", "eve", json={"items": [one, two], "decision": "reject", "reason": "No."})
    assert [one["state"] for one in results.json()] == [None, "rejected"]
    assert office.call("POST", f"/{one}/ask", json={"question": "Who is Greta?"}).status_code == 201
    (asked,) = office.call("GET", "/questions", "olga").json()
    assert (asked["doc_id"], asked["question"]["question"]) == ("handbook:b.md", "Who is Greta?")
    assert office.call("GET", "/questions", "ada").json() == []
    assert office.call("POST", f"/{one}/answer", "ada", json={"answer": "Me."}).status_code == 404
    assert office.call("POST", f"/{one}/answer", "olga", json={"answer": "The watch."}).status_code == 200
    assert office.call("GET", f"/{one}/questions").json()[0]["answer"] == "The watch."
    assert office.call("POST", f"/{one}/release").status_code == 204
    assert office.call("POST", f"/{one}/waive", json={"findings": [1], "days": 5, "reason": "A"}).status_code == 201
