"""Law 10: a part of a text is recognised in a text of any length, without a word of either on record."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.findings.containment import (
    MOST,
    PART_OF_NEWER,
    PART_OF_OLDER,
    SAMPLE_CHARACTERS,
    common_passages,
    part,
    passage_sample,
    sample_of,
)

KEY = b"a key of the home"


def words(seed: int, number: int) -> list[str]:
    """Words as a text about one subject has them: some again and again, most of them now and then."""
    chance = random.Random(seed)
    return [f"term{int(chance.expovariate(1 / 300)):04d}" for _ in range(number)]


def sample(parts: list[str]) -> str:
    made = passage_sample(" ".join(parts), KEY)
    assert made is not None
    return made


def shared(older: str, newer: str) -> float:
    return part(older, newer, common_passages(older, newer))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.integers(0, 10_000),
    st.integers(300, 6_000),
    st.sampled_from([1 / 2, 2 / 3, 3 / 4]),
    st.floats(0, 3),
    st.floats(0, 1),
)
def test_law_10_a_half_of_a_text_is_seen_in_a_text_of_any_length(
    seed: int, length: int, share: float, padding: float, place: float
) -> None:
    text = words(seed, length)
    size = int(length * share)
    start = int((length - size) * place)
    around = words(seed + 1, int(length * padding))
    middle = len(around) // 2
    newer = around[:middle] + text[start : start + size] + around[middle:]
    assert shared(sample(text), sample(newer)) >= PART_OF_OLDER


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(300, 4_000), st.integers(1, 2))
def test_law_10_a_third_of_a_text_alone_is_an_excerpt_of_it(seed: int, length: int, third: int) -> None:
    text = words(seed, length)
    assert shared(sample(text), sample(text[third * length // 3 : (third + 1) * length // 3])) >= PART_OF_NEWER


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(400, 4_000), st.floats(0, 0.1))
def test_a_quoted_paragraph_counts_as_no_large_part(seed: int, length: int, share: float) -> None:
    text = words(seed, length)
    newer = words(seed + 1, length) + text[: int(length * share)]
    assert shared(sample(text), sample(newer)) == 0.0


@pytest.mark.parametrize("number", [24, 200, 3_000, 50_000])
def test_a_sample_is_bounded_and_complete_below_its_bound(number: int) -> None:
    made = sample(words(1, number))
    level, passages = sample_of(made)
    assert len(made) <= SAMPLE_CHARACTERS
    assert len(passages) <= MOST
    assert (np.diff(passages.astype(np.int64)) > 0).all()
    assert int(passages[-1]) < 2 ** (32 - level)


def test_passages_of_many_texts_count_for_neither() -> None:
    header, one, other = words(1, 200), words(2, 200), words(3, 200)
    older, newer = sample(header + one), sample(header + other)
    common = common_passages(older, newer)
    assert part(older, newer, common) > 0
    assert part(older, newer, common, common.tolist()) == 0.0


def test_without_the_key_a_sample_says_nothing_and_short_texts_have_none() -> None:
    text = " ".join(words(1, 300))
    other = passage_sample(text, b"another key")
    assert other is not None
    assert len(common_passages(sample(words(1, 300)), other)) == 0
    assert passage_sample("a few words and no more than that", KEY) is None
    assert passage_sample(text.upper().replace(" ", ",\n "), KEY) == passage_sample(text, KEY)
