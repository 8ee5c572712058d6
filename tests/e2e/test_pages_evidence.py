"""Evidence and the retrieval log in a real browser: everything by keyboard, at both widths."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from tests.support.browser import NARROW, WIDE, serving, visit
from tests.support.callers import token
from tests.support.index_samples import Doc, rule
from tests.support.searching import searcher_of
from tests.support.served_home import ServedHome

STAFF = rule("group:everyone")
DOCS = [Doc(f"guides/part {number}.md", (f"how much notice on day {number}",), STAFF) for number in range(5)]

REACHED = {"/evidence": ("Verify the chain", "term"), "/retrievals": ("Verify the log", "<summary>", 'type="date"')}
"""Parts of what the Tab key reaches on each page."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path_factory.mktemp("evidence") / "home")
    workspace = made.workspace
    made.refresh(*DOCS)
    searcher = searcher_of(workspace, made.embedder)
    workspace.__dict__["searcher"] = workspace.__dict__["files_searcher"] = searcher
    workspace.checkpoints.make()
    yield made
    made.close()


@pytest.fixture(scope="module")
def auditor(home: ServedHome) -> str:
    return token(home.workspace, "user:ana", Role.AUDITOR, clearance=Classification.INTERNAL)


@pytest.fixture(scope="module")
def address(home: ServedHome, auditor: str, chromium: Browser) -> Iterator[str]:
    """The address of the served home, once a reader has asked there."""
    reader = token(home.workspace, "user:rea", Role.READER, clearance=Classification.INTERNAL)
    with serving(home.workspace) as where:
        with visit(chromium, where, reader) as seen:
            seen.page.goto("/search")
            seen.page.get_by_label("Question").fill("how much notice")
            seen.page.keyboard.press("Enter")
            seen.page.wait_for_selector("#results .passages")
        yield where


@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_answers_are_filtered_unfolded_and_verified_by_keyboard(
    chromium: Browser, address: str, auditor: str, scheme: str, width: int
) -> None:
    with visit(chromium, address, auditor, scheme=scheme, width=width) as seen:
        page = seen.page
        page.goto("/retrievals")
        page.get_by_label("Principal").focus()
        page.keyboard.type("user:rea")
        page.keyboard.press("Enter")
        page.wait_for_url("**principal=user%3Area**")
        cell = page.locator("table.records tbody tr").first
        expect(cell.get_by_role("link", name="guides/part")).to_have_count(3)
        fold = cell.get_by_text("and 2 more")
        fold.focus()
        page.keyboard.press("Enter")
        expect(cell.get_by_role("link", name="guides/part")).to_have_count(5)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('details') !== null"), "the first of the others"
        seen.accessible()
        seen.fits()
        page.get_by_role("button", name="Verify the log").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#verified >> text=The retrieval log is whole")
        seen.accessible()


@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_evidence_is_explained_and_verified_by_keyboard(
    chromium: Browser, address: str, auditor: str, scheme: str, width: int
) -> None:
    with visit(chromium, address, auditor, scheme=scheme, width=width) as seen:
        page = seen.page
        page.goto("/evidence")
        page.get_by_role("button", name="checkpoint").focus()
        page.keyboard.press("Enter")
        explained = page.locator("#term-checkpoint")
        explained.wait_for(state="visible")
        seen.accessible()
        page.keyboard.press("Escape")
        explained.wait_for(state="hidden")
        page.get_by_role("button", name="Verify the chain").focus()
        page.keyboard.press("Enter")
        page.locator("#verified .notice").wait_for()
        seen.accessible()
        seen.fits()


@pytest.mark.parametrize("place", list(REACHED))
def test_focus_is_seen_on_everything_of_a_page_that_takes_it(
    chromium: Browser, address: str, auditor: str, place: str
) -> None:
    with visit(chromium, address, auditor) as seen:
        seen.page.goto(place)
        reached = " ".join(seen.focused_in_turn())
        assert {word for word in REACHED[place] if word not in reached} == set()
