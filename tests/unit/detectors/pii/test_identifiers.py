"""Structured identifiers: what is found, and what stays quiet."""

import pytest

from pipeline.domain.findings.findings import Severity


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("Write to ada.byron@example.org today", "EMAIL_ADDRESS", "ada.byron@example.org"),
        ("Pay with 4111 1111 1111 1111 please", "CREDIT_CARD", "4111 1111 1111 1111"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
        ("Her SSN is 536-22-8731.", "US_SSN", "536-22-8731"),
        ("client 203.0.113.77 connected", "IP_ADDRESS", "203.0.113.77"),
        ("hetu 131052-308T", "FI_PERSONAL_IDENTITY_CODE", "131052-308T"),
        ("Call +44 20 7946 0018 now", "PHONE_NUMBER", "+44 20 7946 0018"),
        ("the desk (+44 20 7946 0018)", "PHONE_NUMBER", "+44 20 7946 0018"),
        ("the desk (phone 020 7946 0018)", "PHONE_NUMBER", "020 7946 0018"),
        ("Passport no. X7742190", "PASSPORT", "X7742190"),
        ("dl no D1234567 of the driver", "US_DRIVER_LICENSE", "D1234567"),
        ("LK53 ABJ parked at the gate", "UK_VEHICLE_REGISTRATION", "LK53 ABJ"),
        ("the registration plate is lk53 abj", "UK_VEHICLE_REGISTRATION", "lk53 abj"),
    ],
)
def test_finds_the_value(pii, text, entity, value):
    found = pii(text)
    assert [(entity, value)] == [(d.entity, text[d.start : d.end]) for d in found if d.severity != Severity.LOW]


@pytest.mark.parametrize(
    "text",
    [
        "Upgraded from 4.17.21 to 4.18.0 in build 20240131.1",
        "integrity sha512-4111111111111111aaaaBBBBccccDDDDeeeeFFFF0123456789==",
        "request 123e4567-e89b-12d3-a456-426614174000 took 1699999999999 ns",
        "AssemblyVersion('1.4.2.0') replaces release 81.2.69.142",
        "See section 3.1.2.4 of the manual; upgrade from 41.4.22.1 to 41.4.23.1",
        "It listens on http://127.0.0.1:8080/ and ::1 with the mask 255.255.240.0",
        "The cluster uses 10.0.0.0/8 and asks 9.9.9.9 for names",
        "lat 52.520008, lon 13.404954, then 48.137154, 11.576124",
        "published at 2024-11-01T14:06:24.793Z",
        "d42-pem and b17-zip are folders",
        "Print the letter on A4 and fold it into DL envelopes; the flyer is a DL, too, on form B7",
        "rfc-9110.txt holds what RFC 9110 says",
    ],
)
def test_technical_text_stays_quiet(pii, text):
    assert [d for d in pii(text) if d.severity != Severity.LOW] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Pay to IBAN GB29 NWBK 6016 1331\n9268 19 by Friday.", "GB29 NWBK 6016 1331\n9268 19"),
        ("Pay to GB29 NWBK 6016 13\n  31 9268 19 by Friday.", "GB29 NWBK 6016 13\n  31 9268 19"),
        ("Pay to GB29 NWBK\r\n6016 1331 9268 19.", "GB29 NWBK\r\n6016 1331 9268 19"),
        ("> account GB29 NWBK 6016 1331 9268\n> 19\n", "GB29 NWBK 6016 1331 9268\n> 19"),
        ("The card 4111 1111\n1111 1111 was charged.", "4111 1111\n1111 1111"),
        ("The card 4111-1111-\n1111-1111 was charged.", "4111-1111-\n1111-1111"),
        ("The card 411111111\n1111111 was charged.", "411111111\n1111111"),
        ("Refund it to\n4111\n1111 1111 1111 today.", "4111\n1111 1111 1111"),
        ("PESEL 440514\n01359 jest wpisany.", "440514\n01359"),
    ],
)
def test_a_value_cut_by_a_line_end_is_found_whole(pii, text, value):
    assert value in [text[d.start : d.end] for d in pii(text) if d.severity == Severity.HIGH]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Paid by card 4111 1111 1111 1111\n2048 2048 units left.", "4111 1111 1111 1111"),
        ("Order 2048\n4111 1111 1111 1111 is the card.", "4111 1111 1111 1111"),
        ("IBAN DE89 3704 0044 0532 0130 00\n4711 8000 is the order.", "DE89 3704 0044 0532 0130 00"),
    ],
)
def test_what_stands_on_the_next_line_is_no_part_of_a_whole_value(pii, text, value):
    assert [text[d.start : d.end] for d in pii(text) if d.severity == Severity.HIGH] == [value]


def test_rows_of_figures_are_not_read_across_their_ends(pii):
    rows = "\n".join(f"{n} {4111 + n * 37} {1111 + n * 41} {1024 + n * 13} {2048 + n * 29}" for n in range(200))
    text = f"Sizes of the blocks\n{rows}\n"
    assert [d for d in pii(text) if "\n" in text[d.start : d.end]] == []


@pytest.mark.parametrize(
    "text",
    [
        "Write to ada.\u200bbyron@exam\u00adple.org today",
        "IBAN DE89 3704\u200d 0044 05\u206032 0130 00",
        "Pay with ４１１１ １１１１ １１１１ １１１１ please",
        "IBAN D\u041589 3704 0044 0532 0130 00",
    ],
    ids=["zero width and soft hyphen", "joiners", "full width", "a Cyrillic letter"],
)
def test_characters_that_do_not_show_hide_nothing(pii, text):
    found = [d for d in pii(text) if d.severity != Severity.LOW]
    assert len(found) == 1
    left = text[: found[0].start] + text[found[0].end :]
    assert left.split() in (["Write", "to", "today"], ["IBAN"], ["Pay", "with", "please"])
