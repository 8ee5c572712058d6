"""Failures in words: each known one says what happened and what to do, and names its kind of file."""

import pytest

from pipeline.domain.findings.failures import EXTRACTION, failure_sentence
from pipeline.domain.findings.findings import scan_failure
from pipeline.extraction.extractor import FAILURES
from transforms.support.reading import UNOPENED

REFUSED = ("larger than its source allows", "not readable", "changed while it was being read", *UNOPENED.values())


@pytest.mark.parametrize("word", sorted({*FAILURES, *REFUSED}))
def test_each_word_of_the_extraction_has_a_sentence_that_ends_with_what_to_do(word: str) -> None:
    sentence = failure_sentence(EXTRACTION, word, "image/png")
    assert "did not finish" not in sentence, "only a failure that no one has foreseen is named by its word"
    assert ". " in sentence, "what happened, and what to do, are two sentences"
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_a_failure_no_one_has_foreseen_is_named_by_its_class() -> None:
    assert failure_sentence(EXTRACTION, "OddError") == "Reading it did not finish (OddError). Tell the operator."


@pytest.mark.parametrize(
    ("media_type", "named"),
    [
        ("image/png", "The picture "),
        ("application/pdf", "The PDF "),
        ("application/zip", "The archive "),
        ("", "The file "),
    ],
)
def test_a_damaged_file_is_named_by_its_kind(media_type: str, named: str) -> None:
    assert failure_sentence(EXTRACTION, "corrupt", media_type).startswith(f"{named}is damaged")


def test_a_type_that_is_not_read_is_named() -> None:
    assert "(application/x-7z-compressed)" in failure_sentence(EXTRACTION, "unsupported", "application/x-7z-compressed")


def test_a_detector_is_named_by_what_it_looks_for() -> None:
    assert scan_failure("pii", "timeout").reason.startswith("The scan for personal data took longer")
