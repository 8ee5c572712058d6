"""The guard trusts a detector only while it finds its canaries, and a document without an answer gets a finding."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from pipeline.detectors.canaries import Canary
from pipeline.detectors.guarded import GuardedDetector
from pipeline.domain.digests import fingerprint
from pipeline.domain.documents.documents import ExtractedText, HiddenRun
from pipeline.domain.errors import CanaryMissed, ChildFailure
from pipeline.domain.findings.findings import FindingKind
from pipeline.sandbox import ChildLimits
from tests.support import wordy

KEY = b"k" * 32
LIMITS = ChildLimits(memory_bytes=512 << 20, wall_seconds=2)


def text(words: str, *hidden: str) -> ExtractedText:
    runs = tuple(HiddenRun(technique="test", text=run) for run in hidden)
    return ExtractedText(text=words, media_type="text/plain", extractor="test", hidden=runs)


def badgers(kind: FindingKind, chance: Random) -> Iterator[Canary]:
    filler = "x" * chance.randrange(1, 9)
    yield Canary("text/plain", text(f"{filler} badger"), ((len(filler) + 1, len(filler) + 7),))
    yield Canary("text/plain", text(filler), ())


def guarded(detector: str, folder: Path, **options: object) -> GuardedDetector:
    limits = replace(LIMITS, reads=(wordy.__file__,), writes=(str(folder),))
    return GuardedDetector(f"tests.support.wordy:{detector}", {"folder": str(folder)}, limits, badgers, **options)  # type: ignore[arg-type]


def test_detections_arrive_sealed(tmp_path: Path) -> None:
    with guarded("Wordy", tmp_path) as detector:
        (finding,) = detector.scan(text("one\nä badger"), KEY)
    assert (finding.start, finding.end, finding.line) == (6, 12, 2)
    assert finding.fingerprint == fingerprint(KEY, "badger")
    assert "badger" not in finding.preview + finding.fingerprint


def test_hidden_runs_reach_the_detector(tmp_path: Path) -> None:
    with guarded("Wordy", tmp_path) as detector:
        (finding,) = detector.scan(text("nothing", "a badger beneath"), KEY)
    assert finding.fingerprint == fingerprint(KEY, "a badger beneath")


def test_it_knows_its_detector(tmp_path: Path) -> None:
    with guarded("Wordy", tmp_path) as detector:
        assert (detector.name, detector.kinds, detector.detector_digest) == ("wordy", (FindingKind.SECRET,), "d" * 64)


@pytest.mark.parametrize(("words", "reason"), [("sleep", "took longer"), ("crash", "crashed"), ("error", "ValueError")])
def test_a_scan_that_does_not_finish_is_a_finding(tmp_path: Path, words: str, reason: str) -> None:
    with guarded("Wordy", tmp_path) as detector:
        (finding,) = detector.scan(text(f"please {words} now"), KEY)
        assert finding.kind is FindingKind.SCAN_FAILED
        assert reason in finding.reason
        assert "please" not in finding.model_dump_json()
        assert [later.entity for later in detector.scan(text("badger"), KEY)] == ["ANIMAL"]


@pytest.mark.parametrize("detector", ["Blind", "Alarmist"])
def test_no_document_is_scanned_by_a_detector_that_fails_its_canaries(tmp_path: Path, detector: str) -> None:
    with guarded(detector, tmp_path) as broken, pytest.raises(CanaryMissed):
        broken.submit(text("a badger"))


@pytest.mark.parametrize("detector", ["Blind", "Alarmist"])
def test_law_3_a_detector_that_loaded_early_still_proves_itself_before_its_first_answer(
    tmp_path: Path, detector: str
) -> None:
    with guarded(detector, tmp_path) as early:
        early.begin()
        with pytest.raises(CanaryMissed):
            early.scan(text("badger"), KEY)


def test_canaries_return_at_intervals(tmp_path: Path) -> None:
    """Two canaries at the start, then eight scans are good; the ninth would be wrong, and stops the run."""
    with guarded("Tiring", tmp_path, canary_every=9) as detector:
        for _ in range(8):
            assert detector.scan(text("badger"), KEY)
        with pytest.raises(CanaryMissed):
            detector.scan(text("badger"), KEY)


def test_canaries_return_with_time(tmp_path: Path) -> None:
    with guarded("Tiring", tmp_path, canary_seconds=0) as detector:
        for _ in range(3):  # each scan is followed by two canaries, and two came before
            detector.scan(text("badger"), KEY)
        with pytest.raises(CanaryMissed):
            detector.scan(text("badger"), KEY)


def test_a_successor_must_prove_itself(tmp_path: Path) -> None:
    with guarded("Relapsing", tmp_path) as detector:
        assert detector.scan(text("badger"), KEY)
        detector.scan(text("crash"), KEY)
        with pytest.raises(CanaryMissed):
            detector.scan(text("badger"), KEY)


def test_a_place_outside_the_text_is_no_answer(tmp_path: Path) -> None:
    with guarded("Confused", tmp_path) as detector:
        (finding,) = detector.scan(text("long enough to be none of the canaries of this test"), KEY)
    assert finding.kind is FindingKind.SCAN_FAILED


def test_documents_in_flight_keep_their_order_and_only_the_guilty_fails(tmp_path: Path) -> None:
    words = ["badger"] * 5 + ["crash"] + ["two badger badger"] * 5
    with guarded("Wordy", tmp_path) as detector:
        tickets = [detector.submit(text(one)) for one in words]
        kinds = [[finding.kind for finding in detector.result(ticket, KEY)] for ticket in tickets]
    secret, failed = FindingKind.SECRET, FindingKind.SCAN_FAILED
    assert kinds == [[secret]] * 5 + [[failed]] + [[secret, secret]] * 5


def test_a_detector_that_cannot_start_stops_the_run(tmp_path: Path) -> None:
    with (
        GuardedDetector("tests.support.wordy:Missing", {}, LIMITS, badgers) as detector,
        pytest.raises(ChildFailure) as caught,
    ):
        detector.scan(text("badger"), KEY)
    assert caught.value.reason == "startup"


def test_lone_surrogates_pass(tmp_path: Path) -> None:
    with guarded("Wordy", tmp_path) as detector:
        assert len(detector.scan(text("\ud800 badger"), KEY)) == 1


def test_threads_that_share_a_detector_get_the_findings_of_their_own_documents(tmp_path: Path) -> None:
    def scan(thread: int) -> list[tuple[bool, int]]:
        tickets = []
        for number in range(30):
            guilty = (thread + number) % 2 == 0
            tickets.append((guilty, detector.submit(text("a badger" if guilty else "a mole"))))
        return [(guilty, len(detector.result(ticket, KEY))) for guilty, ticket in tickets]

    with guarded("Wordy", tmp_path) as detector, ThreadPoolExecutor(4) as threads:
        seen = [pair for pairs in threads.map(scan, range(4)) for pair in pairs]
    assert len(seen) == 120
    assert all(found == int(guilty) for guilty, found in seen)


def test_an_answer_of_a_child_that_nobody_put_to_the_proof_is_not_passed_on(tmp_path: Path) -> None:
    """One thread settles another's request with a child that dies before either could prove it."""
    with guarded("Wordy", tmp_path) as detector:
        detector.prove()
        ticket = detector.submit(text("a mole"))
        detector._child.result(ticket.request)
        detector._proved.clear()
        (finding,) = detector.result(ticket, KEY)
    assert finding.kind is FindingKind.SCAN_FAILED
