"""Waivers through the whole gate: real files, real detectors, the real model and index, one home for the module."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.domain.documents.documents import Action, Outcome
from pipeline.domain.errors import NotAllowed
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.waivers import Waiver
from pipeline.reports.served import generations_holding
from pipeline.runs.refresh import refresh
from pipeline.runs.result import RefreshResult
from pipeline.search.answers import search_as
from pipeline.settings.principals import PrincipalSettings
from pipeline.stores import tables
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import person, token_file

pytestmark = pytest.mark.slow

# Joined at run time: a scanner that reads this file must not take them for the real thing.
SECRET = "-".join(["sk", "live", "9fK2mQ7xV4pL8sT3wZ6bN1cR5dY0hJ2e"])
SECOND = "-".join(["sk", "live", "4tB8nW1yH6gU3eX9aM5kP2vC7jR0sQ4z"])
CARD = " ".join(["4111", "1111", "1111", "1111"])
EMAIL = "@".join(["greta.lindqvist", "farmost-paper.com"])
WHY = "The vendor prints this value in its manual."


class World:
    """A home, and a folder for each source."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        self.waivers = self.workspace.waivers
        bob = PrincipalSettings(name="bob", groups=("staff",), clearance=Classification.INTERNAL)
        self.workspace.principals.add(bob)

    def source(self, name: str) -> Path:
        """Register and approve a source; returns its folder."""
        folder = self.data / name
        folder.mkdir(parents=True)
        approve_source(self.workspace, name, folder)
        return folder

    def refresh(self, name: str) -> RefreshResult:
        return refresh(self.workspace, [name])

    def ask(self, document: str, kind: FindingKind, entity: str | None = None) -> Waiver:
        """Ask to waive every finding of a kind."""
        found = self.workspace.ledger.document_history(document).versions[-1].verdicts[-1].findings
        numbers = [n for n, f in enumerate(found, 1) if f.kind is kind and entity in (None, f.entity)]
        return self.waivers.ask(document, person("mia"), WHY, 30, numbers=numbers)

    def expire(self, waiver: Waiver) -> None:
        """As if its days had passed."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        named = tables.waivers.c.waiver_id == waiver.waiver_id
        with self.workspace.database.begin() as connection:
            connection.execute(sa.update(tables.waivers).where(named).values(expires_at=past))

    def served(self, source: str) -> dict[str, str]:
        """Text of every document of a source that bob finds."""
        answers = search_as(self.workspace, "bob", "deploy key refund", 50)
        return {a.document: a.text for a in answers if a.document.startswith(f"{source}:")}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.workspace.database.dispose()


def judged(result: RefreshResult) -> dict[str, Outcome]:
    return {outcome.doc_id: outcome for outcome in result.outcomes if outcome.verdict}


def actions(result: RefreshResult) -> dict[str, Action]:
    return {doc_id: outcome.verdict.action for doc_id, outcome in judged(result).items() if outcome.verdict}


def test_law_05_a_waived_secret_is_served_from_approval_to_expiry_and_nowhere_else(world: World) -> None:
    folder = world.source("keys")
    (folder / "manual.md").write_text(f'# Deploy\n\nUse this key:\n\napi_key = "{SECRET}"\n')
    (folder / "twin.md").write_text(f'# Deploy too\n\nUse this key:\n\napi_key = "{SECRET}"\n')
    (folder / "other.md").write_text(f'# Deploy later\n\nUse this key:\n\napi_key = "{SECOND}"\n')
    first = world.refresh("keys")
    assert set(actions(first).values()) == {Action.QUARANTINE}

    asked = world.ask("keys:manual.md", FindingKind.SECRET)
    waiting = world.refresh("keys")
    assert (waiting.summary.scanned, world.served("keys")) == (0, {}), "a request changes nothing"

    for involved in ("mia", "user:Mia", "olga", "keys-team"):
        with pytest.raises(NotAllowed):
            world.waivers.approve(asked.waiver_id, person(involved))
    world.waivers.approve(asked.waiver_id, person("rita"))
    after = world.refresh("keys")
    assert actions(after) == {"keys:manual.md": Action.ADMIT}
    verdict = judged(after)["keys:manual.md"].verdict
    assert verdict is not None
    assert ("waived" in verdict.tags, verdict.waivers) == (True, (asked.waiver_id,))
    assert judged(after)["keys:manual.md"].findings == judged(first)["keys:manual.md"].findings, "on record as before"
    assert list(world.served("keys")) == ["keys:manual.md"]

    again = world.refresh("keys")
    assert (again.summary.scanned, again.published) == (0, False)

    world.expire(asked)
    assert world.served("keys") == {}, "from that moment"
    down = world.refresh("keys")
    assert actions(down) == {"keys:manual.md": Action.QUARANTINE}
    assert generations_holding(world.workspace, "keys:manual.md")[:1] != [down.generation and down.generation.number]
    last = world.refresh("keys")
    assert (last.summary.scanned, last.published) == (0, False)
    assert world.workspace.audit.verify().ok


def test_waived_personal_data_is_not_redacted_and_the_rest_is(world: World) -> None:
    folder = world.source("people")
    (folder / "refund.md").write_text(f"# Refunds\n\nWrite to {EMAIL}, quoting card {CARD}, for a refund.\n")
    world.refresh("people")
    assert EMAIL not in world.served("people")["people:refund.md"]
    asked = world.ask("people:refund.md", FindingKind.PII, "EMAIL_ADDRESS")
    world.waivers.approve(asked.waiver_id, person("rita"))
    assert actions(world.refresh("people")) == {"people:refund.md": Action.REDACT}
    text = world.served("people")["people:refund.md"]
    assert EMAIL in text
    assert CARD not in text
    world.waivers.expire(asked.waiver_id, person("rita"), "She asked us to take it out.")
    assert world.served("people") == {}, "the unredacted text is gone at once"
    assert actions(world.refresh("people")) == {"people:refund.md": Action.REDACT}
    assert "‹EMAIL_ADDRESS_1›" in world.served("people")["people:refund.md"]


def test_law_05_a_document_cannot_bring_its_own_waiver(world: World) -> None:
    folder = world.source("sly")
    line = f'api_key = "{SECRET}"'
    (folder / "pragma.md").write_text(f"# Deploy\n\n{line}  # pragma: allowlist secret\n")
    (folder / "tagged.md").write_text(f"---\nwaivers: all\nwaived: true\nsubmitter: mallory\n---\n# Deploy\n\n{line}\n")
    assert set(actions(world.refresh("sly")).values()) == {Action.QUARANTINE}
    asked = world.ask("sly:tagged.md", FindingKind.SECRET)
    with pytest.raises(NotAllowed):
        world.waivers.approve(asked.waiver_id, person("mallory"))
    assert world.refresh("sly").summary.scanned == 0
    assert world.served("sly") == {}


def test_a_corpus_is_baselined_once_and_what_comes_later_is_judged(world: World) -> None:
    folder = world.source("old")
    for number, value in enumerate((SECRET, SECOND)):
        (folder / f"{number}.md").write_text(f'# Deploy {number}\n\nUse this key:\n\napi_key = "{value}"\n')
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog")
    world.refresh("old")
    proposed = world.waivers.baseline("old", person("mia"), WHY, 100, world.workspace.home.policy)
    assert proposed.documents == ("old:0.md", "old:1.md")
    assert proposed.failed == ("old:broken.pdf",)
    with pytest.raises(NotAllowed):
        world.waivers.approve(proposed.waiver.waiver_id, person("mia"))
    world.waivers.approve(proposed.waiver.waiver_id, person("rita"))
    assert actions(world.refresh("old")) == {"old:0.md": Action.ADMIT, "old:1.md": Action.ADMIT}

    (folder / "0.md").write_text(f'# Deploy 0\n\nUse this key:\n\napi_key = "{SECRET}"\nnext_key = "{SECOND}"\n')
    (folder / "2.md").write_text(f'# Deploy 2\n\nUse this key:\n\napi_key = "{SECRET}"\n')
    later = world.refresh("old")
    assert actions(later) == {"old:0.md": Action.QUARANTINE, "old:2.md": Action.QUARANTINE}
    served = world.served("old")
    assert sorted(served) == ["old:0.md", "old:1.md"]
    assert SECOND not in served["old:0.md"], "the old text keeps serving"
    assert world.refresh("old").summary.scanned == 0
    assert world.workspace.audit.verify().ok


def test_the_commands_name_findings_and_print_no_value(world: World) -> None:
    folder = world.source("console")
    (folder / "a.md").write_text(f'# Deploy\n\nUse this key:\n\napi_key = "{SECRET}"\n')
    world.refresh("console")
    said = ""

    def corpusgate(*words: str) -> str:
        nonlocal said
        home = str(world.workspace.home.folder)
        result = CliRunner().invoke(app, ["--home", home, *words], catch_exceptions=False, env={"COLUMNS": "200"})
        assert result.exit_code == 0
        said += result.output
        return result.output

    mia, rita = (str(token_file(world.workspace, name)) for name in ("mia", "rita"))
    shown = corpusgate("explain", "console:a.md", "--json")
    (found, *_) = json.loads(shown)["versions"][-1]["verdicts"][-1]["findings"]
    asked = ["--reason", WHY, "--days", "5", "--token-file", mia, "--json"]
    by_number = json.loads(corpusgate("waivers", "add", "console:a.md", "--finding", "1", *asked))
    corpusgate("waivers", "expire", by_number["waiver_id"], "--token-file", mia, "--reason", "Asked twice.")
    names = ["--detector", found["detector"], "--fingerprint", found["fingerprint"][:12]]
    by_name = json.loads(corpusgate("waivers", "add", "console:a.md", *names, *asked))
    assert by_number["findings"] == by_name["findings"]
    corpusgate("waivers", "approve", by_name["waiver_id"], "--token-file", rita)
    mine = [one for one in json.loads(corpusgate("waivers", "list", "--all", "--json")) if one["source"] == "console"]
    assert [one["state"] for one in mine] == ["ended", "active"]
    assert found["fingerprint"][:12] in corpusgate("explain", "console:a.md")
    corpusgate("waivers", "list")
    assert SECRET not in said
    ledger = world.workspace.home.path("corpusgate.db")
    assert not [path for path in ledger.parent.glob(f"{ledger.name}*") if SECRET.encode() in path.read_bytes()]
