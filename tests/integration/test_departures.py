"""A principal that is removed or disabled takes along access, approvals that nothing used yet, and claims."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.errors import NotFound, UsageError
from pipeline.domain.review.items import ItemState
from pipeline.stores.review import queue
from tests.support.review_office import Office, opened


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as made:
        yield made


def principals(office: Office, *words: str) -> Any:
    folder = str(office.workspace.home.folder)
    done = CliRunner().invoke(command_line, ["--home", folder, "principals", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def state(office: Office, item: str) -> ItemState:
    with office.workspace.database.read() as connection:
        return queue.require(connection, item).standing(office.workspace.database.now(connection)).state


@pytest.mark.parametrize("way", ["remove", "disable"])
def test_an_approval_of_a_person_who_left_no_longer_counts(office: Office, way: str) -> None:
    one, two = office.items()
    office.call("POST", f"/{one}/approve", by="adam", json={"reason": "It is right."})
    office.call("POST", f"/{two}/claim", by="adam")
    assert state(office, one) is ItemState.APPROVED
    told = json.loads(principals(office, way, "adam", "--json"))
    assert told == {
        "principal": "user:adam",
        "tokens": 1,
        "sessions": 0,
        "work": {"items": [one], "generations": [], "claims": 1},
        "owned_sources": [],
    }
    assert state(office, one) is ItemState.OPEN
    assert office.call("GET", by="adam").status_code == 401
    assert office.call("POST", f"/{one}/approve", by="eve", json={"reason": "It is right."}).status_code == 200
    assert state(office, one) is ItemState.APPROVED
    assert office.call("POST", f"/{two}/claim", by="eve").status_code == 200
    audit = office.workspace.audit.events()
    ended = [(event.action, event.subject) for event in audit if event.action.endswith("approval_ended")]
    assert ended == [("review.approval_ended", one)]


def test_a_disabled_name_stays_known_and_a_removed_name_does_not(office: Office) -> None:
    principals(office, "disable", "adam")
    assert "user:adam" in office.workspace.home.known_principals.names
    assert office.workspace.principals.current().grants("adam") == ()
    principals(office, "remove", "user:adam")
    assert "user:adam" not in office.workspace.home.known_principals.names
    with pytest.raises(NotFound, match="no principal user:adam"):
        office.workspace.principals.remove("adam")
    with pytest.raises(NotFound, match="no principal user:adam"):
        office.workspace.principals.disable("adam")
    with pytest.raises(UsageError):
        office.workspace.principals.remove("\u202e \x00")


def test_an_interrupted_removal_is_finished_by_the_next(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    (one, _) = office.items()
    office.call("POST", f"/{one}/approve", by="adam", json={"reason": "It is right."})

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.stores.identity.principals.end_access", killed)
        with pytest.raises(KeyboardInterrupt):
            office.workspace.principals.remove("adam")
    assert office.call("GET", by="adam").status_code == 401, "it left the file first"
    done = office.workspace.principals.remove("adam")
    assert (done.tokens, done.work.items) == (1, (one,))


def test_an_edit_changes_what_it_names_and_nothing_else(office: Office) -> None:
    before = office.workspace.principals.current().entry("adam")
    said = principals(office, "edit", "adam", "--clearance", "public", "--group", "board")
    after = office.workspace.principals.current().entry("adam")
    assert (after.clearance, after.groups, after.roles) == ("public", ("board",), before.roles)
    assert "Roles as before: reviewer" in said
    assert office.call("GET", by="adam").status_code == 200
    unchanged = CliRunner().invoke(
        command_line, ["--home", str(office.workspace.home.folder), "principals", "edit", "adam"]
    )
    assert unchanged.exit_code == 2
    with pytest.raises(NotFound):
        office.workspace.principals.change("nobody-here", clearance="public")


def test_what_was_used_or_rejected_stays_as_it_was(office: Office) -> None:
    one, two = office.items()
    office.call("POST", f"/{one}/reject", by="adam", json={"reason": "It is wrong."})
    office.call("POST", f"/{two}/approve", by="eve", json={"reason": "It is right."})
    assert office.workspace.principals.remove("adam").work.items == ()
    assert (state(office, one), state(office, two)) == (ItemState.REJECTED, ItemState.APPROVED)


@pytest.mark.parametrize("wrong", [{"groups": ("",)}, {"groups": ("a b",)}, {"groups": ("x\x1b",)}, {"tenant": ""}])
def test_a_wrong_group_or_tenant_leaves_the_identity_file_as_it_was(office: Office, wrong: dict[str, Any]) -> None:
    file = office.workspace.home.configs / "principals.yaml"
    before = file.read_bytes()
    with pytest.raises(UsageError):
        office.workspace.principals.change("adam", **wrong)
    assert file.read_bytes() == before
    assert office.call("GET", by="adam").status_code == 200
