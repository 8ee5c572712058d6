"""A home whose source is a topic: what was landed of it is refreshed, skipped, erased and never lost."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.checks.source_contents import source_contents
from pipeline.domain.documents.documents import ChangeKind, DocumentRef
from pipeline.domain.identity.roles import Role
from pipeline.files.landing import Landing
from pipeline.files.spool import Spool
from pipeline.runs.refresh import refresh
from pipeline.runs.result import RefreshResult
from pipeline.runs.streaming.snapshots import SnapshotWriter
from pipeline.takedown.erase import erase
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import person
from transforms.read_records import Land, _LandedBefore

PRIVATE = "The keeper of the northern lamp is called Aurelia and lives above the boat shed."
FERRY = "The ferry leaves at nine and comes home at six on every day but Sunday."


class Header(NamedTuple):
    key: str
    value: bytes


class Row(NamedTuple):
    """A record as KafkaIO gives it."""

    key: bytes | None
    value: bytes | None
    offset: int
    partition: int = 0
    topic: str = "news"
    headers: tuple[Header, ...] | None = None


def row(name: str, text: str | None, offset: int) -> Row:
    return Row(name.encode(), None if text is None else json.dumps({"text": text}).encode(), offset)


class Home:
    """A home with one topic, without the topic."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder)
        self.workspace.create()
        approve_source(self.workspace, "wire", "kafka://127.0.0.1:9092/news")
        self.landing = Landing(folder, "wire")
        self.landing.create()
        self.landing.begin_pace()
        self.spool = Spool(self.workspace.home.path("stream"))
        self.spool.create()

    def start(self) -> Any:
        """The context of a stream that starts now."""
        snapshots = SnapshotWriter(self.workspace, self.spool, (), "run")
        context = snapshots.context()
        snapshots.write()
        return context

    def take(self, *rows: Row) -> list[DocumentRef]:
        """What the gate passes on of these records, in one bundle of a stream that starts now."""
        gate = Land(self.start(), "wire")
        gate.start_bundle()
        passed = [ref for one in rows for ref in gate.process(one)]
        list(gate.finish_bundle() or ())
        return passed

    def refresh(self) -> RefreshResult:
        return refresh(self.workspace, ["wire"])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    yield made
    made.workspace.database.dispose()


def test_what_the_ledger_decided_is_not_looked_at_again(home: Home) -> None:
    rows = [row("ferry", "The ferry is late.", 0), row("lamp", PRIVATE, 1), row("ferry", FERRY, 2), row("old", "x", 3)]
    assert [ref.order for ref in home.take(*rows, row("old", None, 4))] == [0, 1, 2, 3, 4]
    assert home.refresh().published
    shutil.rmtree(home.landing.folder)  # so that a second look would show
    home.landing.create()
    # Nothing of what is decided; of what was never decided, a deletion of nothing included, again.
    assert {ref.uri for ref in home.take(*rows, row("old", None, 4))} <= {"news#old"}
    assert home.landing.files("news#ferry") == []
    assert [ref.order for ref in home.take(row("ferry", "Sunday as well.", 9))] == [9]


def test_what_was_landed_and_never_decided_goes_on_at_the_next_start(home: Home) -> None:
    home.take(row("lamp", PRIVATE, 1))
    home.refresh()
    home.take(row("ferry", FERRY, 2), row("ferry", None, 3), row("lamp", "Another keeper.", 4))
    again = [one.value for one in _LandedBefore(home.start()).process("wire")]
    assert {(ref.uri, ref.order, ref.gone) for ref in again} == {("news#ferry", 3, True), ("news#lamp", 4, False)}


def test_while_a_stream_drains_nothing_is_taken_in(home: Home) -> None:
    home.start()
    home.spool.drain(stop=True)
    assert home.take(row("lamp", PRIVATE, 1)) == []
    assert home.landing.files("news#lamp") == []
    assert (home.landing.pace / "0").read_text() == "1"  # or the reader would wait for what nobody takes


def test_law_09_a_landing_folder_that_is_gone_deletes_nothing(home: Home) -> None:
    home.take(row("lamp", PRIVATE, 1), row("ferry", FERRY, 2))
    home.refresh()
    shutil.rmtree(home.landing.folder)
    result = home.refresh()
    assert [listing.failure for listing in result.failed_listings] == ["it is not there"]
    assert result.summary.documents[ChangeKind.DELETED] == 0
    assert [contents.failure for contents in source_contents(home.workspace)] == ["it is not there"]


def test_a_deletion_leaves_with_the_next_refresh(home: Home) -> None:
    home.take(row("lamp", PRIVATE, 1), row("ferry", FERRY, 2))
    home.refresh()
    home.take(row("lamp", None, 3))
    assert home.refresh().summary.documents[ChangeKind.DELETED] == 1
    # Its text comes late, from another partition or a second reading: it stays away.
    assert home.take(row("lamp", PRIVATE, 1)) == []
    assert home.refresh().summary.documents[ChangeKind.NEW] == 0


def test_law_10_an_erased_document_is_not_landed_again(home: Home) -> None:
    records = [row("lamp", PRIVATE, 1), row("ferry", FERRY, 2)]
    home.take(*records)
    home.refresh()
    erase(home.workspace, "wire:news#lamp", person("olaf", Role.OPERATOR), "She asked for it.")
    assert home.landing.files("news#lamp") == []
    home.take(*records, row("lamp", PRIVATE + " Still.", 3))
    home.refresh()
    kept = b"".join(path.read_bytes() for path in home.landing.folder.rglob("*") if path.is_file())
    assert b"Aurelia" not in kept
    assert b"ferry" in kept
    pointers = home.workspace.ledger.pointers()
    assert set(pointers) == {"wire:news#ferry"}
