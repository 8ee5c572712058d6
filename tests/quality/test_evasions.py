"""What tries to get past the detectors: the classes that must be caught, and the ones known not to be."""

from collections import defaultdict

import pytest

from pipeline.domain.findings.findings import FindingKind
from tests.quality.evasions import WHY_NOT, Drill, evasions

pytestmark = pytest.mark.slow

FLOORS = {
    # Of six secrets four have a form of their own, which is put together from any two or three pieces.
    (FindingKind.SECRET, "three lines"): 4 / 6,
    (FindingKind.SECRET, "table cells"): 4 / 6,
    (FindingKind.SECRET, "Markdown emphasis"): 3 / 6,
    # Of five orders four are English.
    (FindingKind.INJECTION, "ROT13"): 4 / 5,
    (FindingKind.INJECTION, "reversed"): 4 / 5,
    # Text shown as code may be talk about attacks: most orders must still be overt.
    (FindingKind.INJECTION, "code fence"): 3 / 5,
    (FindingKind.INJECTION, "underscores"): 1 / 5,
    (FindingKind.INJECTION, "no spaces"): 1 / 5,
    (FindingKind.PLAIN_ORDER, "quotation"): 2 / 3,
    (FindingKind.PLAIN_ORDER, "front matter"): 2 / 3,
    # An IBAN and a card have a checksum that says where they end; an e-mail address has none.
    (FindingKind.PII, "line break"): 2 / 3,
}
"""The least share of a class that `WHY_NOT` has a reason for; nothing is asked of the rest of them."""


@pytest.fixture(scope="module")
def caught():
    drill = Drill()
    results = defaultdict(dict)
    for evasion in evasions():
        results[evasion.kind, evasion.disguise][evasion.payload, evasion.start] = drill.catches(evasion)
    return results


def test_there_are_enough_of_them_and_always_the_same():
    made = list(evasions())
    assert len(made) >= 200
    assert made == list(evasions())
    assert all(0 <= evasion.start < evasion.end <= len(evasion.text) for evasion in made)


def test_the_author_silences_nothing(caught):
    marks = {kind: tried for (kind, disguise), tried in caught.items() if disguise == "ignore marks"}
    assert set(marks) == {FindingKind.SECRET, FindingKind.INJECTION, FindingKind.PLAIN_ORDER, FindingKind.PII}
    assert [name for tried in marks.values() for name, found in tried.items() if not found] == []


def test_every_class_without_a_stated_reason_is_caught_whole(caught):
    missed = {
        key: [name for name, found in tried.items() if not found]
        for key, tried in caught.items()
        if key not in WHY_NOT and not all(tried.values())
    }
    assert missed == {}


@pytest.mark.parametrize(("kind", "disguise"), FLOORS)
def test_of_the_others_enough_is_caught(caught, kind, disguise):
    tried = caught[kind, disguise]
    assert sum(tried.values()) / len(tried) >= FLOORS[kind, disguise] - 1e-9


def test_reasons_are_given_for_classes_that_exist(caught):
    assert set(FLOORS) <= set(WHY_NOT) <= set(caught)
    assert [disguise for (_, disguise) in WHY_NOT if disguise == "ignore marks"] == []
