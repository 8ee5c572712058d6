"""Names: low severity always, weighed by what stands near."""

import pytest

from pipeline.detectors.pii.name_shapes import DAYS_AND_MONTHS
from pipeline.domain.findings.findings import Severity


def people(text, found):
    return [(text[d.start : d.end], d.confidence) for d in found if d.entity == "PERSON"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The report was written by Maria Lindqvist in spring.", "Maria Lindqvist"),
        ("Nombre: Estefanía", "Estefanía"),
        ("We asked Dr. Okonkwo about it.", "Okonkwo"),
        ("please follow up with laura bennett in a week", "laura bennett"),
        ("They met Zorvan T. Quellmark at the gate.", "Zorvan T. Quellmark"),
    ],
)
def test_finds_a_name_with_low_severity(pii, text, name):
    found = pii(text)
    assert name in [value for value, _ in people(text, found)]
    assert {d.severity for d in found} == {Severity.LOW}


def test_a_name_next_to_an_identifier_weighs_more(pii):
    alone = "The report was written by Maria Lindqvist in spring."
    beside = "The report was written by Maria Lindqvist, maria.lindqvist@example.org."
    assert people(beside, pii(beside))[0][1] > people(alone, pii(alone))[0][1]


@pytest.mark.parametrize("text", ["She studied at Marie Curie University.", "We flew to San Pedro.", "Will This Work?"])
def test_places_and_ordinary_words_are_no_names(pii, text):
    assert people(text, pii(text)) == []


@pytest.mark.parametrize("line", ["i = 12345 + 67890", "1234567890 i 12345", "a i a i a i a i"])
def test_a_line_of_single_letters_is_read_to_its_end(pii, line):
    assert pii(f"{line}\n{line}") == []


@pytest.mark.parametrize("word", sorted(DAYS_AND_MONTHS))
def test_a_day_or_a_month_by_which_something_is_done_is_not_a_person(pii, word):
    when = word.capitalize()
    text = f"Your lead has a first task for you, small enough to finish by {when} and real enough to matter."
    assert [d for d in pii(text) if d.entity == "PERSON"] == []
    written = text.replace(when, "Quenzell")
    assert [d for d in pii(written) if d.entity == "PERSON"] != [], "a name nobody knows in the same place is one"
