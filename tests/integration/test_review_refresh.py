"""Decisions of people through the real gate: what they saw is what is served, and nothing they did not let in."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.masking import MarkKind
from pipeline.domain.findings.text_diff import EditKind
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.domain.review.items import ItemState
from pipeline.reports.review_page import review_page
from pipeline.review.case import ReviewCase
from pipeline.review.layout import TextView
from pipeline.runs.refresh import refresh
from pipeline.runs.start import progress, publish_now
from pipeline.search.answers import search_as
from pipeline.settings.principals import PrincipalSettings
from pipeline.stores import tables
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import person

PAUL, RITA = person("paul", Role.REVIEWER), person("rita", Role.REVIEWER)
OPS = person("ops", Role.OPERATOR)
EMAIL, PHONE = "margarete.hollund@lanternfold.com", "+44 20 7946 0123"
WHY = "Read it; it is what it should be."
RULE = """  - id: contacts-of-people
    each: finding
    when: finding.kind == "pii" && finding.entity == "EMAIL_ADDRESS"
    action: review
    reason: Somebody can be written to because of it.
    fix: Name an office instead of a person.

"""


class Desk:
    """A home with one source of which every document waits for a person."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        policy = self.workspace.home.configs / "policy.yaml"
        policy.write_text(policy.read_text().replace("rules:\n", "rules:\n" + RULE, 1))
        self.workspace.principals.add(
            PrincipalSettings(name="ada", groups=("staff",), clearance=Classification.INTERNAL)
        )
        self.folder = folder / "notes"
        self.folder.mkdir()
        approve_source(self.workspace, "notes", self.folder)

    def put(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.folder / f"{name}.md").write_text(text)

    def refresh(self) -> dict[str, Action]:
        done = refresh(self.workspace, ["notes"])
        return {o.doc_id.partition(":")[2]: o.verdict.action for o in done.outcomes if o.verdict}

    def item(self, name: str) -> str:
        (found,) = [i for i in self.workspace.reviews.list_items(PAUL) if i.doc_id == f"notes:{name}.md"]
        return found.item_id

    def served(self, question: str) -> dict[str, str]:
        return {a.document.partition(":")[2]: a.text for a in search_as(self.workspace, "ada", question, 20)}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.workspace.database.dispose()


def words(text: TextView, *kinds: EditKind) -> str:
    lines = (line for hunk in text.hunks for line in hunk.lines)
    return "\n".join("".join(piece.text for piece in line.pieces if piece.kind in kinds) for line in lines)


def test_decisions_flow_through_the_gate(desk: Desk) -> None:
    """One story, for each refresh takes seconds: decide five documents, refresh, look at what is served."""
    reviews = desk.workspace.reviews
    desk.put(
        redacted=f"# Lamp duty\n\nThe lamp room is kept by {EMAIL} in winter.\n",
        whole=f"# Storm duty\n\nThe storm signal is hoisted by {EMAIL} at dusk.\n",
        forged=f"# Harbour dues\n\nThe harbour dues are paid to {EMAIL} in cash.\n",
        urgent=f"# Fog horn\n\nThe fog horn is repaired by {EMAIL} tonight.\n",
        refused=f"# Slipway\n\nThe slipway is closed, says {EMAIL} of the yard.\n",
    )
    assert set(desk.refresh().values()) == {Action.REVIEW}
    items = {name: desk.item(name) for name in ("redacted", "whole", "forged", "urgent", "refused")}

    page = review_page(desk.workspace, items["redacted"][:8], PAUL)
    assert EMAIL not in page.model_dump_json()
    assert [why.rule_id for why in page.case.why] == ["contacts-of-people"]
    assert page.case.why[0].fix == "Name an office instead of a person."
    assert page.case.text is not None
    assert "kept by ‹EMAIL_ADDRESS 1› in winter." in words(page.case.text, EditKind.SAME)
    assert page.case.standing.approves

    reviews.approve(items["redacted"], PAUL, WHY, redacted=True)
    reviews.approve(items["whole"], PAUL, WHY)
    reviews.quarantine(items["forged"], PAUL, "The harbour has no such office.")
    reviews.reject(items["refused"], PAUL, "Not agreed.")
    reviews.break_glass(items["urgent"], OPS, "The fog is coming in.")
    decided = desk.refresh()
    assert decided == {
        "redacted.md": Action.REDACT,
        "whole.md": Action.ADMIT,
        "forged.md": Action.QUARANTINE,
        "urgent.md": Action.ADMIT,
    }
    served = desk.served("Who does what at the harbour?")
    assert set(served) == {"redacted.md", "whole.md", "urgent.md"}
    assert EMAIL not in served["redacted.md"]
    assert EMAIL in served["whole.md"]
    assert {reviews.item(item, PAUL).state for item in (items["redacted"], items["whole"], items["urgent"])} == {
        ItemState.APPLIED
    }

    with desk.workspace.database.begin() as connection:
        connection.execute(sa.update(tables.break_glass).values(expires_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert "urgent.md" not in desk.served("Who repairs the fog horn?"), "it leaves by itself, without a run"
    assert desk.refresh() == {"urgent.md": Action.REVIEW}
    assert [one.item_id for one in reviews.open_break_glass()] == [items["urgent"]]

    desk.put(redacted=f"# Lamp duty\n\nThe lamp room is kept by {EMAIL} in summer, call {PHONE}.\n")
    assert desk.refresh() == {"redacted.md": Action.REVIEW}, "nothing else is judged twice"
    case: ReviewCase = reviews.case(desk.item("redacted"), RITA)
    assert not {EMAIL, PHONE} & set(case.model_dump_json().split('"'))
    assert EMAIL not in case.model_dump_json()
    assert PHONE not in case.model_dump_json()
    assert case.text is not None
    assert case.text.compared
    assert "winter" in words(case.text, EditKind.REMOVED)
    assert "summer" in words(case.text, EditKind.ADDED)
    assert "kept by" in words(case.text, EditKind.SAME)
    assert any(
        mark.kind is MarkKind.MASKED and mark.detector for line in case.text.hunks[0].lines for p in line.pieces
        for mark in p.marks
    )  # fmt: skip
    assert [past.action for past in case.verdicts][:2] == [Action.REVIEW, Action.REDACT]
    assert [(d.person, d.decision.value) for d in case.decisions] == [("user:paul", "redact")]


def test_a_refresh_started_elsewhere_is_followed_in_the_ledger(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(plain="# Tide table\n\nThe tide is high at noon.\n")
    planted = tmp_path / "started-from"
    for package in ("pipeline", "typer"):
        (planted / package).mkdir(parents=True)
        (planted / package / "__init__.py").write_text("raise SystemExit('code of a stranger')\n")
    monkeypatch.chdir(planted)
    started = publish_now(desk.workspace, "notes")
    deadline = datetime.now(UTC).timestamp() + 90
    run = None
    while datetime.now(UTC).timestamp() < deadline and (run is None or run.state == "started"):
        run = progress(desk.workspace, started)
        time.sleep(0.1)
    assert run is not None
    assert (run.state, run.sources) == ("finished", ("notes",))
    assert "plain.md" in desk.served("When is the tide high?")
