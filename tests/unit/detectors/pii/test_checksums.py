"""Check digits: a check answers whatever text it gets, and fits what is issued."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.cn import ric

from pipeline.detectors.pii import checksums

RULES = Path(__file__).parents[4] / "configs" / "detectors" / "pii.yaml"
NAMES = sorted(set(re.findall(r"checksum: ([a-z_.0-9]+)", RULES.read_text())))
CHECKS = {name: checksums.checksum(name) for name in NAMES}
FIGURES = st.text(alphabet="0123456789 -./XK\u00b2\u0663\uff15", max_size=24)


@given(st.sampled_from(NAMES), st.one_of(FIGURES, st.text(max_size=20)))
@example("pt.cc", "9\u0663\u0663XK3")
def test_a_check_answers_whatever_text_it_gets(name: str, text: str) -> None:
    assert CHECKS[name](text) in (True, False)


@given(st.integers(110000, 659999), st.dates().filter(lambda day: 1900 <= day.year <= 2020), st.integers(0, 999))
def test_a_chinese_number_whose_place_the_library_does_not_know_in_full_is_answered(place, born, order) -> None:
    number = f"{place}{born:%Y%m%d}{order:03}0"
    assert CHECKS["cn.ric"](number[:-1] + ric.calc_check_digit(number)) in (True, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("it.codicefiscale", "RSSMRA85T10A562S"),
        ("it.codicefiscale", "RSS MRA 85T10 A562 S"),
        ("iban", "DE89370400440532013000"),
        ("us.ein", "91-1144442"),
    ],
)
def test_published_examples_fit_and_change_with_a_digit(name: str, value: str) -> None:
    assert CHECKS[name](value)
    assert name == "us.ein" or not CHECKS[name](value.replace("5", "6", 1) if "5" in value else value[:-1] + "1")
