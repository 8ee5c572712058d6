"""Needs of patterns: a stretch that is turned down holds no match."""

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.detectors.pii.needs import CharacterCounts, Needs
from pipeline.detectors.pii.recognisers import Recogniser
from pipeline.detectors.pii.settings import load
from tests.unit.detectors.pii.conftest import CONFIGS

RULES = load(CONFIGS / "pii.yaml").rules
DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
PARTS = st.sampled_from([r"\d", "[0-4]", "7", "[A-Z]", "-", r"\.", "@", "x", "[0-9-]", r"\w", r"\b", "(?!0)", r"\d{2}"])
REPEATS = st.sampled_from(["", "?", "{2}", "{0,3}", "{1,2}"])


def _pattern(parts):
    joined = st.lists(st.tuples(parts, REPEATS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"), min_size=1, max_size=5)
    return joined.map("".join) | st.tuples(parts, parts).map(lambda pair: f"(?:{pair[0]}|{pair[1]})")


PATTERNS = st.recursive(PARTS, _pattern, max_leaves=8)


@DERANDOMIZED
@given(pattern=PATTERNS, data=st.data())
def test_every_match_of_a_pattern_meets_its_needs(pattern, data):
    text = data.draw(st.text("0379AZx-.@ ", max_size=24))
    for found in regex.finditer(pattern, text):
        assert Needs.of(pattern).met(CharacterCounts.of(found[0]))


@DERANDOMIZED
@given(pattern=PATTERNS, data=st.data())
def test_what_a_pattern_itself_generates_meets_its_needs(pattern, data):
    try:
        value = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=st.sampled_from("0379AZx-.@")))
    except Exception:  # an alphabet without such a value, or none at all
        return
    assert Needs.of(pattern).met(CharacterCounts.of(value))


@pytest.mark.parametrize(
    ("pattern", "digits", "run", "marks"),
    [
        (r"\b[12]\d{9}\b", 10, 10, ""),
        (r"\d{3}-\d{2}-\d{4}", 9, 4, "-"),
        (r"(?:\d{14}|\d{3}[ -]\d{3}[ -]\d{3})", 9, 3, ""),
        (r"[a-z]+@[a-z]+(?:\.[a-z]+)?", 0, 0, "@"),
        (r"(\d)(?:[ ]?\d){3}", 4, 1, ""),
        (r"(?:\d{2}-)?X", 0, 0, ""),
        (r"\p{L}\d{9}", 0, 0, ""),
    ],
)
def test_needs_are_those_that_every_branch_has(pattern, digits, run, marks):
    assert Needs.of(pattern) == Needs(digits, run, frozenset(marks))


def test_half_of_the_rules_are_left_out_on_a_line_with_a_date():
    stretch = CharacterCounts.of("The report of 2016-03-05 by 18F is here.")
    able = [rule.id for rule in RULES if Recogniser(rule).able(stretch)]
    assert len(able) < len(RULES) / 2
    assert "email" not in able
