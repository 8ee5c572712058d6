"""The sandbox holds whatever the child does: every way to misbehave ends in the right word and a working successor."""

import contextlib
import gc
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.errors import ChildFailure
from pipeline.sandbox import ChildLimits, ChildProcess
from pipeline.sandbox.process import Process

MIB = 1 << 20
LIMITS = ChildLimits(memory_bytes=128 * MIB, cpu_seconds=1, wall_seconds=5, output_bytes=MIB, file_bytes=1000)


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    with ChildProcess("tests.support.sandboxed:create", LIMITS, {"greeting": "good day"}) as process:
        yield process


def alive(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_for_end(pid: int) -> bool:
    end = time.monotonic() + 5
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_an_answer_comes_back_with_its_payload(child: ChildProcess) -> None:
    header, payload = child.call({"do": "echo", "n": 7}, b"\x00\xffbytes")
    assert (header["greeting"], header["n"], payload) == ("good day", 7, b"\x00\xffbytes")


def test_one_child_answers_many_requests(child: ChildProcess) -> None:
    pids = {child.call({"do": "echo"})[0]["pid"] for _ in range(20)}
    assert pids == {child.pid}


@pytest.mark.parametrize(
    ("request_header", "reason"),
    [
        ({"do": "sleep", "seconds": 60}, "timeout"),
        ({"do": "segfault"}, "crashed"),
        ({"do": "exit"}, "crashed"),
        ({"do": "swell"}, "memory"),
        ({"do": "abort_for_memory"}, "memory"),
        ({"do": "gush", "size": 2 * MIB}, "output-size"),
        ({"do": "speak_nonsense"}, "protocol"),
        ({"do": "fail"}, "ValueError"),
        ({"do": "panic"}, "Panic"),
        ({"do": "no_such_thing"}, "AttributeError"),
    ],
)
def test_misbehaviour_is_named_and_the_next_request_is_answered(
    child: ChildProcess, request_header: dict[str, object], reason: str
) -> None:
    with pytest.raises(ChildFailure) as caught:
        child.call(request_header, wall_seconds=0.5 if reason == "timeout" else None)
    assert caught.value.reason == reason
    assert child.call({"do": "echo", "n": 1})[0]["n"] == 1


def test_processor_time_is_limited_by_the_kernel(child: ChildProcess) -> None:
    began = time.monotonic()
    with pytest.raises(ChildFailure) as caught:
        child.call({"do": "spin"}, wall_seconds=60)
    assert caught.value.reason == "timeout"
    # One second is allowed, the kernel counts whole seconds of the whole process; the rest is room for a busy machine.
    assert time.monotonic() - began < 15


def test_an_exceptions_message_never_crosses(child: ChildProcess) -> None:
    with pytest.raises(ChildFailure) as caught:
        child.call({"do": "fail"}, b"the document said")
    assert "the document said" not in f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r}"


def test_what_libraries_print_does_not_disturb(child: ChildProcess) -> None:
    assert child.call({"do": "print"}) == ({}, b"quiet")


def test_the_child_knows_nothing_of_the_parents_secrets(child: ChildProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "x")
    header, _ = child.call({"do": "environment"})
    assert "DATABASE_PASSWORD" not in header["names"]
    assert {"HF_HUB_OFFLINE", "OMP_NUM_THREADS"} <= set(header["names"])
    assert header["descriptors"] <= 5  # three standard ones and two pipes


@pytest.mark.parametrize(
    "limits",
    [
        *({name: 0} for name in ("memory_bytes", "cpu_seconds", "wall_seconds", "start_seconds", "output_bytes")),
        {"memory_bytes": 64 * MIB - 1},
        {"file_bytes": -1},
    ],
    ids=str,
)
def test_limits_under_which_no_child_can_work_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no child process can work"):
        replace(LIMITS, **limits)


def test_no_file_grows_beyond_its_limit_not_even_one_opened_early(tmp_path: Path) -> None:
    limits = replace(LIMITS, writes=(str(tmp_path),))
    with ChildProcess("tests.support.sandboxed:create", limits, {"log": str(tmp_path / "log")}) as child:
        assert child.call({"do": "write_log"}, bytes(1000))[0]["written"] == 1000
        with pytest.raises(ChildFailure) as caught:
            child.call({"do": "write_log"}, bytes(1))
    assert caught.value.reason == "OSError"


def test_a_target_that_does_not_load_says_why() -> None:
    with ChildProcess("tests.support.sandboxed:refuse", LIMITS) as child, pytest.raises(ChildFailure) as caught:
        child.call({"do": "echo"})
    assert caught.value.reason == "startup"
    assert "FileNotFoundError" in caught.value.what
    assert "models/x" in caught.value.what


def test_a_child_that_was_begun_loads_while_its_parent_is_busy_and_answers_as_the_same_child(
    child: ChildProcess,
) -> None:
    child.begin()
    child.begin()
    ticket = child.submit({"do": "echo", "n": 1})
    assert child.result(ticket)[0]["n"] == 1
    assert child.restarts == 0


def test_a_target_that_does_not_load_says_so_where_it_is_waited_for_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ChildProcess("tests.support.sandboxed:no_such_factory", LIMITS) as process:
        process.begin()
        with pytest.raises(ChildFailure, match="did not start"):
            process.call({"do": "echo"})
        process.begin()
    assert not list(tmp_path.iterdir())


def test_requests_in_flight_keep_their_order(child: ChildProcess) -> None:
    tickets = [child.submit({"do": "echo", "n": n}, bytes(200_000)) for n in range(30)]
    assert [child.result(ticket)[0]["n"] for ticket in tickets] == list(range(30))


def test_results_may_be_asked_for_in_any_order(child: ChildProcess) -> None:
    first, second = (child.submit({"do": "echo", "n": n}) for n in (1, 2))
    assert child.result(second)[0]["n"] == 2
    assert child.result(first)[0]["n"] == 1


def test_what_queued_behind_a_failure_goes_to_the_next_child(child: ChildProcess) -> None:
    before = child.submit({"do": "echo", "n": 1})
    fatal = child.submit({"do": "segfault"})
    behind = [child.submit({"do": "echo", "n": n}, bytes(300_000)) for n in (2, 3)]
    assert child.result(before)[0]["n"] == 1
    assert [child.result(ticket)[0]["n"] for ticket in behind] == [2, 3]
    with pytest.raises(ChildFailure) as caught:
        child.result(fatal)
    assert caught.value.reason == "crashed"
    assert child.restarts == 1


def test_waiting_behind_a_slow_request_does_not_count() -> None:
    with ChildProcess("tests.support.sandboxed:create", LIMITS) as child:
        slow = [child.submit({"do": "sleep", "seconds": 0.4}, wall_seconds=2) for _ in range(6)]
        for ticket in slow:  # 2.4 seconds in all, each well inside its own two
            child.result(ticket)
        assert child.restarts == 0


def test_an_answer_is_not_late_because_the_parent_was(child: ChildProcess) -> None:
    child.start()
    ticket = child.submit({"do": "gush", "size": MIB - 1000}, wall_seconds=0.3)
    time.sleep(0.8)
    assert len(child.result(ticket)[1]) == MIB - 1000


def test_a_killed_child_is_replaced(child: ChildProcess) -> None:
    child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(ChildFailure):
        child.call({"do": "echo"})
    assert child.call({"do": "echo", "n": 2})[0]["n"] == 2


def test_closing_takes_grandchildren_along() -> None:
    child = ChildProcess("tests.support.sandboxed:create", LIMITS, {"fork": True})
    grandchild = child.call({"do": "forked"})[0]["pid"]
    own = child.pid
    assert own is not None
    child.close()
    assert wait_for_end(own)
    assert wait_for_end(grandchild)


def test_a_foreign_ticket_is_refused(child: ChildProcess) -> None:
    ticket = child.submit({"do": "echo"})
    child.close()
    with pytest.raises(ValueError, match="another child process"):
        child.result(ticket)


def test_no_child_outlives_a_parent_killed_with_9(tmp_path: Path) -> None:
    """Even one deep in work, and one started by a thread that has ended since."""
    script = textwrap.dedent(f"""
        import sys, threading, time
        sys.path.insert(0, {str(Path(__file__).parents[3])!r})
        from pipeline.sandbox import ChildLimits, ChildProcess
        children = [ChildProcess("tests.support.sandboxed:create", ChildLimits()) for _ in range(2)]
        thread = threading.Thread(target=children[0].start)
        thread.start(); thread.join()
        children[1].start()
        time.sleep(0.3)
        assert children[0].call({{"do": "echo"}})[0]["greeting"] == "hello"
        children[1].submit({{"do": "spin"}})
        print(*[child.pid for child in children], flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        try:
            assert len(pids) == 2
            assert all(alive(pid) for pid in pids)
            os.kill(parent.pid, signal.SIGKILL)
            assert all(wait_for_end(pid) for pid in pids)
        finally:
            for pid in (parent.pid, *pids):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def test_several_threads_each_get_the_answers_to_their_own_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner works on several bundles in one process; once, that served a document with another's findings."""
    send = Process.send

    def hesitant(self: Process, frame: bytes) -> None:
        time.sleep(random.random() / 500)
        send(self, frame)

    monkeypatch.setattr(Process, "send", hesitant)

    def ask(thread: int) -> list[tuple[bytes, bytes]]:
        wanted = [f"{thread} {number}".encode() for number in range(40)]
        tickets = [(payload, child.submit({"do": "echo"}, payload)) for payload in wanted]
        return [(payload, child.result(ticket)[1]) for payload, ticket in tickets]

    with ChildProcess("tests.support.sandboxed:create", LIMITS) as child, ThreadPoolExecutor(4) as threads:
        child.start()
        pairs = [pair for answers in threads.map(ask, range(4)) for pair in answers]
    assert len(pairs) == 160
    assert [asked for asked, answered in pairs if answered != asked] == []


def test_a_child_that_is_dropped_without_a_word_is_killed() -> None:
    dropped = ChildProcess("tests.support.sandboxed:create", LIMITS)
    pid = dropped.call({"do": "echo"})[0]["pid"]
    assert Path(f"/proc/{pid}").exists()
    del dropped
    gc.collect()
    assert not Path(f"/proc/{pid}").exists()
