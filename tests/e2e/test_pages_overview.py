"""Overview, sources, documents, search, generations, policy and audit log in a real browser."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pipeline.domain.documents.documents import Action
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from tests.support.browser import NARROW, WIDE, Visit, serving, visit
from tests.support.callers import token
from tests.support.index_samples import Doc, rule
from tests.support.searching import searcher_of
from tests.support.served_home import ServedHome

STAFF, BOARD = rule("group:everyone"), rule("group:board", classification="restricted")
OPEN = Doc("guides/how to hand in a document with a name that is long enough.md", ("how much notice",), STAFF)
OLD, NEW = Doc("old.md", ("an old rule",), STAFF), Doc("new.md", ("a new rule",), STAFF)
PAPER = Doc("board.md", ("what the board plans",), BOARD)
KEPT_OUT = Doc("kept-out.md", ("not this",), STAFF)
PLACES = (
    "/",
    "/sources",
    "/sources/hand",
    "/documents",
    "/documents?holds=pii&order=newest",
    "/search",
    "/generations",
    "/generations/1",
    "/policy",
    "/policy/simulate",
    "/findings",
    "/findings?show=findings",
    "/findings?show=rule",
    "/quarantine",
    "/quarantine?source=none",
    "/exposure",
    "/exposure?subject=hand",
    "/controls",
    "/controls?framework=aisvs&status=not-met",
    "/audit",
    "/evidence",
    "/retrievals",
    "/retrievals?principal=user:none",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path_factory.mktemp("pages") / "home")
    workspace = made.workspace
    made.refresh(OPEN, OLD)
    made.refresh(NEW, PAPER, gone=[OLD], outcomes=[made.refuse(KEPT_OUT, Action.QUARANTINE)])
    searcher = searcher_of(workspace, made.embedder)
    workspace.__dict__["searcher"] = workspace.__dict__["files_searcher"] = searcher
    yield made
    made.close()


@pytest.fixture(scope="module")
def tokens(home: ServedHome) -> dict[str, str]:
    people = {
        "ana": (Role.AUDITOR, Role.OPERATOR, Role.READER),
        "olga": (Role.OWNER, Role.READER),
        "rea": (Role.READER,),
        "oscar": (Role.OPERATOR,),
    }
    internal = Classification.INTERNAL
    return {name: token(home.workspace, f"user:{name}", *roles, clearance=internal) for name, roles in people.items()}


@pytest.fixture(scope="module")
def address(home: ServedHome, tokens: dict[str, str]) -> Iterator[str]:
    with serving(home.workspace) as where:
        yield where


@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_every_page_is_accessible_and_fits(
    chromium: Browser, address: str, tokens: dict[str, str], scheme: str, width: int
) -> None:
    with visit(chromium, address, tokens["ana"], scheme=scheme, width=width) as seen:
        for place in PLACES:
            seen.page.goto(place)
            seen.accessible()
            seen.fits()
        seen.page.goto("/documents?standing=quarantine")
        seen.page.get_by_role("link", name="hand:kept-out.md").click()
        seen.accessible()
        seen.fits()
        seen.page.get_by_role("link", name="Work on it in quarantine").click()
        seen.page.wait_for_selector("text=Why it is in quarantine")
        seen.accessible()
        seen.fits()
    with visit(chromium, address, tokens["olga"], scheme=scheme, width=width) as seen:
        for place in ("/", "/sources/new"):
            seen.page.goto(place)
            seen.accessible()
            seen.fits()


def test_a_reader_asks_and_follows_an_answer_to_its_origin(
    chromium: Browser, address: str, tokens: dict[str, str]
) -> None:
    with visit(chromium, address, tokens["rea"]) as seen:
        page = seen.page
        assert [link.inner_text() for link in page.get_by_role("navigation").get_by_role("link").all()] == ["Search"]
        assert page.url == f"{address}/search", "a reader has one page to ask on"
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.wait_for_url(f"{address}/search")
        page.get_by_label("Question").fill("how much notice")
        page.keyboard.press("Enter")
        page.wait_for_selector(".passages")
        assert page.url == f"{address}/search"
        assert "board" not in page.locator("#results").inner_text()
        assert page.locator("#results mark").all_inner_texts() == ["notice"]
        seen.accessible()
        page.keyboard.press("Escape")
        page.locator("h1").click()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.closest('.passages li') !== null")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "question"
        page.get_by_role("link", name="Where it comes from").first.click()
        page.wait_for_selector("text=Where this passage comes from")
        seen.accessible()


def test_an_auditor_sees_as_somebody_else_under_a_banner(
    chromium: Browser, address: str, tokens: dict[str, str]
) -> None:
    with visit(chromium, address, tokens["ana"], scheme="dark") as seen:
        page = seen.page
        page.goto("/search")
        page.get_by_text("As another principal").click()
        form = page.locator(".auditing form")
        form.get_by_label("Question").fill("how much notice")
        form.get_by_label("Principal").fill("user:rea")
        form.get_by_role("button", name="View as").click()
        page.get_by_text("You see what user:rea would find.").wait_for()
        seen.accessible()
        form.get_by_role("button", name="Explain").click()
        page.get_by_role("cell", name="clearance internal is too low for restricted").wait_for()
        seen.accessible()
        seen.fits()


def test_a_view_of_documents_is_kept_under_a_name_and_forgotten(
    chromium: Browser, address: str, tokens: dict[str, str]
) -> None:
    with visit(chromium, address, tokens["ana"]) as seen:
        page = seen.page
        page.goto("/documents?classification=restricted")
        page.get_by_label("Name of this view").fill("Board papers")
        page.keyboard.press("Enter")
        page.goto("/documents")
        page.get_by_role("link", name="Board papers").click()
        page.wait_for_url("**/documents?classification=restricted")
        assert page.locator("table.records tbody tr").count() == 1
        seen.accessible()
        page.get_by_role("button", name="Forget the view Board papers").click()
        page.goto("/documents")
        assert page.get_by_role("link", name="Board papers").count() == 0


def test_a_word_is_explained_where_it_stands_and_the_keyboard_opens_and_closes_it(
    chromium: Browser, address: str, tokens: dict[str, str]
) -> None:
    with visit(chromium, address, tokens["ana"], width=NARROW) as seen:
        seen.page.goto("/documents?classification=restricted")
        seen.page.set_viewport_size({"width": WIDE, "height": 900})
        seen.page.get_by_role("button", name="Classification").focus()
        seen.page.keyboard.press("Enter")
        seen.page.get_by_text("How sensitive a document is").wait_for()
        seen.accessible()
        seen.page.keyboard.press("Escape")
        assert not seen.page.get_by_text("How sensitive a document is").is_visible()


def test_times_are_shown_in_the_zone_of_the_reader_with_utc_on_hover(
    chromium: Browser, address: str, tokens: dict[str, str]
) -> None:
    context = chromium.new_context(base_url=address, timezone_id="Asia/Kolkata")
    try:
        page = Visit(context, address)
        page.log_in(tokens["ana"])
        page.page.goto("/generations/1")
        shown = page.page.locator("time").first
        moment = datetime.fromisoformat(str(shown.get_attribute("datetime"))).astimezone(UTC)
        assert shown.get_attribute("title") == f"{moment:%Y-%m-%d %H:%M} UTC"
        assert shown.inner_text() == f"{moment + timedelta(hours=5, minutes=30):%Y-%m-%d %H:%M} GMT+5:30"
    finally:
        context.close()


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_verifying_and_going_back_work_with_and_without_script(
    chromium: Browser, address: str, tokens: dict[str, str], script: bool
) -> None:
    with visit(chromium, address, tokens["oscar"], width=NARROW, script=script) as seen:
        page = seen.page
        page.goto("/generations/1")
        page.get_by_role("button", name="Verify every byte").click()
        page.get_by_text("Signature and every digest hold.").wait_for()
        page.goto("/generations/1")
        page.get_by_label("Reason to go back").fill("a look only")
        page.get_by_role("button", name="Go back…").click()
        page.get_by_role("heading", name="Go back to generation 1?").wait_for()
        if script:
            seen.accessible()
            seen.fits()
        page.get_by_role("link", name="Back, without changes").click()
        page.wait_for_url(f"{address}/generations/1")
        page.goto("/generations")
        assert page.locator(".badge", has_text="current").count() == 1


def test_focus_is_seen_on_everything_that_takes_it(chromium: Browser, address: str, tokens: dict[str, str]) -> None:
    with visit(chromium, address, tokens["ana"]) as seen:
        seen.page.goto("/documents")
        assert len(seen.focused_in_turn(40)) > 15


def test_a_figure_of_every_chart_can_be_read(
    chromium: Browser, address: str, tokens: dict[str, str], tmp_path: Path
) -> None:
    with visit(chromium, address, tokens["ana"]) as seen:
        for figure in seen.page.locator("figure.chart").all():
            figure.get_by_text("Figures", exact=True).click()
        rows = seen.page.locator("figure.chart table tbody tr")
        assert rows.count() >= 2
        assert seen.page.locator("figure.chart svg[role=img] title").first.text_content() == "Changed documents a day"
        seen.accessible()


@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_a_policy_is_tried_with_the_keyboard_and_an_error_keeps_its_text(
    chromium: Browser, address: str, tokens: dict[str, str], home: ServedHome, scheme: str, width: int
) -> None:
    text = (home.workspace.home.configs / "policy.yaml").read_text()
    changed = text.replace("change.impact >= 70", "change.impact >= 20").replace(
        "- id: tagged-and-scanned\n",
        "- id: new-names-wait\n    each: document\n    when: document.uri.startsWith('new')\n    action: review\n"
        "    reason: Somebody reads these first.\n\n  - id: tagged-and-scanned\n",
    )
    with visit(chromium, address, tokens["oscar"], scheme=scheme, width=width) as seen:
        page = seen.page
        page.goto("/policy")
        page.get_by_role("link", name="Try a policy").click()
        page.get_by_label("Or the text of one").fill("rules: [")
        page.get_by_role("button", name="Simulate").press("Enter")
        page.wait_for_selector("#messages >> text=Nothing was simulated.")
        assert page.get_by_label("Or the text of one").input_value() == "rules: ["
        assert [one for one in seen.misbehaved if "422" not in one] == []
        seen.misbehaved.clear()  # a browser logs an answer that refuses
        page.get_by_label("Or the text of one").fill(changed)
        page.get_by_role("button", name="Simulate").press("Enter")
        page.wait_for_selector("#simulation >> text=Verdicts that change")
        assert "change.impact >= 7020" in page.locator("#simulation").inner_text()
        assert page.locator("#simulation ins", has_text="20").count() >= 1
        seen.accessible()
        seen.fits()
