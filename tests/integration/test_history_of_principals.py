"""The history of principals, through every door."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.errors import CorpusgateError, NotAllowed, NotFound
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.search.answers import search_as
from pipeline.search.past_principals import past_principals, readers
from pipeline.search.point_in_time import could_retrieve
from tests.support.callers import person, token
from tests.support.index_samples import BOARD, Doc, rule
from tests.support.served_home import OPERATOR
from tests.support.site import Site

QUESTION = "what the swordfish of the board eats"
OPEN = Doc("open.md", ("what does the swordfish eat, and when",), rule("group:everyone"))
PLANS = Doc("board.md", (QUESTION,), BOARD)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "home", OPEN, PLANS)
    yield made
    made.home.close()


def now() -> str:
    return datetime.now(UTC).isoformat()


def leaves_the_board(site: Site) -> None:
    token(site.workspace, "user:bo", Role.READER, clearance=Classification.INTERNAL)


def edited_by_hand(site: Site, old: str, new: str) -> None:
    file = site.workspace.home.configs / "principals.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def names(site: Site, document: str, at: str | None = None) -> list[str]:
    moment = None if at is None else datetime.fromisoformat(at)
    return [one.principal for one in readers(site.workspace, OPERATOR, document, moment).readers]


def ran(site: Site, *arguments: str) -> tuple[int, str]:
    """A command on the home; exit code and output."""
    result = CliRunner().invoke(command_line, ["--home", str(site.workspace.home.folder), *arguments])
    error = result.exception
    return error.exit_code if isinstance(error, CorpusgateError) else result.exit_code, result.output


def test_who_could_read_a_document_before_and_after_a_change(site: Site) -> None:
    before = now()
    leaves_the_board(site)
    assert names(site, "board.md", before) == ["user:bo"]
    assert names(site, "board.md") == []
    assert names(site, BOARD.access_id, before) == ["user:bo"]
    assert "user:bo" in names(site, "open.md")


def test_law_16_a_change_by_hand_is_on_record_before_it_has_an_effect(site: Site) -> None:
    edited_by_hand(site, "- board\n", "- visitors\n")
    answers = search_as(site.workspace, "user:bo", QUESTION, 5)
    assert PLANS.doc_id not in [answer.document for answer in answers]
    states = past_principals(site.workspace, OPERATOR, "user:bo").states
    assert [sorted(state.principal.groups) for state in states][-1] == ["group:visitors"]
    (event,) = [e for e in site.workspace.audit.events("user:bo") if e.actor == "service:corpusgate"]
    assert event.action == "principal.written"


def test_what_somebody_could_retrieve_then_uses_the_groups_of_then(site: Site) -> None:
    before = now()
    leaves_the_board(site)
    then = could_retrieve(site.workspace, "user:bo", QUESTION, at=before)
    today = could_retrieve(site.workspace, "user:bo", QUESTION)
    assert PLANS.doc_id in [one.document for one in then.candidates if one.retrieved]
    assert PLANS.doc_id not in [one.document for one in today.candidates if one.retrieved]
    assert (then.groups, then.clearance) == (("group:board",), Classification.RESTRICTED)
    assert "that moment, on record since" in then.note
    assert "those of now" in today.note


def test_somebody_who_was_not_a_principal_then_could_retrieve_nothing(site: Site) -> None:
    before = now()
    token(site.workspace, "user:new", Role.READER)
    with pytest.raises(NotFound, match="was not a principal at that moment"):
        could_retrieve(site.workspace, "user:new", QUESTION, at=before)
    assert "user:new" not in names(site, "open.md", before)
    assert "user:new" in names(site, "open.md")


def test_every_door_gives_the_same_answer(site: Site) -> None:
    before = now()
    leaves_the_board(site)
    expected = readers(site.workspace, OPERATOR, "board.md", datetime.fromisoformat(before)).model_dump(mode="json")
    code, text = ran(site, "principals", "readers", "board.md", "--at", before, "--json")
    assert (code, json.loads(text)) == (0, expected)
    answer = site.as_("auditor").get("/v1/principals/readers", params={"document": "board.md", "at": before})
    assert (answer.status_code, answer.json()) == (200, expected)
    states = past_principals(site.workspace, OPERATOR, "bo").model_dump(mode="json")
    assert json.loads(ran(site, "principals", "history", "bo", "--json")[1]) == states
    assert site.as_("auditor").get("/v1/principals/history?principal=bo").json() == states
    code, text = ran(site, "principals", "history", "bo")
    assert (code, text.count("user:bo"), "On record from" in text) == (0, 2, True)
    assert "user:bo" in ran(site, "principals", "readers", "board.md", "--at", before)[1]


def test_what_is_not_known_is_said(site: Site) -> None:
    assert ran(site, "principals", "readers", "unknown.md")[0] == 2
    assert ran(site, "principals", "readers", "0" * 16)[0] == 2
    assert ran(site, "principals", "readers", "open.md", "--at", "2020-01-01T00:00Z")[0] == 2, "it was not admitted yet"
    assert ran(site, "principals", "readers", "open.md", "--at", "noon")[0] == 2
    code, text = ran(site, "principals", "readers", rule("group:everyone").access_id, "--at", "2020-01-01T00:00Z")
    assert (code, "are unknown" in text) == (0, True)


def test_only_auditors_and_operators_may_ask(site: Site) -> None:
    for who in (Role.READER, Role.OWNER, Role.REVIEWER):
        with pytest.raises(NotAllowed):
            readers(site.workspace, person("user:x", who), "open.md")
        with pytest.raises(NotAllowed):
            past_principals(site.workspace, person("user:x", who))
    for path in ("/v1/principals/history", "/v1/principals/readers?document=open.md"):
        assert site.as_("owner").get(path).status_code == 403
