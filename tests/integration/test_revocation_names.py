"""A refused revocation names nothing that the caller has no part in, and nothing that was sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.identity.roles import Grant, Role
from tests.support.callers import token
from tests.support.review_office import Office, opened

KNOWN = "handbook:a.md"
UNKNOWN = ("handbook:a.m", "handbook:x.md", "wiki:a.md", "nothing")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as made:
        for role in (Role.OWNER, Role.REVIEWER, Role.OPERATOR):
            made.tokens[f"wiki-{role}"] = token(made.workspace, f"user:w{role}", Grant(role=role, sources=("wiki",)))
        yield made


def stop(office: Office, by: str, subject: str, kind: str = "document") -> Any:
    headers = {"authorization": f"Bearer {office.tokens[by]}"}
    body = {"kind": kind, "subject": subject, "reason": "A mistake."}
    return office.client.post("/v1/revocations", headers=headers, json=body)


@pytest.mark.parametrize("role", [Role.OWNER, Role.REVIEWER, Role.OPERATOR])
def test_law_02_a_document_of_another_source_does_not_exist_for_who_revokes(office: Office, role: Role) -> None:
    answers = [stop(office, f"wiki-{role}", subject) for subject in (KNOWN, "a.md", *UNKNOWN)]
    assert {answer.status_code for answer in answers} == {404}
    told = [{key: value for key, value in answer.json().items() if key != "request_id"} for answer in answers]
    assert told == [told[0]] * len(told)
    assert "a.md" not in answers[0].text
    assert (
        stop(office, f"wiki-{role}", "handbook", "source").json()["detail"]
        == "The ledger knows no source of that name."
    )


def test_who_may_revoke_reads_which_names_are_alike(office: Office) -> None:
    answer = stop(office, "adam", "handbook:a.m")
    assert answer.status_code == 404
    assert "Did you mean handbook:a.md" in answer.json()["fix"]
    assert "add `unknown`" in answer.json()["fix"]
    assert answer.json()["detail"] == "The ledger knows no document of that name."
    assert stop(office, "adam", KNOWN).status_code == 201
