"""Structured identifiers: what is found, and what stays quiet."""

import pytest

from pipeline.domain.findings import Severity


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
        ("Passport no. X7742190", "PASSPORT", "X7742190"),
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
        "lat 52.520008, lon 13.404954, then 48.137154, 11.576124",
        "published at 2024-11-01T14:06:24.793Z",
    ],
)
def test_technical_text_stays_quiet(pii, text):
    assert [d for d in pii(text) if d.severity != Severity.LOW] == []
