"""Handing a document in, in a real browser: what an owner reads when it is refused, and how they mend it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import NARROW, WIDE, Visit, visit
from tests.support.page_home import SECRET, PageHome

pytestmark = pytest.mark.slow


class Desk:
    """The served home, as an owner comes to it."""

    def __init__(self, home: PageHome, chromium: Browser, address: str) -> None:
        self.home, self.chromium, self.address = home, chromium, address

    @contextmanager
    def visit(self, path: str, who: str = "olga", **how: object) -> Iterator[Visit]:
        with visit(self.chromium, self.address, self.home.tokens[who], **how) as opened:  # type: ignore[arg-type]
            opened.page.goto(path)
            yield opened


@pytest.fixture(scope="module")
def desk(home: PageHome, chromium: Browser, address: str) -> Desk:
    return Desk(home, chromium, address)


def test_law_04_an_owner_reads_what_to_fix_mends_it_and_sees_it_indexed(desk: Desk) -> None:
    with desk.visit("/submissions") as seen:
        page = seen.page
        page.get_by_role("link", name="Submit a document").click()
        page.get_by_label("Title").fill("Deploy notes")
        page.get_by_label("Or a text").fill(f"# Deploy\n\nRun it twice.\nThe deploy key is {SECRET} for now.\n")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.locator("#standing")).to_contain_text("received")
        page.evaluate("window.sameDocument = true")
        desk.home.refresh("desk")
        expect(page.locator("#standing")).to_contain_text("quarantined")
        assert page.evaluate("window.sameDocument"), "the page followed it without being loaded again"
        expect(page.locator(".findings")).to_contain_text("line 4")
        expect(page.locator(".findings")).to_contain_text("rotate")
        assert SECRET not in page.content()
        assert page.locator("#standing[hx-get]").count() == 0, "nothing is waited for any more"
        seen.accessible()
        page.get_by_role("link", name="Submit a new version").click()
        expect(page.get_by_label("Title")).to_have_value("Deploy notes")
        page.get_by_label("Or a text").fill("# Deploy\n\nRun it twice. The key lies in the vault.\n")
        page.get_by_role("button", name="Submit the new version").click()
        expect(page.locator("#standing")).to_contain_text("received")
        receipt = page.url.rpartition("/")[2]
        desk.home.refresh("desk")
        expect(page.locator("#standing")).to_contain_text("indexed")
    document = desk.home.workspace.submissions.receipt(desk.home.caller("olga"), receipt).document
    assert document in desk.home.found("ada", "Where is the deploy key?")


def test_a_form_that_is_wrong_comes_back_as_it_was_typed(desk: Desk) -> None:
    with desk.visit("/submissions/new") as seen:
        page = seen.page
        seen.tolerated.add("422")
        page.locator("form.stack").evaluate("form => { form.noValidate = true }")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.locator("#title-problem")).to_contain_text("in a few words")
        page.get_by_label("Title").fill("A title that stays")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.locator("#file-problem")).to_contain_text("Choose a file")
        page.get_by_label("Or a text").fill("A text that stays.")
        page.get_by_label("Only these may read it").fill("group:nobody-we-know")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.locator("#allow-problem")).to_be_visible()
        expect(page.get_by_label("Title")).to_have_value("A title that stays")
        expect(page.get_by_label("Or a text")).to_have_value("A text that stays.")
        assert page.get_by_label("Only these may read it").get_attribute("aria-invalid") == "true"
        seen.accessible()


def test_a_file_is_submitted_withdrawn_and_gone(desk: Desk) -> None:
    with desk.visit("/submissions/new", script=False) as seen:
        page = seen.page
        page.locator("#file").set_input_files({"name": "Note.txt", "mimeType": "text/plain", "buffer": b"For a day."})
        page.get_by_label("Title").fill("A note")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.locator("h1")).to_have_text("A note")
        page.get_by_text("Withdraw the document").click()
        page.get_by_label("Why").fill("It was for a day.")
        page.get_by_role("button", name="Withdraw it for good").click()
        expect(page.locator("#standing")).to_contain_text("withdrawn")


def test_a_receipt_names_what_holds_the_same_bytes_and_when_it_is_read(desk: Desk) -> None:
    def hand_in(seen: Visit, title: str) -> None:
        seen.page.goto("/submissions/new")
        seen.page.get_by_label("Title").fill(title)
        seen.page.get_by_label("Or a text").fill("The gate opens at seven.")
        seen.page.get_by_role("button", name="Submit", exact=True).click()

    with desk.visit("/submissions") as seen:
        hand_in(seen, "Opening hours")
        desk.home.refresh("desk")
        hand_in(seen, "When we open")
        same = seen.page.locator("#standing .notice")
        expect(same).to_contain_text("The same bytes are here already.")
        expect(same).to_contain_text("in desk, served")
        expect(seen.page.locator("#standing")).to_contain_text("the last one", ignore_case=True)
        seen.accessible()
        same.get_by_role("link", name="Opening hours").click()
        expect(seen.page.locator("h1")).to_be_visible()
        assert "/documents/record" in seen.page.url


def test_sent_twice_a_form_makes_one_submission(desk: Desk) -> None:
    before = len(desk.home.workspace.submissions.list_submissions(desk.home.caller("olga"), limit=200))
    with desk.visit("/submissions/new") as seen:
        page = seen.page
        page.get_by_label("Title").fill("Once")
        page.get_by_label("Or a text").fill("Once only.")
        page.evaluate("""async () => {
            const form = document.querySelector('form[action="/submissions"]');
            await Promise.all([1, 2].map(() => fetch(form.action, {method: 'POST', body: new FormData(form)})));
        }""")
    after = desk.home.workspace.submissions.list_submissions(desk.home.caller("olga"), limit=200)
    assert len(after) == before + 1


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_submissions_meet_wcag_and_fit(desk: Desk, scheme: str, width: int) -> None:
    listed = desk.home.workspace.submissions.list_submissions(desk.home.caller("olga"), limit=200)
    receipts = {one.status: f"/submissions/{one.submission_id}" for one in listed}
    with desk.visit("/submissions", scheme=scheme, width=width) as seen:
        for path in (
            "/submissions",
            "/submissions/new",
            f"/submissions/new?document={listed[0].submission_id}",
            *receipts.values(),
        ):
            seen.page.goto(path)
            seen.accessible()
            seen.fits()
