"""The signals report in a real browser: a week with every signal, a quiet home, the file, and paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pipeline.domain.identity.roles import Role
from pipeline.reports.signals import signals_report
from pipeline.web.display.signals import standalone
from tests.support.browser import NARROW, WIDE, serving, visit
from tests.support.callers import person, token
from tests.support.signal_home import WEEK, SignalHome


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignalHome]:
    made = SignalHome(tmp_path_factory.mktemp("signals") / "home")
    made.plant()
    yield made
    made.workspace.close()


@pytest.fixture(scope="module")
def auditor(home: SignalHome) -> str:
    return token(home.workspace, "user:ana", Role.AUDITOR)


@pytest.fixture(scope="module")
def address(home: SignalHome, auditor: str) -> Iterator[str]:
    with serving(home.workspace) as where:
        yield where


@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", NARROW), ("light", NARROW), ("dark", WIDE)])
def test_the_report_is_accessible_and_fits(
    chromium: Browser, address: str, auditor: str, scheme: str, width: int
) -> None:
    with visit(chromium, address, auditor, scheme=scheme, width=width) as seen:
        for place in (f"/report?week={WEEK}", "/report", "/report?week=2024-W10"):
            seen.page.goto(place)
            seen.accessible()
            seen.fits()


def test_a_signal_leads_to_its_section_and_weeks_to_each_other(chromium: Browser, address: str, auditor: str) -> None:
    with visit(chromium, address, auditor) as seen:
        page = seen.page
        page.goto("/")
        page.get_by_role("link", name="Signals report").click()
        page.get_by_label("Week").fill(WEEK)
        page.keyboard.press("Enter")
        page.get_by_role("heading", level=1, name=f"Signals report, {WEEK}").wait_for()
        assert page.locator(".signals li").count() == 15
        page.get_by_role("link", name="coverage").first.click()
        assert page.url.endswith("#coverage")
        page.get_by_role("link", name="2024-W30").click()
        page.get_by_role("heading", level=1, name="Signals report, 2024-W30").wait_for()
        page.get_by_role("link", name=WEEK).click()
        page.get_by_role("heading", level=1, name=f"Signals report, {WEEK}").wait_for()


def test_the_file_is_accessible_and_asks_for_nothing(
    chromium: Browser, home: SignalHome, tmp_path: Path, address: str, auditor: str
) -> None:
    report = signals_report(home.workspace, person("user:ana", Role.AUDITOR), WEEK)
    file = tmp_path / "week.html"
    file.write_text(standalone(report))
    with visit(chromium, address, auditor) as seen:
        seen.page.route(
            "**/*", lambda route: route.fulfill(path=file) if route.request.url == f"{address}/week" else None
        )
        seen.page.goto("/week")
        seen.accessible()
        seen.fits()
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(251, 251, 249)", "its policy allows its style"
