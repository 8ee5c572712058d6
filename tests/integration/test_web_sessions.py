"""Logging in with a browser, what a session is worth, and everything that must not get past it."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from pipeline.domain.identity.roles import Role
from pipeline.stores import tables
from pipeline.web.app import create_app
from pipeline.web.pages.login import local
from pipeline.web.security.identity import csrf_token
from tests.support.callers import token
from tests.support.web_home import BROWSER, ORIGIN, WebHome


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHome]:
    made = WebHome(
        tmp_path_factory.mktemp("sessions") / "home", identity={"free_attempts": 2, "longest_wait_seconds": 40}
    )
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _forget_attempts(home: WebHome) -> None:
    with home.workspace.database.begin() as connection:
        connection.execute(sa.delete(tables.login_attempts))


ANYWHERE = "/openapi.json"
"""For anybody with a role."""


def cookie(client: TestClient) -> str:
    (found,) = [value for name, value in client.cookies.items() if name == "corpusgate"]
    return found


def csrf(client: TestClient) -> str:
    return csrf_token(cookie(client))


def test_a_token_opens_a_session_and_logging_out_ends_it(home: WebHome) -> None:
    client = home.browser(home.tokens[Role.OWNER])
    page = client.get("/")
    assert (page.status_code, "user:owner" in page.text) == (200, True)
    shown = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert shown is not None
    secret = cookie(client)
    left = client.post("/logout", data={"csrf": shown[1]})
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    client.cookies.set("corpusgate", secret)
    again = client.get("/")
    assert (again.status_code, again.headers["location"]) == (303, "/login?next=%2F")
    actions = [event.action for event in home.workspace.audit.events("user:owner")]
    assert actions[-2:] == ["session.opened", "session.closed"]


def test_the_cookie_cannot_be_read_by_scripts_or_sent_from_elsewhere(home: WebHome) -> None:
    plain = home.client().post("/login", data={"token": home.tokens[Role.OWNER]}, headers=BROWSER)
    assert re.fullmatch(r"corpusgate=[\w-]{43}; HttpOnly; Path=/; SameSite=strict", plain.headers["set-cookie"])
    secure = TestClient(home.app, base_url="https://localhost", follow_redirects=False)
    answer = secure.post("/login", data={"token": home.tokens[Role.OWNER]}, headers={"origin": "https://localhost"})
    assert re.fullmatch(
        r"__Host-corpusgate=[\w-]{43}; HttpOnly; Path=/; SameSite=strict; Secure", answer.headers["set-cookie"]
    )
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_law_04_the_database_holds_no_session_id(home: WebHome) -> None:
    client = home.browser(home.tokens[Role.OWNER])
    with home.workspace.database.read() as connection:
        rows = [
            repr(row) for table in tables.metadata.sorted_tables for row in connection.execute(sa.select(table)).all()
        ]
    assert rows
    assert not [row for row in rows if cookie(client) in row]


def test_logging_in_makes_a_new_session_and_ends_the_one_before(home: WebHome) -> None:
    """Fixation: whatever id a browser arrives with, it leaves with another, and the old one is worth nothing."""
    attacker = home.browser(home.tokens[Role.READER])
    for planted in ("planted-by-somebody-else", cookie(attacker)):
        fresh = TestClient(home.app, base_url=ORIGIN, headers=BROWSER, follow_redirects=False)
        fresh.headers["cookie"] = f"corpusgate={planted}"
        answer = fresh.post("/login", data={"token": home.tokens[Role.OWNER]})
        assert answer.status_code == 303
        assert planted not in answer.headers["set-cookie"]
        old = TestClient(home.app, base_url=ORIGIN, headers=BROWSER, follow_redirects=False)
        old.cookies.set("corpusgate", planted)
        assert old.get(ANYWHERE).status_code == 303


@pytest.mark.parametrize("change", ["expires_at", "seen_at"])
def test_a_session_ends_by_itself(home: WebHome, change: str) -> None:
    client = home.browser(home.tokens[Role.OWNER])
    assert client.get(ANYWHERE).status_code == 200
    at = datetime.now(UTC)
    passed = at - timedelta(seconds=1) if change == "expires_at" else at - timedelta(minutes=61)
    with home.workspace.database.begin() as connection:
        connection.execute(sa.update(tables.sessions).values({change: passed}))
    assert client.get(ANYWHERE).status_code == 303


@pytest.mark.parametrize("how", ["revoked", "expired", "principal removed"])
def test_a_session_is_worth_what_its_token_is_worth_now(home: WebHome, how: str) -> None:
    client = home.browser(token(home.workspace, "temporary", Role.OWNER))
    assert client.get(ANYWHERE).status_code == 200
    ((made, _),) = [one for one in home.workspace.tokens.list_tokens("user:temporary") if one[1].value == "valid"]
    mine = tables.tokens.c.token_id == made.token_id
    if how == "revoked":
        home.workspace.tokens.revoke(made.token_id, "operator:test")
    elif how == "expired":
        with home.workspace.database.begin() as connection:
            connection.execute(sa.update(tables.tokens).where(mine).values(expires_at=made.created_at))
    else:
        path = home.workspace.home.configs / "principals.yaml"
        path.write_text(path.read_text().replace("user:temporary", "user:somebody-else"))
    assert client.get(ANYWHERE).status_code == 303
    home.workspace.tokens.revoke(made.token_id, "operator:test")


def test_what_changes_something_needs_the_sessions_own_csrf_token(home: WebHome, tmp_path: Path) -> None:
    client, other = home.browser(home.tokens[Role.OWNER]), home.browser(home.tokens[Role.OWNER])
    mine, foreign = csrf(client), csrf(other)
    assert mine != foreign
    (tmp_path / "docs").mkdir()
    source = {
        "name": "hand",
        "uri": str(tmp_path / "docs"),
        "owner": "o",
        "classification": "public",
        "allow": ["user:a"],
    }
    for headers in ({}, {"x-csrf-token": foreign}, {"x-csrf-token": ""}, {"x-csrf-token": "é".encode()}):
        assert client.post("/v1/sources", json=source, headers=headers).status_code == 403
    assert client.post("/logout", data={"csrf": foreign}).status_code == 403
    assert client.post("/logout", files={"csrf": ("csrf", mine)}).status_code == 403, "a file is no field"
    assert client.post("/v1/sources", json=source, headers={"x-csrf-token": mine}).status_code == 201
    assert client.post("/logout", files={"file": ("a", "b")}, data={"csrf": mine}).status_code == 303


def test_rest_takes_the_csrf_token_from_the_header_only(home: WebHome) -> None:
    """It reads uploads as they arrive: looking for a field beforehand would take them in whole."""
    client = home.browser(home.tokens[Role.OWNER])
    upload = {"files": {"file": ("a.md", b"# A")}, "data": {"source": "none", "csrf": csrf(client)}}
    assert client.post("/v1/submissions", **upload).status_code == 403
    taken = client.post("/v1/submissions", **upload, headers={"x-csrf-token": csrf(client)})
    assert taken.status_code == 404, "there is no such source"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:8461", "https://localhost:8460", ""]
)
def test_a_request_of_another_site_is_refused_even_with_the_right_token(home: WebHome, origin: str) -> None:
    client = home.browser(home.tokens[Role.OWNER])
    mine = csrf(client)
    assert client.post("/logout", data={"csrf": mine}, headers={"origin": origin}).status_code == 403
    assert client.get(ANYWHERE).status_code == 200
    data = {"token": home.tokens[Role.OWNER]}
    assert home.client().post("/login", data=data, headers={"origin": origin}).status_code == 403


def test_a_bearer_token_needs_no_csrf_token_and_wins_over_a_cookie(home: WebHome) -> None:
    client = home.browser(home.tokens[Role.OWNER])
    bearer = {"authorization": f"Bearer {home.tokens[Role.AUDITOR]}"}
    assert client.post("/v1/audit/verify", headers=bearer).status_code == 200
    assert client.post("/v1/audit/verify", headers={"authorization": "Bearer nonsense"}).status_code == 401
    assert client.post("/v1/audit/verify", headers={"authorization": "Basic eDp5"}).status_code == 401


def test_failed_log_ins_wait_longer_each_time_and_the_wait_is_audited(home: WebHome) -> None:
    good = home.tokens[Role.OWNER]
    wrong = good[:-4] + "AAAA"
    client = home.client()

    def attempt(presented: str) -> tuple[int, str | None]:
        answer = client.post("/login", data={"token": presented}, headers=BROWSER)
        assert good[20:] not in answer.text
        return answer.status_code, answer.headers.get("retry-after")

    assert [attempt(wrong), attempt(wrong), attempt(wrong)] == [(401, None)] * 3
    status, wait = attempt(good)
    assert status == 429
    assert 1 <= int(wait or 0) <= 2
    with home.workspace.database.begin() as connection:
        connection.execute(sa.update(tables.login_attempts).values(blocked_until=datetime.now(UTC)))
    assert attempt(wrong) == (401, None)
    status, wait = attempt(good)
    assert status == 429
    assert 2 < int(wait or 0) <= 4, "the fourth failure waits twice as long"
    assert home.client(good).get("/v1/sources").status_code == 429, "REST goes by the same count"
    throttled = [event for event in home.workspace.audit.events() if event.action == "login.throttled"]
    assert throttled[-1].subject.startswith(f"token {good[3:19]} from ")
    with home.workspace.database.begin() as connection:
        connection.execute(sa.update(tables.login_attempts).values(blocked_until=datetime.now(UTC)))
    assert attempt(good)[0] == 303
    assert attempt(wrong) == (401, None), "after a success the token's count begins anew"


def test_one_address_cannot_try_many_tokens(home: WebHome) -> None:
    client = home.client()
    seen = [
        client.post("/login", data={"token": f"cg_{n:016x}_{'A' * 43}"}, headers=BROWSER).status_code for n in range(10)
    ]
    assert seen == [401] * 9 + [429], "four times the free attempts of a token, and one more"


def test_headers_leave_no_room_for_foreign_script(home: WebHome) -> None:
    for path in ("/login", "/healthz", "/nothing-here", "/static/app.js"):
        headers = home.client().get(path, headers={"accept": "text/html"}).headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
        assert path.startswith("/static/") or headers["cache-control"] == "no-store"
    assert home.client(home.tokens[Role.OWNER]).get(ANYWHERE).headers["cache-control"] == "no-store"


def test_no_template_holds_inline_script_or_style() -> None:
    templates = Path(create_app.__code__.co_filename).parent / "templates"
    # A file to download has no server to ask for its style: it names the digest of that style in a policy of its own.
    policy, style = """content="{{ policy }}">""", "<style>{{ style | safe }}</style>"
    for path in templates.rglob("*.html"):
        text = path.read_text()
        if path.name == "report_file.html":
            assert text.index(policy) < text.index(style)
            text = text.replace(style, "", 1)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:|hx-on|hx-vals=.js", text), (
            path.name
        )
        assert "| safe" not in text, path.name


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:8460", "", "[::2]", "10.0.0.1"]
)
def test_another_host_name_is_refused(home: WebHome, host: str) -> None:
    """DNS rebinding: a page of another site whose name now points here sends that name."""
    assert home.client(home.tokens[Role.OWNER]).get(ANYWHERE, headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8460", "127.0.0.1:99", "[::1]:8460", "[::1]"])
def test_this_machines_own_names_are_known(home: WebHome, host: str) -> None:
    assert home.client().get("/healthz", headers={"host": host}).status_code == 200


def test_a_large_body_is_refused_unread(home: WebHome) -> None:
    client = home.client(home.tokens[Role.READER])
    most = home.workspace.home.settings.web.max_body_bytes
    assert client.post("/v1/search", content=b"x" * (most + 1)).status_code == 413

    def without_length() -> Iterator[bytes]:
        for _ in range(2 * most // 65_536):
            yield b"x" * 65_536

    sent = client.post("/v1/search", content=without_length(), headers={"content-type": "application/json"})
    assert sent.status_code == 413
    assert sent.headers["content-type"] == "application/problem+json"


def test_nobody_is_let_know_about_a_body_before_they_are_identified(home: WebHome) -> None:
    broken = {"content-type": "application/json"}
    assert home.client().post("/v1/search", content=b"{", headers=broken).status_code == 401
    assert home.client(home.tokens[Role.OWNER]).post("/v1/search", content=b"{", headers=broken).status_code == 403
    assert home.client(home.tokens[Role.READER]).post("/v1/search", content=b"{", headers=broken).status_code == 422


def test_law_04_an_error_repeats_nothing_that_was_sent_and_the_log_no_path_or_query(
    home: WebHome, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "swordfish-4711"
    client = home.client(home.tokens[Role.READER])
    answers = [
        client.post("/v1/search", json={"question": said, "k": said}),
        client.post("/v1/search", json={"question": "x", "k": 1, "principal": said}),
        client.get(f"/v1/documents/{said}?q={said}"),
        client.get(f"/{said}"),
        home.client(said).get("/v1/sources"),
        home.client().post("/login", data={"token": said}, headers=BROWSER),
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 404, 401, 401]
    logged = "".join(capsys.readouterr()) + caplog.text
    assert not [answer.text for answer in answers if said in answer.text]
    assert said not in logged
    assert "/v1/documents/{doc_id:path}" in logged
    assert answers[0].headers["x-request-id"] in logged


def test_a_defect_tells_nothing_but_that_it_was_one(
    home: WebHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("swordfish")

    monkeypatch.setattr(home.workspace.registrations, "list_sources", explode)
    answer = home.client(home.tokens[Role.OWNER]).get("/v1/sources")
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    logged = "".join(capsys.readouterr())
    assert "swordfish" not in answer.text + logged
    assert "RuntimeError" in logged


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/%2f%2fevil.example", "/%5cevil",
     "javascript:alert(1)",
     "/ok\r\nSet-Cookie: a=b", " //evil.example", "evil.example", "", "/login", "/logout", "///x"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_logging_in(home: WebHome, wanted: str) -> None:
    assert local(wanted) == "/"
    answer = home.client().post("/login", data={"token": home.tokens[Role.OWNER], "next": wanted}, headers=BROWSER)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("wanted", ["/", "/reviews/4f2a", "/reviews?source=hand&state=open", "/documents/a:b%20c.md"])
def test_a_page_that_was_asked_for_comes_after_logging_in(home: WebHome, wanted: str) -> None:
    sent = home.client().get(wanted, headers=BROWSER)
    assert wanted == "/" or sent.status_code in (303, 404)
    answer = home.client().post("/login", data={"token": home.tokens[Role.OWNER], "next": wanted}, headers=BROWSER)
    assert answer.headers["location"] == wanted


def test_static_files_may_be_kept_and_nothing_else_is_a_file(home: WebHome) -> None:
    page = home.client().get("/login").text
    for address in re.findall(r'"(/static/[^"]+)"', page):
        answer = home.client().get(address)
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
    assert "immutable" not in home.client().get("/static/app.css?v=old").headers["cache-control"]
    for path in (
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/THIRD-PARTY.md",
        "/static/",
        "/static/none.css",
    ):
        assert home.client().get(path).status_code == 404


def test_readiness_is_told_in_full_to_auditors_and_operators_only(home: WebHome) -> None:
    assert home.client().get("/healthz").json() == {"alive": True}
    for role, knows in [
        (None, False),
        (Role.READER, False),
        (Role.REVIEWER, False),
        (Role.AUDITOR, True),
        (Role.OPERATOR, True),
    ]:
        answer = home.client(home.tokens[role] if role else None).get("/readyz")
        assert answer.status_code == 503, "no model is loaded without the server's start"
        assert ("parts" in answer.json()) is knows


def test_a_server_that_started_becomes_ready(home: WebHome) -> None:
    with home.client(home.tokens[Role.OPERATOR]) as client:
        deadline = time.monotonic() + 60
        while (answer := client.get("/readyz")).status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert answer.json()["ready"] is True
        assert {part["name"]: part["fine"] for part in answer.json()["parts"]} == {
            "database": True, "generation": True, "model": True,
        }  # fmt: skip


def test_ending_all_access_of_a_person_ends_it_in_a_running_server_and_no_other(tmp_path: Path) -> None:
    home = WebHome(tmp_path / "home")
    owner, auditor = home.browser(home.tokens[Role.OWNER]), home.browser(home.tokens[Role.AUDITOR])
    bearer = TestClient(create_app(home.workspace), base_url=ORIGIN)

    def accepted() -> tuple[bool, ...]:
        pages = [client.get("/", follow_redirects=False).status_code == 200 for client in (owner, auditor)]
        roles = (Role.OWNER, Role.AUDITOR)
        headers = [{"authorization": f"Bearer {home.tokens[role]}"} for role in roles]
        return (*pages, *(bearer.get(ANYWHERE, headers=one).status_code == 200 for one in headers))

    assert accepted() == (True, True, True, True)
    ended = home.workspace.tokens.revoke_all("user:owner", "operator:test")
    assert ended.sessions == 1
    assert accepted() == (False, True, False, True)
    home.workspace.tokens.revoke_all(None, "operator:test")
    assert accepted() == (False, False, False, False)
    home.close()
