"""`corpusgate serve` as people run it: a real process, real sockets, real Chromium."""

import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from pipeline.domain.identity.roles import Role
from pipeline.workspace import Workspace
from tests.support.callers import token

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).parent / "corpusgate"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Server:
    """A running server."""

    process: "subprocess.Popen[str]"
    url: str
    token: str

    def stop(self) -> tuple[int, str]:
        """Ask it to stop; its exit code and what it logged."""
        self.process.send_signal(signal.SIGTERM)
        _, logged = self.process.communicate(timeout=40)
        return self.process.returncode, logged


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve") / "home"
    workspace = Workspace(folder)
    workspace.create()
    (folder / "ada.token").write_text(token(workspace, "ada", *Role))
    workspace.database.dispose()
    return folder


@contextmanager
def serving(home: Path, *options: str | Path, scheme: str = "http") -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [COMMAND, "--home", home, "serve", "--port", str(port), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    server = Server(process, f"{scheme}://localhost:{port}", (home / "ada.token").read_text())
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{server.url}/healthz", verify=False, trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield server
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_a_server_answers_and_stops_when_it_is_asked_to(home: Path) -> None:
    with serving(home) as server:
        headers = {"authorization": f"Bearer {server.token}"}
        with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client:
            assert client.get("/v1/sources?limit=3").json() == {"items": [], "next": None}
            assert "server" not in client.get("/v1/sources").headers
            deadline = time.monotonic() + 60
            while client.get("/readyz").status_code != 200:
                assert time.monotonic() < deadline
                time.sleep(0.2)
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=5) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000)
            assert raw.recv(100).split()[1] == b"400", "headers are bounded"
        code, logged = server.stop()
    assert code == 0
    requests = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert {"event": "request", "route": "/v1/sources", "caller": "user:ada", "status": 200}.items() <= requests[
        1
    ].items()
    assert server.token not in logged
    assert "limit=3" not in logged
    assert "Traceback" not in logged


def answers(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/healthz", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_515_half_sent_requests_keep_no_one_from_the_health_page(home: Path) -> None:
    """Of the product itself: with more half requests than it takes connections, and while they drip."""
    with serving(home) as server, ExitStack() as opened:
        port = int(server.url.rpartition(":")[2])
        for number in range(515):
            slow = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            with suppress(ConnectionError):
                slow.sendall(f"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow-{number}: ".encode())
        for _ in range(5):
            assert httpx.get(f"{server.url}/healthz", timeout=30, trust_env=False).status_code == 200


def test_a_request_under_way_is_finished_before_the_server_stops(home: Path) -> None:
    with serving(home) as server:
        host, port = "127.0.0.1", int(server.url.rpartition(":")[2])
        with socket.create_connection((host, port), timeout=30) as slow:
            body = b'{"checkpoint": null}'
            head = f"POST /v1/audit/verify HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
            slow.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
            assert slow.recv(100).startswith(b"HTTP/1.1 100"), "the request is under way"
            server.process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + 20
            while answers(server):
                assert time.monotonic() < deadline, "it takes no new request"
                time.sleep(0.1)
            assert server.process.poll() is None, "it waits for the one it has"
            slow.sendall(body)
            answer = b"".join(iter(lambda: slow.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        server.process.communicate(timeout=40)
        assert server.process.returncode == 0


def test_tls_makes_the_cookie_secure(home: Path, tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    make += [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        str(key),
        "-out",
        str(cert),
    ]
    subprocess.run(make, check=True, capture_output=True)
    with serving(home, "--tls-cert", cert, "--tls-key", key, scheme="https") as server:
        trusted = ssl.create_default_context(cafile=str(cert))
        with httpx.Client(base_url=server.url, verify=trusted, trust_env=False) as client:
            answer = client.post("/login", data={"token": server.token}, headers={"origin": server.url})
        assert answer.headers["set-cookie"].startswith("__Host-corpusgate=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "strict-transport-security" in answer.headers


def test_behind_a_proxy_its_word_on_scheme_and_client_counts(home: Path) -> None:
    forwarded = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.77"}
    for options, secure in (([], False), (["--behind-proxy"], True)):
        with serving(home, *options) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
            origin = server.url.replace("http:", "https:") if secure else server.url
            sent = {**forwarded, "origin": origin}
            answer = client.post("/login", data={"token": server.token}, headers=sent)
            assert ("Secure" in answer.headers["set-cookie"]) is secure
            assert client.post("/login", data={"token": "cg_wrong"}, headers=sent).status_code == 401
    workspace = Workspace(home)
    from sqlalchemy import select

    from pipeline.stores import tables

    with workspace.database.read() as connection:
        keys = set(connection.execute(select(tables.login_attempts.c.key)).scalars())
    workspace.database.dispose()
    assert keys == {"address 127.0.0.1", "address 192.0.2.77"}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    assert CHROMIUM, "Chromium is needed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 360, "height": 740})
        browser.close()


def test_somebody_logs_in_at_any_width_and_in_the_dark_with_nothing_blocked(home: Path, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    with serving(home) as server:
        page.goto(f"{server.url}/?from=mail")
        assert page.url == f"{server.url}/login?next=%2F%3Ffrom%3Dmail"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for width in (360, 1280):
                page.set_viewport_size({"width": width, "height": 740})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
                found = Axe().run(page)
                assert found.violations_count == 0, found.generate_report()
        page.get_by_label("Token").fill("cg_wrong")
        page.get_by_role("button", name="Log in").click()
        assert "That is no token." in page.get_by_role("alert").inner_text()
        page.get_by_label("Token").fill(server.token)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{server.url}/?from=mail")
        assert "user:ada" in page.content()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("summary", has_text="user:ada").click()
        page.get_by_role("button", name=re.compile("Theme")).click()
        page.get_by_role("button", name=re.compile("Theme")).click()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.keyboard.press("?")
        page.get_by_role("dialog", name="Keys").wait_for()
        page.keyboard.press("Escape")
        assert page.evaluate("typeof htmx.version === 'string' && htmx.config.allowEval === false")
        assert not page.evaluate("document.cookie"), "no script reads the session"
        account = page.locator("summary", has_text="user:ada")
        account.click()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        assert not page.get_by_role("button", name="Log out").is_visible()
        page.set_viewport_size({"width": 360, "height": 800})
        places = page.get_by_role("navigation", name="Main")
        assert not places.is_visible()
        page.get_by_role("button", name="Menu").click()
        assert places.is_visible()
        assert Axe().run(page).violations_count == 0
        account.click()
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url(f"{server.url}/login")
    refused = [message for message in said if "401" not in message]
    assert not refused, refused
