"""Law 4: a home that recorded names and titles with values before they were scanned, after an upgrade and a refresh."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

import transforms.mask_strings as gate
from pipeline.domain.documents.documents import TaggedDocument
from pipeline.domain.identity.roles import Role
from pipeline.runs.refresh import refresh
from pipeline.stores.takedown.revocations import RevocationKind
from pipeline.takedown.revoke import revoke
from tests.support.approved import approve_source
from tests.support.served_home import OPERATOR
from tests.support.web_home import WebHome

# Joined at run time: a scanner that reads this file must not take it for the real thing.
NAMED = "@".join(["ingrid.solberg", "northquay-foods.com"])
LEFT = "@".join(["signe.aas", "northquay-foods.com"])
TITLED = "@".join(["ole.dahl", "northquay-foods.com"])


SHIFT = "The night shift begins at nine and ends at six, and the day shift takes the rest of the round clock.\n"


def unscanned(tagged: TaggedDocument, *_: object) -> TaggedDocument:
    """As names and titles were recorded before they were scanned."""
    return tagged


@pytest.fixture
def home(tmp_path: Path) -> Iterator[WebHome]:
    made = WebHome(tmp_path / "home")
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / f"rota for {NAMED}.md").write_text("The ferry leaves at noon.\n")
    (folder / f"shift of {LEFT}.md").write_text(SHIFT)
    (folder / "titled.md").write_text(f"---\ntitle: about {TITLED}\n---\nThe bus leaves at one.\n")
    for number in range(6):
        (folder / f"plain{number}.md").write_text(f"Chapter {number} says when the tram of that number leaves.\n")
    approve_source(made.workspace, "papers", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "mask_strings", unscanned)
        refresh(made.workspace, ["papers"])
    # An upgrade changes the detectors, so that every verdict is void.
    with (made.workspace.home.configs / "detectors" / "secrets-words.yaml").open("a") as words:
        words.write("\n# Changed by an upgrade.\n")
    yield made
    made.close()


def shown(home: WebHome, role: Role, paths: list[str]) -> bytes:
    client, browser = home.client(home.tokens[role]), home.browser(home.tokens[role])
    answers = [client.post("/v1/search", json={"question": "ferry, bus or tram", "k": 50})]
    answers += [asked.get(path) for path in paths for asked in (client, browser)]
    return b"".join(answer.content for answer in answers)


def test_after_one_refresh_nothing_is_served_or_shown_with_its_value(home: WebHome) -> None:
    ledger = home.workspace.ledger
    assert f"papers:rota for {NAMED}.md" in {known.doc_id for known in ledger.known_versions("papers")}
    refresh(home.workspace, ["papers"])
    documents = [known.doc_id for known in ledger.known_versions("papers")]
    assert [name for name in documents if "~" in name]
    assert len(documents) == 9
    paths = ["/", "/documents", "/documents?standing=deleted", "/sources/papers", "/generations", "/review"]
    paths += [f"/generations/{number}" for number in (1, 2)] + ["/v1/generations/1/documents"]
    for name in documents:
        quoted = quote(name, safe="")
        paths += [f"/documents/record?id={quoted}", f"/v1/documents/{quoted}"]
    for role in Role:
        content = shown(home, role, paths)
        for value in (NAMED, TITLED):
            assert value.encode() not in content, (role, value)
            assert quote(value, safe="").encode() not in content, (role, value)


def test_the_audit_log_keeps_what_was_recorded(home: WebHome) -> None:
    """The log is append-only: an erasure is the way to take a value out of the ledger, and tombstones say so."""
    subjects = {event.subject for event in home.workspace.audit.events(None, 0)}
    assert f"papers:rota for {NAMED}.md" in subjects


@pytest.mark.parametrize("edit", ["", "It was never longer.\n"])
def test_a_document_that_returns_under_another_name_is_told_from_the_older_one_without_its_value(
    home: WebHome, tmp_path: Path, edit: str
) -> None:
    """Its older name is gone from the source, so nothing but the ledger knows it."""
    older = f"papers:shift of {LEFT}.md"
    revoke(home.workspace, RevocationKind.DOCUMENT, older, OPERATOR, "asked for")
    (tmp_path / "papers" / f"shift of {LEFT}.md").unlink()
    (tmp_path / "papers" / "shift.md").write_text(SHIFT + edit)
    refresh(home.workspace, ["papers"])
    (latest,) = home.workspace.ledger.document_history("papers:shift.md").versions[-1].verdicts
    assert latest.verdict.rule_ids[0] == "returned"
    assert "is kept out as papers:~" in latest.verdict.reasons[0]
    assert "since" in latest.verdict.reasons[0]
    assert LEFT not in latest.verdict.model_dump_json()
    item = home.workspace.ledger.document_history("papers:shift.md").versions[-1].reviews[-1].item_id
    paths = ["/documents/record?id=papers%3Ashift.md", "/v1/documents/papers%3Ashift.md", "/review"]
    for role in Role:
        content = shown(home, role, [*paths, f"/review/items/{item}", f"/v1/reviews/{item}"])
        for value in (LEFT, quote(LEFT, safe="")):
            assert value.encode() not in content, role
