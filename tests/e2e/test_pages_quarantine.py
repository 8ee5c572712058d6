"""The pages of quarantine in a real browser: accessible, by keyboard, at both widths, with and without script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from pipeline.domain.documents.documents import Action, Outcome
from pipeline.domain.findings.findings import FindingKind, Severity, scan_failure
from pipeline.domain.identity.roles import Role
from pipeline.web.pages.quarantine import link
from tests.support.browser import NARROW, WIDE, serving, visit
from tests.support.callers import token
from tests.support.index_samples import Doc, rule
from tests.support.ledger_samples import FINDING
from tests.support.served_home import ServedHome

STAFF = rule("group:everyone")
BOARD = rule("group:board", classification="restricted")
WHY = "It holds what looks like a working credential."
KEY = FINDING.model_copy(
    update={
        "kind": FindingKind.SECRET,
        "detector": "secrets.sample-key",
        "entity": "SAMPLE_KEY",
        "severity": Severity.CRITICAL,
        "preview": "sample key, 16 characters",
    }
)
KEPT = [Doc(f"guides/{'a folder with a long name/' * 2}set-up {n}.md", ("with a key",), STAFF) for n in range(4)]
UNREAD, PAPER = Doc("scans/contract.pdf", ("unread",), STAFF), Doc("board/paper.md", ("a paper",), BOARD)


def kept_out(home: ServedHome, doc: Doc, *findings: object, rule_id: str = "live-secret", why: str = WHY) -> Outcome:
    refused = home.refuse(doc, Action.QUARANTINE)
    assert refused.verdict is not None
    verdict = refused.verdict.model_copy(update={"rule_ids": (rule_id,), "reasons": (why,)})
    return refused.model_copy(update={"findings": findings, "verdict": verdict})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path_factory.mktemp("quarantine") / "home")
    failed = scan_failure("extraction", "encrypted", "application/pdf")
    why = f"It was not read and scanned to its end, so no one knows what is in it. {failed.reason}"
    made.refresh(
        Doc("open.md", ("what is open",), STAFF),
        outcomes=[
            *(kept_out(made, doc, KEY, FINDING) for doc in (*KEPT, PAPER)),
            kept_out(made, UNREAD, failed, rule_id="scan-failed", why=why),
        ],
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def tokens(home: ServedHome) -> dict[str, str]:
    people = {
        "rosa": (Role.REVIEWER,),
        "ravi": (Role.REVIEWER,),
        "olga": (Role.OWNER, Role.READER),
        "ana": (Role.AUDITOR,),
    }
    return {name: token(home.workspace, f"user:{name}", *roles) for name, roles in people.items()}


@pytest.fixture(scope="module")
def address(home: ServedHome, tokens: dict[str, str]) -> Iterator[str]:
    with serving(home.workspace) as where:
        yield where


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_list_and_documents_are_accessible_and_fit(
    chromium: Browser, address: str, tokens: dict[str, str], scheme: str, width: int
) -> None:
    places = ("/quarantine", "/quarantine?kind=secret&days=0", "/quarantine?text=nothing", *map(link, _names()))
    for who in ("rosa", "olga", "ana"):
        with visit(chromium, address, tokens[who], scheme=scheme, width=width) as seen:
            for place in places:
                seen.page.goto(place)
                expect(seen.page.locator("h1")).to_be_visible()
                seen.accessible()
                seen.fits()


def _names() -> tuple[str, ...]:
    return KEPT[0].doc_id, UNREAD.doc_id, PAPER.doc_id


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_many_are_marked_as_seen_at_once(chromium: Browser, address: str, tokens: dict[str, str], script: bool) -> None:
    person = "rosa" if script else "ravi"
    with visit(chromium, address, tokens[person], script=script) as seen:
        page = seen.page
        page.goto("/quarantine?rule=live-secret")
        boxes = page.get_by_role("checkbox", name="Select guides")
        assert boxes.count() == len(KEPT)
        if script:
            expect(page.locator("#bulk")).to_be_hidden()
        for box in boxes.all():
            box.check()
        page.get_by_label("Remark for the next person").fill("The same key in all of them.")
        page.get_by_role("button", name="Mark as seen").click()
        expect(page.locator(".notice")).to_contain_text("Marked as seen.")
        assert page.url.startswith(f"{address}/quarantine?rule=live-secret")
        assert page.get_by_role("cell", name="you").count() == len(KEPT)
        page.goto("/quarantine?unseen=1")
        assert page.get_by_role("checkbox").count() == 2
        page.goto(link(KEPT[0].doc_id))
        expect(page.get_by_text("“The same key in all of them.”").first).to_be_visible()


def test_a_reviewer_goes_through_the_list_with_keys_and_asks(
    chromium: Browser, address: str, tokens: dict[str, str]
) -> None:
    with visit(chromium, address, tokens["rosa"]) as seen:
        page = seen.page
        page.goto("/quarantine?sort=document&text=contract")
        page.keyboard.press("j")
        expect(page.locator("tr[data-row] a.open").first).to_be_focused()
        page.keyboard.press("x")
        expect(page.get_by_role("checkbox").first).to_be_checked()
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_selector("text=Why it is in quarantine")
        expect(page.get_by_text("A failed scan is never released")).to_be_visible()
        assert page.get_by_role("button", name="Ask for release").count() == 0
        page.get_by_label("Ask the owner").focus()
        page.keyboard.type("Can you save it without its password?")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".notice")).to_contain_text("Your question was sent")
        expect(page.get_by_text("Not answered yet.")).to_be_visible()
    with visit(chromium, address, tokens["olga"], width=NARROW) as seen:
        seen.page.goto("/submissions")
        seen.accessible()
        seen.page.get_by_label("Your answer").fill("Yes, tomorrow.")
        seen.page.get_by_role("button", name="Answer").click()
        seen.page.goto(link(UNREAD.doc_id))
        expect(seen.page.get_by_text("Yes, tomorrow.")).to_be_visible()


def test_release_is_asked_for_by_one_person_and_approved_by_another(
    chromium: Browser, address: str, tokens: dict[str, str]
) -> None:
    with visit(chromium, address, tokens["olga"]) as seen:
        seen.page.goto(link(PAPER.doc_id))
        expect(seen.page.get_by_text("You cannot approve its release")).to_be_visible()
        seen.page.get_by_label("Reason").fill("The key is a sample of the vendor.")
        seen.page.get_by_role("button", name="Ask for release").click()
        expect(seen.page.locator(".notice")).to_contain_text("Another person has to approve")
        expect(seen.page.get_by_text("waits for a second person")).to_be_visible()
        seen.accessible()
    with visit(chromium, address, tokens["ravi"]) as seen:
        seen.page.goto("/quarantine?text=paper")
        expect(seen.page.get_by_role("cell", name="a second person")).to_be_visible()
        seen.page.goto(link(PAPER.doc_id))
        seen.page.get_by_role("region", name="Release").get_by_role("link").click()
        seen.page.get_by_role("button", name="Approve this waiver").click()
        expect(seen.page.get_by_text("The waiver is in force.")).to_be_visible()


def test_focus_is_seen_on_everything_that_takes_it(chromium: Browser, address: str, tokens: dict[str, str]) -> None:
    for place in ("/quarantine", link(KEPT[1].doc_id)):
        with visit(chromium, address, tokens["rosa"]) as seen:
            seen.page.goto(place)
            assert len(seen.focused_in_turn()) > 12
