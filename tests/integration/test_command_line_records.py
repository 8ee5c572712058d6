"""`trace` and `explain` at the command line say what pages and REST say: what is served at this moment."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from pipeline.domain.errors import NotFound
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.takedown.revoke import lift, revoke
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome

LANTERN = Doc("lanterns/oil.md", ("Fill the lantern with oil before dusk.",))
WHY = "It was meant for another house."


@pytest.fixture
def home(tmp_path: Path) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home")
    made.refresh(LANTERN)
    yield made
    made.close()


def command(home: ServedHome, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home.workspace.home.folder), *arguments])


def test_law_2_trace_finds_a_served_passage_and_refuses_it_once_it_is_revoked(home: ServedHome) -> None:
    chunk = LANTERN.chunks[0].chunk_id
    found = json.loads(command(home, "trace", chunk, "--json").stdout)
    assert found["document"] == LANTERN.doc_id
    assert found["chunk_id"] == chunk

    revoke(home.workspace, RevocationKind.DOCUMENT, LANTERN.doc_id, OPERATOR, WHY)
    refused = command(home, "trace", chunk)
    assert isinstance(refused.exception, NotFound)
    assert LANTERN.doc_id not in refused.output

    lift(home.workspace, RevocationKind.DOCUMENT, LANTERN.doc_id, REVIEWER, "It may stay after all.")
    assert command(home, "trace", chunk).exit_code == 0


def test_explain_calls_a_revoked_document_revoked_although_the_ledger_keeps_its_version(home: ServedHome) -> None:
    assert "served" in command(home, "explain", "oil.md").output
    before = json.loads(command(home, "explain", "oil.md", "--json").stdout)
    assert (before["doc_id"], before["generations"]) == (LANTERN.doc_id, [1])

    revoke(home.workspace, RevocationKind.DOCUMENT, LANTERN.doc_id, OPERATOR, WHY)
    shown = command(home, "explain", "oil.md").output
    assert "revoked" in shown
    after = json.loads(command(home, "explain", "oil.md", "--json").stdout)
    assert after.keys() == before.keys()


def test_revocations_list_shows_those_in_force_and_with_all_the_lifted_ones(home: ServedHome) -> None:
    revoke(home.workspace, RevocationKind.DOCUMENT, LANTERN.doc_id, OPERATOR, WHY)
    in_force = json.loads(command(home, "revocations", "list", "--json").stdout)
    assert [one["subject"] for one in in_force] == [LANTERN.doc_id]
    lift(home.workspace, RevocationKind.DOCUMENT, LANTERN.doc_id, REVIEWER, "It may stay after all.")
    assert json.loads(command(home, "revocations", "list", "--json").stdout) == []
    assert len(json.loads(command(home, "revocations", "list", "--all", "--json").stdout)) == 1
