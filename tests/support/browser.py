"""Real Chromium before a real server: what tests of pages share.

`chromium` (a fixture of `conftest.py`) is one browser for a module. `serving` runs the application of a home on a free
port of this machine. `visit` opens a page of its own (cookies, theme, width) and, when it is closed, fails unless the
page was well behaved: no dialog, no error on the console, no request to another place, nothing the policy blocked.

While a browser is open its event loop is current in the main thread: do not call `asyncio.run` there.
"""

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, expect, sync_playwright

from pipeline.web.server import Listening, configuration
from pipeline.workspace import Workspace

NAMES = ("chromium", "chromium-browser", "google-chrome")
CONFORMANCE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, NARROW = 1280, 360
MOST_MILLISECONDS = 15_000
"""The longest a page may take to get where a test wants it, on a busy machine."""
expect.set_options(timeout=MOST_MILLISECONDS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, driven by Playwright."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("there is no Chromium: install your system's package 'chromium' (scripts/test_tools.sh)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-dev-shm-usage"])
        yield browser
        browser.close()


@contextmanager
def serving(workspace: Workspace) -> Iterator[str]:
    """Serve a home as `corpusgate serve` does, in a thread; the address."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}"
        server = uvicorn.Server(configuration(workspace, Listening("127.0.0.1", bound.getsockname()[1])))
        thread = threading.Thread(target=server.run, args=([bound],), name="server", daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(0.02)
            assert server.started, "the server did not start"
            yield address
        finally:
            server.should_exit = True
            thread.join(30)


class Visit:
    """One browser window of one person."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address, self.context = address, context
        self.misbehaved: list[str] = []
        self.tolerated: set[str] = set()
        """Parts of console messages that a test expects, such as the status of a request that is refused."""
        context.on("page", self._watch)
        self.page: Page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.set_default_timeout(MOST_MILLISECONDS)
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.misbehaved.append(f"error: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _dialog(self, dialog: Dialog) -> None:
        self.misbehaved.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.tolerated):
            self.misbehaved.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address + "/", "data:", "blob:")):
            self.misbehaved.append(f"request elsewhere: {request.url}")

    def log_in(self, token: str) -> None:
        """Through the form, as people do."""
        self.page.goto("/login")
        self.page.get_by_label("Token").fill(token)
        self.page.get_by_role("button", name="Log in", exact=True).click()
        self.page.wait_for_url(lambda url: not url.endswith("/login"))

    def accessible(self) -> None:
        """Fail unless axe finds nothing against WCAG 2.2 AA on the page as it stands."""
        options: dict[str, Any] = {"runOnly": {"type": "tag", "values": CONFORMANCE}, "resultTypes": ["violations"]}
        found = Axe().run(self.page, options=options).response["violations"]
        told = [f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}" for one in found]
        assert not told, f"{self.page.url}: " + "\n".join(told)

    def fits(self) -> None:
        """Fail when the page has to be scrolled sideways."""
        over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{self.page.url} is {over} pixels too wide"

    def focused_in_turn(self, most: int = 60) -> list[str]:
        """The beginnings of the elements that Tab reaches on the page; each must show its focus."""
        self.page.locator("body").press("Tab")
        outlines: dict[str, str] = {}
        for _ in range(most):
            self.page.keyboard.press("Tab")
            focused, outline = self.page.evaluate(
                "(e => [e.outerHTML.slice(0, 160), getComputedStyle(e).outlineStyle])(document.activeElement)"
            )
            if focused.startswith("<body"):
                break
            outlines[focused] = outline
        assert [focused for focused, outline in outlines.items() if outline != "solid"] == []
        return list(outlines)

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """A screenshot, for people to look at."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=whole)


@contextmanager
def visit(
    browser: Browser,
    address: str,
    token: str | None = None,
    *,
    scheme: str = "light",
    width: int = WIDE,
    height: int = 900,
    script: bool = True,
) -> Iterator[Visit]:
    """A window of its own; logged in where there is a token."""
    context = browser.new_context(
        base_url=address,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    opened = Visit(context, address)
    try:
        if token is not None:
            opened.log_in(token)
        yield opened
        assert not opened.misbehaved, opened.misbehaved
    finally:
        context.close()
