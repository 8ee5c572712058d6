"""A change of the policy in a real browser: from proposal to rollback, by two people."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pipeline.domain.identity.roles import Role
from pipeline.runs.policy_in_force import settle_policy
from tests.support.browser import NARROW, WIDE, serving, visit
from tests.support.callers import token
from tests.support.index_samples import Doc, rule
from tests.support.served_home import ServedHome


@pytest.fixture
def home(tmp_path: Path) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home")
    made.refresh(Doc("open.md", ("how much notice",), rule("group:everyone")))
    yield made
    made.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_two_people_put_a_policy_in_force_and_one_takes_it_back(
    chromium: Browser, home: ServedHome, scheme: str, width: int
) -> None:
    workspace = home.workspace
    olga, rosa = (
        token(workspace, name, role) for name, role in (("user:olga", Role.OPERATOR), ("user:rosa", Role.REVIEWER))
    )
    changed = workspace.home.policy_file.read_text().replace("change.impact >= 70", "change.impact >= 50")
    with serving(workspace) as address:
        with visit(chromium, address, olga, scheme=scheme, width=width) as seen:
            page = seen.page
            page.goto("/policy")
            page.get_by_role("link", name="Changes").click()
            page.get_by_label("Text of the policy").fill(changed)
            page.get_by_label("Reason").fill("large changes come too often")
            seen.accessible()
            page.get_by_role("button", name="Propose", exact=True).press("Enter")
            page.wait_for_selector("text=Proposed. Another person approves it")
            assert page.get_by_role("button", name="Approve").count() == 0
            seen.accessible()
            seen.fits()
            proposal = page.url.partition("?")[0]
        with visit(chromium, address, rosa, scheme=scheme, width=width) as seen:
            page = seen.page
            page.goto(proposal)
            page.get_by_label("Reason").fill("the simulation is right")
            seen.accessible()
            page.get_by_role("button", name="Approve").press("Enter")
            page.wait_for_selector("text=The next run puts this policy in force.")
            seen.accessible()
        settle_policy(workspace)
        with visit(chromium, address, olga, scheme=scheme, width=width) as seen:
            page = seen.page
            page.goto("/policy/proposals")
            page.get_by_text("Go back to the policy before").click()
            page.get_by_label("Reason to go back").fill("too many reviews")
            seen.accessible()
            seen.fits()
            page.get_by_role("button", name="Roll back").press("Enter")
            page.wait_for_selector("text=puts the policy before this one back")
            settle_policy(workspace)
            page.goto("/policy/proposals")
            seen.accessible()
            seen.fits()
            assert page.get_by_role("link", name="rollback", exact=True).count() == 1
