"""A reviewer sees a weak name that readers will see, marked, at every door; what readers would not see stays masked."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.documents.documents import Action, Binding
from pipeline.domain.findings.findings import Finding, FindingKind, Severity
from pipeline.domain.identity.roles import Role
from pipeline.files.texts import TextStore
from pipeline.web.app import create_app
from pipeline.workspace import Workspace
from tests.support.callers import token
from tests.support.ledger_samples import BINDING, approved_source, outcome, run
from tests.support.web_home import BROWSER, ORIGIN

NAME, EMAIL, KEY = "Greta Storm", "greta@farmost-paper.com", "sk-sample-0123456789"
TEXT = f"# Storm duty\n\n{NAME} hoists the signal; write to {EMAIL}. The sample key is {KEY}.\n"


def finding(value: str, kind: FindingKind, entity: str, severity: Severity) -> Finding:
    start = TEXT.index(value)
    return Finding(
        kind=kind, detector=f"the.{entity}", entity=entity, severity=severity, confidence=0.9, start=start,
        end=start + len(value), line=3, fingerprint="0" * 32, preview="",
    )  # fmt: skip


class Desk:
    """A home where one document waits, judged under `binding`, and its reviewer's three doors."""

    def __init__(self, folder: Path, *, same_policy: bool = True) -> None:
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        approved_source(self.workspace.database)
        digest = self.workspace.home.policy.digest
        binding: Binding = BINDING.model_copy(update={"policy_digest": digest}) if same_policy else BINDING
        findings = (
            finding(NAME, FindingKind.PII, "PERSON", Severity.LOW),
            finding(EMAIL, FindingKind.PII, "EMAIL_ADDRESS", Severity.MEDIUM),
            finding(KEY, FindingKind.SECRET, "SAMPLE_KEY", Severity.LOW),
        )
        waiting = outcome("a.md", action=Action.REVIEW, findings=findings, binding=binding)
        kept = TextStore(self.workspace.home.path("texts")).put(TEXT)
        run(self.workspace.database, "run-1", waiting.model_copy(update={"text_digest": kept}))
        self.token = token(self.workspace, "user:adam", Role.REVIEWER)
        self.item = self.workspace.reviews.list_items(self.workspace.tokens.identify(self.token))[0].item_id

    def shown(self) -> dict[str, str]:
        """The text as each door shows it."""
        app = create_app(self.workspace)
        with TestClient(app, base_url=ORIGIN, headers={"authorization": f"Bearer {self.token}"}) as client:
            rest = client.get(f"/v1/reviews/{self.item}")
        with TestClient(app, base_url=ORIGIN, headers=BROWSER) as browser:
            browser.post("/login", data={"token": self.token})
            page = browser.get(f"/review/items/{self.item}")
        folder = str(self.workspace.home.folder)
        command = ["--home", folder, "review", "show", self.item]
        done = CliRunner().invoke(command_line, command, env={"CORPUSGATE_TOKEN": self.token})
        assert (rest.status_code, page.status_code, done.exit_code) == (200, 200, 0)
        return {"rest": rest.text, "page": unescape(page.text), "command": done.output}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.workspace.close()


def test_a_name_that_readers_will_see_is_marked_at_every_door(desk: Desk) -> None:
    shown = desk.shown()
    for door, said in shown.items():
        assert NAME in said, door
        assert "‹EMAIL_ADDRESS 1›" in said, door
        assert EMAIL not in said, door
        assert KEY not in said, door
    mark = re.search(
        rf'<a class="mark" data-mark="clear" data-told="([^"]+)" href="#finding-1">{NAME}</a>', shown["page"]
    )
    assert mark is not None, "it is reached with the keyboard, and says its kind"
    assert mark[1].startswith("Readers will see: PERSON, finding 1")
    assert '"kind":"clear"' in shown["rest"]
    assert "readers will see it" in shown["command"]


def test_explain_and_the_record_say_which_findings_readers_see(desk: Desk) -> None:
    folder = str(desk.workspace.home.folder)
    done = CliRunner().invoke(command_line, ["--home", folder, "explain", "handbook:a.md"])
    with TestClient(create_app(desk.workspace), base_url=ORIGIN, headers=BROWSER) as browser:
        browser.post("/login", data={"token": desk.token})
        page = browser.get("/documents/record?id=handbook:a.md").text
    assert (done.output.count("in clear"), page.count("readers see it")) == (1, 1)
    for said in (done.output, page):
        assert not [value for value in (NAME, EMAIL, KEY) if value in said]


@pytest.mark.parametrize("decision", ["reject", "quarantine"])
def test_law_04_a_refused_version_keeps_its_names_masked(desk: Desk, decision: str) -> None:
    reviews, adam = desk.workspace.reviews, desk.workspace.tokens.identify(desk.token)
    getattr(reviews, decision)(desk.item, adam, "Not agreed.")
    for door, said in desk.shown().items():
        assert NAME not in said, door
        assert "‹PERSON 1›" in said, door


def test_law_04_a_verdict_under_another_policy_keeps_its_names_masked(tmp_path: Path) -> None:
    desk = Desk(tmp_path, same_policy=False)
    assert not [door for door, said in desk.shown().items() if NAME in said]
    desk.workspace.close()
