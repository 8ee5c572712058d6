"""Overview, sources, documents, search, generations, policy and audit log as pages over a real home."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import NotFound
from pipeline.domain.identity.roles import Grant, Role
from pipeline.reports.listed_documents import written_line
from pipeline.reports.served import document_ids
from pipeline.stores import tables
from pipeline.takedown.revoke import RevocationKind, revoke
from pipeline.web.app import create_app
from pipeline.web.pages import generations as generation_pages
from pipeline.web.rest.pagination import cursor
from pipeline.workspace import Workspace
from tests.support.callers import token
from tests.support.index_samples import Doc, rule
from tests.support.served_home import OPERATOR
from tests.support.site import Site
from tests.support.web_home import BROWSER, ORIGIN

QUESTION = "how much notice"
STAFF = rule("group:everyone")
BOARD = rule("group:board", classification="restricted")
OPEN, OLD, NEW, SECRET = (
    Doc("open.md", ("how much notice",), STAFF),
    Doc("old.md", ("an old rule",), STAFF),
    Doc("new.md", ("a new rule",), STAFF),
    Doc("board.md", ("what the board plans",), BOARD),
)
HOSTILE = Doc("<img src=x onerror=alert(1)>.md", ("odd name",), STAFF)
KEPT_OUT = Doc("kept-out.md", ("the words of a document in quarantine",), STAFF)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Generation 1 serves open.md and old.md; generation 2 open.md, new.md, board.md; one more is in quarantine."""
    made = Site(tmp_path_factory.mktemp("pages") / "home", OPEN, OLD)
    made.home.refresh(NEW, SECRET, HOSTILE, gone=[OLD], outcomes=[made.home.refuse(KEPT_OUT, Action.QUARANTINE)])
    yield made
    made.home.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """A site of a test's own."""
    made = Site(tmp_path / "home", OPEN, OLD)
    yield made
    made.home.close()


def record(doc: Doc) -> str:
    return f"/documents/record?id={quote(doc.doc_id, safe='')}"


PAGES = [
    *(("auditor", path) for path in ("/", "/sources", "/sources/hand", "/documents", "/search", "/generations")),
    *(("auditor", path) for path in ("/generations/1", "/generations/2", "/audit", "/policy", record(SECRET))),
    *(("operator", path) for path in ("/", "/generations/1", record(KEPT_OUT))),
    *(("owner", path) for path in ("/", "/sources/new", "/documents?standing=quarantine")),
    *(("reader", path) for path in ("/search", record(OPEN))),
]


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_every_page_opens_and_holds_no_script_or_style_of_its_own(site: Site, who: str, path: str) -> None:
    answer = site.as_(who).get(path)
    assert answer.status_code == 200
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=\"", answer.text)
    assert answer.text.count("<h1") == 1


def test_names_of_documents_are_text_never_markup(site: Site) -> None:
    for path in ("/documents", record(HOSTILE), "/generations/1"):
        text = site.as_("auditor").get(path).text
        assert "<img" not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_law_02_a_reader_learns_nothing_of_what_is_hidden(site: Site) -> None:
    made_up = record(Doc("nothing.md", ("x",), BOARD))
    chunk = SECRET.chunks[0].chunk_id
    overview = site.get("reader", "/search")[1]
    assert "What waits" not in overview
    assert "documents" not in overview.lower()
    for path, unknown in ((record(SECRET), made_up), (f"/search/trace?chunk={chunk}", "/search/trace?chunk=abc")):
        (status, hidden), (same, none) = site.get("reader", path), site.get("reader", unknown)
        assert (status, same) == (404, 404)
        assert _without_ids(hidden) == _without_ids(none)
    status, found, _ = site.post("reader", "/search", question="what the board plans")
    assert (status, "board" in found.partition('id="results"')[2]) == (200, False)
    assert [site.get("reader", path)[0] for path in ("/documents", "/generations", "/audit", "/policy")] == [403] * 4
    assert site.get("board", f"/search/trace?chunk={chunk}")[0] == 200


def test_law_02_who_asks_is_the_session_whatever_a_form_says(site: Site) -> None:
    fields = {"question": "what the board plans", "principal": "user:bo", "as": "user:bo", "name": "user:bo"}
    assert "hand:board.md" not in site.post("reader", "/search", **fields)[1]
    assert "hand:board.md" in site.post("board", "/search", question="what the board plans")[1]
    assert site.post("reader", "/search/as", question=QUESTION, principal="user:bo")[0] == 403


def test_law_02_to_audit_is_not_to_read(site: Site) -> None:
    status, text, _ = site.post("auditor", "/search/as", question="what the board plans", principal="user:bo")
    assert status == 200
    assert "You see what user:bo would find." in text
    assert "hand:board.md" in text
    assert "Not shown: you may not read it yourself." in text
    passages = text.partition('class="passages"')[2]
    assert ("what the board plans" in passages, "how much notice" in passages) == (False, True)
    looked = [event for event in site.workspace.audit.events("user:bo") if event.action == "search.as"]
    assert [event.actor for event in looked] == ["user:ana"]


def test_law_04_a_question_is_in_no_address_and_no_log(site: Site) -> None:
    site.post("auditor", "/search/explain", question="what nobody may know", principal="user:bo")
    site.post("auditor", "/search/as", question="what nobody may know", principal="user:bo")
    assert not [event for event in site.workspace.audit.events() if "nobody may know" in event.model_dump_json()]
    pages = site.get("auditor", "/search")[1], site.get("reader", "/search")[1], site.get("owner", "/")[1]
    assert [form for page in pages for form in re.findall("<form [^>]*>", page) if 'method="post"' not in form] == [
        '<form method="dialog">'
    ] * len(pages)


def test_law_04_a_record_shows_no_text_of_its_document(site: Site) -> None:
    for doc in (KEPT_OUT, SECRET, OPEN):
        text = site.get("auditor", record(doc))[1]
        assert doc.doc_id in text
        assert not [words for words in doc.texts if words in text]


def test_what_could_be_retrieved_is_explained_with_reasons(site: Site) -> None:
    text = site.post("auditor", "/search/explain", question="what the board plans", principal="user:rea", at="2")[1]
    row = re.search(r"<tr>(?:(?!</tr>).)*hand:board\.md.*?</tr>", text, re.DOTALL)
    assert row is not None
    assert "clearance internal is too low for restricted" in row[0]
    assert "no</span>" in row[0]


def test_an_overview_counts_what_its_reader_keeps(site: Site) -> None:
    text = site.get("auditor", "/")[1]
    assert re.search(r"<span class=\"figure\">1</span>\s*<a href=\"/quarantine\">", text)
    assert re.search(r"<span class=\"figure\">4</span>documents", text)
    assert "/sources/hand" in text
    outside = site.get("elsewhere", "/")[1]
    assert "hand" not in outside.replace("handle", "")
    assert "documents</li>" not in outside


def test_what_waits_comes_first_and_a_reader_has_one_page_to_ask_on(site: Site) -> None:
    counts = re.findall(r'<li data-some="(yes|no)">', site.get("auditor", "/")[1])
    assert counts == sorted(counts, reverse=True)
    assert set(counts) == {"yes", "no"}
    answer = site.as_("reader").get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search")
    assert 'action="/search"' not in site.get("auditor", "/")[1]


def test_a_source_shows_at_a_glance_what_it_serves_and_holds_back(site: Site) -> None:
    status, page = site.get("auditor", "/sources/hand")
    assert status == 200
    figures = re.findall(r'<span class="figure">([^<]+)</span><a href="([^"]+)">', page)
    assert figures == [
        ("4", "/documents?source=hand&standing=served"),
        ("0", "/review?source=hand"),
        ("1", "/quarantine?source=hand"),
    ]
    for _, address in figures[:1] + figures[2:]:
        assert site.get("auditor", address)[0] == 200
    assert "since it was read" in page


def test_documents_are_found_by_a_part_of_their_id_and_where_they_stand(site: Site) -> None:
    assert set(_ids(site.get("auditor", "/documents")[1])) >= {OPEN.doc_id, SECRET.doc_id, KEPT_OUT.doc_id}
    assert _ids(site.get("auditor", "/documents?text=OARD")[1]) == [SECRET.doc_id]
    assert _ids(site.get("auditor", "/documents?standing=quarantine")[1]) == [KEPT_OUT.doc_id]
    assert _ids(site.get("auditor", "/documents?standing=deleted")[1]) == [OLD.doc_id]
    assert _ids(site.get("elsewhere", "/documents")[1]) == []
    assert "No document matches." in site.get("auditor", "/documents?text=zzz")[1]
    assert site.get("auditor", "/documents?text=%25")[1].count("No document matches.") == 1


def test_documents_are_found_by_what_they_hold_and_who_owns_them(site: Site) -> None:
    assert _ids(site.get("auditor", "/documents?classification=restricted")[1]) == [SECRET.doc_id]
    assert _ids(site.get("auditor", "/documents?owner=user:nobody-here")[1]) == []
    assert _ids(site.get("auditor", "/documents?holds=injection")[1]) == []
    assert site.as_("auditor").get("/documents?holds=everything").status_code == 422
    ordered = [_ids(site.get("auditor", f"/documents?order={order}")[1]) for order in ("name", "newest", "oldest")]
    assert ordered[0] == sorted(ordered[0])
    assert sorted(ordered[1]) == sorted(ordered[2]) == ordered[0]


def test_a_place_of_another_list_is_refused(site: Site) -> None:
    after = cursor("documents-by-name", json.dumps(["hand:b", "hand:b"]))
    assert site.get("auditor", f"/documents?after={after}")[0] == 200
    assert site.get("auditor", f"/documents?order=newest&after={after}")[0] == 400


def test_the_list_of_documents_is_downloaded_as_a_table_within_the_rights_of_who_asks(site: Site) -> None:
    answer = site.as_("auditor").get("/documents/download?classification=restricted")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["document"], row["classification"], row["served"]) == (SECRET.doc_id, "restricted", "yes")
    assert row["readers"] == "group:board"
    assert "attachment" in answer.headers["content-disposition"]
    assert list(csv.DictReader(io.StringIO(site.get("elsewhere", "/documents/download")[1]))) == []


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@name", "\tx"])
def test_a_cell_that_a_spreadsheet_would_calculate_is_text(cell: str) -> None:
    assert next(csv.reader([written_line((cell, "plain"))])) == [f"'{cell}", "plain"]


def test_a_generation_is_compared_with_its_parent_or_any_kept_one(site: Site) -> None:
    newer, older = site.get("auditor", "/generations/2")[1], site.get("auditor", "/generations/1?against=2")[1]
    for text in (newer, older):
        assert "From generation 1 to 2" in text
        assert ("Added: 3" in text, "Gone: 1" in text) == (True, True)
    assert "its parent" in newer
    assert site.get("auditor", "/generations/2?against=77")[0] == 404


def test_a_generation_lists_its_documents_in_pages_that_hold_each_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation_pages, "LISTED", 2)
    seen, address = list[str](), "/generations/2"
    while address:
        page = site.get("auditor", address)[1]
        section = page.partition('aria-labelledby="documents"')[2].partition("</section>")[0]
        seen += re.findall(r'<li><a href="/documents/record[^"]*">(.+?)</a>', section)
        more = re.search(r'<a href="([^"]+)" rel="next">', section)
        address = more[1].partition("#")[0] if more else ""
    expected = document_ids(site.workspace, site.workspace.ledger.generation(2))
    assert len(expected) > 2
    assert tuple(seen) == expected
    assert "The list ends before that." in site.get("auditor", "/generations/2?start=999")[1]
    assert site.get("auditor", "/generations/2?start=-1")[0] == 422


def test_the_record_says_in_one_sentence_where_the_document_stands(site: Site) -> None:
    served, kept_out = (site.get("auditor", record(doc))[1] for doc in (OPEN, KEPT_OUT))
    assert "It is served to group:everyone, with clearance internal or higher." in served
    assert "It is in quarantine" in kept_out
    assert "It is not served: its source no longer has it." in site.get("auditor", record(OLD))[1]


def test_law_02_only_auditors_and_operators_see_which_people_a_rule_permits(site: Site) -> None:
    assert "People it permits" in site.get("auditor", record(SECRET))[1]
    assert "user:bo" in site.get("auditor", record(SECRET))[1]
    assert "user:rea" not in site.get("auditor", record(SECRET))[1]
    assert "People it permits" not in site.get("owner", record(OPEN))[1]


def test_the_record_says_why_and_what_happened(site: Site) -> None:
    text = site.get("auditor", record(OLD))[1]
    assert "Why it is not served" in text
    assert "It was deleted at its source" in text
    served = site.get("auditor", record(OPEN))[1]
    assert "Why it is served" in served
    assert "served in generation 1" in served
    assert site.get("elsewhere", record(OPEN))[0] == 404


def test_a_generation_says_what_the_current_one_serves_otherwise(site: Site) -> None:
    text = site.get("auditor", "/generations/1")[1]
    assert "Added: 3" in text
    assert "Gone: 1" in text
    assert "Changed: 0" in text
    status, verified, _ = site.post("auditor", "/generations/1/verify")
    assert (status, "Signature and every digest hold." in verified) == (200, True)
    assert site.get("auditor", "/generations/9")[0] == 404


def test_the_policy_shows_every_rule_as_it_stands(site: Site) -> None:
    text = site.get("owner", "/policy")[1]
    policy = site.workspace.home.policy
    for one in policy.rules:
        assert one.id in text
        assert one.when in text
        assert one.fix in text
    assert policy.digest[:16] in text
    assert all(entry.note in text for entry in policy.changelog)


def test_a_revocation_is_confirmed_takes_effect_and_is_lifted_by_somebody_else(own: Site) -> None:
    form = {"doc_id": OPEN.doc_id, "reason": "sent by mistake"}
    status, asked, _ = own.post("operator", "/documents/revoke", **form)
    assert (status, "It is served now, with 1 passages." in asked) == (200, True)
    assert OPEN.doc_id in own.home.live()
    status, _, where = own.post("operator", "/documents/revoke", **form, confirmed="yes")
    assert status == 303
    assert OPEN.doc_id not in own.home.live()
    text = own.get("operator", where)[1]
    assert "The document is revoked" in text
    assert "“sent by mistake”" in text
    assert own.post("operator", "/documents/lift", doc_id=OPEN.doc_id, reason="fine", confirmed="yes")[0] == 403
    assert own.post("reviewer", "/documents/lift", doc_id=OPEN.doc_id, reason="fine", confirmed="yes")[0] == 303
    assert OPEN.doc_id in own.home.live()


def test_an_address_cannot_say_that_something_was_done(own: Site) -> None:
    where = own.post("operator", "/documents/revoke", doc_id=OPEN.doc_id, reason="why", confirmed="yes")[2]
    assert "The document is revoked" in own.get("operator", where)[1]
    assert "The document is revoked" not in own.get("reviewer", where)[1]
    forged = f"{record(OLD)}&done=revoke.0000000000000000"
    assert "The document is revoked" not in own.get("operator", forged)[1]


def test_nothing_is_done_without_a_reason_a_role_or_the_token_of_the_session(own: Site) -> None:
    form = {"doc_id": OPEN.doc_id, "confirmed": "yes"}
    assert own.post("operator", "/documents/revoke", **form, reason=" ")[0] == 400
    assert own.post("reader", "/documents/revoke", **form, reason="why")[0] == 403
    assert own.post("elsewhere", "/documents/revoke", **form, reason="why")[0] == 404
    assert own.post("owner", "/documents/revoke", **form, reason="why")[0] == 403
    bare = own.as_("operator").post("/documents/revoke", data={**form, "reason": "why"})
    assert bare.status_code == 403
    assert OPEN.doc_id in own.home.live()


def test_law_10_going_back_is_shown_first_and_brings_nothing_back_that_was_taken(own: Site) -> None:
    own.home.refresh(NEW)
    revoke(own.workspace, RevocationKind.DOCUMENT, OLD.doc_id, OPERATOR, "taken")
    status, asked, _ = own.post("operator", "/generations/1/rollback", reason="poisoned")
    assert (status, own.home.current().number) == (200, 2)
    assert "hand:new.md" in asked
    assert "leaves" in asked
    status, _, where = own.post("operator", "/generations/1/rollback", reason="poisoned", confirmed="yes")
    assert (status, where.partition("?")[0]) == (303, "/generations/3")
    assert "Rolled back: this generation is served." in own.get("operator", where)[1]
    assert set(own.home.live()) == set(own.home.held()) == {OPEN.doc_id}
    assert own.post("auditor", "/generations/1/rollback", reason="no", confirmed="yes")[0] == 403


def test_law_08_a_source_is_approved_by_somebody_else_and_only_after_a_look(own: Site, tmp_path: Path) -> None:
    both = token(own.workspace, "user:both", Role.OWNER, Role.REVIEWER)
    own.tokens["both"] = both
    papers = tmp_path / "papers"
    papers.mkdir()
    form = {"name": "papers", "uri": str(papers), "owner": "people", "classification": "internal"}
    status, text, _ = own.post("both", "/sources/new", **form, readers="not a principal:")
    assert (status, f'value="{papers}"' in text) == (400, True)
    status, _, where = own.post("both", "/sources/new", **form, readers="group:staff, user:ada\nservice:desk")
    assert (status, where.partition("?")[0]) == (303, "/sources/papers")
    mine = own.get("both", where)[1]
    assert "pending" in mine
    assert "Approve…" not in mine
    assert own.post("both", "/sources/papers/approve", confirmed="yes")[0] == 403
    assert "Approve…" in own.get("reviewer", "/sources/papers")[1]
    assert own.post("reviewer", "/sources/papers/approve")[0] == 200
    assert own.workspace.sources.source("papers").state.value == "pending"
    assert own.post("reviewer", "/sources/papers/approve", confirmed="yes")[0] == 303
    found = own.workspace.sources.source("papers")
    assert (found.state.value, found.allow) == ("approved", ("group:staff", "user:ada", "service:desk"))


def test_an_inbox_is_registered_and_a_source_is_revoked_at_once(own: Site) -> None:
    own.post("owner", "/sources/new", name="desk", kind="inbox", owner="p", classification="internal", readers="user:a")
    assert own.workspace.sources.source("desk").is_inbox
    assert own.post("operator", "/sources/hand/revoke", reason="unusual edits")[0] == 200
    assert own.home.live()
    assert own.post("operator", "/sources/hand/revoke", reason="unusual edits", confirmed="yes")[0] == 303
    assert not own.home.live()
    text = own.get("operator", "/sources/hand")[1]
    assert "none of its documents is served" in text
    assert "nothing took" not in text
    assert "not live: its source hand is revoked" in own.get("operator", record(OPEN))[1].lower()


def test_law_11_the_log_is_verified_and_tampering_is_told(own: Site) -> None:
    assert "The chain holds" in own.post("auditor", "/audit/verify")[1]
    with own.workspace.database.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_log_no_update"))
        log = tables.audit_log
        connection.execute(sa.update(log).where(log.c.seq == 2).values(actor="user:nobody"))
    text = own.post("auditor", "/audit/verify")[1]
    assert "Entry 2 was changed: its hash does not match." in text
    assert "The chain holds" not in text


def test_the_log_is_filtered_paged_and_taken_away_whole(own: Site) -> None:
    text = own.get("auditor", "/audit?action=source&subject=hand")[1]
    assert set(re.findall(r'data-label="What"><span>([^<]*)<', text)) == {"source.added", "source.approved"}
    for n in range(60):
        own.workspace.tokens.create("user:ana", "user:op", 1, name=f"t{n}")
    first = own.get("auditor", "/audit?action=token.created")[1]
    assert first.count('data-label="Entry"') == 50
    more = re.search(r'href="(/audit\?[^"]*before=[^"]*)"', first)
    assert more is not None
    older = own.get("auditor", more[1])[1]
    assert not set(re.findall(r'data-label="Entry">(\d+)', first)) & set(re.findall(r'data-label="Entry">(\d+)', older))
    taken = own.as_("auditor").get("/audit/download")
    lines = [json.loads(line) for line in taken.text.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["action"] == "audit.exported"
    assert lines[-1]["actor"] == "user:ana"
    assert own.as_("operator").get("/audit/download").status_code == 403


def test_a_fresh_home_says_what_to_do_next(tmp_path: Path) -> None:
    fresh = Workspace(tmp_path / "fresh")
    fresh.create()
    client = TestClient(create_app(fresh), base_url=ORIGIN, headers=BROWSER, follow_redirects=False)
    client.post("/login", data={"token": token(fresh, "user:op", Role.OPERATOR)})
    text = client.get("/").text
    assert "Nothing is served yet" in text
    assert [command for command in ("principals add", "sources add", "corpusgate refresh") if command not in text] == []
    assert "first refresh makes generation 1" in client.get("/generations").text
    assert client.get("/documents").text.count("No document has been read yet.") == 1
    fresh.database.dispose()


def test_an_auditor_of_one_source_reads_neither_log_nor_other_sources(own: Site) -> None:
    own.tokens["part"] = token(own.workspace, "user:part", Grant(role=Role.AUDITOR, sources=("other",)))
    assert own.get("part", "/audit")[0] == 403
    assert own.post("part", "/search/as", question=QUESTION, principal="user:bo")[0] == 403
    assert "hand:" not in own.get("part", "/generations/1")[1]


def test_nobody_learns_of_a_passage_that_is_revoked(own: Site) -> None:
    chunk = OPEN.chunks[0].chunk_id
    assert own.get("reader", f"/search/trace?chunk={chunk}")[0] == 200
    revoke(own.workspace, RevocationKind.DOCUMENT, OPEN.doc_id, OPERATOR, "taken")
    assert own.get("reader", f"/search/trace?chunk={chunk}")[0] == 404
    with pytest.raises(NotFound):
        own.workspace.ledger.document_history("hand:none.md")


def _ids(text: str) -> list[str]:
    return re.findall(r'data-label="Document"><span><a [^>]*>([^<]+)</a>', text)


def _without_ids(text: str) -> str:
    return re.sub(r"<code>[0-9a-f]{16}</code>|value=\"[0-9a-f]{64}\"|[0-9a-f]{64}", "", text)


def test_law_02_rest_names_documents_of_a_generation_to_keepers_of_their_sources_only(site: Site) -> None:
    """An auditor of another source sees that the generation exists, and no document of it."""
    named = {}
    for who, source in (("user:abe", "other"), ("user:amy", "hand")):
        bearer = token(site.workspace, who, Grant(role=Role.AUDITOR, sources=(source,)))
        client = TestClient(site.app, base_url=ORIGIN, headers={"authorization": f"Bearer {bearer}"})
        answer = client.get("/v1/generations/2/documents")
        assert answer.status_code == 200
        named[source] = {one["doc_id"] for one in answer.json()["items"]}
    assert named["other"] == set()
    assert {OPEN.doc_id, NEW.doc_id, SECRET.doc_id} <= named["hand"]
