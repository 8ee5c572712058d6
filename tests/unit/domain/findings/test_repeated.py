"""A value that is redacted once is redacted wherever it stands."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.findings.findings import Finding, FindingKind, Severity
from pipeline.domain.findings.redaction import redact
from pipeline.domain.findings.repeated import with_repeats


def finding(text: str, value: str, entity: str = "NATIONAL_ID") -> Finding:
    start = text.index(value)
    return Finding(
        kind=FindingKind.PII,
        detector="pii.test",
        entity=entity,
        severity=Severity.HIGH,
        confidence=0.9,
        start=start,
        end=start + len(value),
        line=1,
        fingerprint="f",
        preview="p",
    )


def served(text: str, value: str) -> str:
    return redact(text, with_repeats(text, [finding(text, value)])).text


@pytest.mark.parametrize(
    "again",
    [
        "536-22-8731",
        "536 22 8731",
        "536228731",
        "536.22.8731",
        "(536) 22-8731",
        "５３６２２８７３１",
        "536\u201322\u20138731",
    ],
)
def test_another_spelling_of_a_number_is_taken_out(again: str) -> None:
    text = f"SSN 536-22-8731.\nLater: {again}, as agreed."
    assert (
        served(text, "536-22-8731")
        == "SSN ‹NATIONAL_ID_1›.\nLater: "
        + ("(‹NATIONAL_ID_1›" if again.startswith("(") else "‹NATIONAL_ID_1›")
        + ", as agreed."
    )


@pytest.mark.parametrize("other", ["5362287312", "A536228731", "536-22-8732", "53622873", "536, then 22, then 8731"])
def test_a_longer_or_another_number_stays(other: str) -> None:
    text = f"SSN 536-22-8731.\nLater: {other}; as agreed."
    assert served(text, "536-22-8731").endswith(f"Later: {other}; as agreed.")


def test_a_full_name_is_taken_out_again_and_a_single_word_is_not() -> None:
    text = "Will Ostrander signed. Ask WILL OSTRANDER, if you will."
    assert served(text, "Will Ostrander") == "‹NATIONAL_ID_1› signed. Ask ‹NATIONAL_ID_1›, if you will."
    assert served(text, "Will") == "‹NATIONAL_ID_1› Ostrander signed. Ask WILL OSTRANDER, if you will."


@given(st.lists(st.sampled_from(["ab12cd34", "AB-12-cd-34", " ", "x", "7", "\n", "ﬀ", "İ", "١"]), max_size=30))
def test_any_text_keeps_its_other_characters(pieces: list[str]) -> None:
    text = "ab12cd34 " + "".join(pieces)
    found = with_repeats(text, [finding(text, "ab12cd34")])
    for one in found:
        letters = "".join(c for c in text[one.start : one.end] if c.isalnum()).lower()
        assert letters == "ab12cd34"
    assert len({(one.start, one.end) for one in found}) == len(found)


@given(
    st.lists(st.sampled_from(["ab12cd34", "ab12cd3", "AB-12-cd-34", "ab12 cd34", " ", "x", "\n"]), max_size=30),
    st.sets(st.sampled_from(["ab12cd34", "ab12cd3", "12cd34x"]), min_size=1),
)
def test_many_values_are_found_as_each_alone(pieces: list[str], wanted: set[str]) -> None:
    text = " ".join(sorted(wanted)) + " " + "".join(pieces)
    findings = [finding(text, value) for value in sorted(wanted)]
    alone = {(one.start, one.end, one.line) for value in findings for one in with_repeats(text, [value])}
    starts = {(one.start, one.end) for one in findings}
    together = {(one.start, one.end, one.line) for one in with_repeats(text, findings)}
    assert {one[:2] for one in together} == {one[:2] for one in alone} | starts
    assert all(line == text[:start].count("\n") + 1 for start, _, line in together - {(*s, 1) for s in starts})


@pytest.mark.parametrize(
    ("value", "again"),
    [
        ("+48 601 234 567", "601-234-567"),
        ("+44 20 7946 0018", "(020) 7946 0018"),
        ("536-22-8731", "<td>536</td><td>22</td><td>8731</td>"),
        ("536-22-8731", "536&nbsp;22&#8209;8731"),
        ("536-22-8731", "536-22-\n          8731"),
        ("536-22-8731", "号码536228731号"),
        ("Jos\u00e9 N\u00fa\u00f1ez", "NUNEZ, Jose"),
        ("Jos\u00e9 N\u00fa\u00f1ez", "N\u00fa\u00f1ez Jose\u0301"),
        ("Ann Mary Stone", "Stone Ann Mary"),
    ],
)
def test_a_value_is_taken_out_across_markup_scripts_and_orders(value: str, again: str) -> None:
    text = f"first {value} here; then {again} there"
    left = served(text, value)
    assert not set(re.findall(r"\d+|[A-Z]\w+", re.sub(r"‹[^›]*›|&#?\w+;|<[^>]*>", "", left)))


@pytest.mark.parametrize("other", ["601 234 568", "<td>536</td><td>22</td><td>8732</td>", "Stone and Ann Mary"])
def test_other_values_of_the_same_forms_stay(other: str) -> None:
    for value in ("+48 601 234 567", "536-22-8731", "Ann Mary Stone"):
        assert other in served(f"first {value} here; then {other} there", value)
