"""Canaries differ each time, say truly where their value stands, and are judged strictly."""

from dataclasses import replace
from random import Random

import pytest

from pipeline.detectors import canaries
from pipeline.detectors.canaries import Canary
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.findings.findings import Detection, FindingKind, Severity

KINDS = [FindingKind.SECRET, FindingKind.PII, FindingKind.INJECTION, FindingKind.PLAIN_ORDER, FindingKind.HIDDEN_TEXT]


def at(start: int, end: int) -> Detection:
    return Detection(FindingKind.SECRET, "x", "X", start, end, Severity.LOW, 1.0)


def canary(*places: tuple[int, int], hidden: bool = False) -> Canary:
    return Canary("text/plain", ExtractedText(text="0123456789", media_type="", extractor=""), places, hidden)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_several_file_types_and_one_clean_text(kind: FindingKind) -> None:
    flock = list(canaries.planted(kind, Random(1)))
    assert sum(not one.places and not one.hidden for one in flock) == 1
    assert len({one.file_type for one in flock if one.places or one.hidden}) >= 3
    for one in flock:
        assert all(0 <= start < end <= len(one.document.text) for start, end in one.places)


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_flocks_are_alike(kind: FindingKind) -> None:
    first, second = ([one.document for one in canaries.planted(kind, Random(seed))] for seed in (1, 2))
    assert all(a != b for a, b in zip(first[:-1], second[:-1], strict=True))


def test_check_digits_are_valid() -> None:
    for seed in range(50):
        _, iban_canary, card_canary, _ = canaries.planted(FindingKind.PII, Random(seed))
        iban, card = (one.document.text[slice(*one.places[0])] for one in (iban_canary, card_canary))
        assert int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1
        digits = [int(digit) for digit in reversed(card)]
        assert sum(digits[0::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def test_every_place_must_be_touched() -> None:
    assert canary((2, 4), (6, 8)).answered_by([at(3, 5), at(6, 7)])
    assert not canary((2, 4), (6, 8)).answered_by([at(3, 5)])
    assert not canary((2, 4)).answered_by([at(4, 6)])
    assert not canary((2, 4)).answered_by([])


def test_a_finding_of_another_kind_does_not_answer_a_canary_of_a_kind() -> None:
    meant = replace(canary((2, 4)), kind=FindingKind.PLAIN_ORDER)
    assert not meant.answered_by([at(2, 4)])
    assert meant.answered_by([at(2, 4), replace(at(2, 4), kind=FindingKind.PLAIN_ORDER)])
    assert not replace(canary(), kind=FindingKind.PLAIN_ORDER).answered_by([at(0, 1)])


@pytest.mark.parametrize("kind", KINDS)
def test_every_canary_names_its_kind(kind: FindingKind) -> None:
    assert {one.kind for one in canaries.planted(kind, Random(1))} == {kind}


def test_a_clean_text_must_stay_clean() -> None:
    assert canary().answered_by([])
    assert not canary().answered_by([at(0, 1)])


def test_a_hidden_run_needs_a_finding() -> None:
    assert canary(hidden=True).answered_by([at(0, 0)])
    assert not canary(hidden=True).answered_by([])
