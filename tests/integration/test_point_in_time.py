"""What a principal could retrieve at some moment: a real home, ledger and index."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pipeline.domain.errors import NotAllowed, NotFound, UsageError
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.search.point_in_time import PointInTime, could_retrieve
from pipeline.stores.audit.log import events
from pipeline.stores.takedown.revocations import Revocations
from tests.support.canary_samples import Doc, Home
from tests.support.index_samples import BOARD, rule

QUESTION = "how much notice"
DOCS = [
    Doc("open.md", ("how much notice",)),
    Doc("board.md", ("how much notice board",), BOARD),
    Doc("other.md", ("how much notice other",), rule("group:everyone", tenant="other")),
    Doc("denied.md", ("how much notice denied",), rule("group:everyone", deny=["user:ann"])),
    Doc("late.md", ("how much notice late",)),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Generation 1 serves everything but late.md, generation 2 late.md too; then open.md is revoked."""
    made = Home(tmp_path_factory.mktemp("point") / "home")
    made.searcher_knows(QUESTION)
    made.publish(*DOCS[:4])
    made.publish(DOCS[4])
    time.sleep(0.002)
    made.settings["before"] = datetime.now(UTC).isoformat()
    time.sleep(0.002)
    Revocations(made.workspace.database).revoke(RevocationKind.DOCUMENT, DOCS[0].doc_id, "user:op", "wrong")
    yield made
    made.workspace.database.dispose()


def reasons(found: PointInTime) -> dict[str, str]:
    return {one.document.removeprefix("hand:"): "; ".join(one.reasons) for one in found.candidates}


def retrieved(found: PointInTime) -> list[str]:
    return [one.document.removeprefix("hand:") for one in found.candidates if one.retrieved]


def test_every_candidate_says_why_or_why_not(home: Home) -> None:
    found = could_retrieve(home.workspace, "user:ann", QUESTION)
    assert found.generation == 2
    assert retrieved(found) == ["late.md"]
    why = reasons(found)
    assert why["open.md"].startswith("revoked by document hand:open.md since ")
    assert why["board.md"] == "clearance internal is too low for restricted; not among group:board"
    assert why["other.md"] == "belongs to tenant other"
    assert why["denied.md"] == "denied by user:ann"
    assert [one.rank for one in found.candidates] == [1, 2, 3, 4, 5]
    assert found.exhausted
    assert "those of now" in found.note


def test_before_a_revocation_its_document_could_be_retrieved(home: Home) -> None:
    found = could_retrieve(home.workspace, "user:ann", QUESTION, at=home.settings["before"])
    assert found.generation == 2
    assert set(retrieved(found)) == {"open.md", "late.md"}


def test_an_earlier_generation_holds_what_it_held(home: Home) -> None:
    found = could_retrieve(home.workspace, "user:ann", QUESTION, at="1")
    assert (found.generation, retrieved(found)) == (1, ["open.md"])
    assert "late.md" not in reasons(found)
    assert found.served_until is not None


def test_what_was_further_down_than_k_says_so(home: Home) -> None:
    found = could_retrieve(home.workspace, "user:ann", QUESTION, at=home.settings["before"], k=1)
    assert len(retrieved(found)) == 1
    assert "permitted, but 1 results were closer" in reasons(found).values()


def test_law_02_what_is_said_to_be_retrieved_is_what_a_search_returns(home: Home) -> None:
    for name in ("user:ann", "user:bea"):
        said = retrieved(could_retrieve(home.workspace, name, QUESTION))
        hits = home.workspace.files_searcher.search(QUESTION, home.workspace.home.identities.principal(name), 10)
        assert said == [hit.doc_id.removeprefix("hand:") for hit in hits]


def test_law_04_no_text_is_shown_and_the_question_is_audited_as_a_fingerprint(home: Home) -> None:
    found = could_retrieve(home.workspace, "user:bea", QUESTION)
    assert QUESTION not in found.model_dump_json()
    with home.workspace.database.read() as connection:
        (*_, last) = (e for e in events(connection) if e.action == "retrieval.explained")
    assert last.subject == "user:bea"
    assert QUESTION not in last.details


def test_only_auditors_may_ask(home: Home) -> None:
    reader = Caller(principal={"name": "user:ann"}, grants=(Grant(role=Role.READER),), means="token")
    with pytest.raises(NotAllowed):
        could_retrieve(home.workspace, "user:bea", QUESTION, by=reader)
    auditor = reader.model_copy(update={"grants": (Grant(role=Role.AUDITOR),)})
    assert could_retrieve(home.workspace, "user:bea", QUESTION, by=auditor).candidates


def test_times_that_mean_nothing_are_refused(home: Home) -> None:
    for wrong in ("yesterday", "2026-11-20T10:00", "2999-01-01T00:00Z"):
        with pytest.raises(UsageError):
            could_retrieve(home.workspace, "user:ann", QUESTION, at=wrong)
    for nothing in ("2020-01-01T00:00Z", "77"):
        with pytest.raises(NotFound):
            could_retrieve(home.workspace, "user:ann", QUESTION, at=nothing)


def test_a_pruned_generation_is_named_with_those_that_are_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "pipeline.search.point_in_time.Retained.pruned", lambda _: {1: datetime(2026, 11, 1, tzinfo=UTC)}
    )
    first = home.workspace.index / home.workspace.ledger.generation(1).manifest
    hidden = first.with_name("away")
    first.rename(hidden)
    try:
        with pytest.raises(NotFound, match=r"was pruned on 2026-11-01.*kept: 2\."):
            could_retrieve(home.workspace, "user:ann", QUESTION, at="1")
    finally:
        hidden.rename(first)
