"""`/v1/reviews` over HTTP: who is let in, what is told, and that the caller's token is the only identity."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.review_office import EMAIL, Office, opened


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as made:
        yield made


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
