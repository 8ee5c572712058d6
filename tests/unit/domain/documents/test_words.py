"""Law 4: what people type is kept without the values in it, and an act of a person is never refused for its words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.served import WITHHELD
from pipeline.domain.documents.words import is_plain, is_plain_path, kept_words
from pipeline.domain.findings.findings import Finding, FindingKind, Severity, scan_failure

CODE = re.compile(r"\bQX\d{6}\b")


def scan(text: str) -> list[Finding]:
    return [
        Finding(
            kind=FindingKind.SECRET, detector="test.code", entity="CODE", severity=Severity.HIGH, confidence=0.9,
            start=hit.start(), end=hit.end(), line=1, fingerprint="", preview="",
        )
        for hit in CODE.finditer(text)
    ]  # fmt: skip


def test_law_04_a_value_in_typed_words_becomes_a_placeholder() -> None:
    assert kept_words("The key QX123456 leaked.", scan) == "The key ‹CODE_1› leaked."


def test_words_without_a_value_stay() -> None:
    assert kept_words("Replaced by the version of May.", scan) == "Replaced by the version of May."


def test_law_03_words_that_no_detector_could_read_are_withheld() -> None:
    assert kept_words("anything", lambda _: [scan_failure("pii", "timed out")]) == WITHHELD


@pytest.mark.parametrize(
    "words",
    ["Leaked.", "It contradicts the handbook, and its owner agrees.", "Réponse tardive", "group:staff", "CC-BY-4.0"],
)
def test_ordinary_words_need_no_detector(words: str) -> None:
    assert is_plain(words)


@pytest.mark.parametrize(
    "words",
    [
        "ask ann@example.org",
        "ask ann＠example.org",
        "call 555 0100",
        "lives at 12 Elm Street",
        "born in 1971",
        "the password is Swordfish",
        "PIN of the door",
        "a" * 21,
        "user:ann@example.org",
        "x=y",
        "٠١٢٣٤٥٦٧٨",
    ],
)
def test_law_04_words_that_could_hold_a_value_are_read_by_the_detectors(words: str) -> None:
    assert not is_plain(words)


@given(st.text())
def test_law_04_plain_words_hold_no_digit_and_no_sign_of_an_address(words: str) -> None:
    if is_plain(words):
        assert not re.search(r"@|=|_", words)
        assert not any(character.isdigit() for character in re.sub(r"-\d\.\d", "", words))


@pytest.mark.parametrize("path", ["/srv/corpus/handbook", "s3://bucket/reports-2026/eu", "inbox/people"])
def test_a_plain_path_needs_no_detector(path: str) -> None:
    assert is_plain_path(path)


@pytest.mark.parametrize(
    "path", ["/srv/ann@example.org", "s3://AKIA2E0A8F3B244C9986/x", "https://u:p@host/x", "/srv/4539578763621486"]
)
def test_law_04_a_path_that_could_hold_a_value_is_read_by_the_detectors(path: str) -> None:
    assert not is_plain_path(path)
