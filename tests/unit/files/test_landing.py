"""What stands in the landing folder, whatever arrived when."""

import itertools
import json
import os
import time
from pathlib import Path

import pytest

from pipeline.domain.documents.records import Record, record_of
from pipeline.files.durable import UNFINISHED
from pipeline.files.landing import Landing, uri_at


class Sent:
    """A record as a topic has it."""

    def __init__(self, key: str, text: str | None, version: int, partition: int = 0) -> None:
        self.value = None if text is None else json.dumps({"id": key, "text": text}).encode()
        headers = {"version": str(version).encode()}
        self.record: Record = record_of("news", partition, version, key.encode(), self.value, headers)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    made = Landing(tmp_path, "wire")
    made.create()
    return made


def land(landing: Landing, *sent: Sent, withhold: bool = False) -> list[bool]:
    """Land records; says of each whether it counted."""
    return [landing.land(one.record, one.value, withhold=withhold) is not None for one in sent]


def texts(landing: Landing) -> dict[str, str]:
    """What a refresh would read."""
    found = {}
    for ref in landing.present():
        with Path(ref.location).open("rb") as file:
            file.seek(ref.offset or 0)
            line = file.read(ref.length or 0)
        assert line.endswith(b"\n")
        found[ref.uri] = json.loads(line)["text"]
    return found


def test_a_reference_points_at_the_record_alone(landing: Landing) -> None:
    one = Sent("storm", "It rained.", 5)
    ref = landing.land(one.record, one.value)
    assert ref is not None
    assert (ref.doc_id, ref.order, ref.gone, ref.stamp) == ("wire:news#storm", 5, False, one.record.digest)
    assert texts(landing) == {"news#storm": "It rained."}
    assert list(landing.listed()) == [ref]


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(4))))
def test_arrival_does_not_matter(landing: Landing, arrival: tuple[int, ...]) -> None:
    sent = [Sent("a", "old", 1), Sent("a", "new", 2), Sent("a", "new as well", 2), Sent("b", "kept", 1)]
    land(landing, *(sent[number] for number in arrival))
    winner = max(sent[1], sent[2], key=lambda one: one.record.digest)
    assert texts(landing) == {"news#a": json.loads(winner.value or b"")["text"], "news#b": "kept"}


@pytest.mark.parametrize("late", [False, True])
def test_a_deleted_document_is_not_listed_however_late_its_older_version_comes(landing: Landing, late: bool) -> None:
    sent = [Sent("a", "text", 1), Sent("a", None, 2)]
    land(landing, *(reversed(sent) if late else sent))
    assert texts(landing) == {}
    assert [(ref.uri, ref.gone, ref.order) for ref in landing.listed()] == [("news#a", True, 2)]


def test_a_later_version_brings_a_deleted_document_back(landing: Landing) -> None:
    land(landing, Sent("a", "text", 1), Sent("a", None, 2), Sent("a", "again", 3))
    assert texts(landing) == {"news#a": "again"}


def test_landing_again_writes_nothing(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    one, older = Sent("a", "text", 2), Sent("a", "older", 1)
    first = landing.land(one.record, one.value)
    monkeypatch.setattr("pipeline.files.landing.write_file", lambda *_args, **_kwargs: pytest.fail("it was written"))
    assert landing.land(one.record, one.value) == first
    assert land(landing, older) == [False]


def test_a_source_nothing_was_landed_of_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):  # so that nothing of it looks deleted (law 9)
        list(Landing(tmp_path, "wire").present())


def test_names_of_files_hold_no_text_and_others_may_not_read_them(landing: Landing) -> None:
    land(landing, Sent("storm", "It rained.", 5))
    (path,) = landing.files("news#storm")
    assert "storm" not in str(path.relative_to(landing.folder))
    assert path.stat().st_mode & 0o077 == 0
    assert landing.folder.stat().st_mode & 0o077 == 0
    assert uri_at(path) == "news#storm"


def test_a_sweep_keeps_the_newest_the_needed_and_the_young(landing: Landing) -> None:
    for version in range(1, 5):
        land(landing, Sent("a", f"text {version}", version))
    paths = sorted(landing.files("news#a"))
    for path in paths[:3]:
        os.utime(path, (time.time() - 7200,) * 2)
    os.utime(paths[2], None)
    assert landing.sweep({str(paths[1])}, older_than=3600) == 1
    assert sorted(landing.files("news#a")) == paths[1:]


def test_a_sweep_removes_unfinished_files_that_nobody_writes_any_more(landing: Landing) -> None:
    land(landing, Sent("a", "text", 1))
    folder = landing.files("news#a")[0].parent
    old, fresh = folder / f"{UNFINISHED}old", folder / f"{UNFINISHED}fresh"
    for path in (old, fresh):
        path.write_bytes(b"half a rec")
    os.utime(old, (time.time() - 7200,) * 2)
    landing.sweep((), older_than=3600)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_of_an_erased_document_no_text_is_kept(landing: Landing) -> None:
    land(landing, Sent("a", "private", 1), Sent("b", "public", 1))
    assert landing.sweep((), older_than=3600, erased=["news#a"]) == 1
    assert land(landing, Sent("a", "private", 2), withhold=True) == [True]
    landed = b"".join(path.read_bytes() for path in landing.folder.rglob("*") if path.is_file())
    assert b"private" not in landed
    assert b"public" in landed
    assert {ref.uri: ref.length for ref in landing.present()}["news#a"] == 0


def test_a_document_that_is_allowed_again_has_its_text_again(landing: Landing) -> None:
    one = Sent("a", "private", 1)
    land(landing, one, withhold=True)
    land(landing, one)
    assert texts(landing) == {"news#a": "private"}
