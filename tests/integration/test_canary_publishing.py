"""Canary questions between a candidate and its commit: real ledger on both databases, real index, real publishing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from pipeline.domain.errors import (
    CanaryForbidden,
    ConfigError,
    Conflict,
    ExitCode,
    GenerationHeld,
    IntegrityError,
    NotAllowed,
    NotFound,
)
from pipeline.domain.review.held_generations import HeldState
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.publishing.canary_check import check, questions_answered_by
from pipeline.stores.audit.log import events
from pipeline.stores.tables import documents, held_decisions, runs
from pipeline.stores.takedown.revocations import Revocations
from tests.support.canary_samples import Doc, Home, reviewer
from tests.support.index_samples import BOARD

NOTICE = {"id": "notice", "question": "how much notice", "principal": "user:ann", "k": 2}
OLD = Doc("notice.md", ("much notice four weeks",))
TEA = Doc("tea.md", ("how to make tea",))
NEW = [Doc(f"memo-{n}.md", (f"how much notice memo {n}",)) for n in range(2)]
SECRET = Doc("secret.md", ("how much notice plainly",))
REVIEWER = reviewer()


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    made = Home(tmp_path / "home", database_url)
    yield made
    made.workspace.database.dispose()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Home]:
    """A home on SQLite alone, for what does not depend on the database."""
    made = Home(tmp_path / "home")
    made.ask(NOTICE)
    made.publish(OLD, TEA)
    yield made
    made.workspace.database.dispose()


@pytest.fixture
def watched(home: Home) -> Home:
    """A home that serves two documents, with one question about them."""
    home.ask(NOTICE)
    home.publish(OLD, TEA)
    return home


def recorded(home: Home) -> tuple[set[str], int | None]:
    """What the ledger calls live, and what it serves."""
    with home.workspace.database.read() as connection:
        return set(connection.execute(select(documents.c.live_version)).scalars()), home.current()


def held(home: Home, *docs: Doc) -> GenerationHeld:
    with pytest.raises(GenerationHeld) as raised:
        home.publish(*docs)
    return raised.value


@pytest.mark.parametrize(
    "rule", [{"documents": ["secret.md"]}, {"sources": ["hand"]}, {"classifications": ["internal"]}]
)
def test_law_02_a_forbidden_document_stops_every_publication(tmp_path: Path, rule: dict[str, Any]) -> None:
    home = Home(tmp_path / "home")
    home.publish(OLD, TEA)
    before = recorded(home)
    home.ask({**NOTICE, "forbid": rule})
    for purpose in (Purpose.ROLLBACK, Purpose.ERASURE, Purpose.REFRESH):
        with pytest.raises(CanaryForbidden) as stopped:
            home.publish(SECRET, purpose=purpose)
        assert recorded(home) == before
    message = str(stopped.value)
    assert stopped.value.exit_code is ExitCode.FAILED
    assert "notice" in stopped.value.what
    assert "user:ann" in message
    assert "hand:secret.md" in message
    assert SECRET.texts[0] not in message
    assert home.actions()[-1] == "run.failed"


def test_a_forbidden_document_that_the_principal_cannot_read_stops_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.ask({**NOTICE, "forbid": {"documents": ["secret.md"]}})
    unreadable = Doc("secret.md", SECRET.texts, BOARD)
    home.publish(OLD, unreadable)
    assert recorded(home) == ({OLD.version_id, unreadable.version_id}, 1)


def test_a_forbidden_document_that_was_revoked_stops_nothing(watched: Home) -> None:
    watched.ask({**NOTICE, "forbid": {"documents": ["secret.md"]}}, min_overlap=0)
    Revocations(watched.workspace.database).revoke(RevocationKind.DOCUMENT, SECRET.doc_id, "op", "leaked")
    watched.publish(SECRET)
    assert watched.current() == 2
    assert SECRET.version_id not in watched.workspace.ledger.live_versions([SECRET.version_id])


def test_changed_answers_hold_a_refresh_and_commit_nothing_of_it(watched: Home) -> None:
    before = recorded(watched)
    waits = held(watched, *NEW)
    assert waits.exit_code is ExitCode.WAITING
    assert recorded(watched) == before
    item = watched.workspace.held_generations.show(waits.held_id, REVIEWER)
    assert item.report.sentence.startswith("This refresh changes the answers to 1 of 1 questions")
    (result,) = item.report.results
    assert result.before is not None
    assert {found.doc_id for found in result.before} == {"hand:notice.md", "hand:tea.md"}
    assert {found.doc_id for found in result.after} == {doc.doc_id for doc in NEW}
    assert result.overlap == 0
    assert (item.state, item.replaces, item.submitters) == (HeldState.OPEN, 1, ("user:submitter",))
    assert watched.actions()[-2:] == ["run.held", "generation.held"]
    with watched.workspace.database.read() as connection:
        run = connection.execute(select(runs).where(runs.c.run_id == "run-2")).one()
    assert (run.state, run.reason_code) == ("held", "canary-answers")


def test_law_04_a_held_generation_keeps_no_text_of_documents(small: Home) -> None:
    held(small, *NEW)
    (item,) = small.workspace.held_generations.list_items(REVIEWER)
    stored = item.model_dump_json()
    assert not [doc.texts[0] for doc in (OLD, TEA, *NEW) if doc.texts[0] in stored]


def test_law_08_a_held_generation_is_not_published_without_an_approval(watched: Home) -> None:
    first = held(watched, *NEW)
    again = held(watched, *NEW)
    assert again.held_id == first.held_id
    assert watched.current() == 1
    assert watched.actions().count("generation.held") == 1


def test_law_07_after_approval_the_same_inputs_publish_the_same_generation(watched: Home) -> None:
    waits = held(watched, *NEW)
    item = watched.workspace.held_generations.approve(waits.held_id, REVIEWER, "the memos are meant")
    made = watched.publish(*NEW)
    assert made is not None
    assert made.digest == item.digest
    assert watched.current() == made.number == 2
    used = watched.workspace.held_generations.show(item.held_id, REVIEWER)
    assert (used.state, used.published_as) == (HeldState.APPLIED, 2)


def test_law_08_an_approval_is_used_up_by_the_publication_it_allowed(watched: Home) -> None:
    waits = held(watched, *NEW)
    watched.workspace.held_generations.approve(waits.held_id, REVIEWER, "meant")
    watched.publish(*NEW)
    watched.publish(gone=NEW, purpose=Purpose.ROLLBACK)
    assert held(watched, *NEW).held_id != waits.held_id


def test_law_08_an_approval_covers_no_other_digest(watched: Home) -> None:
    waits = held(watched, *NEW)
    watched.workspace.held_generations.approve(waits.held_id, REVIEWER, "meant")
    other = Doc("memo-9.md", ("how much notice memo nine",))
    again = held(watched, *NEW, other)
    assert again.held_id != waits.held_id
    assert watched.current() == 1
    states = {i.held_id: i.state for i in watched.workspace.held_generations.list_items(REVIEWER, everything=True)}
    assert states == {waits.held_id: HeldState.STALE, again.held_id: HeldState.OPEN}


def test_law_08_an_approval_goes_stale_when_the_questions_change(small: Home) -> None:
    waits = held(small, *NEW)
    small.workspace.held_generations.approve(waits.held_id, REVIEWER, "meant")
    small.ask(NOTICE, {"id": "tea", "question": "tea", "principal": "user:ann"})
    assert held(small, *NEW).held_id != waits.held_id


def test_law_08_an_approval_goes_stale_when_what_is_served_changes(watched: Home) -> None:
    waits = held(watched, *NEW)
    watched.workspace.held_generations.approve(waits.held_id, REVIEWER, "meant")
    watched.publish(Doc("cake.md", ("cake on friday",)))
    assert watched.workspace.held_generations.show(waits.held_id, REVIEWER).state is HeldState.STALE
    held(watched, *NEW)


def test_law_08_an_expired_approval_publishes_nothing(watched: Home) -> None:
    waits = held(watched, *NEW)
    watched.workspace.held_generations.approve(waits.held_id, REVIEWER, "meant")
    with watched.workspace.database.begin() as connection:
        connection.execute(update(held_decisions).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert held(watched, *NEW).held_id == waits.held_id
    assert watched.workspace.held_generations.show(waits.held_id, REVIEWER).state is HeldState.OPEN
    watched.workspace.held_generations.approve(waits.held_id, REVIEWER, "still meant")
    assert watched.publish(*NEW)


def test_law_08_who_submitted_a_changed_document_may_not_approve(small: Home) -> None:
    waits = held(small, *NEW)
    for name in ("user:submitter", "submitter", "user:SUBMITTER"):
        with pytest.raises(NotAllowed, match="submitted"):
            small.workspace.held_generations.approve(waits.held_id, reviewer(name), "mine")
    assert small.current() == 1


def test_law_08_only_reviewers_of_everything_that_changes_may_decide(small: Home) -> None:
    waits = held(small, *NEW)
    service = small.workspace.held_generations
    for outsider in (reviewer("user:out", "other"), reviewer("user:pub", classifications=["public"])):
        with pytest.raises(NotFound):
            service.show(waits.held_id, outsider)
        with pytest.raises(NotFound):
            service.approve(waits.held_id, outsider, "let it")
        assert service.list_items(outsider) == []
    assert service.approve(waits.held_id, reviewer("user:in", "hand", classifications=["internal"]), "fine")


def test_law_08_an_approval_taken_back_while_publishing_counts_no_more(
    watched: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = held(watched, *NEW)
    service, ledger = watched.workspace.held_generations, watched.workspace.ledger
    service.approve(waits.held_id, REVIEWER, "meant")
    commit = ledger.commit_publication

    def taken_back_first(*args: Any, **kwargs: Any) -> Any:
        service.reject(waits.held_id, REVIEWER, "a second look")
        return commit(*args, **kwargs)

    monkeypatch.setattr(ledger, "commit_publication", taken_back_first)
    before = recorded(watched)
    with pytest.raises(Conflict):
        watched.publish(*NEW)
    assert recorded(watched) == before


def test_a_rejected_generation_is_not_asked_about_again(watched: Home) -> None:
    waits = held(watched, *NEW)
    watched.workspace.held_generations.reject(waits.held_id, REVIEWER, "the memos are wrong")
    again = held(watched, *NEW)
    assert again.held_id == waits.held_id
    assert "rejected" in again.what
    assert watched.workspace.held_generations.list_items(REVIEWER) == []
    with pytest.raises(Conflict):
        watched.workspace.held_generations.approve(waits.held_id, REVIEWER, "no, right")


def test_a_missing_expected_document_holds_a_refresh(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.ask({**NOTICE, "expect": ["notice.md"]}, min_overlap=0)
    home.publish(OLD, TEA)
    with pytest.raises(GenerationHeld, match="1 lack a document they must find"):
        home.publish(*NEW)


@pytest.mark.parametrize("allowed", [0, 1])
def test_so_many_questions_may_change_and_no_more(tmp_path: Path, allowed: int) -> None:
    home = Home(tmp_path / "home")
    home.ask(NOTICE, max_changed_questions=allowed)
    home.publish(OLD, TEA)
    if allowed:
        assert home.publish(*NEW)
    else:
        held(home, *NEW)


@pytest.mark.parametrize("purpose", [Purpose.ROLLBACK, Purpose.ERASURE])
def test_changed_answers_hold_back_neither_a_rollback_nor_an_erasure(small: Home, purpose: Purpose) -> None:
    assert small.publish(gone=[OLD], purpose=purpose)
    assert small.current() == 2


def test_a_compaction_that_would_change_what_is_served_is_refused(small: Home) -> None:
    with pytest.raises(IntegrityError, match="compacted"):
        small.publish(gone=[TEA], purpose=Purpose.COMPACTION)
    assert small.current() == 1


def test_without_questions_or_changes_no_model_and_no_index_is_opened(
    small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("asked for nothing")

    monkeypatch.setattr("pipeline.models.embedder.locked_embedder", never)
    assert small.publish(TEA) is None  # the same again
    assert small.publish(Doc("cake.md", ("cake on friday",)))  # every question is known
    monkeypatch.setattr("pipeline.publishing.publish.ask", never)
    small.ask()
    assert small.publish(*NEW)


def test_law_03_a_missing_file_of_questions_is_an_error_and_not_an_empty_one(small: Home) -> None:
    (small.workspace.home.configs / "canaries.yaml").unlink()
    with pytest.raises(ConfigError, match=r"canaries\.yaml"):
        small.publish(*NEW)
    assert small.current() == 1


def test_a_question_of_nobody_names_the_question(small: Home) -> None:
    small.ask({**NOTICE, "principal": "user:nobody"})
    with pytest.raises(ConfigError, match=r"notice is asked by user:nobody"):
        small.publish(*NEW)


def test_a_principal_may_be_written_out_in_full(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    whole = {"name": "user:oidc", "groups": ["board"], "clearance": "restricted"}
    home.ask({**NOTICE, "principal": whole, "expect": ["paper.md"]})
    paper = Doc("paper.md", ("how much notice the board gives",), BOARD)
    home.publish(paper)
    assert recorded(home) == ({paper.version_id}, 1)


def test_the_audit_log_shows_which_questions_were_asked_and_that_they_are_gone(watched: Home) -> None:
    watched.ask()
    watched.publish(*NEW)
    with watched.workspace.database.read() as connection:
        published = [json.loads(e.details) for e in events(connection) if e.action == "generation.published"]
    assert [entry["canary_questions"] for entry in published] == [1, 0]
    assert published[0]["canaries_digest"] != published[1]["canaries_digest"]


def test_a_check_compares_what_is_live_now_with_what_was_published(watched: Home) -> None:
    assert not check(watched.workspace).report.changed
    Revocations(watched.workspace.database).revoke(RevocationKind.DOCUMENT, OLD.doc_id, "op", "wrong")
    report = check(watched.workspace).report
    assert [result.question_id for result in report.below] == ["notice"]
    assert report.holds


def test_which_questions_a_document_answers(small: Home) -> None:
    (answered,) = questions_answered_by(small.workspace, OLD.doc_id)
    assert (answered.question_id, answered.principal, answered.rank, answered.expected) == (
        "notice",
        "user:ann",
        1,
        False,
    )
    assert questions_answered_by(small.workspace, "hand:other.md") == []


KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.stores.ledger.ledger import Ledger
from tests.support.canary_samples import Home
from tests.integration.test_canary_publishing import NEW, OLD, TEA, NOTICE, REVIEWER
import tests.support.canary_samples as samples

Ledger.commit_publication = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
home = object.__new__(Home)
home.folder, home.runs, home.live = Path(sys.argv[1]), 7, {}
home.workspace = samples.Workspace(home.folder)
home.model = home.workspace.binding().model_digest
home.publish(*NEW)
"""


def test_law_06_a_crash_between_the_questions_and_the_commit_leaves_the_last_generation_serving(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path / "home")
    home.ask(NOTICE)
    home.publish(OLD, TEA)
    waits = held(home, *NEW)
    home.workspace.held_generations.approve(waits.held_id, REVIEWER, "meant")
    before = recorded(home)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(home.folder)],
        env=os.environ | {"PYTHONPATH": str(root)},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert recorded(home) == before
    assert home.workspace.held_generations.show(waits.held_id, REVIEWER).state is HeldState.APPROVED
    home.runs = 8
    made = home.publish(*NEW)
    assert made is not None
    assert home.current() == 2


def test_the_law_tests_above_would_see_a_publication(small: Home) -> None:
    """A change that leaves answers alone is published at once: nothing above is held for another reason."""
    made = small.publish(Doc("cake.md", ("cake on friday",)))
    assert made is not None
    assert small.current() == made.number
