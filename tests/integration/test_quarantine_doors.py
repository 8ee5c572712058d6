"""Quarantine through command line, REST and pages: the same list, the same document, the same acts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import Finding, FindingKind, Severity
from pipeline.domain.identity.roles import Role
from pipeline.web.pages.quarantine import link
from tests.support.callers import token
from tests.support.index_samples import Doc, rule
from tests.support.ledger_samples import FINDING
from tests.support.site import Site
from tests.support.web_home import ORIGIN

STAFF = rule("group:everyone")
KEPT = [Doc(f"kept {name}/a&b.md", ("with a key",), STAFF) for name in "abc"]
SERVED = Doc("open.md", ("what is open",), STAFF)
KEY = FINDING.model_copy(
    update={"kind": FindingKind.SECRET, "detector": "secrets.sample-key", "severity": Severity.CRITICAL}
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "home")
    made.home.refresh(SERVED, outcomes=[_refused(made, doc, KEY) for doc in KEPT], chunks=[SERVED])
    made.tokens["second"] = token(made.workspace, "user:ravi", Role.REVIEWER)
    yield made
    made.home.close()


def _refused(site: Site, doc: Doc, *findings: Finding):  # type: ignore[no-untyped-def]
    refused = site.home.refuse(doc, Action.QUARANTINE)
    update = {"rule_ids": ("live-secret",), "reasons": ("It holds what looks like a working credential.",)}
    verdict = refused.verdict.model_copy(update=update)
    return refused.model_copy(update={"findings": findings, "verdict": verdict})


def ran(site: Site, who: str, *arguments: str) -> tuple[int, str]:
    """A command; exit code and output."""
    environment = {"CORPUSGATE_TOKEN": site.tokens[who]} if who else {}
    folder = str(site.workspace.home.folder)
    result = CliRunner().invoke(command_line, ["--home", folder, *arguments], env=environment)
    error = result.exception
    if isinstance(error, CorpusgateError):
        return error.exit_code, error.what
    assert error is None or isinstance(error, SystemExit), result.output
    return result.exit_code, result.output


def rest(site: Site, who: str) -> TestClient:
    return TestClient(site.app, base_url=ORIGIN, headers={"authorization": f"Bearer {site.tokens[who]}"})


def ids(page: str) -> list[str]:
    return re.findall(r'name="item" value="([^"]+)"', page)


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ([], ""),
        (["--source", "hand", "--rule", "live-secret", "--kind", "secret"], "source=hand&rule=live-secret&kind=secret"),
        (["--kind", "pii"], "kind=pii"),
        (["--text", "KEPT B"], "text=KEPT+B"),
        (["--unseen", "--sort", "document"], "unseen=1&sort=document"),
        (["--sort", "newest", "--owner", "user:olga"], "sort=newest&owner=user:olga"),
        (["--days", "2"], "days=2"),
    ],
)
def test_every_door_lists_the_same_documents(site: Site, options: list[str], query: str) -> None:
    ran(site, "reviewer", "quarantine", "seen", KEPT[0].doc_id)
    listed = json.loads(ran(site, "reviewer", "quarantine", "list", "--json", *options)[1])
    answered = rest(site, "reviewer").get(f"/v1/quarantine?{query}").json()
    assert answered == {"items": listed, "next": None}
    status, page = site.get("reviewer", f"/quarantine?{query}")
    assert (status, ids(page)) == (200, [one["doc_id"] for one in listed])
    counts = json.loads(ran(site, "reviewer", "quarantine", "list", "--counts", "--json", *options)[1])
    unordered = "&".join(part for part in query.split("&") if not part.startswith("sort="))
    assert rest(site, "reviewer").get(f"/v1/quarantine/counts?{unordered}").json() == counts
    assert counts["total"] == len(listed)
    assert f"<strong>{len(listed)}</strong>" in page
    _, table = ran(site, "reviewer", "quarantine", "list", *options)
    for one in listed:
        assert one["doc_id"] in table
        assert one["reasons"][0] in page


def test_every_door_shows_the_same_document(site: Site) -> None:
    name = KEPT[1].doc_id
    shown = json.loads(ran(site, "reviewer", "quarantine", "show", name, "--json")[1])
    assert rest(site, "reviewer").get(f"/v1/quarantine/documents/{quote(name)}").json() == shown
    status, page = site.get("reviewer", link(name))
    assert status == 200
    _, text = ran(site, "reviewer", "quarantine", "show", name)
    for said in (name, *shown["document"]["reasons"], *shown["fixes"], "Ask for release", "EMAIL"):
        assert said in " ".join(page.replace("_", " ").split()) + page
        assert said in text.replace("\n", " ") + text
    assert shown["way_out"] == {"findings": [1], "hindrances": []}
    assert shown["document"]["alike"] == 3


def test_acts_of_one_door_are_seen_at_the_others(site: Site) -> None:
    one, two, three = (doc.doc_id for doc in KEPT)
    reviewer, owner = rest(site, "reviewer"), rest(site, "owner")
    assert reviewer.post("/v1/quarantine/seen", json={"documents": [one], "remark": "By REST."}).json()[0]["done"]
    assert ran(site, "reviewer", "quarantine", "seen", two, "--note", "By command.")[0] == 0
    assert site.post("reviewer", "/quarantine/seen?sort=document", item=three, remark="By page.")[0] == 303
    remarks = [row["seen"][0]["remark"] for row in reviewer.get("/v1/quarantine?sort=document").json()["items"]]
    assert remarks == ["By REST.", "By command.", "By page."]
    assert "By REST." in site.get("reviewer", link(one))[1]

    assert reviewer.post("/v1/quarantine/questions", json={"document": one, "question": "In use?"}).status_code == 201
    assert ran(site, "reviewer", "quarantine", "ask", two, "And this one?")[0] == 0
    assert site.post("reviewer", "/quarantine/ask", doc_id=three, question="This, too?")[0] == 303
    assert [asked["doc_id"] for asked in owner.get("/v1/reviews/questions").json()] == [one, two, three]
    assert ran(site, "owner", "review", "questions")[1].count("in quarantine") >= 3
    assert "the owner's answer" in ran(site, "auditor", "quarantine", "list")[1]
    assert owner.post("/v1/quarantine/answers", json={"document": one, "answer": "No."}).json()["answer"] == "No."
    assert ran(site, "owner", "quarantine", "answer", two, "It never was.")[0] == 0
    assert site.get("owner", "/submissions")[1].count('action="/quarantine/answer"') == 1
    answered = site.post("owner", "/quarantine/answer", doc_id=three, words="It is a sample.", back="submissions")
    assert (answered[0], answered[2].partition("?")[0]) == (303, "/submissions")
    assert owner.get("/v1/reviews/questions").json() == []
    assert "It is a sample." in site.get("reviewer", link(three))[1]


def test_release_leads_to_a_waiver_that_another_person_approves(site: Site) -> None:
    one, two, three = (doc.doc_id for doc in KEPT)
    asked = {"document": one, "reason": "A sample.", "days": 30}
    first = rest(site, "reviewer").post("/v1/quarantine/release", json=asked)
    assert first.status_code == 201
    assert rest(site, "reviewer").post("/v1/quarantine/release", json=asked).status_code == 409
    done, said = ran(site, "owner", "quarantine", "release", two, "--reason", "A sample.", "--days", "30")
    assert (done, said[:9]) == (0, "Asked for")
    assert "corpusgate waivers approve" in said
    assert site.post("reviewer", "/quarantine/release", doc_id=three, reason="A sample.", days="30")[0] == 303
    assert "waits for a second person" in site.get("reviewer", link(three))[1]
    waiver = first.json()["waiver_id"]
    assert ran(site, "reviewer", "waivers", "approve", waiver)[0] == 1
    assert ran(site, "second", "waivers", "approve", waiver)[0] == 0
    assert len(site.workspace.waivers.list_waivers()) == 3


def test_a_refused_act_keeps_what_was_typed(site: Site) -> None:
    name = KEPT[0].doc_id
    status, page, _ = site.post("reviewer", "/quarantine/release", doc_id=name, reason="My reason.", days="5000")
    assert status == 400
    assert "My reason." in page
    status, page, _ = site.post("reviewer", "/quarantine/ask", doc_id=name, question="x" * 1_001)
    assert (status, "x" * 1_001 in page) == (400, True)
    status, page, _ = site.post("reviewer", "/quarantine/seen", item="hand:none.md")
    assert (status, "There is no such document in quarantine." in page) == (400, True)


@pytest.mark.parametrize("who", ["elsewhere", "reader"])
def test_law_02_other_people_learn_nothing_at_any_door(site: Site, who: str) -> None:
    name = KEPT[0].doc_id
    client = rest(site, who)
    status = {"elsewhere": 404, "reader": 403}[who]
    assert client.get(f"/v1/quarantine/documents/{quote(name)}").status_code == status
    assert site.get(who, link(name))[0] == status
    assert client.post("/v1/quarantine/answers", json={"document": name, "answer": "x"}).status_code == 404
    if who == "elsewhere":
        assert client.get("/v1/quarantine").json() == {"items": [], "next": None}
        assert "Nothing is in quarantine." in site.get(who, "/quarantine")[1]
        for path, body in (
            ("questions", {"document": name, "question": "x"}),
            ("release", {"document": name, "reason": "x", "days": 3}),
        ):
            assert client.post(f"/v1/quarantine/{path}", json=body).status_code == 404
        assert not client.post("/v1/quarantine/seen", json={"documents": [name]}).json()[0]["done"]
        assert site.post(who, "/quarantine/ask", doc_id=name, question="x")[0] == 404


def test_lists_page_by_key_and_refuse_cursors_of_another_order(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = rest(site, "auditor")
    first = client.get("/v1/quarantine?limit=2").json()
    second = client.get(f"/v1/quarantine?limit=2&after={first['next']}").json()
    assert [len(first["items"]), len(second["items"]), second["next"]] == [2, 1, None]
    assert client.get(f"/v1/quarantine?sort=newest&after={first['next']}").status_code == 400
    assert client.get("/v1/quarantine?after=xx").status_code == 400
    assert client.get("/v1/quarantine?days=4000").status_code == 422
    assert site.get("auditor", "/quarantine?days=4000")[0] == 400
    monkeypatch.setattr("pipeline.web.pages.quarantine.SIZE", 1)
    seen, address = [], "/quarantine?sort=document"
    for _ in KEPT:
        _, page = site.get("operator", address)
        seen += ids(page)
        address = (re.search(r'rel="next" href="([^"]+)"', page) or [address, address])[1]
    assert seen == [doc.doc_id for doc in KEPT]


def test_people_find_the_way_there(site: Site) -> None:
    assert re.search(r'<span class="figure">3</span>\s*<a href="/quarantine">', site.get("operator", "/")[1])
    assert 'href="/quarantine"' in site.get("owner", "/documents")[1]
    assert (
        f'href="/quarantine/document?id={quote(KEPT[0].doc_id)}"'
        in site.get("owner", f"/documents/record?id={quote(KEPT[0].doc_id)}")[1]
    )
    assert 'href="/quarantine"' in site.get("reviewer", "/review")[1]
    assert "corpusgate quarantine list" in ran(site, "", "review", "list")[1]
    assert 'name="item"' not in site.get("auditor", "/quarantine")[1], "auditors mark nothing"
