"""Whatever stands between the groups of a number, and whatever letters touch it, it is found whole."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.findings.findings import Severity

GROUPED = {
    "Card number": "4556 7375 8689 9855",
    "IBAN": "GB29 NWBK 6016 1331 9268 19",
    "SSN": "536 22 8731",
    "NHS number": "943 476 5919",
    "NI number": "AB 12 34 56 C",
    "Aadhaar": "2341 2341 2346",
    "Steuer-ID": "86 095 742 719",
    "NIR": "1 84 12 76 451 089 46",
    "Medicare": "1EG4 TE5 MK73",
    "phone": "415 555 2671",
    "Telefon": "+49 30 5557 0123",
}
JOINTS = {
    "no-break": "\u00a0", "narrow no-break": "\u202f", "thin": "\u2009", "figure": "\u2007", "ideographic": "\u3000",
    "two blanks": "  ", "tab": "\t", "dot": ".", "slash": "/", "hyphen": "-", "no-break hyphen": "\u2011",
    "en dash": "\u2013", "minus": "\u2212", "line break of a page": "<br>", "bar": " | ",
    "middle dot": "\u00b7", "bullet": "\u2022",
}  # fmt: skip
LABELS = {"手机号": "13912345678", "身份证号": "11010519491231002X", "번호": "010-2345-6789", "โทร": "081-234-5678"}


@given(
    label=st.sampled_from(sorted(GROUPED)),
    joint=st.sampled_from(sorted(JOINTS)),
    after=st.sampled_from([" on file.", "\n", "", ", as agreed", ")"]),
    before=st.sampled_from(["", "The note says: ", "- ", "("]),
)
@settings(max_examples=300, deadline=None)
def test_a_number_in_groups_is_found_whole_with_any_joint(pii, label, joint, after, before):
    value = GROUPED[label].replace(" ", JOINTS[joint])
    text = f"{before}{label} {value}{after}"
    covered = {
        place for d in pii(text) if d.severity != Severity.LOW and not d.lowered for place in range(d.start, d.end)
    }
    start = text.index(value)
    missed = [place for place in range(start, start + len(value)) if text[place].isalnum() and place not in covered]
    assert missed == []


@pytest.mark.parametrize(("label", "value"), LABELS.items())
@pytest.mark.parametrize("joint", ["", " ", "："])
def test_a_letter_that_touches_a_number_hides_nothing(pii, label, value, joint):
    text = f"{label}{joint}{value}请"
    assert value in [text[d.start : d.end] for d in pii(text) if d.severity != Severity.LOW]


@pytest.mark.parametrize(
    "letters",
    [
        "\u0627\u0643\u062a\u0628",
        "\u05db\u05ea\u05d1\u05d5",
        "\u0938\u0902\u092a\u0930\u094d\u0915",
        "\u0e15\u0e34\u0e14\u0e15",
    ],
)
@pytest.mark.parametrize("value", ["mona.fink@lampenfalk.de", "4556737586899855"])
def test_a_letter_of_another_script_that_touches_a_value_hides_nothing(pii, letters, value):
    text = f"{letters}{value}{letters}"
    assert [text[d.start : d.end] for d in pii(text) if d.severity != Severity.LOW] == [value]


@pytest.mark.parametrize("zero", [0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50])
def test_digits_of_any_script_are_digits(pii, zero):
    value = "".join(chr(zero + int(c)) if c.isdigit() else c for c in "4556737586899855")
    text = f"card number {value}"
    assert [text[d.start : d.end] for d in pii(text) if d.entity == "CREDIT_CARD"] == [value]


def test_an_account_number_in_small_letters_counts_next_to_its_name(pii):
    text = "iban gb29 nwbk 6016 1331 9268 19"
    assert [text[d.start : d.end] for d in pii(text) if d.entity == "IBAN_CODE"] == ["gb29 nwbk 6016 1331 9268 19"]


@pytest.mark.parametrize("joint", ["\t", "  ", " | ", ".", "/"])
def test_columns_of_figures_stay_quiet(pii, joint):
    chance = random.Random(7)
    rows = [joint.join(str(chance.randint(1000, 9999)) for _ in range(4)) for _ in range(400)]
    text = "Sizes by quarter\n" + "\n".join(rows) + "\n"
    assert [text[d.start : d.end] for d in pii(text) if d.entity == "CREDIT_CARD" and not d.lowered] == []
