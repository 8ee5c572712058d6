"""Exposure of documents on a served home, through every door."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.errors import CorpusgateError, NotAllowed, NotFound, UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.domain.serving.exposure import Exposure, ExposureKind
from pipeline.reports.exposure import ExposureQuestion, exposure
from pipeline.search.answers import search
from pipeline.takedown.erase import erase
from pipeline.takedown.revoke import RevocationKind, lift, revoke
from tests.support.callers import person, token
from tests.support.index_samples import BOARD, Doc, rule
from tests.support.searching import searcher_of
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome
from tests.support.site import Site
from tests.support.web_home import ORIGIN

QUESTION = "what the swordfish of the board eats"
OPEN = Doc("open.md", ("what does the swordfish eat, and when",), rule("group:everyone"))
PLANS = Doc("board.md", (QUESTION,), BOARD)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "home", OPEN, PLANS)
    yield made
    made.home.close()


def asked(site: Site, who: str) -> list[dict[str, object]]:
    client = TestClient(site.app, base_url=ORIGIN, headers={"authorization": f"Bearer {site.tokens[who]}"})
    found: list[dict[str, object]] = client.post("/v1/search", json={"question": QUESTION, "k": 5}).json()["answers"]
    return found


def of(site: Site, subject: str, kind: ExposureKind | None = None, **time: datetime) -> Exposure:
    return exposure(site.workspace, OPERATOR, ExposureQuestion(subject, kind, **time))


def receivers(found: Exposure) -> dict[str, int]:
    return {one.principal: one.answers for one in found.received}


def readers(found: Exposure) -> dict[str, bool]:
    """By principal, whether it still can."""
    return {one.principal: one.until is None for one in found.could_have}


def ran(site: Site, *arguments: str) -> tuple[int, str]:
    """A command on the home; exit code and output."""
    result = CliRunner().invoke(command_line, ["--home", str(site.workspace.home.folder), *arguments])
    error = result.exception
    return error.exit_code if isinstance(error, CorpusgateError) else result.exit_code, result.output


def test_receivers_are_counted_and_those_who_could_have_are_named(site: Site) -> None:
    for who in ("board", "board", "reader"):
        asked(site, who)
    site.post("auditor", "/search/as", question=QUESTION, principal="user:bo")
    found = of(site, "board.md")
    assert (found.kind, found.subject, found.documents, found.versions) == ("document", PLANS.doc_id, 1, 1)
    assert receivers(found) == {"user:bo": 2, "user:ana": 1}
    (auditor,) = (one for one in found.received if one.principal == "user:ana")
    assert (auditor.on_behalf_of, auditor.passages, auditor.shown) == ("user:bo", 1, 0), "she saw no text"
    assert readers(found) == {"user:bo": True}
    (listed,) = found.listed
    assert (listed.answers, listed.live, [one.generations for one in listed.served]) == (3, True, [(1, 1)])


def test_law_16_who_could_have_goes_by_the_groups_of_each_time(site: Site) -> None:
    token(site.workspace, "user:bo", Role.READER, clearance=Classification.INTERNAL)
    moved = datetime.now(UTC)
    token(site.workspace, "user:cy", Role.READER, clearance=Classification.RESTRICTED, groups=("board",))
    assert readers(of(site, "board.md")) == {"user:bo": False, "user:cy": True}
    assert readers(of(site, "board.md", until=moved)) == {"user:bo": False}
    assert readers(of(site, "board.md", since=moved)) == {"user:cy": True}


def test_a_revocation_ends_the_time_and_lifting_it_begins_another(site: Site) -> None:
    asked(site, "board")
    revoke(site.workspace, RevocationKind.DOCUMENT, PLANS.doc_id, OPERATOR, "it was wrong")
    found = of(site, "board.md")
    (listed,) = found.listed
    assert (listed.live, len(listed.served), listed.served[0].until is None) == (False, 1, False)
    assert readers(found) == {"user:bo": False}
    assert receivers(found) == {"user:bo": 1}
    (takedown,) = found.takedowns
    assert (takedown.kind, takedown.by, takedown.until, takedown.reason) == (
        "document", OPERATOR.name, None, "it was wrong",
    )  # fmt: skip
    token(site.workspace, "user:cy", Role.READER, clearance=Classification.RESTRICTED, groups=("board",))
    assert "user:cy" not in readers(of(site, "board.md")), "nothing was served since"
    lift(site.workspace, RevocationKind.DOCUMENT, PLANS.doc_id, REVIEWER, "it is right")
    found = of(site, "board.md")
    assert readers(found) == {"user:bo": True, "user:cy": True}
    assert len(found.listed[0].served) == 2


def test_a_newer_version_and_a_deletion_end_the_time_of_a_version(site: Site) -> None:
    asked(site, "reader")
    newer = Doc("open.md", ("what the swordfish eats now",), rule("group:everyone"))
    site.home.refresh(newer)
    site.home.refresh(gone=[newer])
    (listed,) = of(site, "open.md").listed
    assert (listed.versions, listed.live, sorted(one.generations or () for one in listed.served)) == (
        2, False, [(1, 1), (2, 2)],
    )  # fmt: skip


def test_a_passage_a_run_and_a_source_are_asked_about_alike(site: Site) -> None:
    (chunk, *_) = [one["chunk_id"] for one in asked(site, "board") if one["document"] == PLANS.doc_id]
    found = of(site, str(chunk))
    assert (found.kind, [one.doc_id for one in found.listed], receivers(found)) == (
        ExposureKind.CHUNK, [PLANS.doc_id], {"user:bo": 1},
    )  # fmt: skip
    source = of(site, "hand")
    assert (source.kind, source.documents, receivers(source)) == (ExposureKind.SOURCE, 2, {"user:bo": 1})
    run = of(site, found.listed[0].run_id)
    assert (run.kind, run.documents) == (ExposureKind.RUN, 2)
    model = of(
        site, site.workspace.ledger.document_history(PLANS.doc_id).versions[0].verdicts[0].verdict.binding.model_digest
    )
    assert (model.kind, model.documents) == (ExposureKind.MODEL, 2)


def test_a_passage_that_was_never_retrieved_is_found_in_what_is_served(site: Site) -> None:
    hit = site.workspace.files_searcher.search(QUESTION, site.workspace.principals.current().principal("user:bo"), 1)[0]
    found = of(site, hit.chunk_id)
    assert (found.kind, [one.doc_id for one in found.listed], found.received) == ("chunk", [hit.doc_id], ())


def test_what_came_from_the_same_submitter_run_and_source_is_listed(site: Site) -> None:
    other = {one.kind: (one.documents, one.examples) for one in of(site, "board.md").related}
    assert other == dict.fromkeys(("submitter", "run", "source"), (1, (OPEN.doc_id,)))


def test_an_erased_document_is_answered_as_far_as_the_records_go(site: Site) -> None:
    asked(site, "board")
    erase(site.workspace, PLANS.doc_id, OPERATOR, "asked for")
    found = of(site, PLANS.doc_id)
    assert receivers(found) == {"user:bo": 1}
    assert readers(found) == {"user:bo": False}
    assert "erased" in [one.kind for one in found.takedowns]
    assert any("previews" in note for note in found.notes), "it says what the erasure took"
    assert not found.listed[0].live


def test_what_is_not_known_is_said(site: Site) -> None:
    found = of(site, "board.md")
    assert any("retrieval log is empty" in note for note in found.notes)
    assert receivers(found) == {}
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert any("No version" in note for note in of(site, "board.md", until=long_ago).notes)
    for wrong in ("unknown.md", "0" * 32):
        with pytest.raises(NotFound):
            of(site, wrong)
    with pytest.raises(NotFound):
        of(site, "hand", ExposureKind.RUN)
    with pytest.raises(UsageError):
        of(site, "hand", since=datetime.now(UTC), until=long_ago)


def test_every_door_gives_the_same_answer(site: Site) -> None:
    asked(site, "board")
    expected = of(site, "board.md").model_dump(mode="json", exclude={"asked_at"})
    code, text = ran(site, "exposure", "board.md", "--json")
    assert code == 0
    assert {key: value for key, value in json.loads(text).items() if key != "asked_at"} == expected
    answer = site.as_("auditor").get(f"/v1/exposure/document/{PLANS.doc_id}")
    assert {key: value for key, value in answer.json().items() if key != "asked_at"} == expected
    status, page = site.get("auditor", f"/exposure?subject={PLANS.doc_id}")
    assert status == 200
    code, table = ran(site, "exposure", "board.md")
    for shown in (PLANS.doc_id, "user:bo", *expected["notes"]):
        assert shown in page
        assert shown in table
    assert QUESTION not in page + text + table, "no text"
    assert "/exposure?kind=document" in site.get("auditor", f"/documents/record?id={PLANS.doc_id}")[1]


def test_both_databases_answer(database_url: str, tmp_path: Path) -> None:
    home = ServedHome(tmp_path / "home", database_url)
    workspace = home.workspace
    try:
        token(workspace, "user:bo", Role.READER, clearance=Classification.RESTRICTED, groups=("board",))
        home.refresh(OPEN, PLANS)
        workspace.__dict__["searcher"] = workspace.__dict__["files_searcher"] = searcher_of(workspace, home.embedder)
        search(workspace, workspace.principals.current().principal("user:bo"), QUESTION, 5)
        revoke(workspace, RevocationKind.RUN, "run-1", OPERATOR, "all of it was wrong")
        for subject, documents in (("board.md", 1), ("hand", 2), ("run-1", 2)):
            found = exposure(workspace, OPERATOR, ExposureQuestion(subject))
            assert (found.documents, receivers(found), readers(found)) == (
                documents, {"user:bo": 1}, {"user:bo": False},
            ), subject  # fmt: skip
            assert [(one.kind, one.subject) for one in found.takedowns] == [("run", "run-1")]
            assert not any(one.live for one in found.listed)
    finally:
        home.close()


def test_only_auditors_and_operators_may_ask(site: Site) -> None:
    for role in (Role.READER, Role.OWNER, Role.REVIEWER):
        with pytest.raises(NotAllowed):
            exposure(site.workspace, person("user:x", role), ExposureQuestion("board.md"))
    assert site.as_("owner").get(f"/v1/exposure/document/{PLANS.doc_id}").status_code == 403
    assert site.as_("owner").get("/exposure").status_code == 403
    assert "/exposure?kind" not in site.get("reviewer", f"/documents/record?id={PLANS.doc_id}")[1]
