import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.errors import IntegrityError
from pipeline.files.spool import ClosedWindow, Spool, window_end

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / "stream")
    made.create()
    return made


def window(seconds: int, *parts: str) -> ClosedWindow:
    return ClosedWindow(end=NOON + timedelta(seconds=seconds), parts=parts, arrived=len(parts), documents=len(parts))


def test_windows_come_out_in_the_order_of_their_ends(spool: Spool) -> None:
    names = [spool.close_window(window(seconds, f"part-{seconds}")) for seconds in (15, 5, 10)]
    assert [spool.read_window(name).parts[0] for name in spool.closed_windows()] == ["part-5", "part-10", "part-15"]
    spool.forget_windows(names[:2])
    assert [spool.read_window(name).parts[0] for name in spool.closed_windows()] == ["part-10"]


def test_closing_a_window_again_with_the_same_parts_changes_nothing(spool: Spool) -> None:
    assert spool.close_window(window(5, "a")) == spool.close_window(window(5, "a"))
    spool.close_window(window(5, "a", "b"))
    assert len(spool.closed_windows()) == 2


def test_a_window_ends_when_beam_says(spool: Spool) -> None:
    assert window_end(1_772_366_400_000_000) == NOON


def test_requests_are_read_until_they_are_gone(spool: Spool) -> None:
    ref = DocumentRef(source="handbook", uri="a.md", location="/srv/a.md", order=3)
    spool.request("1.jsonl", [ref])
    assert (spool.open_requests(), spool.read_request("1.jsonl")) == (["1.jsonl"], [ref])
    (spool.requests / "1.jsonl").unlink()
    assert (spool.open_requests(), spool.read_request("1.jsonl")) == ([], [])


def test_unfinished_files_are_never_read(spool: Spool) -> None:
    for folder in (spool.windows, spool.requests):
        (folder / ".tmp-1").write_bytes(b"half")
    assert (spool.closed_windows(), spool.open_requests()) == ([], [])


def test_a_stream_without_a_snapshot_says_so(spool: Spool) -> None:
    with pytest.raises(IntegrityError, match="no snapshot"):
        spool.newest()
    spool.announce("000000000007")
    assert spool.newest() == "000000000007"


def test_draining_is_on_and_off(spool: Spool) -> None:
    spool.drain(stop=True)
    assert spool.is_draining
    spool.drain(stop=False)
    assert not spool.is_draining


def test_workers_are_idle_since_their_last_sign_of_life(spool: Spool) -> None:
    long_ago = NOON.timestamp()
    for sign in (spool.parts, spool.windows):
        os.utime(sign, (long_ago, long_ago))
    assert spool.idle_seconds(long_ago + 400) == 400
    spool.beat()
    os.utime(spool.folder / "heartbeat", (long_ago + 300, long_ago + 300))
    assert spool.idle_seconds(long_ago + 400) == 100
    os.utime(spool.parts, (long_ago + 390, long_ago + 390))
    assert spool.idle_seconds(long_ago + 400) == 10


def test_what_was_taken_in_is_stuck_until_something_comes_of_it(spool: Spool) -> None:
    long_ago = NOON.timestamp()

    def at(name: str, seconds: float) -> None:
        os.utime(spool.folder / name, (long_ago + seconds, long_ago + seconds))

    for sign in ("parts", "windows"):
        at(sign, 0)
    assert spool.stuck_seconds(long_ago + 400) == 0, "nothing waits"
    spool.note_taken_in()
    at("taken-in", 10)
    spool.note_taken_in()
    assert spool.stuck_seconds(long_ago + 400) == 390, "more of it does not make it younger"
    spool.note_work()
    at("working", 20)
    assert spool.stuck_seconds(long_ago + 400) == 0
    spool.note_taken_in()
    at("taken-in", 100)
    spool.beat()
    assert spool.stuck_seconds(long_ago + 400) == 300, "a poller that ticks is no sign of work"
    spool.begin()
    assert spool.stuck_seconds(long_ago + 400) == 0, "what was lost is taken in again"
