"""Values in other spellings, and values that only look like personal data."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.findings.findings import Lowering, Severity

LOCAL = st.from_regex(r"[a-z]{3,8}\.[a-z]{3,8}", fullmatch=True)
HOST = st.from_regex(r"[a-z]{4,9}-[a-z]{3,6}", fullmatch=True)
AT = ["[at]", "(at)", " [at] ", " (at) ", " {at} ", "[AT]", " <at> "]
IN_MARKUP = ["%40", "&#64;", "&#064;", "&#x40;", "&commat;", " @ ", "@ ", " @"]
DOT = [".", " [dot] ", "(dot)", " dot "]


def reported(detections):
    return [d for d in detections if d.lowered is None and d.severity is not Severity.LOW]


ENDS = st.sampled_from(["de", "pl", "com", "co.uk"])


@given(LOCAL, HOST, st.sampled_from([*((at, dot) for at in AT for dot in DOT), *((at, ".") for at in IN_MARKUP)]), ENDS)
@settings(max_examples=120, deadline=None)
def test_spelled_addresses_are_found_whole(pii, local, host, joints, end):
    address = f"{local}{joints[0]}{host}{joints[1]}{end}"
    text = f"Please ask\n{address}\nfor the keys."
    spans = [(d.start, d.end) for d in reported(pii(text)) if d.entity == "EMAIL_ADDRESS"]
    assert spans == [(11, 11 + len(address))]


@pytest.mark.parametrize(
    "text",
    [
        "meet at noon",
        "6 lamps @ 3.50 euro",
        "v1.2 @ main.py",
        "look (at) this",
        "polka dot dress at night",
        "5 [at] 3 euro each",
    ],
)
def test_words_that_spell_no_address_are_quiet(pii, text):
    assert reported(pii(text)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [("write to info@optik-falk.de", Lowering.PUBLIC), ("mail noreply@optik-falk.de", Lowering.PUBLIC),
     ("mail user@example.org", Lowering.SAMPLE),
     ("dsn: https://9f3c1b7ad2e84450@o7.ingest.lampen-falk.de/3", Lowering.MACHINE),
     ("Ticket 0800-2345-6789", Lowering.DESCRIPTION),
     ("GTIN 00034567800034", Lowering.DESCRIPTION), ("Order no. 0800-2345-6789", Lowering.DESCRIPTION)],
)  # fmt: skip
def test_values_that_reach_no_person_are_lowered(pii, text, reason):
    assert [d.lowered for d in pii(text) if d.entity in ("EMAIL_ADDRESS", "PHONE_NUMBER")] == [reason]


@pytest.mark.parametrize(
    "text", ["Lamp Suite 2031", "The Test Suite 14 ran", "Storage Unit 12", "Harbour Square 7.5 percent"]
)
def test_products_with_numbers_are_not_addresses(pii, text):
    assert [d.entity for d in reported(pii(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "12 Harbour Lane, Suite 210",
        "Rosewood Apt 4",
        "Maple Court, Unit 12",
        "40 Mill Road Flat 3",
        "Mill 41 Old Dam\n Suite 860",
    ],
)
def test_homes_with_numbers_are_addresses(pii, text):
    assert {d.entity for d in reported(pii(text))} == {"STREET_ADDRESS"}


@pytest.mark.parametrize("before", ["Ada Stone (", "Ada Stone, ", "", "Ada Stone "])
def test_a_short_word_of_birth_counts_next_to_a_name_or_alone(pii, before):
    text = f"{before}b. 3 March 1984"
    assert "DATE_OF_BIRTH" in {d.entity for d in reported(pii(text))}


def test_the_second_letter_of_a_list_is_not_a_birth(pii):
    text = "a. 2 March 2019 Kick-off\nb. 3 March 2019 Review\n"
    assert reported(pii(text)) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("REGON 012100784", "012100784"),
        ("numer rachunku 61 1090 1014 0000 0712 1981 2874", "61 1090 1014 0000 0712 1981 2874"),
        ("MR# 447123 was seen", "447123"),
        ("Record number 2231-44", "2231-44"),
        ("kontakt pod numerem 22 621 44 32", "22 621 44 32"),
    ],
)
def test_labelled_numbers_are_found_whole(pii, text, value):
    assert value in [text[d.start : d.end] for d in reported(pii(text))]


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("The manual names 00-00-5E-00-53-A7 and 01:00:5e:90:10:3c.", "MAC_ADDRESS"),
        ("Built with node 18.17.1 and mingw 12.2.0.3.", "IP_ADDRESS"),
        ("12 Layers Road to Calm, 9 Tiers Lane and 5 Minutes Drive", "STREET_ADDRESS"),
    ],
)
def test_what_stands_for_nothing_of_a_person_is_lowered(pii, text, entity):
    found = [d for d in pii(text) if d.entity == entity]
    assert found
    assert reported(found) == []


@pytest.mark.parametrize("text", ["Shelf 514.27, call number TK51", "a0Qx+Bd77vT/C/Ae41=Bd9 is the digest of the file"])
def test_shelf_marks_and_digests_hold_no_number_and_no_street(pii, text):
    assert reported(pii(text)) == []


def test_the_address_of_a_machine_counts_next_to_a_version_if_a_word_says_so(pii):
    assert [d.entity for d in reported(pii("curl 8.5.0 asked the host 88.198.24.7"))] == ["IP_ADDRESS"]


def test_an_account_of_a_chain_counts_only_next_to_a_word_of_money(pii):
    account = "0x9c3f1a77e0b24d58c6a1f9e3d7b08452ac6e11f0"
    assert reported(pii(account)) == []
    assert [d.entity for d in reported(pii(f"Please donate to {account}"))] == ["CRYPTO"]


CLINICAL = ["Called to {} at {}", "{} will page {}", "Spoke with {}, {}", "Seen by {} ({})"]
PEOPLE = ["the daughter", "RN", "Dr. Fink", "the nurse", "his wife"]
INSIDE = ["x4-{:04d}", "x 2-{:04d}", "ext 5-{:04d}", "448-{:04d}"]


@given(st.sampled_from(CLINICAL), st.sampled_from(PEOPLE), st.sampled_from(INSIDE), st.integers(0, 9999))
@settings(max_examples=120, deadline=None)
def test_the_extension_of_somebody_who_answers_is_found_whole(pii, sentence, person, form, last):
    number = form.format(last)
    text = f"{sentence.format(person, number)}. Plan: discharge tomorrow."
    start = text.index(number)
    found = {place for d in reported(pii(text)) if d.entity == "PHONE_NUMBER" for place in range(d.start, d.end)}
    assert found >= {place for place in range(start, start + len(number)) if text[place].isdigit()}


@pytest.mark.parametrize(
    "text",
    [
        "Son was called. I/O 1340/960 over the shift.",
        "Son was called. BP 1420/880 mm.",
        "The ticket 448-2210 of the nurse is closed.",
        "The screen runs at x4-1080 in the test.",
        "Lot 448-2210 was packed.",
    ],
)
def test_a_measure_a_ticket_and_a_lot_stay_quiet(pii, text):
    assert [d.entity for d in reported(pii(text))] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Osoba kontaktowa: p. Bukowska, kom. (22) 448-31-07", "(22) 448-31-07"),
        ("Wniosek o zasiłek, numer ewidencyjny 44051401359", "44051401359"),
    ],
)
def test_numbers_of_polish_letters_are_found_whole(pii, text, value):
    assert value in [text[d.start : d.end] for d in reported(pii(text))]
