"""Law 16: whatever an answer leaves through, it is on record before it leaves."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.serving.retrievals import RecordedRetrieval
from pipeline.reports.retrieved import Wanted, retrievals
from pipeline.search.answers import search_as
from pipeline.stores.retrievals.recorder import Searched
from pipeline.takedown.revoke import RevocationKind, revoke
from pipeline.web.app import create_app
from tests.support.index_samples import BOARD, Doc, rule
from tests.support.served_home import OPERATOR
from tests.support.site import Site
from tests.support.web_home import ORIGIN

ROOT = Path(__file__).parents[2]
QUESTION = "what does the swordfish eat"
STAFF = rule("group:everyone")
OPEN = Doc("open.md", ("what does the swordfish eat, and when",), STAFF)
PLANS = Doc("board.md", ("what the swordfish of the board eats",), BOARD)
Answers = list[dict[str, object]]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "home", OPEN, PLANS)
    yield made
    made.home.close()


def on_record(site: Site, **wanted: object) -> list[RecordedRetrieval]:
    """Newest first."""
    return retrievals(site.workspace, OPERATOR, Wanted.model_validate(wanted))


def asked_by_rest(site: Site, who: str = "reader") -> tuple[int, Answers]:
    client = TestClient(site.app, base_url=ORIGIN, headers={"authorization": f"Bearer {site.tokens[who]}"})
    answer = client.post("/v1/search", json={"question": QUESTION, "k": 5})
    return answer.status_code, answer.json().get("answers", [])


def ran(site: Site, *arguments: str) -> tuple[int, str]:
    """A command on the home; exit code and output."""
    folder = str(site.workspace.home.folder)
    result = CliRunner().invoke(command_line, ["--home", folder, *arguments])
    error = result.exception
    return error.exit_code if isinstance(error, CorpusgateError) else result.exit_code, result.output


def test_law_16_rest_records_who_received_which_passages(site: Site) -> None:
    _, answers = asked_by_rest(site, "board")
    (found,) = on_record(site)
    assert (found.principal, found.on_behalf_of, found.door, found.asked) == ("user:bo", None, "rest", 5)
    assert found.generation == site.home.current().number
    assert [(p.chunk_id, p.version_id, p.document, p.score, p.shown) for p in found.passages] == [
        (a["chunk_id"], a["version_id"], a["document"], a["score"], True) for a in answers
    ]
    assert {p.document for p in found.passages} == {OPEN.doc_id, PLANS.doc_id}


def test_law_16_every_door_records(site: Site) -> None:
    asked_by_rest(site)
    site.post("reader", "/search", question=QUESTION)
    site.post("auditor", "/search/as", question=QUESTION, principal="user:bo")
    search_as(site.workspace, "user:rea", QUESTION, 3, by="operator:somebody", door="cli")
    doors = [(one.door, one.principal, one.on_behalf_of) for one in reversed(on_record(site))]
    assert doors == [
        ("rest", "user:rea", None),
        ("page", "user:rea", None),
        ("page", "user:ana", "user:bo"),
        ("cli", "operator:somebody", "user:rea"),
    ]
    assert len({one.question for one in on_record(site)}) == 1, "equal questions have one fingerprint"


def test_law_16_nothing_else_searches(site: Site) -> None:
    """A search that does not go through `search.answers` would leave no record."""
    del site
    searching = {
        path.relative_to(ROOT).as_posix()
        for top in ("pipeline", "transforms")
        for path in (ROOT / top).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "search"
        and ast.unparse(node.value).split(".")[-1].endswith("searcher")
    }
    assert searching == {
        "pipeline/search/answers.py",
        "pipeline/publishing/canary_answers.py",  # keeps the answers to itself, and they are on record
        "pipeline/web/serving/searching.py",  # warms up as a principal without rights
    }


def test_an_auditor_who_may_not_read_a_passage_did_not_receive_it(site: Site) -> None:
    site.post("auditor", "/search/as", question=QUESTION, principal="user:bo")
    (found,) = on_record(site)
    assert {passage.document: passage.shown for passage in found.passages} == {OPEN.doc_id: True, PLANS.doc_id: False}


def test_an_answer_without_passages_is_on_record(site: Site) -> None:
    revoke(site.workspace, RevocationKind.SOURCE, "hand", OPERATOR, "wrong")
    assert asked_by_rest(site) == (200, [])
    (found,) = on_record(site)
    assert (found.passages, found.generation) == ((), site.home.current().number)


def test_law_16_an_answer_that_cannot_be_recorded_does_not_leave(site: Site) -> None:
    folder = site.workspace.home.retrievals
    folder.rmdir() if folder.exists() else None
    folder.write_text("in the way")
    status, answers = asked_by_rest(site)
    assert (status, answers) == (503, [])
    status, text, _ = site.post("reader", "/search", question=QUESTION)
    assert (status, "and when" in text) == (503, False)
    folder.unlink()
    assert asked_by_rest(site)[0] == 200


def test_law_04_the_log_holds_no_text_and_no_question(site: Site) -> None:
    asked_by_rest(site, "board")
    journal = b"".join(path.read_bytes() for path in site.workspace.home.retrievals.iterdir())
    assert b"user:bo" in journal
    on_record(site)
    stored = b"".join(path.read_bytes() for path in site.workspace.database.files)
    for words in (b"swordfish", b"what does"):
        assert words not in journal + stored


def test_a_server_that_ends_leaves_nothing_in_the_journal(site: Site) -> None:
    app = create_app(site.workspace)
    with TestClient(app, base_url=ORIGIN, headers={"authorization": f"Bearer {site.tokens['reader']}"}) as client:
        assert client.post("/v1/search", json={"question": QUESTION}).status_code == 200
    assert site.workspace.retrievals.waiting_bytes == 0
    assert site.workspace.retrievals.log.verify().retrievals == 1


def test_recording_does_not_wait_for_a_writer_of_the_database(site: Site) -> None:
    asked = Searched(principal="user:rea", question="0" * 32, k=5, door="python")
    with site.workspace.database.begin():
        made = site.workspace.retrievals.record(asked, 1, [], [])
    assert [one.id for one in on_record(site)] == [made.id]


def test_who_received_a_document(site: Site) -> None:
    asked_by_rest(site, "board")
    asked_by_rest(site, "reader")
    code, text = ran(site, "retrievals", "list", "--document", "board.md", "--json")
    assert code == 0
    (found,) = json.loads(text)
    assert found["principal"] == "user:bo"
    assert PLANS.doc_id in [passage["document"] for passage in found["passages"]]
    code, text = ran(site, "retrievals", "list", "--question", QUESTION)
    assert (code, "user:bo" in text, "user:rea" in text, "swordfish" in text) == (0, True, True, False)
    assert "none is on record" in ran(site, "retrievals", "list", "--question", "another one")[1]
    assert ran(site, "retrievals", "list", "--document", "unknown.md")[0] == 2
    assert ran(site, "retrievals", "list", "--since", "yesterday")[0] == 2


def test_the_export_is_a_new_private_file(site: Site, tmp_path: Path) -> None:
    asked_by_rest(site, "board")
    to = tmp_path / "log.jsonl"
    assert ran(site, "retrievals", "export", "--to", str(to))[0] == 0
    (line,) = to.read_text().splitlines()
    assert json.loads(line)["principal"] == "user:bo"
    assert to.stat().st_mode & 0o777 == 0o600
    assert ran(site, "retrievals", "export", "--to", str(to)) == (2, ""), "an export replaces nothing"


def test_verify_says_what_is_wrong(site: Site) -> None:
    asked_by_rest(site)
    assert ran(site, "retrievals", "verify")[0] == 0
    with site.workspace.database.begin() as connection:
        connection.exec_driver_sql("UPDATE retrieval_answers SET principal = 'user:else'")
    code, text = ran(site, "retrievals", "verify", "--json")
    assert (code, json.loads(text)["bad_batch"]) == (1, 1)


def test_rest_shows_the_log_to_auditors_in_pages(site: Site) -> None:
    for _ in range(3):
        asked_by_rest(site)
    client = TestClient(site.app, base_url=ORIGIN, headers={"authorization": f"Bearer {site.tokens['auditor']}"})
    first = client.get("/v1/retrievals", params={"limit": 2, "document": "open.md"}).json()
    second = client.get("/v1/retrievals", params={"limit": 2, "after": first["next"]}).json()
    assert [one["number"] for one in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next"] is None
    assert client.get("/v1/retrievals", params={"since": "yesterday"}).status_code == 422
    assert client.post("/v1/retrievals/verify").json()["ok"] is True


def test_readers_do_not_see_who_asked(site: Site) -> None:
    for who in ("reader", "owner", "reviewer"):
        client = TestClient(site.app, base_url=ORIGIN, headers={"authorization": f"Bearer {site.tokens[who]}"})
        assert client.get("/v1/retrievals").status_code == 403
        assert client.post("/v1/retrievals/verify").status_code == 403
