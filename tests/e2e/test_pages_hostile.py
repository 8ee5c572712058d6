"""Hostile documents, names and words before the pages, in a real browser and over plain HTTP."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import HOSTILE_NAME, HOSTILE_TEXT, HOSTILE_TITLE
from tests.support.browser import visit
from tests.support.page_home import PageHome

pytestmark = pytest.mark.slow

BIDI = "invoice\u202efdp.exe\u2066\u200b"
SCRIPT = "</textarea><script>alert(9)</script><img src=x onerror=alert(10)>{{ 7*7 }}" + BIDI


@contextmanager
def session(home: PageHome, address: str, who: str) -> Iterator[httpx.Client]:
    """A client with a session cookie and the page's CSRF token in `client.headers`."""
    with httpx.Client(base_url=address, timeout=60) as client:
        client.headers["origin"] = address
        assert client.post("/login", data={"token": home.tokens[who], "next": "/"}).status_code == 303
        page = client.get("/review" if who != "olga" else "/submissions", headers={"accept": "text/html"}).text
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
        assert found
        client.headers["x-csrf-token"] = found[1]
        yield client


def waiting(home: PageHome, part: str) -> str:
    return home.waiting(part).item_id


def hostile_item(home: PageHome) -> str:
    sent = home.workspace.submissions.list_submissions(home.caller("olga"), limit=200)
    return waiting(home, next(one.document for one in sent if one.title == HOSTILE_TITLE))


def test_stored_script_stays_text_on_every_page(home: PageHome, chromium: Browser, address: str) -> None:
    """The browser's own word: no dialog, no error, nothing blocked, no request elsewhere (`visit` checks them all)."""
    item = hostile_item(home)
    reviews, questions, rosa = home.workspace.reviews, home.workspace.questions, home.caller("rosa")
    reviews.claim(item, rosa)
    questions.ask_owner(item, rosa, SCRIPT)
    questions.answer(item, home.caller("olga"), SCRIPT)
    reviews.waive(waiting(home, "contract"), rosa, [1], 5, SCRIPT)
    reviews.approve(item, rosa, SCRIPT)
    with visit(chromium, address, home.tokens["rosa"]) as seen:
        page = seen.page
        page.goto(f"/review/items/{item}")
        expect(page.locator("h1")).to_have_text(HOSTILE_TITLE)
        expect(page.locator(".diff")).to_contain_text("<svg/onload=alert(6)>")
        expect(page.locator(".diff")).to_contain_text("{{ 7*7 }}")
        expect(page.locator(".question").first).to_contain_text("‹U+202E›")
        assert "\u202e" not in page.content()
        assert page.locator("main script, main img, main svg, main [hx-trigger=load], main style").count() == 0
        assert page.locator('main a[href^="javascript:"]').count() == 0
        assert page.locator(".diff").is_visible(), "a style in the document hides nothing"
        seen.fits()
        for part in ("contract", "minutes"):
            page.goto(f"/review/items/{waiting(home, part)}/original")
            expect(page.locator(".pane").first).to_be_visible()
            assert page.locator("main script").count() == 0
            assert "mara.lindqvist" not in page.content()
        page.goto(f"/review/items/{waiting(home, 'contract')}/original")
        expect(page.locator(".paper")).to_contain_text("(8)</script> soon.")
        for path in (
            "/review",
            "/review?q=%3Cscript%3Ealert(1)%3C/script%3E&source=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
            "/review/waivers",
            "/review/held",
            "/review/break-glass",
        ):
            page.goto(path)
            expect(page.locator("h1")).to_be_visible()
    with visit(chromium, address, home.tokens["olga"]) as seen:
        for one in home.workspace.submissions.list_submissions(home.caller("olga"), limit=20):
            seen.page.goto(f"/submissions/{one.submission_id}")
            expect(seen.page.locator("h1")).to_be_visible()
        seen.page.goto("/submissions")
        expect(seen.page.get_by_role("link", name=HOSTILE_TITLE)).to_be_visible()
        seen.tolerated.add("422")
        seen.page.goto("/submissions/new")
        seen.page.get_by_label("Title").fill(SCRIPT)
        seen.page.get_by_label("Or a text").fill(SCRIPT)
        seen.page.get_by_label("Only these may read it").fill('"><script>alert(11)</script>')
        seen.page.get_by_role("button", name="Submit", exact=True).click()
        expect(seen.page.locator("#allow-problem")).to_be_visible()
        expect(seen.page.get_by_label("Or a text")).to_have_value(re.compile(re.escape("<script>alert(9)")))


def test_names_with_paths_nulls_and_line_ends_stay_names(home: PageHome, address: str) -> None:
    with session(home, address, "olga") as client:
        for name in (
            "../../../etc/cron.d/x",
            "..\\..\\x.md",
            "a\u202egpj.md",
            "x\r\nset-cookie: a=b.md",
            "nul\x00l.md",
            "n" * 250 + ".md",
        ):
            sent = client.post(
                "/submissions", data={"source": "desk", "title": "A file"}, files={"file": (name, b"One line.")}
            )
            assert sent.status_code in (303, 400, 422), (name, sent.status_code)
            assert "set-cookie" not in sent.headers
            if sent.status_code == 303:
                shown = client.get(sent.headers["location"], headers={"accept": "text/html"})
                assert shown.status_code == 200
                assert not {"\u202e", "\x00"} & set(shown.text)
    inbox = home.workspace.home.path("inbox")
    outside = [path for path in home.workspace.home.folder.rglob("*") if path.is_file() and "cron.d" in str(path)]
    assert not outside
    assert {path.parent.name for path in inbox.rglob("*") if path.is_file()} <= {"desk", "other"}
    assert HOSTILE_NAME not in {path.name for path in inbox.rglob("*")}
    assert HOSTILE_TEXT.encode() in {path.read_bytes() for path in inbox.rglob("*") if path.is_file()}


def test_no_post_counts_without_the_token_and_the_origin_of_the_session(home: PageHome, address: str) -> None:
    item = waiting(home, "contract")
    posts = {
        f"/review/items/{item}/decide": {"decision": "reject", "reason": "No."},
        f"/review/items/{item}/claim": {},
        f"/review/items/{item}/ask": {"question": "What?"},
        f"/review/items/{item}/waive": {"finding": "1", "days": "5", "reason": "No."},
        f"/review/break-glass/{item}": {"decision": "undo", "reason": "No."},
        "/review/bulk": {"item": item, "decision": "reject", "reason": "No."},
        "/review/held/0123/decide": {"decision": "reject", "reason": "No."},
        "/review/waivers/0123/approve": {},
        "/review/waivers/0123/end": {"reason": "No."},
    }
    before = home.workspace.reviews.item(item, home.caller("rosa"))
    with session(home, address, "rosa") as client, session(home, address, "ravi") as other:
        good, foreign = client.headers["x-csrf-token"], other.headers["x-csrf-token"]
        for path, fields in posts.items():
            for headers in (
                {"x-csrf-token": ""},
                {"x-csrf-token": foreign},
                {"x-csrf-token": "0" * 64},
                {"x-csrf-token": good, "origin": "http://evil.example"},
                {"x-csrf-token": good, "origin": "null"},
            ):
                assert client.post(path, data=fields, headers=headers).status_code == 403, (path, headers)
            assert client.post(path, data={**fields, "csrf": foreign}, headers={"x-csrf-token": ""}).status_code == 403
            assert client.get(path).status_code in (404, 405)
        del client.headers["origin"]
        assert client.post(f"/review/items/{item}/claim").status_code == 403
    assert home.workspace.reviews.item(item, home.caller("rosa")) == before


def test_nobody_reaches_what_is_not_theirs_by_its_address(home: PageHome, address: str) -> None:
    theirs = waiting(home, "elsewhere")
    other = home.workspace.submissions.list_submissions(home.caller("otto"))[0].submission_id
    with session(home, address, "rosa") as client:
        for path in ("", "/original", "/lines", "/pages/1", "/published"):
            assert client.get(f"/review/items/{theirs}{path}").status_code == 404, path
        for path, fields in (
            ("decide", {"decision": "approve", "reason": "Mine."}),
            ("claim", {}),
            ("release", {}),
            ("ask", {"question": "?"}),
        ):
            assert client.post(f"/review/items/{theirs}/{path}", data=fields).status_code == 404, path
        assert (
            client.post("/review/bulk", data={"item": theirs, "decision": "approve", "reason": "M"}).status_code == 404
        )
        made_up = client.get(f"/review/items/{'0' * 16}")
        assert client.get(f"/review/items/{theirs}").json()["detail"].replace(theirs, "") == made_up.json()[
            "detail"
        ].replace("0" * 16, "")
        assert "elsewhere" not in client.get("/review?state=all").text
        assert (
            client.post(f"/review/items/{waiting(home, 'contract')}/break-glass", data={"reason": "x"}).status_code
            == 403
        )
        assert client.post("/submissions", data={"source": "desk", "text": "x"}).status_code == 403
    with session(home, address, "olga") as client:
        for path in (f"/submissions/{other}", f"/submissions/{other}/status", f"/submissions/new?document={other}"):
            assert client.get(path).status_code == 404, path
        assert client.post(f"/submissions/{other}/withdraw").status_code == 404
        assert client.post("/submissions", data={"source": "other", "title": "t", "text": "x"}).status_code == 404
        assert (
            client.post(
                "/submissions", data={"source": "desk", "document": other, "title": "t", "text": "x"}
            ).status_code
            == 404
        )
        assert client.get("/review").status_code == 403
        assert client.post(f"/submissions/questions/{theirs}/answer", data={"words": "x"}).status_code == 404
    with session(home, address, "oscar") as client:
        assert "Contract" not in client.get(f"/review/items/{waiting(home, 'contract')}").text.partition("<main")[
            2
        ].replace("contract-", "")
        assert client.get(f"/review/items/{waiting(home, 'contract')}/original").status_code == 403


def test_fields_that_a_form_does_not_have_change_nothing(home: PageHome, address: str) -> None:
    with session(home, address, "olga") as client:
        for extra in ("submitter", "status", "submitted_by", "received_at", "name", "owner", "tenant", "uri"):
            refused = client.post("/submissions", data={"source": "desk", "text": "x", extra: "user:adam"})
            assert refused.status_code == 422, extra
            assert "user:adam" not in refused.text
    item = home.submit("Assigned.md", "A paper.", classification="restricted")
    home.refresh("desk")
    path = f"/review/items/{waiting(home, 'assigned')}/decide"
    with session(home, address, "rosa") as client:
        smuggled = {
            "by": "user:ravi",
            "person": "user:ravi",
            "approvals": "2",
            "required_approvals": "1",
            "state": "approved",
        }
        assert client.post(path, data={"decision": "approve", "reason": "Fine.", **smuggled}).status_code == 303
    found = home.workspace.reviews.item(path.split("/")[3], home.caller("rosa"))
    assert (found.state.value, [one.person for one in found.decisions], found.required_approvals) == (
        "open",
        ["user:rosa"],
        2,
    )
    assert item.submitted_by == "user:olga"


def test_a_session_cannot_be_fixed_beforehand_nor_a_log_in_lead_elsewhere(home: PageHome, address: str) -> None:
    with httpx.Client(base_url=address, headers={"origin": address}) as client:
        client.cookies.set("corpusgate", "chosen-by-somebody-else")
        for target in (
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/%2f/evil.example",
            "javascript:alert(1)",
            "/x\r\nset-cookie: a=b",
        ):
            entered = client.post("/login", data={"token": home.tokens["rosa"], "next": target})
            assert (entered.status_code, entered.headers["location"]) == (303, "/"), target
        cookie = entered.headers["set-cookie"]
        assert "chosen-by-somebody-else" not in cookie
        assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in cookie.split(";")}
        kept = client.post("/login", data={"token": home.tokens["rosa"], "next": "/review?q=a"})
        assert kept.headers["location"] == "/review?q=a"


def test_paths_and_headers_carry_nothing_in_or_out(home: PageHome, address: str) -> None:
    item = waiting(home, "minutes")
    with session(home, address, "rosa") as client:
        for name in ("../app.py", "..%2fapp.py", "%2e%2e/%2e%2e/etc/passwd", "templates/base.html", "review.css%00.js"):
            assert client.get(f"/static/{name}").status_code in (400, 404), name
        for number in ("0", "-1", "../1", "99999999", "1%00", "x"):
            assert client.get(f"/review/items/{item}/pages/{quote(number)}").status_code in (404, 422), number
        picture = client.get(f"/review/items/{item}/pages/1")
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert picture.headers["x-content-type-options"] == "nosniff"
        assert picture.headers["cache-control"] == "no-store"
        for name in ("%0d%0aset-cookie:a=b", "%00", "%27%20OR%201=1--", "%25", "_" * 60):
            answer = client.get(f"/review/items/{name}")
            assert answer.status_code in (400, 404), name
            assert "set-cookie" not in answer.headers
        assert client.get("/review?after=x%0d%0ay").status_code == 400
        assert client.get("/review?q=%25%27%20OR%201=1--").status_code == 200


def test_law_08_what_an_address_says_was_done_is_not_believed(home: PageHome, address: str) -> None:
    item = waiting(home, "contract")
    with session(home, address, "rosa") as client:
        for word in ("approve", "approve.0000000000000000", "now." + "0" * 16, "<script>"):
            shown = client.get(f"/review/items/{item}", params={"done": word}).text
            assert "Your approval is recorded" not in shown
            assert "refresh of its source was started" not in shown


def test_a_reader_sees_nothing_of_the_review(home: PageHome, address: str) -> None:
    with httpx.Client(base_url=address, headers={"authorization": f"Bearer {home.tokens['ada']}"}) as client:
        for path in (
            "/review",
            "/review/held",
            "/review/waivers",
            "/review/break-glass",
            "/submissions",
            "/submissions/new",
        ):
            assert client.get(path).status_code == 403, path
