"""Journeys of the first user and of whoever is on call: the real command, one home, the real model.

Every command is a process of its own, as at a terminal. Searches, and the refreshes whose exit code is not the point,
are made by this process, which stays open like a server: what a command takes back has to be gone here too.

The story is told once, in `Story`; the tests read it.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.domain.review.items import ItemState
from pipeline.runs.refresh import refresh
from pipeline.runs.result import RefreshResult
from pipeline.search.answers import search_as
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import token_file

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).with_name("corpusgate")
LAMP = "Which lamp burns in the lighthouse?"
NOTICE = "How much notice do I have to give?"
BOARD = "When does the board meet?"
POISON, BYCATCH = "handbook:lamp.md", "handbook:lamp-history.md"
PAPER, PLAN, MEMO = "handbook:board.md", "handbook:plan.md", "handbook:memo.md"
SECRETLY = "phosphorescent herring"
"""Words of the poisoned document: nothing but an answer may repeat them."""


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Gate:
    """One home, one source `handbook`, its people with their tokens, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.corpus = folder, folder / "handbook"
        self.corpus.mkdir()
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        roles = {
            "olga": (Role.READER, Role.OWNER, Role.REVIEWER),
            "ada": (Role.READER, Role.REVIEWER),
            "rex": (Role.READER, Role.REVIEWER),
            "oscar": (Role.READER, Role.OPERATOR),
        }
        self.tokens = {name: token_file(self.workspace, f"user:{name}", *given) for name, given in roles.items()}
        for name, clearance in (("staffan", Classification.RESTRICTED), ("bob", Classification.INTERNAL)):
            self.workspace.principals.add(
                PrincipalSettings(name=f"user:{name}", groups=("group:staff",), clearance=clearance)
            )
        approve_source(self.workspace, "handbook", self.corpus, owner="user:olga")

    def run(self, *arguments: str, by: str = "") -> Done:
        """One command, as it would be typed."""
        who = ["--token-file", str(self.tokens[by])] if by else []
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CORPUSGATE_")}
        done = subprocess.run(
            [str(COMMAND), "--home", str(self.workspace.home.folder), *arguments, *who],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env=environment,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def refresh(self) -> RefreshResult:
        """The same in this process, whose models are loaded; with a workspace of its own, like any command."""
        workspace = Workspace(self.workspace.home.folder)
        try:
            return refresh(workspace)
        finally:
            workspace.database.dispose()

    def write(self, **documents: str) -> None:
        for name, text in documents.items():
            (self.corpus / f"{name.replace('_', '-')}.md").write_text(text)

    def found(self, question: str, principal: str = "user:staffan") -> set[str]:
        return {answer.document for answer in search_as(self.workspace, principal, question, 20)}

    def waiting(self, doc_id: str) -> str:
        """Id of the one item that waits about a document."""
        items = self.workspace.ledger.document_history(doc_id).versions
        (item,) = (one for version in items for one in version.reviews if one.state is ItemState.OPEN)
        return item.item_id

    def ask(self, **question: Any) -> None:
        """Make it the one canary question."""
        one = {"id": "notice", "question": NOTICE, "principal": "user:staffan", "k": 1} | question
        path = self.workspace.home.folder / "configs" / "canaries.yaml"
        path.write_text(yaml.safe_dump({"schema_version": 1, "questions": [one]}))

    @contextmanager
    def searching(self) -> Iterator[list[set[str]]]:
        """Search again and again meanwhile. What was found, each time; an error ends the test."""
        answers: list[set[str]] = []
        errors: list[Exception] = []
        stop = threading.Event()

        def loop() -> None:
            try:
                while not stop.wait(0.05):
                    answers.append(self.found(BOARD))
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield answers
        finally:
            stop.set()
            thread.join()
        assert not errors, errors


class Story:
    """What happened, in the order of the telling."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        gate.write(notice="# Notice\n\nStaff give four weeks of notice.\n", berths="# Berths\n\nLights for boats.\n")
        gate.refresh()
        self.incident_begins()
        self.people_decide()
        self.with_the_next_refresh()
        self.answers_change()
        self.keys_change()
        self.glass_breaks()
        self.audit = gate.run("audit", "verify", "--json")

    def incident_begins(self) -> None:
        """A refresh lets in two documents that should not have come, and one that waits."""
        gate = self.gate
        gate.write(
            lamp=f"# Lamp\n\nThe lamp that burns in the lighthouse is a {SECRETLY}.\n",
            lamp_history="# Lamp history\n\nAnother lamp burned in the lighthouse before.\n",
            board="---\nclassification: restricted\n---\n# Board\n\nThe board meets in May.\n",
            plan="---\nclassification: restricted\n---\n# Plan\n\nThe tower is painted white.\n",
        )
        gate.refresh()
        self.found_at_first = gate.found(LAMP)
        before = datetime.now(UTC)
        self.nobody_may = gate.run("revoke", "document", POISON, "--reason", "poisoned")
        self.misspelt = gate.run("revoke", "document", "handbook:lmap.md", "--reason", "poisoned", by="oscar")
        self.reviewer_may_not = gate.run("rollback", "1", "--reason", "poisoned", by="ada")
        self.revoked = gate.run("revoke", "document", POISON, "--reason", "poisoned", "--json", by="oscar")
        self.found_once_revoked, after = gate.found(LAMP), datetime.now(UTC)
        self.rolled_back = gate.run("rollback", "1", "--reason", "what else?", "--json", by="oscar")
        self.found_once_rolled_back = gate.found(LAMP)
        explain = ("explain", "--principal", "user:staffan", "--query", LAMP, "--json", "--at")
        self.then = gate.run(*explain, before.isoformat())
        self.now = gate.run(*explain, after.isoformat())

    def people_decide(self) -> None:
        """Two people with their own tokens approve the restricted paper; its submitter may not."""
        paper = self.gate.waiting(PAPER)
        self.approvals = {
            who: self.gate.run("review", "approve", paper, "--reason", "read", by=who) for who in ("olga", "ada", "rex")
        }
        plan = self.gate.waiting(PLAN)
        self.plan_approvals = [
            self.gate.run("review", "approve", plan, "--reason", "read", by=who) for who in ("ada", "rex")
        ]
        self.gate.write(plan="---\nclassification: restricted\n---\n# Plan\n\nThe tower is painted black.\n")

    def with_the_next_refresh(self) -> None:
        """The approved paper comes in; what was rolled back does not, nor the plan, written anew after its approval."""
        gate = self.gate
        with gate.searching() as self.meanwhile:
            self.after_rollback = gate.run("refresh")
        self.found_after_refresh = gate.found(LAMP)
        self.readers = {name: PAPER in gate.found(BOARD, f"user:{name}") for name in ("staffan", "bob")}
        self.new_plan = gate.run("review", "show", gate.waiting(PLAN), "--json", by="rex")
        self.plan_found = PLAN in gate.found("Which colour has the tower?")
        self.rejected = gate.run("review", "reject", gate.waiting(BYCATCH), "--reason", "no", by="rex")
        self.found_once_rejected = gate.found(LAMP)
        self.reconciled = gate.run("reconcile", "--no-sources", "--json")

    def answers_change(self) -> None:
        """A memo takes the place of the answer that is watched; with it comes another version of the paper."""
        gate = self.gate
        gate.ask()
        gate.write(
            memo=f"# {NOTICE}\n\nHow much notice do you have to give? Two days of notice.\n",
            board="---\nclassification: restricted\n---\n# Board\n\nThe board meets in June.\n",
        )
        self.held = gate.run("refresh", "--json")
        self.found_while_held = gate.found(NOTICE)
        (self.candidate,) = gate.run("generations", "held", "--json").json
        digest = self.candidate["digest"][:12]
        approve = ("generations", "approve", digest, "--reason", "meant")
        self.submitter_of_held = gate.run(*approve, by="olga")
        self.held_approved = gate.run(*approve, by="ada")
        self.published = gate.refresh()
        self.found_once_published = gate.found(NOTICE)
        gate.ask(forbid={"documents": [MEMO]})
        gate.write(berths="# Berths\n\nLights for boats and ships.\n")
        self.forbidden = gate.run("refresh")
        self.served_then = gate.workspace.ledger.current_generation()
        gate.ask()

    def keys_change(self) -> None:
        """The signing key is rotated, the old one revoked."""
        gate = self.gate
        old = gate.workspace.signer.key_id
        self.rotated = gate.run("keys", "rotate", by="oscar")
        self.key_revoked = gate.run("keys", "revoke", old, by="oscar")
        self.searched = gate.run("search", NOTICE, "--as", "user:staffan", "-k", "1", "--json")

    def glass_breaks(self) -> None:
        """The operator lets the new paper in alone; a reviewer undoes it."""
        gate = self.gate
        item = gate.waiting(PAPER)
        with gate.searching() as self.meanwhile_broken:
            self.broken = gate.run("review", "break-glass", item, "--reason", "storm", by="oscar")
        self.paper_broken = search_as(gate.workspace, "user:staffan", BOARD, 1)[0]
        self.listed = gate.run("review", "list")
        self.own_review = gate.run("review", "confirm", item, "--reason", "mine", by="oscar")
        self.undone = gate.run("review", "undo", item, "--reason", "no storm", by="rex")
        self.found_once_undone = gate.found(BOARD)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    gate = Gate(tmp_path_factory.mktemp("journeys"))
    yield Story(gate)
    gate.workspace.database.dispose()


def test_what_is_revoked_is_gone_at_once_from_a_running_server(story: Story) -> None:
    assert {POISON, BYCATCH} <= story.found_at_first
    assert story.revoked.code == 0
    assert story.revoked.json["documents"] == [POISON]
    assert POISON not in story.found_once_revoked
    assert BYCATCH in story.found_once_revoked


def test_taking_back_needs_a_person_the_right_role_and_a_known_name(story: Story) -> None:
    assert (story.nobody_may.code, story.misspelt.code, story.reviewer_may_not.code) == (1, 2, 1)
    assert "no token was given" in story.nobody_may.err
    assert POISON in story.misspelt.err
    assert "Traceback" not in story.nobody_may.err + story.misspelt.err + story.reviewer_may_not.err


def test_law_10_what_was_rolled_back_goes_to_review_and_stays_away_when_rejected(story: Story) -> None:
    assert story.rolled_back.code == 0
    assert BYCATCH in story.rolled_back.json["left"]
    assert story.after_rollback.code == 3
    assert story.rejected.code == 0
    for found in (story.found_once_rolled_back, story.found_after_refresh, story.found_once_rejected):
        assert not found & {POISON, BYCATCH}


def test_everything_agrees_after_the_incident(story: Story) -> None:
    assert story.reconciled.json["differences"] == []
    assert (story.reconciled.code, story.reconciled.json["agrees"]) == (0, True)


def test_what_could_be_retrieved_is_told_for_before_and_after_the_revocation(story: Story) -> None:
    def retrieved(done: Done) -> dict[str, bool]:
        return {one["document"]: one["retrieved"] for one in done.json["candidates"]}

    assert retrieved(story.then)[POISON]
    assert not retrieved(story.now).get(POISON)


def test_law_08_the_submitter_is_refused_and_two_others_let_a_restricted_document_in(story: Story) -> None:
    assert {who: done.code for who, done in story.approvals.items()} == {"olga": 1, "ada": 0, "rex": 0}
    assert "1 more approval" in story.approvals["ada"].out


def test_law_02_one_principal_finds_the_approved_document_and_another_does_not(story: Story) -> None:
    assert story.readers == {"staffan": True, "bob": False}


def test_law_08_a_new_version_makes_approvals_of_the_old_one_stale(story: Story) -> None:
    assert [done.code for done in story.plan_approvals] == [0, 0]
    assert "The next refresh publishes it" in story.plan_approvals[1].out
    assert not story.plan_found
    item = story.new_plan.json["case"]["item"]
    assert (item["doc_id"], item["state"], item["decisions"]) == (PLAN, "open", [])


def test_a_refresh_whose_answers_change_waits_until_a_reviewer_approves_it(story: Story) -> None:
    assert story.held.code == 3
    assert MEMO not in story.found_while_held
    assert story.submitter_of_held.code == 1
    assert story.held_approved.code == 0
    assert story.published.published
    assert MEMO in story.found_once_published


def test_a_forbidden_document_in_an_answer_stops_the_refresh(story: Story) -> None:
    assert story.forbidden.code == 1
    assert MEMO in story.forbidden.err
    assert story.served_then == story.published.generation


def test_searches_go_on_when_the_signing_key_is_rotated_and_the_old_one_revoked(story: Story) -> None:
    assert (story.rotated.code, story.key_revoked.code, story.searched.code) == (0, 0, 0)
    assert [answer["document"] for answer in story.searched.json] == [MEMO]


def test_what_broken_glass_let_in_leaves_when_a_reviewer_undoes_it(story: Story) -> None:
    assert story.broken.code == 0
    assert "June" in story.paper_broken.text
    assert "Break-glass" in story.listed.err
    assert story.own_review.code == 1
    assert story.undone.code == 0
    assert PAPER not in story.found_once_undone


def test_law_06_searches_go_on_without_an_error_while_others_publish(story: Story) -> None:
    assert len(story.meanwhile) > 5
    assert len(story.meanwhile_broken) > 5
    assert all(found for found in (*story.meanwhile, *story.meanwhile_broken))


def test_law_11_the_audit_log_of_it_all_is_whole(story: Story) -> None:
    assert story.audit.code == 0
    assert story.audit.json["ok"]


def test_law_04_no_command_repeated_what_the_poisoned_document_says(story: Story) -> None:
    told = [done for done in vars(story).values() if isinstance(done, Done)]
    assert len(told) > 20
    assert not [done for done in told if SECRETLY in done.out + done.err]
