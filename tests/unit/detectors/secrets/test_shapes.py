"""Generated values are random and names made of words are not, in upper, lower and camel case."""

import random
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.detectors.secrets.shapes import Shape, Vocabulary
from pipeline.settings.home import default_configs

VOCABULARY = Vocabulary(Path(default_configs()) / "detectors" / "secrets-words.yaml")
LETTERS = string.ascii_letters
_TEXT = """account address archive billing branch budget button column command config counter customer delete device
document download editor event export filter folder format header history import index invoice label layout
ledger letter limit message module number object option order output package parser payment person policy
printer profile project query reader record region report request result review schema search section server
session signal source status storage stream string summary system table target template thread ticket update
upload value vendor version view window worker"""
WORDS = _TEXT.split()


@pytest.mark.parametrize("alphabet", [LETTERS, LETTERS + string.digits])
@pytest.mark.parametrize("size", [10, 12, 14, 16, 20, 32])
def test_most_generated_values_of_both_cases_are_random(alphabet: str, size: int) -> None:
    chance = random.Random(size)
    values = ["".join(chance.choices(alphabet, k=size)) for _ in range(400)]
    found = sum(VOCABULARY.shape(value) is Shape.RANDOM for value in values)
    assert found >= 0.85 * len(values)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(WORDS), min_size=2, max_size=5), st.booleans(), st.sampled_from(["", "2", "64"]))
def test_a_name_of_words_in_camel_case_is_not_random(words: list[str], capital: bool, number: str) -> None:
    name = "".join(word.capitalize() for word in words) + number
    name = name if capital else name[0].lower() + name[1:]
    assert VOCABULARY.shape(name) is not Shape.RANDOM


def test_a_name_costs_less_as_a_name_than_as_a_random_choice() -> None:
    assert VOCABULARY.beyond_chance("getCustomerAddress") < -1.0
    assert VOCABULARY.beyond_chance("gXvQbzKjWqPf") > 0.0
    assert VOCABULARY.beyond_chance("") == 0.0
