"""Deciding in a real browser: what a reviewer sees, what blocks whom, and what a decision does to searches."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect

from pipeline.domain.review.items import ItemState
from tests.support.browser import NARROW, WIDE, Visit, visit
from tests.support.page_home import BANDS_EDITED, PageHome

pytestmark = pytest.mark.slow

QUESTION = "When do managers look at every salary?"


class Office:
    """The served home, and a browser to visit it with."""

    def __init__(self, home: PageHome, chromium: Browser, address: str) -> None:
        self.home, self.chromium, self.address = home, chromium, address

    @contextmanager
    def visit(self, who: str, path: str = "/review", **how: object) -> Iterator[Visit]:
        with visit(self.chromium, self.address, self.home.tokens[who], **how) as opened:  # type: ignore[arg-type]
            opened.page.goto(path)
            yield opened

    def item(self, part: str) -> str:
        return f"/review/items/{self.home.waiting(part).item_id}"

    def state(self, path: str) -> ItemState:
        return self.home.workspace.reviews.item(path.rpartition("/")[2], self.home.caller("ola")).state


@pytest.fixture(scope="module")
def office(home: PageHome, chromium: Browser, address: str) -> Office:
    return Office(home, chromium, address)


def decide(visit: Visit, choice: str, reason: str) -> None:
    visit.page.get_by_role("radio", name=re.compile(choice)).check()
    visit.page.get_by_role("textbox", name="Reason", exact=True).fill(reason)
    visit.page.locator("#decide-button").click()


def test_law_08_two_reviewers_let_an_edit_in_and_its_submitter_is_told_why_not_they(office: Office) -> None:
    home = office.home
    last = home.workspace.submissions.list_submissions(home.caller("ola"))
    document = next(one.document for one in last if one.name == "Salary bands.md")
    home.submit("Salary bands.md", BANDS_EDITED, by="ola", document=document, classification="confidential")
    home.refresh("desk")
    assert document not in home.found("ada", QUESTION)
    path = office.item("salary")
    with office.visit("ola", path) as seen:
        panel = seen.page.get_by_role("complementary", name="Decision")
        expect(panel).to_contain_text("You cannot approve this.")
        expect(panel).to_contain_text("user:ola submitted")
        expect(panel).to_contain_text("another person")
        expect(panel.get_by_role("radio", name=re.compile("Approve"))).to_have_count(0)
        expect(seen.page.locator(".diff del", has_text="once")).to_be_visible()
        expect(seen.page.locator(".diff ins", has_text="twice")).to_be_visible()
        expect(seen.page.get_by_role("table", name=re.compile("Who may read"))).to_contain_text("group:staff")
        seen.page.get_by_role("link", name=re.compile("unchanged lines")).first.click()
        expect(seen.page.locator(".diff")).to_contain_text("The bands apply to everybody")
        seen.accessible()
    with office.visit("rosa", path) as seen:
        decide(seen, r"Approve exactly this version \(1 of 2\)", "The council agreed.")
        expect(seen.page.locator("main")).to_contain_text("Your approval is recorded")
        expect(seen.page.locator(".so-far")).to_contain_text("1 of 2")
        expect(seen.page.locator(".blocked")).to_contain_text("user:rosa approved it before")
    assert document not in home.found("ada", QUESTION)
    with office.visit("ravi", path) as seen:
        seen.page.get_by_label("Publish at once").check()
        decide(seen, r"Approve exactly this version \(2 of 2\)", "So did the finance office.")
        expect(seen.page.locator("main")).to_contain_text("a refresh of its source was started")
        expect(seen.page.locator("#published")).to_contain_text("It is published.", timeout=120_000)
    assert document in home.found("ada", QUESTION)
    assert document not in home.found("eve", QUESTION)


def test_law_08_a_new_version_makes_a_pending_approval_stale(office: Office) -> None:
    home = office.home
    first = home.submit("Stale paper.md", "The board met on Monday.", classification="restricted")
    home.refresh("desk")
    path = office.item("stale-paper")
    with office.visit("rosa", path) as seen:
        decide(seen, "Approve exactly", "Monday it was.")
        home.submit("Stale paper.md", "The board met on Tuesday.", document=first.document, classification="restricted")
        home.refresh("desk")
        seen.page.reload()
        expect(seen.page.locator(".panel")).to_contain_text("Stale: something this item was bound to has changed.")
    with office.visit("ravi", office.item("stale-paper")) as seen:
        expect(seen.page.locator(".so-far")).to_contain_text("0 of 2")
    assert office.state(path) is ItemState.STALE


def test_broken_glass_is_shown_everywhere_until_it_is_reviewed(office: Office) -> None:
    path = office.item("pledge")
    with office.visit("oscar", path) as seen:
        expect(seen.page.locator("main")).to_contain_text("shown to its reviewers only")
        expect(seen.page.locator("main")).not_to_contain_text("pledges to read")
        seen.page.get_by_text("Break the glass").first.click()
        seen.page.get_by_label("For how many hours").fill("2")
        seen.page.get_by_role("textbox", name="Reason").fill("The line is down and people need this now.")
        seen.page.get_by_role("button", name="Break the glass").click()
        expect(seen.page.locator(".broken-glass")).to_contain_text("admitted by an operator alone")
        expect(seen.page.locator("#published")).to_contain_text("It is published.", timeout=120_000)
    for who, where in (("olga", "/submissions"), ("ana", "/review/held"), ("rita", "/review")):
        with office.visit(who, where) as seen:
            expect(seen.page.locator(".broken-glass")).to_be_visible()
            expect(seen.page.locator(".broken-glass")).not_to_contain_text("pledge")
    with office.visit("rita", "/review/break-glass") as seen:
        expect(seen.page.locator("main")).to_contain_text("1 more is outside your sources")
    with office.visit("rosa", "/review/break-glass") as seen:
        expect(seen.page.locator("main")).to_contain_text("The line is down")
        seen.accessible()
        seen.page.get_by_role("radio", name="Undo it").check()
        seen.page.get_by_role("textbox", name="Reason").fill("It was not needed.")
        seen.page.get_by_role("button", name="Record it").click()
        expect(seen.page.locator("main")).to_contain_text("Undone.")
        expect(seen.page.locator(".broken-glass")).to_have_count(0)
    assert not office.home.workspace.reviews.open_break_glass()


def test_the_queue_is_filtered_with_and_without_script(office: Office) -> None:
    with office.visit("rosa", script=False) as seen:
        seen.page.locator("#f-q").fill("board-paper")
        seen.page.get_by_role("button", name="Filter").click()
        expect(seen.page.locator("tr[data-row]")).to_have_count(4)
        seen.tolerated.add("400")
        seen.page.goto("/review?impact=101")
        expect(seen.page.locator("main")).to_contain_text("The filter 'impact' does not know that.")
    with office.visit("rosa") as seen:
        seen.page.locator("#f-q").fill("contract")
        seen.page.locator("#f-q").press("Enter")
        expect(seen.page.locator("tr[data-row]")).to_have_count(1)
        assert "q=contract" in seen.page.url
        seen.page.locator("#f-q").fill("nothing like it")
        seen.page.locator("#f-q").press("Enter")
        expect(seen.page.locator(".empty")).to_contain_text("No waiting item matches this filter.")


def test_keys_move_and_focus_and_decide_nothing(office: Office) -> None:
    before = [item.state for item in office.home.workspace.reviews.list_items(office.home.caller("ola"))]
    with office.visit("rosa", "/review?q=board-paper") as seen:
        page = seen.page
        page.keyboard.press("j")
        first = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.textContent") != first
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.textContent") == first
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("o")
        page.wait_for_url("**/review/items/*")
        page.keyboard.press("a")
        assert page.evaluate("document.activeElement.id") == "reason"
        expect(page.get_by_role("radio", name=re.compile("Approve exactly"))).to_be_checked()
        expect(page.locator("#decide-button")).to_have_text("Approve exactly this version (1 of 2)")
        page.keyboard.type("ar")
        page.keyboard.press("Tab")
        page.locator("h1").click()
        page.keyboard.press("r")
        expect(page.get_by_role("radio", name=re.compile("Reject"))).to_be_checked()
        page.locator("#reason").fill("")
        page.locator("#decide-button").click()  # the reason is missing: nothing is sent
        assert "/decide" not in page.url
    assert [item.state for item in office.home.workspace.reviews.list_items(office.home.caller("ola"))] == before


def test_items_are_decided_together_only_when_they_share_rule_and_source(office: Office) -> None:
    with office.visit("ola", "/review?q=board-paper-") as seen:
        expect(seen.page.locator("#bulk")).to_be_hidden()
        boxes = seen.page.locator("tr[data-row] input[type=checkbox]")
        for number in (2, 3):
            boxes.nth(number).check()
        expect(seen.page.locator("#bulk")).to_be_visible()
        seen.page.locator("#bulk-decision").select_option("reject")
        seen.page.get_by_label("Reason, the same for all").fill("Not for the index.")
        seen.page.get_by_role("button", name="Decide them").click()
        expect(seen.page.locator("main")).to_contain_text("2 of 2 decided.")
        seen.accessible()
    with office.visit("ola", "/review") as seen:
        seen.page.get_by_label("Select elsewhere").check()
        seen.page.get_by_label("Select contract").check()
        expect(seen.page.locator("#bulk")).to_contain_text("cannot be decided together")
        expect(seen.page.get_by_role("button", name="Decide them")).to_be_hidden()


def test_a_finding_says_on_focus_what_saw_it_and_a_question_gets_its_answer(office: Office) -> None:
    with office.visit("rosa", office.item("contract")) as seen:
        mark = seen.page.locator(".diff a.mark").first
        mark.focus()
        expect(seen.page.get_by_role("tooltip")).to_contain_text("pii.email")
        seen.page.keyboard.press("Escape")
        expect(seen.page.get_by_role("tooltip")).to_have_count(0)
        seen.page.get_by_role("link", name="Show the document").click()
        expect(seen.page.locator(".paper")).to_contain_text("It ends", timeout=120_000)
        expect(seen.page.locator(".paper")).not_to_contain_text("mara.lindqvist")
        expect(seen.page.locator(".layer")).to_contain_text("‹EMAIL_ADDRESS 1›")
        seen.accessible()
        seen.page.get_by_label("Ask the owner").fill("Who is asked?")
        seen.page.get_by_role("button", name="Ask", exact=True).click()
        expect(seen.page.locator("main")).to_contain_text("Your question was sent")
    with office.visit("olga", "/submissions") as seen:
        seen.page.get_by_label("Your answer").fill("The people team.")
        seen.page.get_by_role("button", name="Answer").click()
        expect(seen.page.get_by_label("Your answer")).to_have_count(0)
    with office.visit("rosa", office.item("contract")) as seen:
        expect(seen.page.locator(".question")).to_contain_text("The people team.")


def test_a_waiver_is_asked_for_on_an_item_and_approved_by_another(office: Office) -> None:
    with office.visit("rosa", office.item("contract")) as seen:
        seen.page.get_by_label("Waive finding 1").check()
        seen.page.get_by_text("Waive findings for a while").click()
        seen.page.locator("#waive-reason").fill("It is the address of a team.")
        seen.page.get_by_role("button", name="Ask for the waiver").click()
        expect(seen.page.locator("main")).to_contain_text("You asked for a waiver.")
        seen.page.goto("/review/waivers")
        seen.tolerated.add("403")
        asked = seen.page.get_by_role("article").filter(has_text="the address of a team")
        asked.get_by_role("button", name="Approve this waiver").click()
        expect(seen.page.locator("main")).to_contain_text("asked for this waiver and may not approve it")
    with office.visit("ravi", "/review/waivers") as seen:
        asked = seen.page.get_by_role("article").filter(has_text="the address of a team")
        asked.get_by_role("button", name="Approve this waiver").click()
        expect(seen.page.locator("main")).to_contain_text("The waiver is in force.")
        seen.accessible()


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_review_meet_wcag_and_fit(office: Office, scheme: str, width: int) -> None:
    item = office.item("contract")
    paths = ["/review", "/review?q=nothing", "/review/held", "/review/waivers", "/review/break-glass", item]
    paths += [f"{item}?whole=1", f"{item}/original"]
    with office.visit("rosa", scheme=scheme, width=width) as seen:
        for path in paths:
            seen.page.goto(path)
            seen.accessible()
            seen.fits()


def test_law_10_an_operator_goes_back_from_the_page_and_the_newer_document_is_gone(office: Office) -> None:
    home = office.home
    before = home.workspace.ledger.current_generation()
    assert before is not None
    document = home.submit("Lamp rules.md", "The harbour lamps are lit at dusk by the watch.").document
    home.refresh("desk")
    question = "Who lights the harbour lamps?"
    assert document in home.found("ada", question)
    with office.visit("oscar", f"/generations/{before.number}") as seen:
        seen.page.get_by_label("Reason to go back").fill("The lamps are not lit by the watch.")
        seen.page.get_by_role("button", name="Go back").click()
        expect(seen.page.locator("main")).to_contain_text(document)
        assert document in home.found("ada", question), "so far it was only shown"
        seen.page.get_by_role("button", name=f"Go back to generation {before.number}").click()
        expect(seen.page.locator("main")).to_contain_text("Rolled back: this generation is served.")
    assert document not in home.found("ada", question)
    home.refresh("desk")
    assert document not in home.found("ada", question), "a refresh does not bring back what was gone back from"
