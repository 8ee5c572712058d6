"""Extraction holds when a parser dies, hangs, swells or goes blind."""

import gc
import os
import signal
import sys
import textwrap
import threading
import time
from pathlib import Path
from random import Random

import pytest

from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.errors import CanaryMissed
from pipeline.extraction import canaries, extractor
from pipeline.extraction.extractor import Extractor
from pipeline.extraction.media_types import sniff
from pipeline.settings.extraction import ExtractionSettings

PAGE = b"<html><p>words to read</p></html>"

BROKEN_WORKER = textwrap.dedent("""
    import os, time
    from pipeline.extraction import worker

    def create(**bounds):
        handle = worker.create(**bounds)
        dying = []
        def broken(header, payload):
            if b"HANG" in payload: time.sleep(60)
            if b"SPIN" in payload:
                while True: pass
            if b"DIE" in payload: os.abort()
            if b"SWELL" in payload: return {}, b"x" * (1 << 40)
            if b"LIE" in payload: return {"failure": "fine, really", "media_type": "text/html"}, b""
            if dying: os.abort()
            if b"LAST" in payload: dying.append(True)
            if b"BABBLE" in payload: return {"failure": None, "media_type": "text/html"}, b"\\xff"
            header, text = handle(header, payload)
            if b"NEST" in payload: header["nested"] = True
            return ({**header, "hidden": []} if BLIND else header), text
        return broken
""")


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real worker, with a few bad habits in the child process."""
    (tmp_path / "broken_worker.py").write_text("BLIND = False\n" + BROKEN_WORKER)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(extractor, "_WORKER", "broken_worker:create")
    return tmp_path / "broken_worker.py"


@pytest.mark.parametrize(
    ("word", "failure"),
    [
        ("HANG", "timeout"),
        ("SPIN", "timeout"),
        ("DIE", "crashed"),
        ("SWELL", "memory"),
        ("LIE", "protocol"),
        ("BABBLE", "protocol"),
    ],
)
def test_a_bad_file_costs_its_own_text_only(broken: Path, word: str, failure: str) -> None:
    limits = ExtractionSettings(wall_seconds=3, cpu_seconds=1)
    with Extractor(limits) as one:
        assert one.extract(PAGE, "a.html").failure is None
        began = time.monotonic()
        assert one.extract(PAGE.replace(b"read", word.encode()), "a.html").failure == failure
        assert time.monotonic() - began < 12
        assert one.extract(PAGE, "a.html").text.strip() == "words to read"


def test_a_worker_that_misses_hidden_text_stops_the_run(broken: Path) -> None:
    broken.write_text("BLIND = True\n" + BROKEN_WORKER)
    with Extractor() as one, pytest.raises(CanaryMissed):
        one.extract(PAGE, "a.html")


def test_every_kind_has_a_canary_the_real_worker_answers() -> None:
    with Extractor() as one:
        for seed in range(5):
            for canary in canaries.files(Random(seed)):
                assert canary.answered_by(one.extract(canary.data, canary.name)), canary.name
                assert not canary.answered_by(one.extract(b"nothing", "a.txt"))
                assert (sniff(canary.data, "renamed") == "text/plain") == (canary.name == "canary.txt")


def put_to_the_proof(one: Extractor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the canaries that this extractor proves from now on, as they are proven."""
    proven: list[str] = []
    answered_by = canaries.FileCanary.answered_by

    def noted(canary: canaries.FileCanary, extracted: ExtractedText) -> bool:
        proven.append(canary.name)
        return answered_by(canary, extracted)

    monkeypatch.setattr(canaries.FileCanary, "answered_by", noted)
    return proven


def canary_file(name: str) -> bytes:
    return next(canary.data for canary in canaries.files(Random(3)) if canary.name == name)


@pytest.mark.parametrize("name", ["canary.html", "canary.pdf", "canary.docx", "canary.xlsx", "canary.txt"])
def test_law_03_a_kind_is_proven_before_its_first_document_and_no_other(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Extractor() as one:
        proven = put_to_the_proof(one, monkeypatch)
        for _ in range(2):
            assert one.extract(canary_file(name), name).failure is None
            assert proven == [name]


@pytest.mark.parametrize("name", ["a.eml", "a.mbox", "a.rtf", "a.ipynb"])
def test_law_03_what_may_hold_any_kind_needs_every_canary(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = canary_file("canary.eml")
    notebook = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    contents = {
        "a.eml": mail,
        "a.mbox": b"From a@example.org Mon\n" + mail,
        "a.rtf": b"{\\rtf1 a}",
        "a.ipynb": notebook,
    }
    with Extractor() as one:
        proven = put_to_the_proof(one, monkeypatch)
        one.extract(contents[name], name)
        assert set(proven) == canaries.EVERY


def test_law_03_a_document_of_several_documents_needs_every_canary(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Extractor() as one:
        proven = put_to_the_proof(one, monkeypatch)
        one.extract(PAGE, "a.html")
        assert set(proven) == {"canary.html"}
        one.extract(PAGE.replace(b"read", b"NEST"), "a.html")
        assert set(proven) == canaries.EVERY


def test_law_03_a_text_of_a_child_that_died_before_its_proof_is_not_passed_on(broken: Path) -> None:
    broken.write_text("BLIND = False\n" + BROKEN_WORKER)
    with Extractor() as one:
        assert one.extract(PAGE.replace(b"read", b"LAST"), "a.html").failure == "crashed"
        assert one.extract(PAGE, "a.html").failure is None


def test_plain_ascii_needs_no_child_at_all() -> None:
    with Extractor() as one:
        assert one.extract(b"# only words", "a.md").text == "# only words"
        assert one.peak_memory_bytes == 0


def test_no_child_outlives_a_killed_extraction(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys, time
        from pipeline.extraction.extractor import Extractor
        one = Extractor()
        one.extract(b"<html><p>x</p></html>", "a.html")
        print(one._child.pid, flush=True)
        while True:
            one.extract(b"<html>" + b"<p>x</p>" * 100_000, "a.html")
    """)
    reader, writer = os.pipe()
    parent = os.posix_spawn(
        sys.executable, [sys.executable, "-c", script], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)]
    )
    os.close(writer)
    with os.fdopen(reader) as lines:
        child = int(lines.readline())
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)
        end = time.monotonic() + 5
        while Path(f"/proc/{child}").exists() and time.monotonic() < end:
            if "zombie" in Path(f"/proc/{child}/status").read_text():
                break
            time.sleep(0.02)
        else:
            assert not Path(f"/proc/{child}").exists()


def test_nothing_is_left_behind() -> None:
    with Extractor() as first:  # the thread that starts children lives as long as the process
        first.extract(PAGE, "a.html")
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    threads = threading.active_count()
    for _ in range(5):
        with Extractor() as one:
            one.extract(PAGE, "a.html")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert threading.active_count() == threads


def test_the_pdf_library_comes_from_nowhere_others_can_write() -> None:
    """It is unpacked at run time; in a shared folder somebody else could have put another one there first."""
    page = next(canary.data for canary in canaries.files(Random(1)) if canary.name == "canary.pdf")
    extractor = Extractor(ExtractionSettings())
    assert extractor.extract(page, "a.pdf").failure is None
    maps = Path(f"/proc/{extractor._child.pid}/maps").read_text()
    extractor.close()
    loaded = {line.split(maxsplit=5)[5] for line in maps.splitlines() if "libpdfium" in line}
    unpacked = [path for path in loaded if "site-packages" not in path]
    assert unpacked
    assert all("/corpusgate-" in path and path.endswith("(deleted)") for path in unpacked)
