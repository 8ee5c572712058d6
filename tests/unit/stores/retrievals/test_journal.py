"""A line that was appended is handed over once, whatever happens in between."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.errors import LedgerError
from pipeline.stores.retrievals import journal as module
from pipeline.stores.retrievals.journal import Journal

MOST = 1_000_000
KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.stores.retrievals.journal import Journal
Journal(Path(sys.argv[1]), 1_000_000).append(b"last words")
os.kill(os.getpid(), signal.SIGKILL)
"""


def handed_over(folder: Path) -> list[bytes]:
    lines: list[bytes] = []
    Journal(folder, MOST).hand_over(lines.extend)
    return lines


def test_lines_come_in_order_and_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "new", MOST)
    for number in range(5):
        journal.append(b"%d" % number)
    assert journal.waiting_bytes == 10
    assert handed_over(tmp_path / "new") == [b"0", b"1", b"2", b"3", b"4"]
    assert handed_over(tmp_path / "new") == []
    journal.append(b"5")
    assert handed_over(tmp_path / "new") == [b"5"], "the journal goes on in a new file"


def test_a_killed_process_loses_no_line(tmp_path: Path) -> None:
    process = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert process.returncode == -9
    assert handed_over(tmp_path) == [b"last words"]


def test_threads_that_append_while_others_hand_over_lose_nothing(tmp_path: Path) -> None:
    journals = [Journal(tmp_path, MOST) for _ in range(3)]
    received: list[bytes] = []

    def append(number: int) -> None:
        for line in range(200):
            journals[number].append(b"%d-%d" % (number, line))

    def take() -> None:
        for _ in range(40):
            Journal(tmp_path, MOST).hand_over(received.extend)

    threads = [
        *(Thread(target=append, args=(number,)) for number in range(3)),
        Thread(target=take),
        Thread(target=take),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    received += handed_over(tmp_path)
    assert sorted(received) == sorted(b"%d-%d" % (number, line) for number in range(3) for line in range(200))


@settings(max_examples=30, deadline=None)
@given(fails=st.lists(st.booleans(), max_size=6), together=st.integers(1, 4))
def test_what_the_receiver_refuses_waits(
    tmp_path_factory: pytest.TempPathFactory, fails: list[bool], together: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal, kept = Journal(folder, MOST), dict[bytes, None]()
    answers = iter(fails)

    def receive(lines: list[bytes]) -> None:
        if next(answers, False):
            raise LedgerError("The database does not answer.")
        kept.update(dict.fromkeys(lines))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LINES_TOGETHER", together)
        for number in range(len(fails) + 1):
            journal.append(b"%03d" % number)
            try:
                journal.hand_over(receive)
            except LedgerError:
                continue
        journal.hand_over(lambda lines: kept.update(dict.fromkeys(lines)))
    assert list(kept) == [b"%03d" % number for number in range(len(fails) + 1)]


def test_a_full_journal_refuses(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 10)
    journal.append(b"12345678")
    with pytest.raises(LedgerError, match="withheld"):
        journal.append(b"9")
    assert handed_over(tmp_path) == [b"12345678"]
    journal.append(b"9")


def test_a_line_that_is_written_in_part_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path, MOST)
    journal.append(b"whole")
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
        with pytest.raises(LedgerError, match="space"):
            journal.append(b"cut short")
    journal.append(b"next")
    assert handed_over(tmp_path) == [b"whole", b"next"]


def test_a_link_in_place_of_the_journal_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"")
    (tmp_path / "current.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError, match="cannot be written"):
        Journal(tmp_path, MOST).append(b"line")
    assert (tmp_path / "elsewhere").read_bytes() == b""


def test_the_journal_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    Journal(folder, MOST).append(b"line")
    modes = [path.stat().st_mode & 0o777 for path in (folder, folder / "current.jsonl")]
    assert modes == [0o700, 0o600]
