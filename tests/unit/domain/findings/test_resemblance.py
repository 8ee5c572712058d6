"""Texts are compared without a model, the same way everywhere."""

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.findings.drift import drift
from pipeline.domain.findings.resemblance import PERMUTATIONS, alike, resemblances, sketch, unpacked

WORDS = [f"word{number}" for number in range(400)]


def test_resemblance_is_the_share_of_passages_in_common() -> None:
    """Against the exact Jaccard index of five-word passages, within the error of 64 minima."""
    one, other = WORDS[:300], WORDS[100:]
    a, b = ({tuple(words[at : at + 5]) for at in range(len(words) - 4)} for words in (one, other))
    exact = len(a & b) / len(a | b)
    first, second = sketch(" ".join(one)), sketch(" ".join(other))
    assert first is not None
    assert second is not None
    assert abs(float(resemblances(first, np.vstack([unpacked(second)]))[0]) - exact) < 0.2


def test_case_punctuation_and_layout_do_not_matter() -> None:
    text = " ".join(WORDS)
    assert sketch(text) == sketch(text.upper().replace(" ", ",\n "))


def test_a_sketch_has_one_number_a_permutation() -> None:
    made = sketch(" ".join(WORDS))
    assert made is not None
    assert unpacked(made).shape == (PERMUTATIONS,)


@given(st.lists(st.sampled_from(WORDS), min_size=40, max_size=60))
def test_a_sketch_holds_the_least_hash_of_every_permutation(words: list[str]) -> None:
    """By the definition, one shingle and one permutation at a time, with Python's whole numbers."""
    shingles = {" ".join(words[at : at + 5]) for at in range(len(words) - 4)}
    made = sketch(" ".join(words))
    assert (made is None) == (len(shingles) < 20)
    if made is None:
        return
    chance = np.random.RandomState(1)
    multipliers = [2 * int(drawn) + 1 for drawn in chance.randint(0, 1 << 31, PERMUTATIONS, dtype=np.uint32)]
    offsets = [int(drawn) for drawn in chance.randint(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)]
    hashes = [mixed(int.from_bytes(hashlib.sha1(one.encode()).digest()[:4], "little")) for one in shingles]
    expected = [min((a * one + b) % (1 << 32) for one in hashes) for a, b in zip(multipliers, offsets, strict=True)]
    assert unpacked(made).tolist() == expected


def mixed(number: int) -> int:
    """The finalizer of MurmurHash3 for 32 bits."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        number = (number ^ number >> shift) * factor % (1 << 32)
    return number ^ number >> 16


def test_short_texts_are_nobodys_copy() -> None:
    assert sketch("a few words and no more than that") is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_drift_is_symmetric_and_within_bounds(one: str, other: str) -> None:
    assert 0.0 <= drift(one, other) <= 1.0
    assert abs(drift(one, other) - drift(other, one)) < 1e-9
    assert drift(one, one) < 1e-9


def test_another_subject_is_far_away() -> None:
    leave = "Annual leave is requested from the supervisor two weeks ahead"
    assert drift(leave, "Annual leave is requested from your supervisor three weeks ahead") < 0.4
    assert drift(leave, "Rotate database credentials after incidents") == 1.0


def test_copies_are_found_among_many_and_nothing_else_is() -> None:
    def text(seed: int) -> str:
        return " ".join(f"word{(seed * 7919 + place * 104_729) % 99_991}" for place in range(80))

    texts = [text(seed) for seed in range(40)] + [text(3) + " and one more sentence", text(7)]
    rows = np.vstack([unpacked(made) for one in texts if (made := sketch(one)) is not None])
    assert len(rows) == len(texts)
    assert set(np.flatnonzero(alike(rows))) == {3, 7, 40, 41}
    assert not alike(rows[:40]).any()
    assert alike(rows[[3, 3, 3]]).all()
