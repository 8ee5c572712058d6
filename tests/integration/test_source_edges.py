"""Folders that go wrong: emptied, shrunken, partly unreadable or hostile. Real refreshes in one home."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import ChangeKind
from pipeline.domain.documents.emptiness import NO_TEXT
from pipeline.domain.documents.provenance import Source
from pipeline.domain.identity.permissions import Classification
from pipeline.files.walk import MAX_DEPTH
from pipeline.models import sandboxed_splitter
from pipeline.runs.refresh import refresh
from pipeline.runs.result import RefreshResult, to_json
from pipeline.search.answers import search_as
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import person
from transforms.support import source_listing
from transforms.support.listing import ListedSource, look
from transforms.support.source_listing import UNSTEADY


class World:
    """A home, and a folder for each source."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        reader = PrincipalSettings(name="ada", groups=("staff",), clearance=Classification.RESTRICTED)
        self.workspace.principals.add(reader)

    def source(self, name: str) -> Path:
        """Register and approve a source; returns its folder."""
        folder = self.data / name
        folder.mkdir(parents=True)
        approve_source(self.workspace, name, folder, classification=Classification.INTERNAL, allow=("group:staff",))
        return folder

    def refresh(self, name: str) -> RefreshResult:
        return refresh(self.workspace, [name])

    def found(self, question: str, source: str) -> dict[str, str]:
        """Documents of a source that a reader finds, with the text of the last passage."""
        answers = search_as(self.workspace, "ada", question, 50)
        return {one.document.partition(":")[2]: one.text for one in answers if one.document.startswith(f"{source}:")}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("edges"))
    yield made
    made.workspace.database.dispose()


def verdicts(result: RefreshResult) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        outcome.doc_id.partition(":")[2]: (outcome.verdict.action.value, outcome.verdict.rule_ids)
        for outcome in result.outcomes
        if outcome.verdict
    }


def test_law_09_a_small_source_that_loses_most_of_itself_waits(world: World) -> None:
    folder = world.source("small")
    for number in range(5):
        (folder / f"{number}.md").write_text(f"Berth {number} of the marina is dredged in March.\n")
    world.refresh("small")
    for number in range(4):
        (folder / f"{number}.md").unlink()
    assert world.refresh("small").summary.held_deletions == 4
    assert len(world.found("dredged berth of the marina", "small")) == 5
    for number in range(1, 4):
        (folder / f"{number}.md").write_text(f"Berth {number} of the marina is dredged in March.\n")
    assert world.refresh("small").summary.held_deletions == 0, "one page may go"
    assert len(world.found("dredged berth of the marina", "small")) == 4


def test_law_09_a_small_source_that_loses_one_document_a_run_waits_from_the_second_on(world: World) -> None:
    folder = world.source("drained")
    for number in range(5):
        (folder / f"{number}.md").write_text(f"Locker {number} of the boat house is painted red.\n")
    world.refresh("drained")
    held = []
    for number in range(5):
        (folder / f"{number}.md").unlink()
        held.append(world.refresh("drained").summary.held_deletions)
    assert held == [0, 1, 2, 3, 4], "one page may go; the others wait"
    assert len(world.found("painted locker of the boat house", "drained")) == 4
    waiting = [one for one in world.workspace.reviews.list_items(person("paul")) if one.doc_id.startswith("drained:")]
    assert {rule for one in waiting for rule in one.rule_ids} <= {"deletions-added-up", "mass-delete-guard"}
    first = next(one for one in waiting if one.doc_id == "drained:1.md")
    assert first.rule_ids == ("deletions-added-up",)
    for number in range(2, 5):
        (folder / f"{number}.md").write_text(f"Locker {number} of the boat house is painted red.\n")
    world.workspace.reviews.approve(first.item_id, person("paul"), "the locker was sold")
    assert world.refresh("drained").summary.held_deletions == 0
    (folder / "2.md").unlink()
    assert world.refresh("drained").summary.held_deletions == 0, "what people let go counts no more"
    assert len(world.found("painted locker of the boat house", "drained")) == 2


def test_law_09_documents_of_a_folder_that_became_a_link_wait_for_a_person(world: World, tmp_path: Path) -> None:
    folder = world.source("linked")
    for number in range(12):
        (folder / f"{number}.md").write_text(f"Rope {number} of the rigging is of hemp.\n")
    for name in ("sails", "oars"):
        (folder / name).mkdir()
        (folder / name / "plan.md").write_text(f"Rope of the {name} is of hemp.\n")
    world.refresh("linked")
    before = set(world.found("hemp rope of the rigging", "linked"))
    assert len(before) == 14
    (folder / "sails").rename(tmp_path / "sails")
    (folder / "sails").symlink_to(tmp_path / "sails")
    (folder / "oars").rename(folder / "paddles")
    (folder / "oars").symlink_to("paddles")

    result = world.refresh("linked")

    assert result.summary.held_deletions == 1, "what was moved within the source is no loss"
    (item,) = [
        one for one in world.workspace.reviews.list_items(person("paul")) if one.doc_id == "linked:sails/plan.md"
    ]
    assert item.rule_ids == ("behind-a-link",)
    assert set(world.found("hemp rope of the rigging", "linked")) == before - {"oars/plan.md"} | {"paddles/plan.md"}


def test_law_02_a_hard_link_to_a_file_of_the_home_is_never_served(world: World) -> None:
    folder = world.source("hard")
    (folder / "plan.md").write_text("The winch is greased in May.\n")
    (folder / "notes.md").hardlink_to(world.workspace.home.configs / "canaries.yaml")
    assert verdicts(world.refresh("hard")) == {
        "plan.md": ("admit", ("tagged-and-scanned",)),
        "notes.md": ("quarantine", ("scan-failed", "untagged")),
    }


EMPTIED = {
    "empty.md": b"",
    "blank.txt": b" \n\n\t\n",
    "invisible.txt": "\u200b\u200b".encode(),
    "titled.md": b"---\ntitle: Ferry plan\n---\n",
    "page.html": b"<html><body><!-- gone --></body></html>",
    "cut.pdf": b"",
}


def test_a_version_without_text_waits_and_the_text_keeps_serving(world: World) -> None:
    folder = world.source("emptied")
    for name in ("never.md", "never.txt", "never.docx", "never.pdf", "never.html", "never.eml"):
        (folder / name).write_bytes(b"")
    (folder / "blank.md").write_text("\ufeff \n\t\u200b\n---\n")
    for name in EMPTIED:
        text = f"The ferry {name.partition('.')[0]} leaves at seven.\n"
        (folder / name).write_text(f"<html><body><p>{text}</p></body></html>" if name.endswith("html") else text)
    result = world.refresh("emptied")
    first = verdicts(result)
    plain = {"never.md", "never.txt", "blank.md"}
    assert {first[name][0] for name in plain} == {"admit"}, "a new document without text replaces nothing"
    broken = {name for name in first if name.startswith("never.")} - plain
    assert {first[name] for name in broken} == {("quarantine", ("scan-failed",))}, "a failed copy is no document"
    assert result.without_text == json.loads(to_json(result))["without_text"] == len(plain)
    version = world.workspace.ledger.document_history("emptied:never.md").versions[-1]
    assert version.verdicts[-1].verdict.reasons == (NO_TEXT,)
    version = world.workspace.ledger.document_history("emptied:never.pdf").versions[-1]
    assert version.verdicts[-1].findings[0].reason.startswith("The file has 0 bytes")
    served = set(world.found("when does the ferry leave", "emptied"))
    assert served == {name for name, (action, _) in first.items() if action == "admit"} - plain
    for name, content in EMPTIED.items():
        (folder / name).write_bytes(content)

    decided = verdicts(world.refresh("emptied"))

    assert {name: action for name, (action, _) in decided.items() if action not in ("review", "quarantine")} == {}
    waiting = {name for name, (action, rules) in decided.items() if action == "review" and "emptied" in rules}
    assert waiting >= {"empty.md", "blank.txt", "titled.md"}
    assert set(world.found("when does the ferry leave", "emptied")) == served

    item = next(i for i in world.workspace.reviews.list_items(person("paul")) if i.doc_id == "emptied:empty.md")
    world.workspace.reviews.approve(item.item_id, person("paul"), "the page was retired")
    assert verdicts(world.refresh("emptied")) == {"empty.md": ("admit", ("tagged-and-scanned",))}
    assert set(world.found("when does the ferry leave", "emptied")) == served - {"empty.md"}


LONG_NAME = "x" * 251 + ".md"
HOSTILE_RECORDS = ['{"id": "\\ud800", "text": "a record"}', '{"id": "t", "text": "a record", "title": "\\ud800"}', "{}"]


def make_hostile(folder: Path) -> None:
    """Everything a folder can hold that should stop nothing."""
    for name in (b"line\nfeed.md", b"\x1b[31mred.md", b"caf\xe9.md", "rlo\u202efdp.md".encode(), LONG_NAME.encode()):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("The crane is painted grey.\n")
    (folder / "title.md").write_text('---\ntitle: "grey \\ud800 crane"\n---\nThe crane is painted grey.\n')
    merges = "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 10))
    (folder / "merges.md").write_text(f"---\na0: &a0 {{x: 1}}\n{merges}classification: internal\n---\nCrane.\n")
    (folder / "nested.md").write_text("---\nx: " + "[" * 20_000 + "\n---\nThe crane.\n")
    (folder / "nested.jsonl").write_text('{"id": ' + "[" * 100_000 + "\n")
    os.mkfifo(folder / "pipe.md")
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "zeros.jsonl").symlink_to("/dev/zero")
    (folder / "zeros.txt").symlink_to("/dev/zero")
    (folder / "described.md").write_text("The crane is painted grey.\n")
    (folder / "described.md.meta.yaml").symlink_to("/dev/zero")
    (folder / "nothing.md").symlink_to("not-there.md")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "again").symlink_to(".")
    (folder / "like-a-file.md").mkdir()
    (folder / "like-a-file.md" / "inside.md").write_text("The lighthouse inside is white.\n")
    with (folder / "sparse.txt").open("wb") as file:
        file.truncate(1 << 40)
    with (folder / "sparse.jsonl").open("wb") as file:
        file.write(b'{"id": "first", "text": "The lighthouse in the feed is white."}\n')
        file.truncate(1 << 40)
    (folder / "empties.jsonl").write_text("{}\n" * 200_000)
    (folder / "blanks.jsonl").write_text(
        "\n" * 500_000 + '{"id": "last", "text": "The lighthouse at the end is white."}\n'
    )
    (folder / "odd.jsonl").write_text("\n".join(HOSTILE_RECORDS) + "\n")
    (folder / "addresses.txt").write_text("a@" * 100_000)
    deep = folder
    for _ in range(MAX_DEPTH + 3):
        deep /= "d"
        deep.mkdir()


def test_law_15_nothing_in_a_folder_stops_a_run_or_keeps_a_clean_document_from_being_served(world: World) -> None:
    folder = world.source("hostile")
    clean = {f"clean-{number}.md" for number in range(3)}
    for name in clean:
        (folder / name).write_text(f"The lighthouse of {name} is white.\n")
    make_hostile(folder)

    result = world.refresh("hostile")

    served = set(world.found("what colour is the lighthouse", "hostile"))
    assert served - {"addresses.txt", LONG_NAME} == clean | {"like-a-file.md/inside.md", "blanks.jsonl#last"}
    decided = verdicts(result)
    kept_out = {name for name, (action, _) in decided.items() if action == "quarantine"}
    assert kept_out >= {
        "line\\x0afeed.md", "\\x1b[31mred.md", "caf\\xe9.md", "rlo\\u202efdp.md", "title.md", "merges.md",
        "nested.md", "nested.jsonl#line-1", "pipe.md", "zeros.txt", "described.md", "nothing.md", "loop.md",
        "sparse.txt", "odd.jsonl#line-1", "odd.jsonl#t", "odd.jsonl#line-3",
    }  # fmt: skip
    omissions = {omission.name for omission in result.summary.incomplete["hostile"]}
    assert omissions >= {"pipe.jsonl", "zeros.jsonl", "sparse.jsonl", "empties.jsonl"}
    assert [omission.name for omission in result.skipped["hostile"]] == ["again"]
    assert all(name.isprintable() for name in decided)
    assert result.summary.bytes < 100_000_000, "the size of a file that was not read is no work done"
    again = world.refresh("hostile")
    assert again.generation == result.generation
    assert again.summary.documents[ChangeKind.DELETED] == 0


def test_law_09_what_lies_beneath_an_unreadable_feed_stays_served(world: World, tmp_path: Path) -> None:
    folder = world.source("partial")
    for number in range(6):
        (folder / f"{number}.md").write_text(f"Gate {number} of the lock opens at dawn.\n")
    records = [f'{{"id": "{name}", "text": "Gate {name} of the feed opens at dawn."}}' for name in "abcd"]
    feed = folder / "gates.jsonl"
    feed.write_text("\n".join(records))
    world.refresh("partial")
    before = set(world.found("when does the gate open", "partial"))
    assert len(before) == 10
    feed.rename(tmp_path / "gates.jsonl")
    feed.symlink_to(tmp_path / "gates.jsonl")
    (folder / "0.md").unlink()

    result = world.refresh("partial")

    assert result.summary.documents[ChangeKind.DELETED] == 1, "what was listed and is gone is gone"
    assert set(world.found("when does the gate open", "partial")) == before - {"0.md"}
    assert [omission.name for omission in result.summary.incomplete["partial"]] == ["gates.jsonl"]
    feed.unlink()
    feed.write_text("\n".join(records[:3]))
    result = world.refresh("partial")
    assert result.summary.incomplete == {}
    assert set(world.found("when does the gate open", "partial")) == before - {"0.md", "gates.jsonl#d"}


def test_law_09_a_short_listing_counts_only_if_a_second_one_says_the_same(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = world.source("unsteady")
    for number in range(8):
        (folder / f"{number}.md").write_text(f"Buoy {number} is lit at night.\n")
    world.refresh("unsteady")
    calls = []

    def short_at_first(source: Source, own: Iterable[str]) -> ListedSource:
        calls.append(source.name)
        if len(calls) > 1:
            return look(source, own)
        folder.rename(tmp_path / "away")
        folder.mkdir()
        (tmp_path / "away" / "1.md").rename(folder / "1.md")
        try:
            return look(source, own)
        finally:
            (folder / "1.md").rename(tmp_path / "away" / "1.md")
            folder.rmdir()
            (tmp_path / "away").rename(folder)

    with monkeypatch.context() as during:
        during.setattr(source_listing, "look", short_at_first)
        # The graph from the start: a quick look before it would meet the short listing and leave it a whole one.
        result = refresh(world.workspace, ["unsteady"], runner="FnApiRunner")
    assert calls == ["unsteady", "unsteady"]
    assert [(listing.source, listing.failure) for listing in result.failed_listings] == [("unsteady", UNSTEADY)]
    assert (result.summary.held_deletions, result.summary.documents[ChangeKind.DELETED]) == (0, 0)
    assert len(world.found("is the buoy lit", "unsteady")) == 8


def test_law_02_words_of_a_page_that_should_be_tags_keep_it_out(world: World) -> None:
    folder = world.source("stated")
    page = "<html><body><p>Classification: {}</p><p>The dredger of berth {} rests in April.</p></body></html>"
    for number, level in enumerate(["confidential", "internal", "secret"]):
        (folder / f"{level}.html").write_text(page.format(level, number))
    (folder / "aside.html").write_text(page.format("confidential", 9))
    (folder / "aside.html.meta.yaml").write_text("classification: confidential\n")
    result = world.refresh("stated")
    assert verdicts(result) == {
        "confidential.html": ("quarantine", ("untagged",)),
        "internal.html": ("admit", ("tagged-and-scanned",)),
        "secret.html": ("quarantine", ("untagged",)),
        "aside.html": ("admit", ("tagged-and-scanned",)),
    }
    assert world.refresh("stated").summary.scanned == 0, "a problem of the text is no change of the tags"


def test_law_15_a_text_that_takes_too_long_to_cut_keeps_out_itself_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = world.source("cut")
    (folder / "endless.md").write_text("# Buoys\n\n" + "a@" * 160_000)  # takes five times the limit
    (folder / "plain.md").write_text("# Buoys\n\nThe red buoy is painted in June.\n")
    monkeypatch.setattr(sandboxed_splitter, "_SECONDS", 0.5)
    monkeypatch.setattr(sandboxed_splitter, "_SECONDS_PER_CHARACTER", 0.0)
    result = world.refresh("cut")
    assert verdicts(result)["endless.md"] == ("quarantine", ("gate-failed",))
    assert "within the limits" in str([outcome.verdict for outcome in result.outcomes])
    assert world.found("red buoy painted", "cut").keys() == {"plain.md"}
