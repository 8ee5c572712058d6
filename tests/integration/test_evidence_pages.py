"""The pages of evidence and of the retrieval log: what they state, filters, rights, and how often they ask."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import event

from pipeline.domain.errors import NotAllowed
from pipeline.domain.identity.roles import Role
from pipeline.reports.evidence_state import evidence_state
from pipeline.web.display.wording import last_month
from pipeline.web.pages import evidence as evidence_pages
from pipeline.web.pages import retrievals as retrieval_pages
from tests.support.callers import person
from tests.support.index_samples import BOARD, Doc, rule
from tests.support.served_home import OPERATOR, REVIEWER
from tests.support.site import Site

QUESTION = "what does the swordfish eat"
MOST_STATEMENTS = 25
"""Of one look at the evidence of a home with one anchor, the beginnings of transactions included."""
STAFF = rule("group:everyone")
OPEN = Doc("open.md", ("what does the swordfish eat, and when",), STAFF)
PLANS = Doc("board.md", ("what the swordfish of the board eats",), BOARD)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "home", OPEN, PLANS)
    yield made
    made.home.close()


def receivers(page: str) -> list[str]:
    return re.findall(r'data-label="Received by"><span><a [^>]*>([^<]+)</a>', page)


def test_law_16_the_page_lists_who_received_which_document_and_holds_no_question(site: Site) -> None:
    assert "No answer is on record yet." in site.get("auditor", "/retrievals")[1]
    for who in ("reader", "board"):
        site.post(who, "/search", question=QUESTION)
    status, page = site.get("auditor", "/retrievals")
    assert (status, receivers(page)) == (200, ["user:bo", "user:rea"])
    assert QUESTION not in page
    assert [text for doc in (OPEN, PLANS) for text in doc.texts if text in page] == []
    assert page.count(OPEN.doc_id) >= 2


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (f"document={quote(PLANS.doc_id, safe='')}", ["user:bo"]),
        ("document=board.md", ["user:bo"]),
        ("principal=user:rea", ["user:rea"]),
        (f"chunk={PLANS.chunks[0].chunk_id}", ["user:bo"]),
        ("generation=1", ["user:bo", "user:rea"]),
        ("generation=7", []),
        ("until=2020-01-01", []),
        ("since=2020-01-01&until=not-a-day", ["user:bo", "user:rea"]),
    ],
)
def test_answers_are_filtered_as_on_the_command_line(site: Site, asked: str, found: list[str]) -> None:
    for who in ("reader", "board"):
        site.post(who, "/search", question=QUESTION)
    assert receivers(site.get("auditor", f"/retrievals?{asked}")[1]) == found


def test_an_answer_names_three_documents_and_folds_the_others(tmp_path: Path) -> None:
    docs = [Doc(f"part-{number}.md", (f"what does the swordfish eat on day {number}",), STAFF) for number in range(5)]
    site = Site(tmp_path / "home", *docs)
    try:
        site.post("reader", "/search", question=QUESTION)
        cell = site.get("auditor", "/retrievals")[1].partition('data-label="Documents"')[2].partition("</td>")[0]
    finally:
        site.home.close()
    at_first, folded = cell.split("<details>")
    assert (at_first.count("<a "), folded.count("<a ")) == (3, 2)
    assert "and 2 more" in folded
    assert [doc.doc_id for doc in docs if cell.count(f">{doc.doc_id}</a>") != 1] == []


def test_an_unknown_document_is_named_as_such_and_nothing_is_listed(site: Site) -> None:
    status, page = site.get("auditor", "/retrievals?document=no-such.md")
    assert (status, receivers(page)) == (200, [])
    assert "Nothing was looked up." in page


def test_pages_of_answers_hold_each_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval_pages, "SIZE", 2)
    for who in ("reader", "board", "reader", "board", "reader"):
        site.post(who, "/search", question=QUESTION)
    seen, address = list[str](), "/retrievals"
    while address:
        page = site.get("auditor", address)[1]
        seen += re.findall(r'data-label="No\.">(\d+)<', page)
        more = re.search(r'<a href="([^"]+)" rel="next">', page)
        address = more[1] if more else ""
    assert seen == ["5", "4", "3", "2", "1"]


def test_the_log_is_verified_on_the_page_and_a_changed_answer_is_found(site: Site) -> None:
    site.post("reader", "/search", question=QUESTION)
    assert "The retrieval log is whole" in site.post("auditor", "/retrievals/verify")[1]
    with site.workspace.database._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE retrieval_answers SET generation = 9")
    assert "The retrieval log is whole" not in site.post("auditor", "/retrievals/verify")[1]


def test_the_evidence_page_states_checkpoints_anchors_and_attestations(site: Site) -> None:
    before = site.get("auditor", "/evidence")[1]
    assert "no checkpoint" in before or "came after the newest" in before or "Every entry" in before
    site.workspace.checkpoints.make()
    state = evidence_state(site.workspace, OPERATOR)
    page = site.get("operator", "/evidence")[1]
    assert state.checkpointed is not None
    assert state.root[:16] in page
    assert [one.clash for one in state.anchors] == [""] * len(state.anchors)
    assert {one.name: one.problem for one in state.attestations} == dict.fromkeys(
        ("svr", "test-result", "provenance"), ""
    )
    assert page.count(">verified</span>") == len(state.attestations)
    assert "Anyone who can change this home" in page


def test_the_example_exports_the_month_that_is_over(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_pages, "last_month", lambda: last_month(datetime(2031, 1, 15, 9, 30, tzinfo=UTC)))
    assert "--period 2030-12-01T00:00Z..2031-01-01T00:00Z --to" in site.get("auditor", "/evidence")[1]


def test_an_attestation_that_was_changed_or_removed_does_not_hold(site: Site) -> None:
    folder = next((site.workspace.index / "attestations").iterdir())
    (folder / "provenance.dsse.json").unlink()
    (folder / "svr.dsse.json").write_bytes((folder / "test-result.dsse.json").read_bytes())
    problems = {one.name: one.problem for one in evidence_state(site.workspace, OPERATOR).attestations}
    assert (problems["provenance"], problems["test-result"]) == ("missing", "")
    assert problems["svr"] not in ("", "missing")
    assert "does not hold" in site.get("auditor", "/evidence")[1]


def test_law_02_only_auditors_and_operators_of_the_whole_corpus_see_evidence(site: Site) -> None:
    for who in ("reader", "owner", "reviewer"):
        assert [site.get(who, path)[0] for path in ("/evidence", "/retrievals")] == [403, 403]
    assert site.get("operator", "/retrievals")[0] == 403, "as over REST"
    assert "/retrievals" not in site.get("operator", "/evidence")[1]
    for caller in (REVIEWER, person("user:ea", Role.OWNER)):
        with pytest.raises(NotAllowed):
            evidence_state(site.workspace, caller)


def test_pages_ask_as_often_for_many_answers_as_for_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.settings.files._SETTLED_NS", 0)  # a young identity file is read, and noted, each time
    site.workspace.checkpoints.make()

    def queries(path: str) -> int:
        seen: list[str] = []

        def count(*given: object) -> None:
            seen.append(str(given[2]))

        site.get("auditor", path)  # the journal is loaded
        event.listen(site.workspace.database._engine, "before_cursor_execute", count)
        try:
            assert site.get("auditor", path)[0] == 200
        finally:
            event.remove(site.workspace.database._engine, "before_cursor_execute", count)
        return len(seen)

    site.post("reader", "/search", question=QUESTION)
    for path in ("/retrievals", "/evidence"):
        queries(path)  # the first look opens what later ones share
    once = [queries(path) for path in ("/retrievals", "/evidence")]
    for _ in range(9):
        site.post("board", "/search", question=QUESTION)
    again = [queries(path) for path in ("/retrievals", "/evidence")]
    assert again == once
    assert once[1] <= MOST_STATEMENTS
